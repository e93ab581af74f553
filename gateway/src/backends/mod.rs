//! Who stands behind each role.

mod adapted;
mod connect;
pub mod oip;
pub mod pool;
pub mod remote;

use std::sync::Arc;

pub use connect::{Adapting, BackendSettings, ConnectError, Connector};

use domain::roles::{Aligner, Decomposer, DistortionDetector, KeyKeeper, ScenarioKeeper, ScenarioScorer, Segmenter};

/// One backend a role: an in-process part, or a call to an endpoint.
#[derive(Clone)]
pub struct Backends {
    /// Alignment.
    pub aligner: Arc<dyn Aligner>,
    /// Segmentation.
    pub segmenter: Arc<dyn Segmenter>,
    /// Decomposition.
    pub decomposer: Arc<dyn Decomposer>,
    /// Distortion.
    pub detector: Arc<dyn DistortionDetector>,
    /// Scenario.
    pub scorer: Arc<dyn ScenarioScorer>,
    /// What tenants own; the same service as the scorer.
    pub keeper: Arc<dyn ScenarioKeeper>,
    /// Tenants' keys; the same service again.
    pub keys: Arc<dyn KeyKeeper>,
}
