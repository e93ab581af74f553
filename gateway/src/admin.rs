//! What tenants own, over gRPC.

use std::sync::Arc;

use domain::roles::{Call, KeyKeeper, RoleError, ScenarioKeeper};
use futures::{StreamExt, stream::BoxStream};
use kit::{
    deadline::call_of,
    status::to_status,
    tenant::{Identity, Tenancy},
};
use proto::admin::{
    AddPreferenceRequest, AddPreferenceResponse, AddPreferencesRequest, AddPreferencesResponse, BackendAddress,
    CalibrateScenarioRequest, CalibrateScenarioResponse, CreateKeyRequest, CreateKeyResponse, GetDriftRequest,
    GetDriftResponse, GetMeasurementRequest, GetMeasurementResponse, GetUsageRequest, GetUsageResponse,
    KeepMeasurementRequest, KeepMeasurementResponse, ListBackendsRequest, ListBackendsResponse, ListKeysRequest,
    ListKeysResponse, ListScenarioRevisionsRequest, ListScenarioRevisionsResponse, ReviseScenarioRequest,
    ReviseScenarioResponse, RevokeKeyRequest, RevokeKeyResponse, RollBackScenarioRequest, RollBackScenarioResponse,
    RotateKeyRequest, RotateKeyResponse, admin_service_server::AdminService,
};
use tonic::{Request, Response, Status, Streaming};
use wire::{Checked, admin as messages, drift::to_drift, keys::to_shown, quality::to_response, scenario::from_profile};

use crate::{
    Gateway,
    access::{Issued, keyring::Keyring},
    backends::pool::BreakerState,
};

/// Rows of preferences that are written at once, as long as they come that fast.
const ROWS_AT_ONCE: usize = 256;

/// Serves a keeper: in front of a scenario service or, with a gateway, in front of its own.
pub struct AdminServer {
    keeper: Arc<dyn ScenarioKeeper>,
    keys: Keyring,
    tenancy: Tenancy,
    /// What tells of use, backends and shadows; a scenario service has none.
    gateway: Option<Arc<Gateway>>,
}

impl AdminServer {
    /// Serves `keeper` and `keys` to the tenants that `tenancy` tells.
    pub const fn new(keeper: Arc<dyn ScenarioKeeper>, keys: Arc<dyn KeyKeeper>, tenancy: Tenancy) -> Self {
        Self { keeper, keys: Keyring::new(keys), tenancy, gateway: None }
    }

    /// The same beside `gateway`, which tells of use, backends and shadows.
    pub fn beside(self, gateway: Arc<Gateway>) -> Self {
        Self { gateway: Some(gateway), ..self }
    }

    fn gateway(&self) -> Result<&Gateway, Status> {
        let none = || to_status(&RoleError::Unsupported("a scenario service does not know; ask a gateway".into()));
        self.gateway.as_deref().ok_or_else(none)
    }

    fn tenant<T>(&self, request: &Request<T>) -> Result<String, Status> {
        self.tenancy.of(request).map_err(|error| to_status(&error))
    }
}

fn read<T>(read: Checked<T>) -> Result<T, Status> {
    read.map_err(|error| to_status(&RoleError::invalid(error.field, error.message)))
}

#[tonic::async_trait]
impl AdminService for AdminServer {
    type AddPreferencesStream = BoxStream<'static, Result<AddPreferencesResponse, Status>>;

