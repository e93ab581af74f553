//! The endpoint and the lexicon together: a prompt always gets an answer, it is never poorer than the lexicon's, and it
//! says whose it is.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    language::Language,
    roles::{Answer, Call, Decomposed, Decomposer},
};

use crate::{ChatEndpoint, EndpointError, Lexicon, merge};

/// Time kept back from the endpoint for the lexicon and the way home; the lexicon itself takes well under one.
const RESERVE: Duration = Duration::from_millis(10);

/// Asks `primary` to add to what `fallback` finds, and lets `fallback` answer alone when that fails.
#[derive(Debug)]
pub struct WithFallback {
    /// Asked first.
    pub primary: ChatEndpoint,
    /// Reads the prompt, or its translation, as well.
    pub fallback: Arc<Lexicon>,
}

impl WithFallback {
    /// The answer to `prompt` when the endpoint said `told`: believed only as far as the lexicon bears it out, and never
    /// poorer than the lexicon's own.
    ///
    /// # Errors
    ///
    /// Those of the lexicon, which has none.
    pub async fn settle(
        &self,
        call: Call,
        prompt: &str,
        told: Result<Decomposed, EndpointError>,
    ) -> Answer<Decomposed> {
        let reason = match told {
            Ok(told) => {
                let own = self.fallback.decompose(call, told.english.as_deref().unwrap_or(prompt)).await?;
                let agreement = merge::agreement(&own.decomposition, &told.decomposition);
                let least = self.primary.min_agreement();
                if agreement >= least {
                    return Ok(self.completed(own, told));
                }
                EndpointError::Disagrees { agreement, least }
            }
            Err(reason) => reason,
        };
        tracing::warn!(%reason, "the decomposition endpoint failed; the lexicon answers");
        let language = Language::of(prompt);
        let mut answer = self.fallback.decompose(call, prompt).await?;
        answer.degraded = Some(if language.is_english() {
            format!("decomposition endpoint {reason}; the lexicon answered")
        } else {
            format!(
                "language: the prompt seems to be in {language} and was not translated: decomposition endpoint {reason}; \
                 see to the endpoint, or give the prompt in English"
            )
        });
        Ok(answer)
    }

    fn completed(&self, own: Decomposed, told: Decomposed) -> Decomposed {
        Decomposed {
            decomposition: merge::completed(own.decomposition, told.decomposition, self.primary.limits()),
            backend: format!("{}+{}", told.backend, own.backend),
            models: told.models.into_iter().chain(own.models).collect(),
            ..told
        }
    }
}

#[async_trait]
impl Decomposer for WithFallback {
    /// Both keys. An answer whose `backend` is `lexicon` is a stand-in and is not to be cached under it.
    fn cache_key(&self) -> String {
        format!("{}+{}", self.primary.cache_key(), self.fallback.cache_key())
    }

    async fn decompose(&self, call: Call, prompt: &str) -> Answer<Decomposed> {
        // A deadline too near to subtract from is as good as passed; the endpoint says so itself.
        let deadline = call.deadline.map(|deadline| deadline.checked_sub(RESERVE).unwrap_or(deadline));
        let told = self.primary.ask(deadline, prompt).await;
        self.settle(call, prompt, told).await
    }
}
