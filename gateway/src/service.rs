//! The gateway over gRPC.

use std::sync::Arc;

use domain::{
    roles::{Answer, Call, RoleError},
    score::Score,
};
use futures::{FutureExt, Stream, StreamExt, stream::BoxStream};
use kit::{
    deadline::call_of,
    status::to_status,
    tenant::{Identity, Tenancy},
};
use proto::quality::{
    CompareRequest, CompareResponse, ListScenariosRequest, ListScenariosResponse, RankRequest, RankResponse,
    Ranked as RankedMessage, RescoreRequest, RescoreResponse, ScoreFailure, ScoreProgressRequest,
    ScoreProgressResponse, ScoreRequest as ScoreMessage, ScoreResponse, ScoreStreamRequest, ScoreStreamResponse,
    quality_service_server::QualityService, ranked, score_progress_response::Event, score_stream_response,
};
use tokio::sync::mpsc;
use tonic::{Request, Response, Status, Streaming};
use tracing::{Instrument, Span};
use wire::{
    quality::{to_comparison, to_response, to_stage},
    scenario::{from_selector, to_profile},
};

use crate::{
    Candidate, Gateway, Ranked, ScoreRequest, Source,
    access_log::{Caller, Entry},
    stage::heard,
};

/// Serves a gateway.
pub struct QualityServer {
    gateway: Arc<Gateway>,
    tenancy: Tenancy,
    log_prompts: bool,
}

impl QualityServer {
    /// Serves `gateway` to the tenants that `tenancy` tells.
    pub const fn new(gateway: Arc<Gateway>, tenancy: Tenancy) -> Self {
        Self { gateway, tenancy, log_prompts: false }
    }

    /// Whether the log of calls holds prompts; it does not until this says so.
    #[must_use]
    pub fn log_prompts(self, log_prompts: bool) -> Self {
        Self { log_prompts, ..self }
    }

    fn caller<T>(&self, request: &Request<T>) -> Result<Caller, Status> {
        let tenant = self.tenancy.of(request).map_err(|error| to_status(&error))?;
        // What stands behind the kind names one credential, which is nobody's business here.
        let shown = request.extensions().get::<Identity>().map_or("none", |identity| &identity.credential);
        let credential = shown.split_whitespace().next().unwrap_or("none").to_owned();
        Ok(Caller { tenant, credential })
    }

    /// The log's entry for a call of `method`, and whose it is.
    fn entry<T>(&self, method: &'static str, request: &Request<T>) -> Result<(Entry, String), Status> {
        let caller = self.caller(request)?;
        let tenant = caller.tenant.clone();
        Ok((Entry::new(method, caller), tenant))
    }

    fn told(&self, prompt: &str) -> Option<String> {
        self.log_prompts.then(|| prompt.to_owned())
    }
}

/// The message for an answer, or its status.
fn answer<T, M>(answer: Answer<T>, message: impl FnOnce(T) -> M) -> Result<Response<M>, Status> {
    answer.map(|value| Response::new(message(value))).map_err(|error| to_status(&error))
}

/// The picture in `field`. One that is neither sent nor named is no bytes, which are refused like any that are no picture.
fn source(picture: Option<proto::common::Picture>, field: &str) -> Answer<Source> {
    let picture = picture.unwrap_or_default();
    match (picture.data.is_empty(), picture.url.is_empty()) {
        (_, true) => Ok(Source::Bytes(picture.data)),
        (true, false) => Ok(Source::Url(picture.url)),
        (false, false) => Err(RoleError::invalid(field, "expected data or url, got both; send one of them")),
    }
}

fn score_request(message: ScoreMessage) -> Answer<ScoreRequest> {
    Ok(ScoreRequest {
        picture: source(message.picture, "picture")?,
        prompt: message.prompt,
        scenario: from_selector(message.scenario),
        include_maps: message.include_maps,
        include_suggestions: message.include_suggestions,
    })
}

fn failure(error: &RoleError) -> ScoreFailure {
    ScoreFailure { code: to_status(error).code().into(), message: error.to_string() }
}

