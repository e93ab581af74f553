//! A prompt's parts from JSON.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use domain::{
    decomposition::{Attribute, Decomposition, Descriptor, Relation},
    language::Language,
    roles::{Answer, Call, Decomposed, Decomposer, Role},
};
use serde::Deserialize;

use crate::backends::pool::Probe;

use super::{
    server::{Model, Server},
    settings::{OipDecomposition, OipError},
    tensor::Input,
};

/// Most descriptors of one prompt.
const MOST_DESCRIPTORS: usize = 32;
/// Most attributes of one prompt.
const MOST_ATTRIBUTES: usize = 16;
/// Longest text of one of them, characters: these are to be short phrases.
const MOST_CHARS: usize = 120;

/// Takes prompts apart with a model on a server.
pub struct OipDecomposer {
    model: Model,
    settings: OipDecomposition,
}

impl OipDecomposer {
    /// What asks whether its model is ready.
    pub fn probe(&self) -> Arc<dyn Probe> {
        Arc::new(self.model.clone())
    }

    /// A decomposer as `settings` say; messages up to `max_message_bytes` are sent and taken.
    ///
    /// # Errors
    ///
    /// When a setting cannot be right.
    pub fn new(settings: OipDecomposition, max_message_bytes: usize) -> Result<Self, OipError> {
        settings.check()?;
        let server = Server::new(&settings.endpoint, max_message_bytes)?;
        let model = server.model(Role::Decomposition, &settings.model, settings.version.as_deref());
        Ok(Self { model, settings })
    }
}

#[async_trait]
impl Decomposer for OipDecomposer {
    fn cache_key(&self) -> String {
        format!("open-inference/{}", self.model)
    }

    async fn decompose(&self, call: Call, prompt: &str) -> Answer<Decomposed> {
        let language = Language::of(prompt);
        let OipDecomposition { input, output, .. } = &self.settings;
        let input = Input::bytes(input, vec![Bytes::copy_from_slice(prompt.as_bytes())]);
        let reply = self.model.infer(call, input, &[output]).await?;
        let json = reply.element(output)?;
        let parts: Parts = serde_json::from_slice(&json).map_err(|error| {
            reply.wrong(output, format!("expected JSON with descriptors and attributes, got something else: {error}"))
        })?;
        parts.check(language).map_err(|why| reply.wrong(output, why))?;
        Ok(Decomposed {
            decomposition: Decomposition { descriptors: parts.descriptors, attributes: parts.attributes },
            language: language.tag.to_owned(),
            // A prompt in English is its own translation.
            english: parts.english.filter(|_| !language.is_english()),
            backend: reply.model.name.clone(),
            degraded: None,
            models: vec![reply.model],
        })
    }
}

/// What the model answers: what a chat endpoint is asked for, and whatever else a descriptor may say.
#[derive(Deserialize)]
struct Parts {
    /// The prompt in English, when it is in another language.
    #[serde(default)]
    english: Option<String>,
    descriptors: Vec<Descriptor>,
    attributes: Vec<Attribute>,
}

impl Parts {
    fn check(&self, language: Language) -> Result<(), String> {
        for (what, most, got) in [
            ("descriptors", MOST_DESCRIPTORS, self.descriptors.len()),
            ("attributes", MOST_ATTRIBUTES, self.attributes.len()),
        ] {
            if got > most {
                return Err(format!("expected at most {most} {what}, got {got}"));
            }
        }
        let texts = self.descriptors.iter().flat_map(|descriptor| [Some(&descriptor.text), descriptor.noun.as_ref()]);
        for text in texts.flatten().chain(self.attributes.iter().map(|attribute| &attribute.text)) {
            let length = text.chars().count();
            if text.trim().is_empty() || length > MOST_CHARS {
                return Err(format!("expected texts of 1 to {MOST_CHARS} characters, got {length} that may be blank"));
            }
        }
        if self.descriptors.iter().any(|descriptor| descriptor.count == Some(0)) {
            return Err("expected counts of at least 1 or none, got 0".to_owned());
        }
        let all = self.descriptors.len();
        let named =
            self.descriptors.iter().filter_map(|descriptor| descriptor.relation).flat_map(Relation::descriptors);
        if let Some(index) = named.into_iter().find(|&index| index >= all) {
            return Err(format!("expected relations between the {all} descriptors, got the index {index}"));
        }
        match &self.english {
            Some(english)
                if !language.is_english() && (english.trim().is_empty() || !Language::of(english).is_english()) =>
            {
                Err("expected the prompt in English in 'english', or null, got something else".to_owned())
            }
            _ => Ok(()),
        }
    }
}
