//! Who scores: the gateway in this process, or one at an endpoint.

use std::{path::Path, time::Duration};

use domain::{
    comparison::Comparison,
    roles::{Answer, Call, RoleError},
    scenario::{Profile, Selector},
    score::Score,
};
use gateway::{
    Candidate, Gateway, Ranked, ScoreRequest, Source,
    backends::remote::{self, AUTHORIZATION, Credential},
};
use kit::{status::from_status, telemetry::inject, tenant::tell};
use proto::{
    common::Picture,
    quality::{
        Candidate as CandidateMessage, CompareRequest, ListScenariosRequest, RankRequest, RescoreRequest,
        ScoreRequest as ScoreMessage, ScoreResponse, quality_service_client::QualityServiceClient, ranked,
    },
};
use tonic::{Request, Response, Status, transport::Channel};
use wire::{
    Checked, quality as messages,
    scenario::{from_profile, to_selector},
};

use crate::{
    commands::read,
    error::CliError,
    parts::Parts,
    settings::{Caller, Settings},
};

/// A gateway, wherever it is.
pub enum Scorer {
    /// In this process.
    Embedded {
        /// It.
        gateway: Box<Gateway>,
        /// Whose calls these are.
        tenant: String,
    },
    /// At an endpoint.
    Remote(Box<Remote>),
}

/// A gateway at an endpoint.
pub struct Remote {
    client: QualityServiceClient<Channel>,
    /// For errors.
    address: String,
    credential: Option<Credential>,
    /// The tenant that an operator speaks for.
    tenant: Option<String>,
    /// How long it may take: a little longer than the gateway allows itself.
    patience: Duration,
}

/// What a gateway at an endpoint keeps for the caller.
pub fn remote_at(settings: &Settings, endpoint: &str) -> Result<remote::Remote, CliError> {
    let remote = remote::Remote::new(endpoint, &settings.tls, settings.server.max_message_bytes);
    let remote = remote.map_err(|error| CliError::Usage(error.to_string()))?;
    let Caller { credential, tenant } = settings.caller.clone();
    Ok(remote.at_gateway(credential, tenant.is_some()))
}

impl Scorer {
    /// The gateway at `endpoint`, or one in this process, which keeps no measurements: they would end with it.
    pub async fn new(settings: Settings, endpoint: Option<&str>) -> Result<Self, CliError> {
        if let Some(address) = endpoint {
            return Ok(Self::Remote(Box::new(Remote::new(&settings, address)?)));
        }
        let mut gateway = settings.gateway.clone();
        gateway.keep_measurements = false;
        let tenant = gateway.tenant.clone();
        let mut parts = Parts::new(settings)?;
        let (backends, connector) = (parts.backends().await?, parts.connector()?);
        let gateway = Gateway::new(backends, connector, gateway).map_err(CliError::part)?;
        Ok(Self::Embedded { gateway: Box::new(gateway), tenant })
    }

    /// Scores one picture.
    pub async fn score(&self, request: ScoreRequest) -> Answer<Score> {
        match self {
            Self::Embedded { gateway, tenant } => gateway.score(Call::default(), tenant, request).await,
            Self::Remote(remote) => remote.score(request).await,
        }
    }

    /// Compares two picture files.
    pub async fn compare(
        &self,
        pictures: [&Path; 2],
        prompt: &str,
        scenario: Option<Selector>,
    ) -> Result<Comparison, CliError> {
        let [a, b] = [read(pictures[0])?, read(pictures[1])?];
        Ok(match self {
            Self::Embedded { gateway, tenant } => {
                gateway.compare(Call::default(), tenant, [a.into(), b.into()], prompt, scenario).await?
            }
            Self::Remote(remote) => {
                let [a, b] = [a, b].map(|data| Some(message(data.into())));
                let scenario = scenario.map(to_selector);
                let request = remote.request(CompareRequest { a, b, prompt: prompt.to_owned(), scenario });
                let answer = remote.client.clone().compare(request).await;
                remote.read(answer, messages::from_comparison)?
            }
        })
    }

    /// Ranks candidates for one prompt.
    pub async fn rank(
        &self,
        candidates: Vec<Candidate>,
        prompt: &str,
        scenario: Option<Selector>,
    ) -> Answer<Vec<Ranked>> {
        match self {
            Self::Embedded { gateway, tenant } => {
                gateway.rank(Call::default(), tenant, candidates, prompt, scenario).await
            }
            Self::Remote(remote) => remote.rank(candidates, prompt, scenario).await,
        }
    }
}

