//! The role over gRPC.

use std::sync::Arc;

use domain::roles::{RoleError, ScenarioScorer};
use kit::{deadline::call_of, status::to_status, tenant::Tenancy};
use proto::scenario::{
    FuseRequest, FuseResponse, ListScenariosRequest, ListScenariosResponse, ResolveRequest, ResolveResponse,
    scenario_service_server::ScenarioService,
};
use tonic::{Request, Response, Status};
use wire::scenario as messages;

/// Serves a scenario scorer.
pub struct ScenarioServer {
    scorer: Arc<dyn ScenarioScorer>,
    tenancy: Tenancy,
}

impl ScenarioServer {
    /// Serves `scorer` to the tenants that `tenancy` tells.
    pub const fn new(scorer: Arc<dyn ScenarioScorer>, tenancy: Tenancy) -> Self {
        Self { scorer, tenancy }
    }

    fn tenant<T>(&self, request: &Request<T>) -> Result<String, Status> {
        self.tenancy.of(request).map_err(|error| to_status(&error))
    }
}

#[tonic::async_trait]
impl ScenarioService for ScenarioServer {
    async fn resolve(&self, request: Request<ResolveRequest>) -> Result<Response<ResolveResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let selector = messages::from_selector(request.into_inner().scenario)
            .ok_or_else(|| to_status(&RoleError::invalid("scenario", "expected a name or a text, got neither")))?;
        let resolved = self.scorer.resolve(call, &tenant, &selector).await.map_err(|e| to_status(&e))?;
        Ok(Response::new(messages::to_resolved(resolved)))
    }

    async fn fuse(&self, request: Request<FuseRequest>) -> Result<Response<FuseResponse>, Status> {
        let call = call_of(&request);
        let (context, measurements) = messages::from_fuse_request(request.get_ref())
            .map_err(|error| to_status(&RoleError::invalid(error.field, error.message)))?;
        let fused = self.scorer.fuse(call, &context, &measurements).await.map_err(|e| to_status(&e))?;
        Ok(Response::new(messages::to_fused(&fused)))
    }

    async fn list_scenarios(
        &self,
        request: Request<ListScenariosRequest>,
    ) -> Result<Response<ListScenariosResponse>, Status> {
        let profiles = self.scorer.list(call_of(&request), &self.tenant(&request)?).await.map_err(|e| to_status(&e))?;
        let scenarios = profiles.into_iter().map(messages::to_profile).collect();
        Ok(Response::new(ListScenariosResponse { scenarios }))
    }
}
