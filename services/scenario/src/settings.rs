//! The service's settings.

use domain::{classifier, fusion::Uncertainty, ownership::CalibrationOptions};
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
    /// Where what tenants own is kept.
    pub store: StoreSettings,
    /// How rows are fitted to preferences.
    pub calibration: CalibrationOptions,
}

/// Where what tenants own is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// `sqlite::memory:`, `sqlite:PATH` or `postgres://user:password@host/database`; empty for a file in the user's data
    /// folder.
    pub url: String,
    /// After how many milliseconds another process's change is seen at the latest.
    pub refresh_ms: u64,
    /// How long measurements are kept by id, seconds; those that a preference speaks of stay.
    pub keep_measurements_seconds: u64,
}
