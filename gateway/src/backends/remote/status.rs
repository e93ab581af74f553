//! What a gateway at an endpoint tells of itself.

use domain::{
    drift::Drift,
    roles::{Answer, Call},
};
use proto::admin::{
    BackendAddress, GetDriftRequest, GetUsageRequest, GetUsageResponse, ListBackendsRequest,
    admin_service_client::AdminServiceClient,
};
use wire::drift::from_drift;

use super::{Remote, client};

impl Remote {
    /// What the tenant uses, and what it may.
    pub async fn usage(&self, call: Call, tenant: &str) -> Answer<GetUsageResponse> {
        let request = self.request_of(call, tenant, GetUsageRequest {})?;
        self.answered(call, client!(self, AdminServiceClient).get_usage(request).await)
    }

    /// How the tenant's shadows compare.
    pub async fn drift(&self, call: Call, tenant: &str) -> Answer<Vec<Drift>> {
        let request = self.request_of(call, tenant, GetDriftRequest {})?;
        let answer = self.answered(call, client!(self, AdminServiceClient).get_drift(request).await)?;
        self.checked(answer.drifts.into_iter().map(from_drift).collect())
    }

    /// The addresses that it calls.
    pub async fn backends(&self, call: Call, tenant: &str) -> Answer<Vec<BackendAddress>> {
        let request = self.request_of(call, tenant, ListBackendsRequest {})?;
        let answer = self.answered(call, client!(self, AdminServiceClient).list_backends(request).await)?;
        Ok(answer.addresses)
    }
}
