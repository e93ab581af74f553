//! The five judgements a backend can give. A service implements one with real models; a remote backend implements it
//! by calling out; the gateway sees only these traits.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{
    alignment::{AttributeMatch, LocalAlignment, Similarity},
    decomposition::{Attribute, Decomposition, Descriptor},
    distortion::Distortion,
    fusion::Fused,
    gate::Rule,
    measurement::Measurements,
    ownership::{ApiKey, Calibration, Change, PreferencePair, Revision},
    picture::Picture,
    region::{Region, RegionShape},
    scenario::{Context, Profile, Selector},
    score::Kept,
};

/// A backend's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// CLIP alignment.
    Alignment,
    /// Region proposals.
    Segmentation,
    /// Prompt decomposition.
    Decomposition,
    /// Distortions and fidelity.
    Distortion,
    /// Scenarios and fusion.
    Scenario,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] =
        [Self::Alignment, Self::Segmentation, Self::Decomposition, Self::Distortion, Self::Scenario];

    /// The role's name in JSON, configuration and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alignment => "alignment",
            Self::Segmentation => "segmentation",
            Self::Decomposition => "decomposition",
            Self::Distortion => "distortion",
            Self::Scenario => "scenario",
        }
    }
}

/// What every call carries.
#[derive(Clone, Copy, Debug, Default)]
pub struct Call {
    /// When the answer is no longer wanted.
    pub deadline: Option<Instant>,
}

/// Which model gave an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The role it serves.
    pub role: String,
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its file in hex; empty when it has no file.
    pub sha256: String,
    /// What its operations run on, e.g. `cpu`, `cuda` or `cuda+cpu`; empty where that is not known, as for a word list.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub provider: String,
}

/// Why a backend gave no answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RoleError {
    /// The caller's fault; the message says what was expected, what came and what to do.
    #[error("{field}: {message}")]
    InvalidInput {
        /// The request's field.
        field: String,
        /// What is wrong with it.
        message: String,
    },
    /// A thing the caller named does not exist.
    #[error("{kind} '{name}' not found: {message}")]
    NotFound {
        /// What kind of thing, e.g. `scenario`.
        kind: String,
        /// The name the caller gave.
        name: String,
        /// What there is instead.
        message: String,
    },
    /// Nobody knows who calls. The message is the same for every credential that is not accepted.
    #[error("not authenticated: {0}")]
    Unauthenticated(String),
    /// The caller is known and may not do this.
    #[error("not allowed: {0}")]
    Forbidden(String),
    /// The deadline passed.
    #[error("deadline exceeded: {0}")]
    DeadlineExceeded(String),
    /// The caller went away.
    #[error("cancelled: {0}")]
    Cancelled(String),
    /// What the caller wants to change is not as the caller believes; look again.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The backend cannot be reached, for now.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// The backend has too much to do; try again later.
    #[error("overloaded: {0}")]
    Overloaded(String),
    /// The tenant has used up what it may use; nothing is wrong with the request or the backend.
    #[error("quota {quota} exceeded: {message}")]
    QuotaExceeded {
        /// Which limit, e.g. `pictures_per_day`.
        quota: String,
        /// The limit, what is used of it, and when to come again.
        message: String,
        /// When the same request may pass; `None` when it never will.
        retry_after: Option<Duration>,
    },
    /// The backend cannot do this at all.
    #[error("not supported: {0}")]
    Unsupported(String),
    /// A fault of the backend's own.
    #[error("{0}")]
    Internal(String),
}

impl RoleError {
    /// An [`RoleError::InvalidInput`].
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::InvalidInput { field: field.into(), message: message.into() }
    }

    /// Whether the cause is the caller's, by the request itself or by what was used before it, so that no other backend
    /// and no second try could answer it either.
    pub const fn is_callers_fault(&self) -> bool {
        !matches!(
            self,
            Self::DeadlineExceeded(_)
                | Self::Cancelled(_)
                | Self::Unavailable(_)
                | Self::Overloaded(_)
                | Self::Unsupported(_)
                | Self::Internal(_)
        )
    }
}

