//! Health of a role at an endpoint, by the standard health service.

use async_trait::async_trait;
use domain::roles::Role;
use proto::{
    alignment::alignment_service_server as alignment, decomposition::decomposition_service_server as decomposition,
    distortion::distortion_service_server as distortion, scenario::scenario_service_server as scenario,
    segmentation::segmentation_service_server as segmentation,
};
use tonic::{Code, transport::Channel};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use super::Remote;
use crate::backends::pool::Probe;

/// Asks an endpoint about one service.
pub struct HealthProbe {
    channel: Channel,
    service: String,
}

impl Remote {
    /// What asks this endpoint whether it serves `role`.
    pub fn probe(&self, role: Role) -> HealthProbe {
        let service = match role {
            Role::Alignment => alignment::SERVICE_NAME,
            Role::Segmentation => segmentation::SERVICE_NAME,
            Role::Decomposition => decomposition::SERVICE_NAME,
            Role::Distortion => distortion::SERVICE_NAME,
            Role::Scenario => scenario::SERVICE_NAME,
        };
        self.health(service.to_owned())
    }

    /// What asks this endpoint whether it serves the service of that full name; all of them for "".
    pub fn health(&self, service: String) -> HealthProbe {
        HealthProbe { channel: self.channel.clone(), service }
    }
}

#[async_trait]
impl Probe for HealthProbe {
    async fn is_well(&self) -> bool {
        let request = HealthCheckRequest { service: self.service.clone() };
        match HealthClient::new(self.channel.clone()).check(request).await {
            Ok(answer) => answer.into_inner().status() == ServingStatus::Serving,
            // A backend without the health service, or one that does not list this service in it.
            Err(status) => matches!(status.code(), Code::Unimplemented | Code::NotFound),
        }
    }
}
