//! The service's settings.

use domain::{classifier, fusion::Uncertainty};
use serde::Deserialize;

/// How scenarios are chosen and how sure the score is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioSettings {
    /// Longest free text taken, bytes.
    pub max_text_bytes: usize,
    /// How free text finds its profile.
    pub classifier: classifier::Settings,
    /// How uncertain each measurement is.
    pub uncertainty: Uncertainty,
}