/// A backend's answer.
pub type Answer<T> = Result<T, RoleError>;

/// What to align a picture with; parts left empty are not computed.
#[derive(Clone, Debug, Default)]
pub struct AlignQuery {
    /// The whole prompt, for global alignment.
    pub prompt: Option<String>,
    /// Regions to look for the descriptors in; the whole picture always counts as one more.
    pub regions: Vec<RegionShape>,
    /// What must be seen.
    pub descriptors: Vec<Descriptor>,
    /// How it should feel.
    pub attributes: Vec<Attribute>,
    /// Whether to judge how pleasing the picture is.
    pub aesthetics: bool,
}

/// What an aligner found; a part is `None` when it was not asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alignment {
    /// The whole picture against the whole prompt.
    pub global: Option<Similarity>,
    /// Regions against descriptors.
    pub local: Option<LocalAlignment>,
    /// Presence of each attribute asked for, in order.
    pub attributes: Vec<AttributeMatch>,
    /// How pleasing the picture is, [0, 1].
    pub aesthetics: Option<f64>,
    /// The models used.
    pub models: Vec<ModelInfo>,
}

/// Embeddings in the joint space, centred and L2-normalised.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Embeddings {
    /// One row an input.
    pub rows: Vec<Vec<f32>>,
    /// The models used.
    pub models: Vec<ModelInfo>,
}

/// What a text is. A prompt may be read with more care than the many phrases of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextKind {
    /// A whole prompt or caption.
    Prompt,
    /// A part of a prompt: "a red apple".
    Phrase,
}

/// Compares pictures with texts.
#[async_trait]
pub trait Aligner: Send + Sync {
    /// Embeds the whole picture, then each region: 1 + `regions.len()` rows.
    async fn embed_image(&self, call: Call, picture: &Picture, regions: &[RegionShape]) -> Answer<Embeddings>;
    /// Embeds each text: `texts.len()` rows.
    async fn embed_texts(&self, call: Call, texts: &[String], kind: TextKind) -> Answer<Embeddings>;
    /// Compares the picture with all parts of `query`.
    async fn align(&self, call: Call, picture: &Picture, query: &AlignQuery) -> Answer<Alignment>;
}

/// A segmenter's answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Segmentation {
    /// Largest first.
    pub regions: Vec<Region>,
    /// The models used.
    pub models: Vec<ModelInfo>,
}

/// Proposes regions.
#[async_trait]
pub trait Segmenter: Send + Sync {
    /// Names the backend, its model and what of its settings changes answers: caches key on it, also those that several
    /// gateways share.
    fn cache_key(&self) -> String;
    /// At most `max_regions` regions (the backend's own default when `None`), largest first.
    async fn segment(&self, call: Call, picture: &Picture, max_regions: Option<u32>) -> Answer<Segmentation>;
}

/// A decomposer's answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decomposed {
    /// The prompt's parts.
    pub decomposition: Decomposition,
    /// The prompt's language, BCP 47, e.g. `en`; empty when the backend does not say.
    pub language: String,
    /// The prompt in English, when it was translated; the parts are the translation's.
    pub english: Option<String>,
    /// Which backend answered, e.g. `lexicon` or an endpoint's model.
    pub backend: String,
    /// Why the answer is worse than it should be: the endpoint failed and the lexicon stood in, or the prompt is in a
    /// language that cannot be read (then it starts with `language: `).
    pub degraded: Option<String>,
    /// The models used.
    pub models: Vec<ModelInfo>,
}

/// Takes prompts apart.
#[async_trait]
pub trait Decomposer: Send + Sync {
    /// Names the backend, its model and its template's version: caches key on it, also those that several gateways share.
    fn cache_key(&self) -> String;
    /// Takes `prompt` apart.
    async fn decompose(&self, call: Call, prompt: &str) -> Answer<Decomposed>;
}

/// A detector's answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Detection {
    /// No-reference technical quality, [0, 1], larger is better.
    pub fidelity: Option<f64>,
    /// One entry a type, by number; those it cannot judge are [`Distortion::not_assessed`].
    pub distortions: Vec<Distortion>,
    /// The models used.
    pub models: Vec<ModelInfo>,
}

