//! The gateway over gRPC.

use std::sync::Arc;

use kit::{deadline::call_of, status::to_status};
use proto::quality::{
    ListScenariosRequest, ListScenariosResponse, ScoreRequest as ScoreMessage, ScoreResponse,
    quality_service_server::QualityService,
};
use tonic::{Request, Response, Status};
use wire::{
    quality::to_response,
    scenario::{from_selector, to_profile},
};

use crate::{Gateway, ScoreRequest};

/// Serves a gateway.
pub struct QualityServer {
    gateway: Arc<Gateway>,
}

impl QualityServer {
    /// Serves `gateway`.
    pub const fn new(gateway: Arc<Gateway>) -> Self {
        Self { gateway }
    }
}

#[tonic::async_trait]
impl QualityService for QualityServer {
    async fn score(&self, request: Request<ScoreMessage>) -> Result<Response<ScoreResponse>, Status> {
        let call = call_of(&request);
        let message = request.into_inner();
        let request = ScoreRequest {
            picture: message.picture.unwrap_or_default().data,
            prompt: message.prompt,
            scenario: from_selector(message.scenario),
            include_maps: message.include_maps,
        };
        let score = self.gateway.score(call, request).await.map_err(|error| to_status(&error))?;
        Ok(Response::new(to_response(score)))
    }

    async fn list_scenarios(
        &self,
        request: Request<ListScenariosRequest>,
    ) -> Result<Response<ListScenariosResponse>, Status> {
        let profiles = self.gateway.scenarios(call_of(&request)).await.map_err(|error| to_status(&error))?;
        Ok(Response::new(ListScenariosResponse { scenarios: profiles.into_iter().map(to_profile).collect() }))
    }
}
