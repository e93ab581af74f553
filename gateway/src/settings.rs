//! The gateway's settings.

use std::collections::BTreeSet;

use domain::roles::Role;
use picture::Limits;
use serde::Deserialize;

use crate::{
    access::AccessSettings,
    admission::AdmissionSettings,
    backends::pool::ResilienceSettings,
    cache::{CacheSettings, SharedCacheSettings},
    fetch::FetchSettings,
    quota::{Allowance, QuotaSettings},
    tenants::DirectorySettings,
};

/// What a request may be, what is kept, and what an answer cannot do without.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewaySettings {
    /// Bounds of a picture.
    pub limits: Limits,
    /// Longest prompt taken, bytes.
    pub max_prompt_bytes: usize,
    /// Longest time one score may take, milliseconds.
    pub score_deadline_ms: u64,
    /// The scenario of a request that names none.
    pub default_scenario: String,
    /// Whose calls those without a credential are.
    pub tenant: String,
    /// Pictures of one stream that are worked on at once.
    pub stream_in_flight: usize,
    /// Pictures that one ranking may have.
    pub max_candidates: usize,
    /// Ids and scenarios, multiplied, that one rescore may have.
    pub max_rescored: usize,
    /// Whether the inspector is shown to browsers.
    pub page: bool,
    /// Whether measurements are kept by id, to be judged again under other scenarios.
    pub keep_measurements: bool,
    /// Roles whose failure fails the request; the others' failure degrades the answer. The scenario role is always
    /// required: without it there is no score.
    pub required: BTreeSet<Role>,
    /// What each tenant may use, where its file says nothing else.
    pub allowance: Allowance,
    /// Where tenants' files are.
    pub tenants: DirectorySettings,
    /// How much is taken on at once.
    pub admission: AdmissionSettings,
    /// Who is let in.
    pub access: AccessSettings,
    /// How backends at endpoints are called.
    pub resilience: ResilienceSettings,
    /// Pictures that are named by URL.
    pub fetch: FetchSettings,
    /// Decompositions by prompt.
    pub decomposition_cache: CacheSettings,
    /// Regions and distortions by picture.
    pub measurement_cache: CacheSettings,
    /// Whole measurements by id, in front of the scenario service's store.
    pub kept_cache: CacheSettings,
    /// Decompositions, regions and distortions that several gateways keep together.
    pub shared_cache: SharedCacheSettings,
    /// Where it is counted what tenants use.
    pub quota: QuotaSettings,
}
