//! Who scores: the gateway in this process, or one at an endpoint.

use domain::{
    roles::{Answer, Call, RoleError},
    score::Score,
};
use gateway::{Gateway, ScoreRequest};
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
    Remote(QualityServiceClient<Channel>),
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
        let client = QualityServiceClient::new(endpoint.connect_lazy());
        Ok(Self::Remote(client.max_decoding_message_size(most).max_encoding_message_size(most)))
    }

    /// Scores one picture.
    pub async fn score(&self, request: ScoreRequest) -> Answer<Score> {
        match self {
            Self::Embedded(gateway) => gateway.score(Call::default(), request).await,
            Self::Remote(client) => {
                let mut message = Request::new(ScoreMessage {
                    picture: Some(Picture { data: request.picture }),
                    prompt: request.prompt,
                    scenario: request.scenario.map(wire::scenario::to_selector),
                    include_maps: request.include_maps,
                });
                inject(message.metadata_mut());
                let answer = client.clone().score(message).await.map_err(|status| from_status(&status))?;
                wire::quality::from_response(answer.into_inner())
                    .map_err(|error| RoleError::Internal(format!("the gateway's answer is invalid: {error}")))
            }
        }
    }
}
