//! All settings of the process.

use std::{collections::BTreeMap, path::Path, path::PathBuf};

use alignment::AlignmentSettings;
use domain::roles::Role;
use gateway::GatewaySettings;
use inference::store;
use kit::{
    server::ServerSettings,
    settings::{SettingsError, load},
    telemetry::TelemetrySettings,
};
use scenario::ScenarioSettings;
use segmentation::SegmentationSettings;
use serde::Deserialize;

use crate::defaults::SECTIONS;

/// Everything that `config/` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub server: ServerSettings,
    pub telemetry: TelemetrySettings,
    pub runtime: RuntimeSettings,
    pub models: ModelSettings,
    pub backends: BTreeMap<Role, String>,
    pub gateway: GatewaySettings,
    pub alignment: AlignmentSettings,
    pub segmentation: SegmentationSettings,
    pub decomposition: decomposition::Settings,
    pub distortion: distortion::Settings,
    pub scenario: ScenarioSettings,
}

/// How models compute.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeSettings {
    /// Threads a model computes with; 0 takes all cores.
    pub threads: usize,
    /// Decoded pictures kept, bytes.
    pub decoded_pictures: u64,
}

/// Where models are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// The store's folder; the user's cache directory when `None`.
    pub dir: Option<PathBuf>,
    /// Never fetch anything.
    pub offline: bool,
    /// More entries for the manifest; one with a known name takes that entry's place.
    #[serde(default)]
    pub file: Vec<store::File>,
}

impl Settings {
    /// The defaults, overlaid by `file` and the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        load(&SECTIONS, file)
    }
}
