//! Who is let in.

use std::collections::BTreeSet;

use serde::Deserialize;

/// Who is let in, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessSettings {
    /// Whether calls without a credential are refused; where they are not, they are the default tenant's.
    pub required: bool,
    /// Tenants whose callers may act for every tenant.
    pub operators: BTreeSet<String>,
    /// How long a key is taken as it is before the store is asked again, milliseconds: as long as a revoked one may still be used.
    pub keys_fresh_ms: u64,
    /// How long a key is taken as it was known last while the store is away, seconds.
    pub keys_known_seconds: u64,
}
