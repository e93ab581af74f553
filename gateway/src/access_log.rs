//! The log of calls: one event for each call of `QualityService`, of a stream one for each picture.
//!
//! It tells who asked what and what came of it, never the picture, and the prompt only where that is configured.

use std::time::Instant;

use domain::{
    picture::Digest,
    roles::{Answer, RoleError},
    score::Score,
};
use kit::{
    status::{code_name, to_status},
    telemetry::{ACCESS, trace_id},
};
use tonic::Code;

use crate::stage::word;

/// Who calls.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose call it is.
    pub tenant: String,
    /// Which kind of credential told it: `key` or `none`.
    pub credential: String,
}

/// One call, told when it is dropped; until something else is said it was given up.
#[must_use = "the call is told when this is dropped"]
pub struct Entry {
    method: &'static str,
    caller: Caller,
    start: Instant,
    trace_id: Option<String>,
    code: Code,
    /// Pictures that were asked about.
    pub pictures: usize,
    /// What they were asked to show; `None` where it must not be told.
    pub prompt: Option<String>,
    /// The picture, where there is one.
    pub picture: Option<Digest>,
    scenario: Option<(String, u32)>,
    judged: Option<Judged>,
}

/// What is told of a score.
struct Judged {
    measurement: String,
    score: f64,
    verdict: Option<&'static str>,
    stages: String,
    degraded: String,
}

impl Entry {
    /// A call of `method` that begins now.
    pub fn new(method: &'static str, caller: Caller) -> Self {
        Self {
            method,
            caller,
            start: Instant::now(),
            trace_id: trace_id(),
            code: Code::Cancelled,
            pictures: 0,
            prompt: None,
            picture: None,
            scenario: None,
            judged: None,
        }
    }

    /// The call was answered, well or not.
    pub fn answered<T>(&mut self, answer: &Answer<T>) {
        self.code = answer.as_ref().err().map_or(Code::Ok, code);
    }

    /// The call was about one picture, and this is its score.
    pub fn scored(&mut self, scored: &Answer<Score>) {
        self.answered(scored);
        let Ok(score) = scored else { return };
        self.under(score);
        let stage = |stage: &domain::score::Stage| format!("{}={:.1}ms/{}", stage.name, stage.ms, word(stage.outcome));
        self.judged = Some(Judged {
            measurement: score.id.clone(),
            score: score.score,
            verdict: score.verdict.as_ref().map(|decision| decision.verdict.name()),
            stages: score.stages.iter().map(stage).collect::<Vec<_>>().join(" "),
            degraded: score.degraded.iter().map(|degraded| &*degraded.stage).collect::<Vec<_>>().join(" "),
        });
    }

    /// The scenario is the one that `score` was given under.
    pub fn under(&mut self, score: &Score) {
        self.scenario = Some((score.scenario.name.clone(), score.scenario.revision));
    }
}

fn code(error: &RoleError) -> Code {
    to_status(error).code()
}

impl Drop for Entry {
    fn drop(&mut self) {
        let judged = self.judged.as_ref();
        tracing::info!(
            target: ACCESS,
            tenant = self.caller.tenant,
            credential = self.caller.credential,
            method = self.method,
            code = code_name(self.code),
            ms = self.start.elapsed().as_secs_f64() * 1e3,
            pictures = self.pictures,
            scenario = self.scenario.as_ref().map(|(name, _)| &**name),
            revision = self.scenario.as_ref().map(|(_, revision)| *revision),
            picture = self.picture.map(|digest| digest.to_string()),
            measurement = judged.map(|judged| &*judged.measurement),
            score = judged.map(|judged| judged.score),
            verdict = judged.and_then(|judged| judged.verdict),
            stages = judged.map(|judged| &*judged.stages),
            degraded = judged.map(|judged| &*judged.degraded),
            prompt = self.prompt,
            trace_id = self.trace_id,
            "call"
        );
    }
}