    async fn revise_scenario(
        &self,
        request: Request<ReviseScenarioRequest>,
    ) -> Result<Response<ReviseScenarioResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let ReviseScenarioRequest { profile, change } = request.into_inner();
        let profile = read(from_profile(profile.unwrap_or_default()))?;
        let revision = self.keeper.revise(call, &tenant, profile, messages::from_change(change)).await;
        let revision = Some(messages::to_revision(revision.map_err(|error| to_status(&error))?));
        Ok(Response::new(ReviseScenarioResponse { revision }))
    }

    async fn roll_back_scenario(
        &self,
        request: Request<RollBackScenarioRequest>,
    ) -> Result<Response<RollBackScenarioResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let RollBackScenarioRequest { name, revision, change } = request.into_inner();
        let change = messages::from_change(change);
        let rolled = self.keeper.roll_back(call, &tenant, &name, revision, change).await;
        let revision = Some(messages::to_revision(rolled.map_err(|error| to_status(&error))?));
        Ok(Response::new(RollBackScenarioResponse { revision }))
    }

    async fn list_scenario_revisions(
        &self,
        request: Request<ListScenarioRevisionsRequest>,
    ) -> Result<Response<ListScenarioRevisionsResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let history = self.keeper.history(call, &tenant, &request.get_ref().name).await.map_err(|e| to_status(&e))?;
        let revisions = history.into_iter().map(messages::to_revision).collect();
        Ok(Response::new(ListScenarioRevisionsResponse { revisions }))
    }

    async fn add_preferences(
        &self,
        request: Request<Streaming<AddPreferencesRequest>>,
    ) -> Result<Response<Self::AddPreferencesStream>, Status> {
        // Each batch of rows has its own time; the stream as a whole may last.
        let (tenant, keeper) = (self.tenant(&request)?, Arc::clone(&self.keeper));
        let answer = move |rows: Vec<Result<AddPreferencesRequest, Status>>| {
            let (tenant, keeper) = (tenant.clone(), Arc::clone(&keeper));
            async move { futures::stream::iter(add(&*keeper, &tenant, rows).await) }
        };
        Ok(Response::new(request.into_inner().ready_chunks(ROWS_AT_ONCE).then(answer).flatten().boxed()))
    }

    async fn add_preference(
        &self,
        request: Request<AddPreferenceRequest>,
    ) -> Result<Response<AddPreferenceResponse>, Status> {
        let tenant = self.tenant(&request)?;
        let row = request.into_inner().preference.unwrap_or_default();
        let answer = add(&*self.keeper, &tenant, vec![Ok(row)]).await.into_iter().next().transpose()?;
        Ok(Response::new(AddPreferenceResponse { answer }))
    }

    async fn calibrate_scenario(
        &self,
        request: Request<CalibrateScenarioRequest>,
    ) -> Result<Response<CalibrateScenarioResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let CalibrateScenarioRequest { scenario, prior, install, change } = request.into_inner();
        let install = install.then(|| messages::from_change(change));
        let found = self.keeper.calibrate(call, &tenant, &scenario, prior, install).await;
        Ok(Response::new(messages::to_calibration(found.map_err(|error| to_status(&error))?)))
    }

    async fn keep_measurement(
        &self,
        request: Request<KeepMeasurementRequest>,
    ) -> Result<Response<KeepMeasurementResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let KeepMeasurementRequest { prompt, score } = request.into_inner();
        let kept = read(messages::from_kept(prompt, score))?;
        self.keeper.keep(call, &tenant, &kept).await.map_err(|error| to_status(&error))?;
        Ok(Response::new(KeepMeasurementResponse {}))
    }

    async fn get_measurement(
        &self,
        request: Request<GetMeasurementRequest>,
    ) -> Result<Response<GetMeasurementResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let kept = self.keeper.kept(call, &tenant, &request.get_ref().id).await.map_err(|error| to_status(&error))?;
        Ok(Response::new(GetMeasurementResponse { prompt: kept.prompt, score: Some(to_response(kept.score)) }))
    }

    async fn create_key(&self, request: Request<CreateKeyRequest>) -> Result<Response<CreateKeyResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let CreateKeyRequest { comment, lives_seconds } = request.into_inner();
        let made = self.keys.create(call, &tenant, &comment, lives_seconds).await;
        let Issued { key, secret } = made.map_err(|error| to_status(&error))?;
        Ok(Response::new(CreateKeyResponse { key: Some(to_shown(key)), secret }))
    }

    async fn list_keys(&self, request: Request<ListKeysRequest>) -> Result<Response<ListKeysResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let keys = self.keys.list(call, &tenant).await.map_err(|error| to_status(&error))?;
        Ok(Response::new(ListKeysResponse { keys: keys.into_iter().map(to_shown).collect() }))
    }

    async fn rotate_key(&self, request: Request<RotateKeyRequest>) -> Result<Response<RotateKeyResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let RotateKeyRequest { id, overlap_seconds, lives_seconds } = request.into_inner();
        let rotated = self.keys.rotate(call, &tenant, &id, overlap_seconds, lives_seconds).await;
        let (Issued { key, secret }, old) = rotated.map_err(|error| to_status(&error))?;
        Ok(Response::new(RotateKeyResponse { key: Some(to_shown(key)), secret, old: Some(to_shown(old)) }))
    }

    async fn revoke_key(&self, request: Request<RevokeKeyRequest>) -> Result<Response<RevokeKeyResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let key = self.keys.revoke(call, &tenant, &request.get_ref().id).await.map_err(|error| to_status(&error))?;
        Ok(Response::new(RevokeKeyResponse { key: Some(to_shown(key)) }))
    }

    async fn get_usage(&self, request: Request<GetUsageRequest>) -> Result<Response<GetUsageResponse>, Status> {
        let usage = self.gateway()?.usage(&self.tenant(&request)?).await;
        let (usage, allowance) = usage.map_err(|error| to_status(&error))?;
        Ok(Response::new(GetUsageResponse {
            pictures_today: usage.pictures_today,
            running: usage.running,
            pictures_per_day: allowance.pictures_per_day,
            concurrent: allowance.concurrent,
            requests_per_second: allowance.requests_per_second,
            burst: allowance.burst,
        }))
    }

    async fn get_drift(&self, request: Request<GetDriftRequest>) -> Result<Response<GetDriftResponse>, Status> {
        let drifts = self.gateway()?.drift(&self.tenant(&request)?);
        Ok(Response::new(GetDriftResponse { drifts: drifts.into_iter().map(to_drift).collect() }))
    }

    async fn list_backends(
        &self,
        request: Request<ListBackendsRequest>,
    ) -> Result<Response<ListBackendsResponse>, Status> {
        let gateway = self.gateway()?;
        if request.extensions().get::<Identity>().is_some_and(|identity| !identity.operator && !identity.is_anonymous())
        {
            return Err(to_status(&RoleError::Forbidden("backends are shown to operators".into())));
        }
        let addresses = gateway.addresses().into_iter().flat_map(|(role, states)| {
            states.into_iter().map(move |state| BackendAddress {
                role: role.name().to_owned(),
                address: state.name,
                well: state.well,
                running: state.running as u64,
                resting: state.breaker == BreakerState::Open,
            })
        });
        Ok(Response::new(ListBackendsResponse { addresses: addresses.collect() }))
    }
}

