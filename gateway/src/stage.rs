//! One stage of a request: timed, traced, and either required or optional.

use std::time::{Duration, Instant};

use domain::{
    roles::{Answer, RoleError},
    score::{Degradation, Outcome, Stage},
};
use kit::metrics::STAGE_DURATION;
use metrics::histogram;
use tracing::{Instrument, field::Empty};

tokio::task_local! {
    /// Hears of each stage that ends while a future runs.
    static LISTENER: Box<dyn Fn(Stage) + Send>;
}

/// `work`, with `listener` hearing of each of its stages as it ends.
pub async fn heard<T>(listener: impl Fn(Stage) + Send + 'static, work: impl Future<Output = T>) -> T {
    LISTENER.scope(Box::new(listener), work).await
}

/// A stage's answer, if it gave one, and how it went.
#[derive(Clone)]
pub struct Staged<T> {
    pub value: Option<T>,
    pub stage: Stage,
    pub degraded: Option<Degradation>,
}

/// What a stage's work gives.
pub struct Done<T> {
    pub value: T,
    pub outcome: Outcome,
    /// Why the answer is worse than it should be.
    pub degraded: Option<String>,
}

impl<T> Done<T> {
    pub const fn ok(value: T) -> Self {
        Self { value, outcome: Outcome::Ok, degraded: None }
    }
}

/// Whether a stage's failure fails the request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    Required,
    Optional,
}

/// Runs one stage. A failure of an optional stage becomes a degradation; what is the caller's fault always fails the
/// request: no other answer would be about what the caller sent, or within what the caller may use.
pub async fn run<T>(name: &'static str, need: Need, work: impl Future<Output = Answer<Done<T>>>) -> Answer<Staged<T>> {
    let start = Instant::now();
    let span = tracing::info_span!("stage", otel.name = name, outcome = Empty, otel.status_code = Empty);
    let done = work.instrument(span.clone()).await;
    let took = start.elapsed();
    let ms = took.as_secs_f64() * 1e3;
    let outcome = done.as_ref().map_or(Outcome::Failed, |done| done.outcome);
    span.record("outcome", word(outcome));
    if done.as_ref().is_err_and(|error| !error.is_callers_fault()) {
        span.record("otel.status_code", "ERROR");
    }
    record(name, outcome, took);
    let stage = |outcome| Stage { name: name.to_owned(), ms, outcome };
    // Nobody listens to most requests.
    let _ = LISTENER.try_with(|listener| listener(stage(outcome)));
    match done {
        Ok(Done { value, outcome, degraded }) => {
            let degraded = degraded.map(|reason| Degradation { stage: name.to_owned(), reason });
            Ok(Staged { value: Some(value), stage: stage(outcome), degraded })
        }
        Err(error) if need == Need::Required || error.is_callers_fault() => Err(named(error, name, ms)),
        Err(error) => {
            tracing::warn!(stage = name, %error, "an optional stage failed");
            let degraded = Some(Degradation { stage: name.to_owned(), reason: error.to_string() });
            Ok(Staged { value: None, stage: stage(Outcome::Failed), degraded })
        }
    }
}

/// Adds a stage's time to the metrics.
pub fn record(name: &'static str, outcome: Outcome, took: Duration) {
    histogram!(STAGE_DURATION, "stage" => name, "outcome" => word(outcome)).record(took.as_secs_f64());
}

/// An outcome in one word.
pub const fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Ok => "ok",
        Outcome::Cached => "cached",
        Outcome::Degraded => "degraded",
        Outcome::Failed => "failed",
        Outcome::Skipped => "skipped",
    }
}

/// Runs a stage whose answer the request cannot do without.
pub async fn required<T>(name: &'static str, work: impl Future<Output = Answer<T>>) -> Answer<(T, Stage)> {
    let staged = run(name, Need::Required, async { Ok(Done::ok(work.await?)) }).await?;
    let value = staged.value.ok_or_else(|| RoleError::Internal(format!("stage {name} gave no answer")))?;
    Ok((value, staged.stage))
}

/// A stage that had nothing to work on.
pub fn skipped<T>(name: &str) -> Staged<T> {
    Staged { value: None, stage: Stage { name: name.to_owned(), ms: 0.0, outcome: Outcome::Skipped }, degraded: None }
}

/// The error with its stage and time, except where it already names the caller's own field.
fn named(error: RoleError, stage: &str, ms: f64) -> RoleError {
    let with = |message: String| format!("stage {stage} failed after {ms:.0} ms: {message}");
    match error {
        RoleError::DeadlineExceeded(m) => RoleError::DeadlineExceeded(with(m)),
        RoleError::Cancelled(m) => RoleError::Cancelled(with(m)),
        RoleError::Unavailable(m) => RoleError::Unavailable(with(m)),
        RoleError::Overloaded(m) => RoleError::Overloaded(with(m)),
        RoleError::Unsupported(m) => RoleError::Unsupported(with(m)),
        RoleError::Internal(m) => RoleError::Internal(with(m)),
        callers => callers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn failing(need: Need, error: RoleError) -> Answer<Staged<()>> {
        run("segmentation", need, async { Err(error) }).await
    }

    #[tokio::test]
    async fn an_optional_stage_degrades_and_a_required_one_names_itself() {
        let down = || RoleError::Unavailable("no connection".into());
        let degraded = failing(Need::Optional, down()).await.unwrap();
        assert_eq!(degraded.stage.outcome, Outcome::Failed);
        assert_eq!(degraded.degraded.unwrap().reason, "unavailable: no connection");
        let error = failing(Need::Required, down()).await.err().unwrap().to_string();
        assert!(error.contains("stage segmentation failed after") && error.contains("no connection"), "{error}");
    }

    #[tokio::test]
    async fn a_used_up_quota_fails_even_an_optional_stage() {
        let used = RoleError::QuotaExceeded { quota: "concurrent".into(), message: "4 of 4".into(), retry_after: None };
        assert_eq!(failing(Need::Optional, used.clone()).await.err(), Some(used));
    }

    #[tokio::test]
    async fn bad_input_fails_even_an_optional_stage() {
        let bad = RoleError::invalid("picture", "truncated");
        assert_eq!(failing(Need::Optional, bad.clone()).await.err(), Some(bad));
    }
}