#[tonic::async_trait]
impl QualityService for QualityServer {
    type ScoreProgressStream = BoxStream<'static, Result<ScoreProgressResponse, Status>>;
    type ScoreStreamStream = BoxStream<'static, Result<ScoreStreamResponse, Status>>;

    async fn score(&self, request: Request<ScoreMessage>) -> Result<Response<ScoreResponse>, Status> {
        let call = call_of(&request);
        let (mut entry, tenant) = self.entry("Score", &request)?;
        let message = request.into_inner();
        entry.pictures = 1;
        entry.prompt = self.told(&message.prompt);
        let scored = match score_request(message) {
            Ok(request) => self.gateway.score_noting(call, &tenant, request, &mut entry.picture).await,
            Err(error) => Err(error),
        };
        entry.scored(&scored);
        answer(scored, to_response)
    }

    async fn score_progress(
        &self,
        request: Request<ScoreProgressRequest>,
    ) -> Result<Response<Self::ScoreProgressStream>, Status> {
        let call = call_of(&request);
        let (mut entry, tenant) = self.entry("ScoreProgress", &request)?;
        let message = request.into_inner().request.unwrap_or_default();
        entry.pictures = 1;
        entry.prompt = self.told(&message.prompt);
        let gateway = Arc::clone(&self.gateway);
        let scoring = async move {
            let scored = match score_request(message) {
                Ok(request) => gateway.score_noting(call, &tenant, request, &mut entry.picture).await,
                Err(error) => Err(error),
            };
            entry.scored(&scored);
            scored
        };
        Ok(Response::new(progress(scoring.instrument(Span::current())).boxed()))
    }

    async fn score_stream(
        &self,
        request: Request<Streaming<ScoreStreamRequest>>,
    ) -> Result<Response<Self::ScoreStreamStream>, Status> {
        let caller = self.caller(&request)?;
        let (gateway, log_prompts, span) = (Arc::clone(&self.gateway), self.log_prompts, Span::current());
        let in_flight = gateway.settings.stream_in_flight.max(1);
        let answer = move |message: Result<ScoreStreamRequest, Status>| {
            let (gateway, caller) = (Arc::clone(&gateway), caller.clone());
            let answered = async move {
                let ScoreStreamRequest { id, request } = message?;
                let request = request.unwrap_or_default();
                let tenant = caller.tenant.clone();
                let mut entry = Entry::new("ScoreStream", caller);
                entry.pictures = 1;
                entry.prompt = log_prompts.then(|| request.prompt.clone());
                // Each picture has its own time; the stream as a whole may last.
                let scored = match score_request(request) {
                    Ok(request) => gateway.score_noting(Call::default(), &tenant, request, &mut entry.picture).await,
                    Err(error) => Err(error),
                };
                entry.scored(&scored);
                let result = match scored {
                    Ok(score) => score_stream_response::Result::Score(to_response(score)),
                    Err(error) => score_stream_response::Result::Failure(failure(&error)),
                };
                Ok(ScoreStreamResponse { id, result: Some(result) })
            };
            answered.instrument(span.clone())
        };
        Ok(Response::new(request.into_inner().map(answer).buffer_unordered(in_flight).boxed()))
    }

    async fn compare(&self, request: Request<CompareRequest>) -> Result<Response<CompareResponse>, Status> {
        let call = call_of(&request);
        let (mut entry, tenant) = self.entry("Compare", &request)?;
        let CompareRequest { a, b, prompt, scenario } = request.into_inner();
        entry.pictures = 2;
        entry.prompt = self.told(&prompt);
        let compared = match source(a, "a").and_then(|a| Ok([a, source(b, "b")?])) {
            Ok(pictures) => self.gateway.compare(call, &tenant, pictures, &prompt, from_selector(scenario)).await,
            Err(error) => Err(error),
        };
        entry.answered(&compared);
        compared.iter().for_each(|compared| entry.under(&compared.a));
        answer(compared, to_comparison)
    }

