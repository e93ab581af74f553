//! From configuration to backends at endpoints.

use std::sync::Arc;

use domain::roles::{
    Aligner, Decomposer, DistortionDetector, KeyKeeper, Role, ScenarioKeeper, ScenarioScorer, Segmenter,
};
use serde::Deserialize;

use super::{
    Backends,
    pool::{Address, Pool, ResilienceSettings},
    remote::{AddressError, Remote},
};

/// Where a role is answered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected an address such as http://host:50051, or several in a list or separated by commas"
)]
pub enum BackendSettings {
    /// One address, or several separated by commas.
    Text(String),
    /// Addresses of equals.
    List(Vec<String>),
}

impl BackendSettings {
    /// The addresses, at least one.
    fn addresses(&self) -> Result<Vec<String>, AddressError> {
        let all: Vec<String> = match self {
            Self::Text(text) => text.split(',').map(|one| one.trim().to_owned()).collect(),
            Self::List(list) => list.clone(),
        };
        if all.is_empty() { Err(AddressError::new("", "no address")) } else { Ok(all) }
    }
}

/// Makes backends at endpoints, each a pool of its addresses.
#[derive(Clone, Debug)]
pub struct Connector {
    /// Messages up to this size are sent and taken, bytes.
    pub max_message_bytes: usize,
    /// How the backends are called.
    pub resilience: ResilienceSettings,
}

/// One method a role.
macro_rules! connects {
    ($($(#[$doc:meta])* $method:ident($role:expr) -> $trait:ident;)*) => {
        $($(#[$doc])*
        pub fn $method(&self, at: &BackendSettings) -> Result<Arc<dyn $trait>, AddressError> {
            let address = |name: String| {
                let remote = Remote::new(&name, self.max_message_bytes)?;
                let probe = Arc::new(remote.probe($role));
                Ok(Address::<dyn $trait> { name, backend: Arc::new(remote), probe })
            };
            let addresses = at.addresses()?.into_iter().map(address).collect::<Result<_, _>>()?;
            Ok(Arc::new(Pool::new($role, addresses, self.resilience.clone())))
        })*
    };
}

impl Connector {
    connects! {
        /// An aligner there.
        aligner(Role::Alignment) -> Aligner;
        /// A segmenter there.
        segmenter(Role::Segmentation) -> Segmenter;
        /// A decomposer there.
        decomposer(Role::Decomposition) -> Decomposer;
        /// A detector of distortions there.
        detector(Role::Distortion) -> DistortionDetector;
        /// A scenario service there.
        scorer(Role::Scenario) -> ScenarioScorer;
        /// What tenants own, at a scenario service there.
        keeper(Role::Scenario) -> ScenarioKeeper;
        /// Tenants' keys, at a scenario service there.
        keys(Role::Scenario) -> KeyKeeper;
    }

    /// `backends` with `role` answered there instead.
    ///
    /// # Errors
    ///
    /// When an address is none.
    pub fn replace(&self, backends: &mut Backends, role: Role, at: &BackendSettings) -> Result<(), AddressError> {
        match role {
            Role::Alignment => backends.aligner = self.aligner(at)?,
            Role::Segmentation => backends.segmenter = self.segmenter(at)?,
            Role::Decomposition => backends.decomposer = self.decomposer(at)?,
            Role::Distortion => backends.detector = self.detector(at)?,
            Role::Scenario => {
                (backends.scorer, backends.keeper, backends.keys) =
                    (self.scorer(at)?, self.keeper(at)?, self.keys(at)?);
            }
        }
        Ok(())
    }
}