/// Finds distortions.
#[async_trait]
pub trait DistortionDetector: Send + Sync {
    /// Names the backend, its model and what of its settings changes answers: caches key on it, also those that several
    /// gateways share.
    fn cache_key(&self) -> String;
    /// Judges all types it can; maps are given only `with_maps`.
    async fn detect(&self, call: Call, picture: &Picture, with_maps: bool) -> Answer<Detection>;
}

/// A scenario with the context vector it stands for.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedScenario {
    /// The likeliest profile's name.
    pub name: String,
    /// That profile's revision.
    pub revision: u32,
    /// How likely each profile is, largest first; they sum to 1.
    pub distribution: Vec<(String, f64)>,
    /// The free text fitted no profile, so the default one stands in.
    pub abstained: bool,
    /// Component weights and impacts.
    pub context: Context,
    /// Points by which one of two pictures must lead for people to prefer it with probability 0.73, above 0.
    pub temperature: f64,
    /// The likeliest profile's acceptance rules.
    pub gates: Vec<Rule>,
}

/// Knows scenarios and fuses measurements under them.
#[async_trait]
pub trait ScenarioScorer: Send + Sync {
    /// Turns what the caller named into a context vector.
    async fn resolve(&self, call: Call, tenant: &str, selector: &Selector) -> Answer<ResolvedScenario>;
    /// Fuses `measurements` under `context`.
    async fn fuse(&self, call: Call, context: &Context, measurements: &Measurements) -> Answer<Fused>;
    /// The tenant's newest profiles, by name; what is built in among them where the tenant has none of that name.
    async fn list(&self, call: Call, tenant: &str) -> Answer<Vec<Profile>>;
}

/// Keeps what tenants own.
#[async_trait]
pub trait ScenarioKeeper: Send + Sync {
    /// Makes `profile` the scenario's next revision; its own revision number is not looked at.
    async fn revise(&self, call: Call, tenant: &str, profile: Profile, change: Change) -> Answer<Revision>;
    /// Makes an earlier revision's profile the next revision.
    async fn roll_back(&self, call: Call, tenant: &str, name: &str, to: u32, change: Change) -> Answer<Revision>;
    /// All revisions of one scenario, the oldest first; what is built in among them.
    async fn history(&self, call: Call, tenant: &str, name: &str) -> Answer<Vec<Revision>>;
    /// Adds preferences about one scenario; says of each, in order, whether it is new, or why it was not taken.
    async fn prefer(
        &self,
        call: Call,
        tenant: &str,
        name: &str,
        pairs: Vec<PreferencePair>,
    ) -> Answer<Vec<Answer<bool>>>;
    /// Fits the scenario's row to the preferences about it, with the strength `prior` (the configured one when `None`), and installs it as the next revision when a change is given
    /// and the row is not worse.
    async fn calibrate(
        &self,
        call: Call,
        tenant: &str,
        name: &str,
        prior: Option<f64>,
        install: Option<Change>,
    ) -> Answer<Calibration>;
    /// Keeps what was measured, under its id, for the configured time.
    async fn keep(&self, call: Call, tenant: &str, measured: &Kept) -> Answer<()>;
    /// What was kept under an id.
    async fn kept(&self, call: Call, tenant: &str, id: &str) -> Answer<Kept>;
}

/// Keeps the keys that tenants' programs call with.
#[async_trait]
pub trait KeyKeeper: Send + Sync {
    /// The key of that id, live or not.
    async fn find(&self, call: Call, id: &str) -> Answer<Option<ApiKey>>;
    /// A tenant's keys, the oldest first.
    async fn keys(&self, call: Call, tenant: &str) -> Answer<Vec<ApiKey>>;
    /// Keeps a new key.
    async fn add(&self, call: Call, key: ApiKey) -> Answer<()>;
    /// Lets a tenant's key end at `ends`, in seconds since 1970 UTC; one that ends before that keeps its end.
    async fn end(&self, call: Call, tenant: &str, id: &str, ends: i64) -> Answer<ApiKey>;
}
