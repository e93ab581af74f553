//! Whether there is a server at all, and what it says of itself.

use domain::roles::Role;
use proto::{
    alignment::alignment_service_server as alignment, decomposition::decomposition_service_server as decomposition,
    distortion::distortion_service_server as distortion, scenario::scenario_service_server as scenario,
    segmentation::segmentation_service_server as segmentation,
};
use tonic::{Code, Status};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::{v1, v1alpha};

use crate::{
    backend::{Backend, PATIENCE, told},
    rule::{Findings, Rule},
};

const REACHABLE: Rule = Rule::required(
    "reachable",
    "a connection can be made",
    "start the server, and look at host, port and http or https",
);
const HEALTH: Rule = Rule::advised(
    "health",
    "the standard health service knows the role's service",
    "serve grpc.health.v1.Health, so that the gateway stops asking before a call fails",
);
const WELL: Rule = Rule::required(
    "serving",
    "the health service calls it serving",
    "set the service's status to SERVING once it can answer",
);
const REFLECTION: Rule = Rule::noted(
    "reflection",
    "the server describes itself by reflection",
    "serve grpc.reflection.v1.ServerReflection, so that others can look at it with grpcurl",
);

pub const RULES: [Rule; 4] = [REACHABLE, HEALTH, WELL, REFLECTION];

/// The full name of a role's service.
const fn service(role: Role) -> &'static str {
    match role {
        Role::Alignment => alignment::SERVICE_NAME,
        Role::Segmentation => segmentation::SERVICE_NAME,
        Role::Decomposition => decomposition::SERVICE_NAME,
        Role::Distortion => distortion::SERVICE_NAME,
        Role::Scenario => scenario::SERVICE_NAME,
    }
}

/// Looks at the server; `false` when there is none.
pub async fn look(backend: &Backend, role: Role, found: &mut Findings) -> bool {
    found.about("the address");
    let reached = backend.reach().await;
    if found.read(&REACHABLE, reached.map_err(|why| format!("expected a server, got none: {why}"))).is_none() {
        return false;
    }
    found.about("the server");
    let request = backend.request(HealthCheckRequest { service: service(role).into() }, PATIENCE);
    match HealthClient::new(backend.channel()).check(request).await {
        Err(status) if matches!(status.code(), Code::Unimplemented | Code::NotFound) => {
            found.expect(&HEALTH, false, || format!("expected SERVING for {}, got {}", service(role), told(&status)));
        }
        answer => {
            found.expect(&HEALTH, true, String::new);
            let said = match &answer {
                Ok(answer) => answer.get_ref().status().as_str_name().to_owned(),
                Err(status) => told(status),
            };
            let well = said == ServingStatus::Serving.as_str_name();
            found.expect(&WELL, well, || format!("expected SERVING for {}, got {said}", service(role)));
        }
    }
    let named = reflected(backend).await;
    let why = match &named {
        Ok(names) if names.iter().any(|name| name == service(role)) => None,
        Ok(names) => Some(names.join(", ")),
        Err(status) => Some(told(status)),
    };
    found.expect(&REFLECTION, why.is_none(), || {
        format!("expected {} among the services, got {}", service(role), why.unwrap_or_default())
    });
    true
}

/// The services that reflection names, in its newer or, as many libraries still have it, its older version.
async fn reflected(backend: &Backend) -> Result<Vec<String>, Status> {
    macro_rules! names {
        ($version:ident) => {{
            use $version::{
                ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
                server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
            };
            let message_request = Some(MessageRequest::ListServices(String::new()));
            let question = ServerReflectionRequest { host: String::new(), message_request };
            let request = backend.request(futures::stream::iter([question]), PATIENCE);
            match ServerReflectionClient::new(backend.channel()).server_reflection_info(request).await {
                Err(status) => Err(status),
                Ok(answer) => answer.into_inner().message().await.map(|message| {
                    match message.and_then(|message| message.message_response) {
                        Some(MessageResponse::ListServicesResponse(list)) => {
                            list.service.into_iter().map(|service| service.name).collect()
                        }
                        _ => Vec::new(),
                    }
                }),
            }
        }};
    }
    match names!(v1) {
        Err(status) if status.code() == Code::Unimplemented => names!(v1alpha),
        answer => answer,
    }
}
