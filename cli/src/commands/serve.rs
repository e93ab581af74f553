//! `cpaiqa serve`

use std::{collections::BTreeMap, sync::Arc};

use alignment::AlignmentServer;
use decomposition::DecompositionServer;
use distortion::DistortionServer;
use domain::roles::{KeyKeeper, Role};
use gateway::{
    AdminServer, Gateway, GatewaySettings, QualityServer,
    access::Access,
    backends::{BackendSettings, Backends},
};
use kit::{
    server::{Bound, Services, stop_signal},
    tenant::Tenancy,
};
use proto::{
    DESCRIPTORS, admin::admin_service_server::AdminServiceServer,
    alignment::alignment_service_server::AlignmentServiceServer,
    decomposition::decomposition_service_server::DecompositionServiceServer,
    distortion::distortion_service_server::DistortionServiceServer, keys::key_service_server::KeyServiceServer,
    quality::quality_service_server::QualityServiceServer, scenario::scenario_service_server::ScenarioServiceServer,
    segmentation::segmentation_service_server::SegmentationServiceServer,
};
use scenario::{KeyServer, ScenarioServer};
use segmentation::SegmentationServer;

use crate::{
    args::{Serve, ServeRole},
    error::CliError,
    parts::Parts,
    settings::Settings,
};

/// Roles that compute models.
const MODELS: [Role; 3] = [Role::Alignment, Role::Segmentation, Role::Distortion];

/// Serves until a signal to stop.
pub async fn run(settings: Settings, args: Serve) -> Result<(), CliError> {
    // The ports are taken first: an address in use is said before models are loaded.
    let bound = Bound::new(&settings.server).await?;
    if let Some(address) = settings.telemetry.metrics {
        kit::metrics::serve(address).await?;
    }
    let services = services(settings, args.role).await?;
    Ok(bound.serve(services, DESCRIPTORS, stop_signal()).await?)
}

/// Who is let in to a gateway.
fn access(keys: Arc<dyn KeyKeeper>, settings: &GatewaySettings) -> Result<Arc<Access>, CliError> {
    let access = Access::new(keys, settings.access.clone(), settings.tenant.clone());
    Ok(Arc::new(access.map_err(|error| CliError::Usage(error.to_string()))?))
}

/// Whether every role has an endpoint, as a gateway alone needs.
fn every_endpoint(endpoints: &BTreeMap<Role, BackendSettings>) -> Result<(), CliError> {
    let Some(missing) = Role::ALL.into_iter().find(|role| !endpoints.contains_key(role)) else { return Ok(()) };
    let name = missing.name();
    Err(CliError::Usage(format!(
        "the gateway alone needs an endpoint for every role: set backends.{name} in the configuration, or \
         CPAIQA_BACKENDS__{}; or serve --role all",
        name.to_uppercase()
    )))
}

/// The services of `role`; each takes and sends messages of the configured size.
async fn services(settings: Settings, role: ServeRole) -> Result<Services, CliError> {
    let (limits, most) = (settings.gateway.limits, settings.server.max_message_bytes);
    let mut services = Services::default();
    macro_rules! add {
        ($server:ident, $service:expr) => {
            services.add($server::new($service).max_decoding_message_size(most).max_encoding_message_size(most))
        };
    }
    let (mut gateway_settings, endpoints) = (settings.gateway.clone(), settings.backends.clone());
    if MODELS.iter().any(|role| !endpoints.contains_key(role)) {
        gateway_settings.admission = gateway_settings.admission.beside_models();
    }
    let tenant = gateway_settings.tenant.clone();
    let one = Tenancy::Of(tenant.clone());
    let log_prompts = settings.telemetry.log_prompts;
    let mut parts = Parts::new(settings)?;
    match role {
        ServeRole::All | ServeRole::Gateway => {
            if role == ServeRole::Gateway {
                every_endpoint(&endpoints)?;
            }
            let backends = parts.backends().await?;
            let Backends { aligner, segmenter, decomposer, detector, scorer, keeper, keys } = backends.clone();
            if gateway_settings.page {
                services.page(gateway::page());
            }
            services.guard(access(Arc::clone(&keys), &gateway_settings)?);
            let gateway =
                Arc::new(Gateway::new(backends, parts.connector()?, gateway_settings).map_err(CliError::part)?);
            let admin = AdminServer::new(keeper, Arc::clone(&keys), one.clone()).beside(Arc::clone(&gateway));
            add!(QualityServiceServer, QualityServer::new(gateway, one.clone()).log_prompts(log_prompts));
            add!(AdminServiceServer, admin);
            if role == ServeRole::All {
                add!(AlignmentServiceServer, AlignmentServer::new(aligner, limits));
                add!(SegmentationServiceServer, SegmentationServer::new(segmenter, limits));
                add!(DecompositionServiceServer, DecompositionServer::new(decomposer));
                add!(DistortionServiceServer, DistortionServer::new(detector, limits));
                add!(ScenarioServiceServer, ScenarioServer::new(scorer, one.clone()));
                add!(KeyServiceServer, KeyServer::new(keys, one));
            }
        }
        ServeRole::Alignment => {
            parts.pull(&[Role::Alignment]).await?;
            add!(AlignmentServiceServer, AlignmentServer::new(parts.aligner().await?, limits));
        }
        ServeRole::Segmentation => {
            parts.pull(&[Role::Segmentation]).await?;
            add!(SegmentationServiceServer, SegmentationServer::new(parts.segmenter().await?, limits));
        }
        ServeRole::Decomposition => add!(DecompositionServiceServer, DecompositionServer::new(parts.decomposer()?)),
        ServeRole::Distortion => {
            parts.pull(&[Role::Distortion]).await?;
            add!(DistortionServiceServer, DistortionServer::new(parts.detector().await?, limits));
        }
        ServeRole::Scenario => {
            // Only gateways ask here, and they know whose call it is.
            let (library, told) = (parts.library()?, Tenancy::Told(tenant));
            add!(ScenarioServiceServer, ScenarioServer::new(library.clone(), told.clone()));
            add!(KeyServiceServer, KeyServer::new(library.clone(), told.clone()));
            add!(AdminServiceServer, AdminServer::new(library.clone(), library, told));
        }
    }
    Ok(services)
}
