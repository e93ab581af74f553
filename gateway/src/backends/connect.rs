//! From configuration to backends at endpoints.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use domain::roles::{
    Aligner, Decomposer, DistortionDetector, KeyKeeper, Role, ScenarioKeeper, ScenarioScorer, Segmenter,
};
use kit::tls::ClientTls;
use serde::Deserialize;

use super::{
    Backends,
    pool::{Address, MemberState, Pool, ResilienceSettings},
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

impl fmt::Display for BackendSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::List(list) => f.write_str(&list.join(",")),
        }
    }
}

impl BackendSettings {
    /// The addresses, at least one.
    fn addresses(&self) -> Result<Vec<String>, AddressError> {
        let all: Vec<String> = match self {
            Self::Text(text) => text.split(',').map(|one| one.trim().to_owned()).collect(),
            Self::List(list) => list.clone(),
        };
        if all.is_empty() { Err(AddressError::none("", "no address")) } else { Ok(all) }
    }
}

/// Makes backends at endpoints, each a pool of its addresses, and knows those that it made.
#[derive(Clone)]
pub struct Connector {
    max_message_bytes: usize,
    tls: ClientTls,
    resilience: ResilienceSettings,
    pools: Arc<Mutex<Vec<Known>>>,
}

/// A pool that was made, and its role.
type Known = (Role, Weak<dyn States>);

/// Knows how its addresses are.
trait States: Send + Sync {
    fn states(&self) -> Vec<MemberState>;
}

impl<B: ?Sized + Send + Sync + 'static> States for Pool<B> {
    fn states(&self) -> Vec<MemberState> {
        Self::states(self)
    }
}

/// One method a role.
macro_rules! connects {
    ($($(#[$doc:meta])* $method:ident($role:expr) -> $trait:ident;)*) => {
        $($(#[$doc])*
        pub fn $method(&self, at: &BackendSettings) -> Result<Arc<dyn $trait>, AddressError> {
            let address = |name: String| {
                let remote = Remote::new(&name, &self.tls, self.max_message_bytes)?;
                let probe = Arc::new(remote.probe($role));
                Ok(Address::<dyn $trait> { name, backend: Arc::new(remote), probe })
            };
            let addresses = at.addresses()?.into_iter().map(address).collect::<Result<_, _>>()?;
            let pool = Arc::new(Pool::<dyn $trait>::new($role, addresses, self.resilience.clone()));
            self.know($role, Arc::downgrade(&pool) as Weak<dyn States>);
            Ok(pool)
        })*
    };
}

impl Connector {
    /// Messages up to so many bytes are sent and taken, encrypted as `tls` says; backends are called as `resilience` says.
    pub fn new(max_message_bytes: usize, tls: ClientTls, resilience: ResilienceSettings) -> Self {
        Self { max_message_bytes, tls, resilience, pools: Arc::default() }
    }

    fn know(&self, role: Role, pool: Weak<dyn States>) {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of tenants whose files changed are gone.
        pools.retain(|(_, pool)| pool.strong_count() > 0);
        pools.push((role, pool));
    }

    /// The addresses of all backends that are in use, by role.
    pub fn states(&self) -> Vec<(Role, Vec<MemberState>)> {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        let mut states: Vec<_> =
            pools.iter().filter_map(|(role, pool)| Some((*role, pool.upgrade()?.states()))).collect();
        states.sort_by_key(|(role, _)| *role);
        states
    }

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
