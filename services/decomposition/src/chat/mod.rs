//! Asks a language model behind an OpenAI-compatible chat endpoint, once, and checks every word it answers.

use std::time::{Duration, Instant};

use async_openai::{Client, config::OpenAIConfig};
use domain::{
    language::Language,
    roles::{Decomposed, ModelInfo},
};
use sha2::{Digest, Sha256};
use tracing::Instrument;

use crate::settings::{EndpointSettings, Limits};

mod answer;
mod error;
mod request;
mod telemetry;
mod transport;

pub use error::{EndpointError, SetupError};
use telemetry::Question;

/// Version of the prompt template and the answer's schema; to be raised when either changes.
pub const TEMPLATE_VERSION: &str = "2";

/// Takes prompts apart by asking a language model.
#[derive(Debug)]
pub struct ChatEndpoint {
    client: Client<OpenAIConfig>,
    settings: EndpointSettings,
    limits: Limits,
}

impl ChatEndpoint {
    /// An endpoint; `variable` reads the environment variable that may hold its key.
    ///
    /// # Errors
    ///
    /// When the base URL is none, or the key is missing or cannot be sent.
    pub fn new(
        settings: &EndpointSettings,
        limits: Limits,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, SetupError> {
        if !transport::is_address(&settings.base_url) {
            return Err(SetupError::BaseUrl);
        }
        // Every field is set: those left out would be taken from OPENAI_* variables, and a key meant for OpenAI
        // would go to whatever address stands here.
        let config = OpenAIConfig::new()
            .with_api_base(settings.base_url.trim_end_matches('/'))
            .with_api_key(key(settings, variable)?)
            .with_org_id("")
            .with_project_id("");
        let http = transport::client()?;
        let client = Client::build(http.clone(), config).with_http_service(transport::once(http));
        Ok(Self { client, settings: settings.clone(), limits })
    }

    /// Takes `prompt` apart before `deadline`, and translates it when it is not in English; or says in plain words why
    /// not. What comes back was checked word by word, but not yet against the lexicon: see [`crate::WithFallback`].
    ///
    /// # Errors
    ///
    /// When the endpoint gave no usable answer in time.
    pub async fn ask(&self, deadline: Option<Instant>, prompt: &str) -> Result<Decomposed, EndpointError> {
        let language = Language::of(prompt);
        if prompt.trim().is_empty() {
            return Ok(self.decomposed(language, answer::Told::default()));
        }
        let prompt: String = prompt.chars().take(self.limits.max_prompt_chars).collect();
        let wait = self.wait(deadline)?;
        let question = Question::new(&self.settings);
        let asked = self.complete(&question, &prompt, language).instrument(question.span.clone());
        let told = tokio::time::timeout(wait, asked)
            .await
            .unwrap_or(Err(EndpointError::TimedOut(wait)))
            .and_then(|content| answer::check(&content, &prompt, language, self.limits));
        question.ended(told.as_ref().err());
        Ok(self.decomposed(language, told?))
    }

    /// Names the endpoint, its model and the template: caches key on it.
    pub fn cache_key(&self) -> String {
        let EndpointSettings { base_url, model, max_tokens, min_agreement, .. } = &self.settings;
        let Limits { max_descriptors, max_attributes, max_prompt_chars } = self.limits;
        // The address is hashed: it may be internal, and keys travel to shared caches.
        let place: String = Sha256::digest(base_url).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        format!(
            "chat/{place}/{model}/template-{TEMPLATE_VERSION}/{max_tokens}-{max_descriptors}-{max_attributes}-{max_prompt_chars}-{min_agreement}"
        )
    }

    /// The least agreement with the lexicon's objects at which an answer is believed, [0, 1].
    pub(crate) const fn min_agreement(&self) -> f64 {
        self.settings.min_agreement
    }

    pub(crate) const fn limits(&self) -> Limits {
        self.limits
    }

    async fn complete(&self, question: &Question, prompt: &str, language: Language) -> Result<String, EndpointError> {
        let request = request::build(&self.settings, prompt, language);
        let reply: answer::Reply = self.client.chat().create_byot(request).await?;
        question.replied(&reply);
        reply.content(self.settings.max_tokens.get())
    }

    /// How long to wait: the settings' timeout, or less if the caller's deadline is sooner.
    fn wait(&self, deadline: Option<Instant>) -> Result<Duration, EndpointError> {
        let timeout = Duration::from_millis(self.settings.timeout_ms.get().into());
        let left = deadline.map_or(timeout, |deadline| deadline.saturating_duration_since(Instant::now()));
        if left.is_zero() { Err(EndpointError::NoTime) } else { Ok(timeout.min(left)) }
    }

    fn decomposed(&self, language: Language, told: answer::Told) -> Decomposed {
        Decomposed {
            decomposition: told.decomposition,
            language: language.tag.to_owned(),
            english: told.english,
            backend: self.settings.model.clone(),
            degraded: None,
            models: vec![ModelInfo {
                role: "decomposition".to_owned(),
                name: self.settings.model.clone(),
                version: format!("template {TEMPLATE_VERSION}"),
                ..ModelInfo::default()
            }],
        }
    }
}

/// The key, or an empty one for an endpoint without keys.
fn key(settings: &EndpointSettings, variable: impl Fn(&str) -> Option<String>) -> Result<String, SetupError> {
    let (key, place) = match (&settings.api_key_env, &settings.api_key_file) {
        (None, None) => return Ok(String::new()),
        (Some(_), Some(_)) => return Err(SetupError::TwoKeys),
        (Some(name), None) => {
            let key = variable(name).ok_or_else(|| SetupError::KeyMissing(name.clone()))?;
            (key, format!("the environment variable {name}"))
        }
        (None, Some(path)) => {
            let read = std::fs::read_to_string(path);
            let key = read.map_err(|source| SetupError::KeyFile { path: path.clone(), source })?;
            // Editors end a file with a line's end.
            (key.trim_end().to_owned(), path.display().to_string())
        }
    };
    // async-openai panics on a key that no header can carry.
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(SetupError::KeyUnusable(place));
    }
    Ok(key)
}

/// What is believed of an endpoint's answer to `prompt`, or of what its model wrote: the parts, and the prompt in English.
///
/// # Errors
///
/// When nothing is.
#[cfg(feature = "fuzzing")]
pub fn read_answer(
    answer: &[u8],
    prompt: &str,
    limits: Limits,
) -> Result<(domain::decomposition::Decomposition, Option<String>), EndpointError> {
    let malformed = |error: &dyn std::fmt::Display| EndpointError::Malformed(error.to_string());
    let reply: answer::Reply = serde_json::from_slice(answer).map_err(|error| malformed(&error))?;
    let _ = (reply.model().map(str::len), reply.tokens());
    let written = std::str::from_utf8(answer).map_err(|error| malformed(&error))?;
    let content = reply.content(1).unwrap_or_else(|_| written.to_owned());
    let told = answer::check(&content, prompt, Language::of(prompt), limits)?;
    Ok((told.decomposition, told.english))
}
