//! Who is let in.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::JwtSettings;

/// Who is let in, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessSettings {
    /// Whether calls without a credential are refused; where they are not, they are the default tenant's.
    pub required: bool,
    /// Tenants whose callers may act for every tenant.
    pub operators: BTreeSet<String>,
    /// Pages (`https://quality.example.org`) whose scripts may call without a credential, where none is required; those at an
    /// address or at `localhost` always may.
    #[serde(default)]
    pub pages: Vec<String>,
    /// How long a key is taken as it is before the store is asked again, milliseconds: as long as a revoked one may still be used.
    pub keys_fresh_ms: u64,
    /// How long a key is taken as it was known last while the store is away, seconds.
    pub keys_known_seconds: u64,
    /// Tenants by the names in certificates that callers show: `CN=…`, `DNS:…` or `URI:…`.
    #[serde(default)]
    pub certificates: BTreeMap<String, String>,
    /// Whose tokens are accepted; nobody's when left out.
    pub jwt: Option<JwtSettings>,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("gateway.access.{key}: {message}")]
pub struct AccessError {
    key: String,
    message: String,
}

impl AccessError {
    pub(super) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into() }
    }
}
