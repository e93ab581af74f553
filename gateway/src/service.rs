//! The gateway over gRPC.

use std::sync::Arc;

use domain::roles::{Answer, Call, RoleError};
use futures::{StreamExt, stream::BoxStream};
use kit::{deadline::call_of, status::to_status, tenant::Tenancy};
use proto::quality::{
    CompareRequest, CompareResponse, ListScenariosRequest, ListScenariosResponse, RankRequest, RankResponse,
    Ranked as RankedMessage, RescoreRequest, RescoreResponse, ScoreFailure, ScoreRequest as ScoreMessage,
    ScoreResponse, ScoreStreamRequest, ScoreStreamResponse, quality_service_server::QualityService, ranked,
    score_stream_response,
};
use tonic::{Request, Response, Status, Streaming};
use wire::{
    quality::{to_comparison, to_response},
    scenario::{from_selector, to_profile},
};

use crate::{Candidate, Gateway, Ranked, ScoreRequest, Source};

/// Serves a gateway.
pub struct QualityServer {
    gateway: Arc<Gateway>,
    tenancy: Tenancy,
}

impl QualityServer {
    /// Serves `gateway` to the tenants that `tenancy` tells.
    pub const fn new(gateway: Arc<Gateway>, tenancy: Tenancy) -> Self {
        Self { gateway, tenancy }
    }

    fn tenant<T>(&self, request: &Request<T>) -> Result<String, Status> {
        self.tenancy.of(request).map_err(|error| to_status(&error))
    }
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
    type ScoreStreamStream = BoxStream<'static, Result<ScoreStreamResponse, Status>>;

    async fn score(&self, request: Request<ScoreMessage>) -> Result<Response<ScoreResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let message = score_request(request.into_inner()).map_err(|error| to_status(&error))?;
        let scored = self.gateway.score(call, &tenant, message).await;
        Ok(Response::new(to_response(scored.map_err(|error| to_status(&error))?)))
    }

    async fn score_stream(
        &self,
        request: Request<Streaming<ScoreStreamRequest>>,
    ) -> Result<Response<Self::ScoreStreamStream>, Status> {
        let tenant: Arc<str> = self.tenant(&request)?.into();
        let gateway = Arc::clone(&self.gateway);
        let in_flight = gateway.settings.stream_in_flight.max(1);
        let answer = move |message: Result<ScoreStreamRequest, Status>| {
            let (gateway, tenant) = (Arc::clone(&gateway), Arc::clone(&tenant));
            async move {
                let ScoreStreamRequest { id, request } = message?;
                // Each picture has its own time; the stream as a whole may last.
                let scored = match score_request(request.unwrap_or_default()) {
                    Ok(request) => gateway.score(Call::default(), &tenant, request).await,
                    Err(error) => Err(error),
                };
                let result = match scored {
                    Ok(score) => score_stream_response::Result::Score(to_response(score)),
                    Err(error) => score_stream_response::Result::Failure(failure(&error)),
                };
                Ok(ScoreStreamResponse { id, result: Some(result) })
            }
        };
        Ok(Response::new(request.into_inner().map(answer).buffer_unordered(in_flight).boxed()))
    }

    async fn compare(&self, request: Request<CompareRequest>) -> Result<Response<CompareResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let CompareRequest { a, b, prompt, scenario } = request.into_inner();
        let pictures = source(a, "a").and_then(|a| Ok([a, source(b, "b")?])).map_err(|error| to_status(&error))?;
        let compared = self.gateway.compare(call, &tenant, pictures, &prompt, from_selector(scenario)).await;
        Ok(Response::new(to_comparison(compared.map_err(|error| to_status(&error))?)))
    }

    async fn rank(&self, request: Request<RankRequest>) -> Result<Response<RankResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let RankRequest { candidates, prompt, scenario } = request.into_inner();
        let candidates = candidates
            .into_iter()
            .map(|candidate| {
                Ok(Candidate { id: candidate.id, picture: source(candidate.picture, "candidates.picture")? })
            })
            .collect::<Answer<Vec<_>>>()
            .map_err(|error| to_status(&error))?;
        let ranked = self.gateway.rank(call, &tenant, candidates, &prompt, from_selector(scenario)).await;
        let ranked = ranked.map_err(|error| to_status(&error))?.into_iter().map(to_ranked).collect();
        Ok(Response::new(RankResponse { ranked }))
    }

    async fn rescore(&self, request: Request<RescoreRequest>) -> Result<Response<RescoreResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let RescoreRequest { ids, scenarios } = request.into_inner();
        let scenarios = scenarios.into_iter().map(|selector| from_selector(Some(selector)));
        let scenarios: Option<Vec<_>> = scenarios.collect();
        let scenarios = scenarios
            .ok_or_else(|| to_status(&RoleError::invalid("scenarios", "expected names or texts, got an empty one")))?;
        let scores = self.gateway.rescore(call, &tenant, &ids, &scenarios).await.map_err(|e| to_status(&e))?;
        Ok(Response::new(RescoreResponse { scores: scores.into_iter().map(to_response).collect() }))
    }

    async fn list_scenarios(
        &self,
        request: Request<ListScenariosRequest>,
    ) -> Result<Response<ListScenariosResponse>, Status> {
        let (call, tenant) = (call_of(&request), self.tenant(&request)?);
        let profiles = self.gateway.scenarios(call, &tenant).await.map_err(|error| to_status(&error))?;
        Ok(Response::new(ListScenariosResponse { scenarios: profiles.into_iter().map(to_profile).collect() }))
    }
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
