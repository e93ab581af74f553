//! What answers must keep.

use proto::{
    admin,
    quality::{self, ranked, score_stream_response},
};
use tonic::Code;

/// One that has no more to it than its type.
pub fn any<A>(_: A) -> Result<(), String> {
    Ok(())
}

/// A score keeps what its proto promises, and nothing in it failed.
pub fn score(score: quality::ScoreResponse) -> Result<(), String> {
    if !score.degraded.iter().all(|degraded| degraded.reason.starts_with("language: ")) {
        return Err(format!("degraded: {:?}", score.degraded));
    }
    rescored(score)
}

/// As what was kept may say, who knows by whom.
pub fn rescored(score: quality::ScoreResponse) -> Result<(), String> {
    if !(0.0..=100.0).contains(&score.score) {
        return Err(format!("a score of {}", score.score));
    }
    wire::quality::from_response(score).map(drop).map_err(|error| error.to_string())
}

fn failure(failure: quality::ScoreFailure) -> Result<(), String> {
    let code = Code::from(failure.code);
    let callers = [Code::InvalidArgument, Code::NotFound, Code::ResourceExhausted, Code::DeadlineExceeded];
    if callers.contains(&code) {
        return Ok(());
    }
    Err(format!("{code:?}: {}", failure.message))
}

/// A score, or why there is none.
pub fn streamed(answer: quality::ScoreStreamResponse) -> Result<(), String> {
    match answer.result.ok_or("neither score nor failure")? {
        score_stream_response::Result::Score(one) => score(one),
        score_stream_response::Result::Failure(one) => failure(one),
    }
}

/// Scores, or why there are none.
pub fn ranked(answer: quality::RankResponse) -> Result<(), String> {
    answer.ranked.into_iter().try_for_each(|one| match one.result.ok_or("neither score nor failure")? {
        ranked::Result::Score(one) => score(one),
        ranked::Result::Failure(one) => failure(one),
    })
}

/// Whether a row was added, or what is wrong with it.
pub fn preferred(answer: admin::AddPreferencesResponse) -> Result<(), String> {
    let of_the_server = ["unavailable", "the row was not", "the scenario store"];
    if of_the_server.iter().any(|words| answer.error.contains(words)) { Err(answer.error) } else { Ok(()) }
}
