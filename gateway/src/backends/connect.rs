//! From configuration to backends at endpoints.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use domain::{
    alignment::CoverageWeight,
    counting::Counting,
    roles::{Aligner, Decomposer, DistortionDetector, KeyKeeper, Role, ScenarioKeeper, ScenarioScorer, Segmenter},
};
use kit::tls::ClientTls;
use picture::Decoder;
use serde::Deserialize;

use super::{
    Backends,
    pool::{Address, MemberState, Pool, ResilienceSettings},
    remote::{AddressError, Remote},
};

/// Where a role is answered.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected an address such as http://host:50051, several in a list or separated by commas, or a table with a protocol"
)]
pub enum BackendSettings {
    /// One address, or several separated by commas, of servers with this project's protos.
    Text(String),
    /// Addresses of equals.
    List(Vec<String>),
    /// A server with another protocol, as its `protocol` says; the rest depends on the role.
    Other(toml::Table),
}

impl fmt::Display for BackendSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::List(list) => f.write_str(&list.join(",")),
            Self::Other(table) => write!(f, "{table}"),
        }
    }
}

/// A backend that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// An address is none.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// A table says what cannot be.
    #[error("{role}: {message}")]
    Table {
        /// The role.
        role: &'static str,
        /// What was expected and what came.
        message: String,
    },
}

/// What adapters of other protocols need of this process.
#[derive(Clone)]
pub struct Adapting {
    /// Decodes pictures for servers that take pixels.
    pub decoder: Decoder,
    /// How a descriptor's coverage weighs.
    pub coverage: CoverageWeight,
    /// How objects of a stated number are counted.
    pub counting: Counting,
    /// Completes what a language model says of numbers and places.
    pub complete: Arc<Complete>,
    /// Makes a decomposer that asks a language model.
    pub language_model: Arc<LanguageModel>,
}

/// Puts a decomposer behind another one.
pub type Complete = dyn Fn(Arc<dyn Decomposer>) -> Arc<dyn Decomposer> + Send + Sync;

/// A decomposer that asks the language model which a table describes, or in words why there is none.
pub type LanguageModel = dyn Fn(toml::Table) -> Result<Arc<dyn Decomposer>, String> + Send + Sync;

/// Makes backends at endpoints, each a pool of its addresses, and knows those that it made.
#[derive(Clone)]
pub struct Connector {
    pub(super) max_message_bytes: usize,
    tls: ClientTls,
    resilience: ResilienceSettings,
    pub(super) adapting: Option<Adapting>,
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
    ($($(#[$doc:meta])* $method:ident($role:expr, $adapter:ident) -> $trait:ident;)*) => {
        $($(#[$doc])*
        pub fn $method(&self, at: &BackendSettings) -> Result<Arc<dyn $trait>, ConnectError> {
            let address = |name: String| {
                let remote = Remote::new(&name, &self.tls, self.max_message_bytes)?;
                let probe = Arc::new(remote.probe($role));
                Ok(Address::<dyn $trait> { name, backend: Arc::new(remote), probe })
            };
            let addresses = match at {
                BackendSettings::Text(text) => text.split(',').map(|one| address(one.trim().to_owned())).collect(),
                BackendSettings::List(list) if list.is_empty() => Err(AddressError::none("", "no address")),
                BackendSettings::List(list) => list.iter().cloned().map(address).collect(),
                BackendSettings::Other(table) => Ok(vec![self.$adapter(table)?]),
            };
            let pool = Arc::new(Pool::<dyn $trait>::new($role, addresses?, self.resilience.clone()));
            self.know($role, Arc::downgrade(&pool) as Weak<dyn States>);
            Ok(pool)
        })*
    };
}

impl Connector {
    /// Messages up to so many bytes are sent and taken, encrypted as `tls` says; backends are called as `resilience` says.
    pub fn new(max_message_bytes: usize, tls: ClientTls, resilience: ResilienceSettings) -> Self {
        Self { max_message_bytes, tls, resilience, adapting: None, pools: Arc::default() }
    }

    /// The same, which reaches servers of other protocols too.
    pub fn adapting(self, adapting: Adapting) -> Self {
        Self { adapting: Some(adapting), ..self }
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
        aligner(Role::Alignment, adapted_aligner) -> Aligner;
        /// A segmenter there.
        segmenter(Role::Segmentation, adapted_segmenter) -> Segmenter;
        /// A decomposer there.
        decomposer(Role::Decomposition, adapted_decomposer) -> Decomposer;
        /// A detector of distortions there.
        detector(Role::Distortion, adapted_detector) -> DistortionDetector;
        /// A scenario service there.
        scorer(Role::Scenario, no_adapter) -> ScenarioScorer;
        /// What tenants own, at a scenario service there.
        keeper(Role::Scenario, no_adapter) -> ScenarioKeeper;
        /// Tenants' keys, at a scenario service there.
        keys(Role::Scenario, no_adapter) -> KeyKeeper;
    }

    /// `backends` with `role` answered there instead.
    ///
    /// # Errors
    ///
    /// When an address is none.
    pub fn replace(&self, backends: &mut Backends, role: Role, at: &BackendSettings) -> Result<(), ConnectError> {
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
