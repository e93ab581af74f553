//! What is asked of the gateway, checked before anything is computed.

use std::time::Instant;

use bytes::Bytes;
use domain::{
    language::Language,
    ownership::check_no_nul,
    picture::Picture,
    roles::{Answer, Call, RoleError},
    scenario::Selector,
    score::Stage,
};
use picture::identify;

use crate::{fetch::Fetcher, settings::GatewaySettings, stage::required, tenants::Pictures};

/// An encoded picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Here.
    Bytes(Bytes),
    /// At a URL, from where the gateway fetches it.
    Url(String),
}

impl From<Bytes> for Source {
    fn from(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }
}

/// One picture to score.
#[derive(Clone, Debug)]
pub struct ScoreRequest {
    /// The encoded picture.
    pub picture: Source,
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
#[derive(Clone)]
pub struct Checked {
    pub picture: Picture,
    /// When work on it began.
    pub since: Instant,
    /// How fetching the picture went, where it was named by URL.
    pub fetching: Option<Stage>,
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
    /// Bounds and identifies everything; a picture that is named by URL is fetched, nothing is decoded.
    pub(crate) async fn check(
        self,
        call: Call,
        pictures: &Pictures,
        settings: &GatewaySettings,
        fetcher: &Fetcher,
    ) -> Answer<Checked> {
        let since = Instant::now();
        let prompt = settings.checked_prompt(&self.prompt)?;
        let (bytes, fetching) = match &self.picture {
            Source::Bytes(bytes) => (bytes.clone(), None),
            Source::Url(url) => {
                let most = pictures.limits.max_bytes as u64;
                let fetch = fetcher.fetch(call, url, &pictures.allowed_hosts, most);
                let (bytes, stage) = required("fetch", fetch).await?;
                (bytes, Some(stage))
            }
        };
        Ok(Checked {
            prompt: prompt.to_owned(),
            language: Language::of(prompt),
            picture: identify(bytes, &pictures.limits)?,
            since,
            fetching,
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
        // It is kept with what was measured.
        check_no_nul(prompt).map_err(|why| RoleError::invalid("prompt", why))?;
        Ok(prompt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prompt_that_no_store_takes_is_refused_and_space_around_one_is_not() {
        let settings: GatewaySettings = toml::from_str(include_str!("../../config/gateway.toml")).unwrap();
        assert_eq!(settings.checked_prompt(" a cat\n"), Ok("a cat"));
        for prompt in ["a\0cat", "", " \t", &"a".repeat(settings.max_prompt_bytes + 1)] {
            let refused = settings.checked_prompt(prompt);
            assert!(matches!(&refused, Err(RoleError::InvalidInput { field, .. }) if field == "prompt"), "{refused:?}");
        }
    }
}
