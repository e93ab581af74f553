//! Who scores: the gateway in this process, or one at an endpoint.

use std::time::Duration;

use domain::{
    roles::{Answer, Call, RoleError},
    score::Score,
};
use gateway::{Gateway, ScoreRequest, backends::remote::patient};
use kit::{status::from_status, telemetry::inject};
use proto::{
    common::Picture,
    quality::{ScoreRequest as ScoreMessage, quality_service_client::QualityServiceClient},
};
use tonic::{
    Request,
    transport::{Channel, Endpoint},
};

use crate::{error::CliError, parts::Parts, settings::Settings};

/// A gateway, wherever it is.
pub enum Scorer {
    /// In this process.
    Embedded(Box<Gateway>),
    /// At an endpoint.
    Remote {
        /// The client of the gateway there.
        client: QualityServiceClient<Channel>,
        /// Its address, for errors.
        address: String,
        /// How long it may take: a little longer than the gateway allows itself.
        patience: Duration,
    },
}

impl Scorer {
    /// The gateway at `endpoint`, or one in this process.
    pub async fn new(settings: Settings, endpoint: Option<&str>) -> Result<Self, CliError> {
        let Some(address) = endpoint else {
            let gateway = settings.gateway.clone();
            let backends = Parts::new(settings)?.backends().await?;
            return Ok(Self::Embedded(Box::new(Gateway::new(backends, gateway))));
        };
        let usage = |why: String| {
            CliError::Usage(format!("--endpoint {address}: {why}; expected something like http://localhost:50051"))
        };
        let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|error| usage(error.to_string()))?;
        if endpoint.uri().scheme_str() != Some("http") {
            return Err(usage("not an http address".into()));
        }
        let most = settings.server.max_message_bytes;
        let client = QualityServiceClient::new(patient(endpoint).connect_lazy());
        Ok(Self::Remote {
            client: client.max_decoding_message_size(most).max_encoding_message_size(most),
            address: address.to_owned(),
            patience: Duration::from_millis(settings.gateway.score_deadline_ms) + Duration::from_secs(5),
        })
    }

    /// Scores one picture.
    pub async fn score(&self, request: ScoreRequest) -> Answer<Score> {
        match self {
            Self::Embedded(gateway) => gateway.score(Call::default(), request).await,
            Self::Remote { client, address, patience } => {
                let mut message = Request::new(ScoreMessage {
                    picture: Some(Picture { data: request.picture }),
                    prompt: request.prompt,
                    scenario: request.scenario.map(wire::scenario::to_selector),
                    include_maps: request.include_maps,
                });
                message.set_timeout(*patience);
                inject(message.metadata_mut());
                let answer = client.clone().score(message).await.map_err(|status| match from_status(&status) {
                    RoleError::Unavailable(why) => RoleError::Unavailable(format!("{address}: {why}")),
                    RoleError::Cancelled(_) => RoleError::DeadlineExceeded(format!("{address} did not answer in time")),
                    error => error,
                })?;
                wire::quality::from_response(answer.into_inner())
                    .map_err(|error| RoleError::Internal(format!("the gateway's answer is invalid: {error}")))
            }
        }
    }
}