impl Remote {
    /// The gateway at `address`; it is reached for at the first call.
    pub fn new(settings: &Settings, address: &str) -> Result<Self, CliError> {
        let endpoint = remote::endpoint(address, &settings.tls);
        let endpoint = endpoint.map_err(|error| CliError::Usage(format!("--endpoint: {error}")))?;
        let most = settings.server.max_message_bytes;
        let client = QualityServiceClient::new(endpoint.connect_lazy());
        Ok(Self {
            client: client.max_decoding_message_size(most).max_encoding_message_size(most),
            address: address.to_owned(),
            credential: settings.caller.credential.clone(),
            tenant: settings.caller.tenant.clone(),
            patience: Duration::from_millis(settings.gateway.score_deadline_ms) + Duration::from_secs(5),
        })
    }

    /// Sends a message as it is, and gives the answer as it comes.
    pub async fn ask(&self, message: ScoreMessage) -> Result<Response<ScoreResponse>, Status> {
        self.client.clone().score(self.request(message)).await
    }

    /// Whether a message is answered; why not, as its sender reads it.
    pub async fn answers(&self, message: ScoreMessage) -> Answer<()> {
        self.read(self.ask(message).await, |_| Ok(()))
    }

    /// Scores one picture.
    pub async fn score(&self, request: ScoreRequest) -> Answer<Score> {
        let answer = self.ask(ScoreMessage {
            picture: Some(message(request.picture)),
            prompt: request.prompt,
            scenario: request.scenario.map(to_selector),
            include_maps: request.include_maps,
            include_suggestions: request.include_suggestions,
        });
        self.read(answer.await, messages::from_response)
    }

    async fn rank(&self, candidates: Vec<Candidate>, prompt: &str, scenario: Option<Selector>) -> Answer<Vec<Ranked>> {
        let to = |c: Candidate| CandidateMessage { id: c.id, picture: Some(message(c.picture)) };
        let candidates = candidates.into_iter().map(to).collect();
        let scenario = scenario.map(to_selector);
        let request = self.request(RankRequest { candidates, prompt: prompt.to_owned(), scenario });
        self.read(self.client.clone().rank(request).await, |answer| {
            answer.ranked.into_iter().map(from_ranked).collect()
        })
    }

    /// Judges what the gateway keeps under other scenarios.
    pub async fn rescore(&self, ids: Vec<String>, scenarios: Vec<Selector>) -> Answer<Vec<Score>> {
        let scenarios = scenarios.into_iter().map(to_selector).collect();
        let request = self.request(RescoreRequest { ids, scenarios });
        self.read(self.client.clone().rescore(request).await, |answer| {
            answer.scores.into_iter().map(messages::from_response).collect()
        })
    }

    /// The scenarios there are.
    pub async fn scenarios(&self) -> Answer<Vec<Profile>> {
        let request = self.request(ListScenariosRequest {});
        self.read(self.client.clone().list_scenarios(request).await, |answer| {
            answer.scenarios.into_iter().map(from_profile).collect()
        })
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(self.patience);
        let metadata = request.metadata_mut();
        if let Some(credential) = &self.credential {
            metadata.insert(AUTHORIZATION, credential.clone());
        }
        if let Some(tenant) = &self.tenant {
            tell(metadata, tenant);
        }
        inject(metadata);
        request
    }

    fn read<M, T>(&self, answer: Result<Response<M>, Status>, read: impl FnOnce(M) -> Checked<T>) -> Answer<T> {
        let address = &self.address;
        let answer = answer.map_err(|status| match from_status(&status) {
            RoleError::Unavailable(why) => RoleError::Unavailable(format!("{address}: {why}")),
            RoleError::Cancelled(_) => RoleError::DeadlineExceeded(format!("{address} did not answer in time")),
            error => error,
        })?;
        read(answer.into_inner())
            .map_err(|error| RoleError::Internal(format!("the gateway's answer is invalid: {error}")))
    }
}

fn message(picture: Source) -> Picture {
    match picture {
        Source::Bytes(data) => Picture { data, ..Picture::default() },
        Source::Url(url) => Picture { url, ..Picture::default() },
    }
}

fn from_ranked(message: proto::quality::Ranked) -> Checked<Ranked> {
    let failed =
        |failure: proto::quality::ScoreFailure| from_status(&Status::new(failure.code.into(), failure.message));
    let score = match message.result {
        Some(ranked::Result::Score(score)) => Ok(messages::from_response(score)?),
        Some(ranked::Result::Failure(failure)) => Err(failed(failure)),
        None => Err(RoleError::Internal("the gateway told neither a score nor why there is none".into())),
    };
    let rank = Some(message.rank).filter(|rank| *rank > 0);
    Ok(Ranked { id: message.id, rank, best: message.best, score })
}
