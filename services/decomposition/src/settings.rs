//! What `config/decomposition.toml` may say.

use std::{num::NonZeroU32, path::PathBuf};

use serde::Deserialize;

/// Settings of the decomposition service.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How much an answer may hold, whoever gives it.
    pub limits: Limits,
    /// The language model to ask; without one the lexicon answers.
    pub endpoint: Option<EndpointSettings>,
}

/// How much an answer may hold; what comes first in the prompt wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// At most so many descriptors.
    pub max_descriptors: usize,
    /// At most so many attributes.
    pub max_attributes: usize,
    /// Characters of the prompt that are read; the rest is ignored.
    pub max_prompt_chars: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_descriptors: 32, max_attributes: 16, max_prompt_chars: 8_000 }
    }
}

/// An OpenAI-compatible chat endpoint.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointSettings {
    /// Everything before `/chat/completions`, e.g. `http://localhost:11434/v1`.
    pub base_url: String,
    /// The model's name as the endpoint knows it.
    pub model: String,
    /// The environment variable that holds the API key; none for an endpoint without keys.
    #[serde(default)]
    pub api_key_env: Option<String>,
    /// The file that holds the API key, in place of a variable; it is read when these settings are.
    #[serde(default)]
    pub api_key_file: Option<PathBuf>,
    /// Longest wait for an answer, in milliseconds; a caller's earlier deadline wins.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: NonZeroU32,
    /// Most tokens the model may write.
    #[serde(default = "default_max_tokens")]
    pub max_tokens: NonZeroU32,
    /// How far the model's objects must agree with the lexicon's for its answer to be believed, [0, 1]; 0 believes all
    /// that is grounded in the prompt.
    #[serde(default = "default_min_agreement")]
    pub min_agreement: f64,
}

const fn default_timeout_ms() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(4_999)
}

const fn default_max_tokens() -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(1_535)
}

const fn default_min_agreement() -> f64 {
    0.5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_has_no_endpoint_and_the_default_limits() {
        let settings: Settings = toml::from_str(include_str!("../../../config/decomposition.toml")).unwrap();
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn the_shipped_files_example_is_valid() {
        let example: String = include_str!("../../../config/decomposition.toml")
            .lines()
            .skip_while(|line| !line.starts_with("# [endpoint]"))
            .map(|line| format!("{}\n", line.trim_start_matches("# ")))
            .collect();
        let settings: Settings = toml::from_str(&example).unwrap();
        assert_eq!(settings.endpoint.unwrap().timeout_ms.get(), 5_000);
    }

    #[test]
    fn a_misspelt_setting_is_refused() {
        assert!(toml::from_str::<Settings>("[limits]\nmax_descriptor = 3").is_err());
    }
}
