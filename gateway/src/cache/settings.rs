//! What gateways keep together, and where.

use std::fmt;

use serde::Deserialize;

use crate::valkey::shown;

/// How much a cache keeps, and for how long.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheSettings {
    /// Entries at most.
    pub entries: u64,
    /// Seconds an entry lives.
    pub seconds: u64,
}

/// Where gateways keep answers together, behind each one's own caches.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedCacheSettings {
    /// The URL of a Valkey or Redis, which may hold a password; each gateway keeps its own answers only when `None`.
    pub url: Option<String>,
    /// How long a question to it may take, connecting included, milliseconds.
    pub timeout_ms: u64,
    /// Answers whose message is larger are not kept there, bytes.
    pub max_bytes: usize,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SharedCacheError {
    /// The URL is none.
    #[error("gateway.shared_cache.url: expected redis://[user:password@]host[:port][/database], got {0}")]
    Url(String),
    /// A bound lets nothing through.
    #[error("gateway.shared_cache: expected timeout_ms and max_bytes above 0, got {timeout_ms} and {max_bytes}")]
    Bounds {
        /// The time to wait.
        timeout_ms: u64,
        /// The largest message.
        max_bytes: usize,
    },
}

impl fmt::Debug for SharedCacheSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedCacheSettings")
            .field("url", &self.url.as_deref().map(shown))
            .field("timeout_ms", &self.timeout_ms)
            .field("max_bytes", &self.max_bytes)
            .finish()
    }
}
