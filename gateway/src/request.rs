//! What is asked of the gateway, checked before anything is computed.

use bytes::Bytes;
use domain::{
    language::Language,
    picture::Picture,
    roles::{Answer, RoleError},
    scenario::Selector,
};
use picture::identify;

use crate::settings::GatewaySettings;

/// One picture to score.
#[derive(Clone, Debug)]
pub struct ScoreRequest {
    /// The encoded picture.
    pub picture: Bytes,
    /// What it was asked to show.
    pub prompt: String,
    /// What it will be used for; the default scenario when `None`.
    pub scenario: Option<Selector>,
    /// Whether to answer with distortion maps and region masks.
    pub include_maps: bool,
    /// Whether to answer with what would win points back.
    pub include_suggestions: bool,
}

/// A request that keeps its bounds.
pub struct Checked {
    pub picture: Picture,
    pub prompt: String,
    pub language: Language,
    pub scenario: Selector,
    pub include_maps: bool,
    pub include_suggestions: bool,
}

impl Checked {
    /// Suggestions say where to paint, so they need maps too.
    pub const fn needs_maps(&self) -> bool {
        self.include_maps || self.include_suggestions
    }
}

impl ScoreRequest {
    /// Bounds and identifies everything; nothing is decoded.
    pub(crate) fn check(self, settings: &GatewaySettings) -> Answer<Checked> {
        let prompt = settings.checked_prompt(&self.prompt)?;
        Ok(Checked {
            prompt: prompt.to_owned(),
            language: Language::of(prompt),
            picture: identify(self.picture, &settings.limits)?,
            scenario: self.scenario.unwrap_or_else(|| Selector::Name(settings.default_scenario.clone())),
            include_maps: self.include_maps,
            include_suggestions: self.include_suggestions,
        })
    }
}

impl GatewaySettings {
    /// The prompt without space around it, if it keeps its bounds.
    pub(crate) fn checked_prompt<'a>(&self, prompt: &'a str) -> Answer<&'a str> {
        let (prompt, most) = (prompt.trim(), self.max_prompt_bytes);
        if prompt.is_empty() {
            return Err(RoleError::invalid(
                "prompt",
                "expected what the picture was asked to show, got an empty prompt",
            ));
        }
        if prompt.len() > most {
            let got = prompt.len();
            return Err(RoleError::invalid("prompt", format!("expected at most {most} bytes, got {got}; shorten it")));
        }
        Ok(prompt)
    }
}