    async fn rank(&self, request: Request<RankRequest>) -> Result<Response<RankResponse>, Status> {
        let call = call_of(&request);
        let (mut entry, tenant) = self.entry("Rank", &request)?;
        let RankRequest { candidates, prompt, scenario } = request.into_inner();
        entry.pictures = candidates.len();
        entry.prompt = self.told(&prompt);
        let candidates = candidates
            .into_iter()
            .map(|candidate| {
                Ok(Candidate { id: candidate.id, picture: source(candidate.picture, "candidates.picture")? })
            })
            .collect::<Answer<Vec<_>>>();
        let ranked = match candidates {
            Ok(candidates) => self.gateway.rank(call, &tenant, candidates, &prompt, from_selector(scenario)).await,
            Err(error) => Err(error),
        };
        entry.answered(&ranked);
        ranked.iter().flatten().find_map(|ranked| ranked.score.as_ref().ok()).iter().for_each(|best| entry.under(best));
        answer(ranked, |ranked| RankResponse { ranked: ranked.into_iter().map(to_ranked).collect() })
    }

    async fn rescore(&self, request: Request<RescoreRequest>) -> Result<Response<RescoreResponse>, Status> {
        let call = call_of(&request);
        let (mut entry, tenant) = self.entry("Rescore", &request)?;
        let RescoreRequest { ids, scenarios } = request.into_inner();
        entry.pictures = ids.len();
        let scenarios = scenarios.into_iter().map(|selector| from_selector(Some(selector)));
        let rescored = match scenarios.collect::<Option<Vec<_>>>() {
            Some(scenarios) => self.gateway.rescore(call, &tenant, &ids, &scenarios).await,
            None => Err(RoleError::invalid("scenarios", "expected names or texts, got an empty one")),
        };
        entry.answered(&rescored);
        answer(rescored, |scores| RescoreResponse { scores: scores.into_iter().map(to_response).collect() })
    }

    async fn list_scenarios(
        &self,
        request: Request<ListScenariosRequest>,
    ) -> Result<Response<ListScenariosResponse>, Status> {
        let call = call_of(&request);
        let (mut entry, tenant) = self.entry("ListScenarios", &request)?;
        let profiles = self.gateway.scenarios(call, &tenant).await;
        entry.answered(&profiles);
        answer(profiles, |all| ListScenariosResponse { scenarios: all.into_iter().map(to_profile).collect() })
    }
}

/// The stages of `scoring` as they end, then what it gave.
fn progress(
    scoring: impl Future<Output = Answer<Score>> + Send + 'static,
) -> impl Stream<Item = Result<ScoreProgressResponse, Status>> {
    let event = |event| Ok(ScoreProgressResponse { event: Some(event) });
    // Stages and score take one way, so that they arrive in their order.
    let (told, mut events) = mpsc::unbounded_channel();
    let tell = told.clone();
    let stages = move |stage| drop(tell.send(event(Event::Stage(to_stage(stage)))));
    let scored = heard(stages, scoring).map(move |scored| {
        let answer =
            scored.map_err(|error| to_status(&error)).and_then(|score| event(Event::Score(to_response(score))));
        drop(told.send(answer));
    });
    let events = futures::stream::poll_fn(move |context| events.poll_recv(context));
    futures::stream::select(events, scored.into_stream().filter_map(|()| std::future::ready(None)))
}

fn to_ranked(ranked: Ranked) -> RankedMessage {
    let result = match ranked.score {
        Ok(score) => ranked::Result::Score(to_response(score)),
        Err(error) => ranked::Result::Failure(failure(&error)),
    };
    RankedMessage { id: ranked.id, rank: ranked.rank.unwrap_or(0), best: ranked.best, result: Some(result) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &'static str, url: &str) -> Answer<Source> {
        source(Some(proto::common::Picture { data: data.into(), url: url.to_owned() }), "a")
    }

    #[test]
    fn a_picture_is_sent_or_named_but_not_both() {
        assert_eq!(read("cat", ""), Ok(Source::Bytes("cat".into())));
        assert_eq!(read("", "https://images.example.org/"), Ok(Source::Url("https://images.example.org/".into())));
        let both = read("cat", "https://images.example.org/").unwrap_err().to_string();
        assert!(both.starts_with("a: expected data or url, got both"), "{both}");
        // Without bytes there is nothing to judge, which the picture's own check says.
        assert_eq!(read("", ""), source(None, "a"));
        assert_eq!(source(None, "a"), Ok(Source::Bytes("".into())));
    }
}