/// Adds rows that came together; neighbours about one scenario go to the keeper in one piece. Answers are in the rows' order.
async fn add(
    keeper: &dyn ScenarioKeeper,
    tenant: &str,
    rows: Vec<Result<AddPreferencesRequest, Status>>,
) -> Vec<Result<AddPreferencesResponse, Status>> {
    let mut answers = Vec::with_capacity(rows.len());
    let mut rows = rows.into_iter().peekable();
    while let Some(row) = rows.next() {
        let first = match row {
            Ok(first) => first,
            Err(status) => {
                answers.push(Err(status));
                continue;
            }
        };
        let scenario = first.scenario.clone();
        let mut group = vec![first];
        while let Some(Ok(next)) = rows.next_if(|row| matches!(row, Ok(next) if next.scenario == scenario)) {
            group.push(next);
        }
        answers.extend(add_group(keeper, tenant, &scenario, group).await);
    }
    answers
}

async fn add_group(
    keeper: &dyn ScenarioKeeper,
    tenant: &str,
    scenario: &str,
    rows: Vec<AddPreferencesRequest>,
) -> Vec<Result<AddPreferencesResponse, Status>> {
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let read: Vec<_> = rows.into_iter().map(messages::from_preference).collect();
    let pairs = read.iter().filter_map(|pair| pair.as_ref().ok().cloned()).collect();
    let mut kept = match keeper.prefer(Call::default(), tenant, scenario, pairs).await {
        Ok(kept) => kept.into_iter(),
        Err(error) => return vec![Err(to_status(&error))],
    };
    let answer = |(id, read): (String, Checked<_>)| {
        let result = match read {
            Ok(_) => kept.next().unwrap_or_else(|| Err(RoleError::Internal("the row was not answered".into()))),
            Err(error) => Err(RoleError::invalid(error.field, error.message)),
        };
        let (added, error) = match result {
            Ok(added) => (added, String::new()),
            Err(error) => (false, error.to_string()),
        };
        Ok(AddPreferencesResponse { id, added, error })
    };
    ids.into_iter().zip(read).map(answer).collect()
}
