//! The endpoint first, the lexicon when it fails: a prompt always gets an answer, and the answer says whose it is.

use std::time::Duration;

use async_trait::async_trait;
use domain::roles::{Answer, Call, Decomposed, Decomposer};

use crate::{ChatEndpoint, Lexicon};

/// Time kept back from the endpoint for the lexicon and the way home; the lexicon itself takes well under one.
const RESERVE: Duration = Duration::from_millis(10);

/// Asks `primary`, and lets `fallback` answer when that fails.
#[derive(Debug)]
pub struct WithFallback {
    /// Asked first.
    pub primary: ChatEndpoint,
    /// Answers when `primary` does not.
    pub fallback: Lexicon,
}

#[async_trait]
impl Decomposer for WithFallback {
    /// The endpoint's key. An answer whose `backend` is `lexicon` is a stand-in and is not to be cached under it.
    fn cache_key(&self) -> String {
        self.primary.cache_key()
    }

    async fn decompose(&self, call: Call, prompt: &str) -> Answer<Decomposed> {
        // A deadline too near to subtract from is as good as passed; the endpoint says so itself.
        let deadline = call.deadline.map(|deadline| deadline.checked_sub(RESERVE).unwrap_or(deadline));
        let reason = match self.primary.ask(deadline, prompt).await {
            Ok(answer) => return Ok(answer),
            Err(reason) => reason,
        };
        tracing::warn!(%reason, "the decomposition endpoint failed; the lexicon answers");
        let mut answer = self.fallback.decompose(call, prompt).await?;
        let why = format!("decomposition endpoint {reason}; the lexicon answered");
        answer.degraded = Some(match answer.degraded {
            None => why,
            Some(more) => format!("{why}; {more}"),
        });
        Ok(answer)
    }
}
