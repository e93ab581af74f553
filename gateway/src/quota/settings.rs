//! Where it is counted what tenants use.

use std::{fmt, time::Duration};

use serde::Deserialize;

use crate::valkey::shown;

/// Where it is counted what tenants use, and what happens while that place is away.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuotaSettings {
    /// `memory`, or the URL of a Valkey or Redis that several gateways share; it may hold a password.
    pub store: String,
    /// How long a call may wait for the store, connecting included, milliseconds.
    pub timeout_ms: u64,
    /// What happens while the store is away.
    pub when_away: WhenAway,
    /// How long the running calls of a gateway that died still count as running, milliseconds.
    pub lease_ms: u64,
}

/// What happens while the store is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenAway {
    /// Each gateway counts by itself, from nothing.
    Local,
    /// Calls of limited tenants are refused as unavailable.
    Refuse,
}

/// Settings that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    /// The store is none.
    #[error("gateway.quota.store: expected memory or redis://[user:password@]host[:port][/database], got {0}")]
    Store(String),
    /// A time is none.
    #[error(
        "gateway.quota: expected timeout_ms above 0 and lease_ms above timeout_ms, got {timeout_ms} and {lease_ms}"
    )]
    Times {
        /// The time to wait.
        timeout_ms: u64,
        /// The lease.
        lease_ms: u64,
    },
}

impl QuotaSettings {
    pub(super) fn in_memory(&self) -> bool {
        self.store == "memory"
    }

    pub(super) const fn check(&self) -> Result<(), QuotaError> {
        let Self { timeout_ms, lease_ms, .. } = *self;
        if timeout_ms > 0 && lease_ms > timeout_ms { Ok(()) } else { Err(QuotaError::Times { timeout_ms, lease_ms }) }
    }

    pub(super) const fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }
}

impl fmt::Debug for QuotaSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QuotaSettings")
            .field("store", &shown(&self.store))
            .field("timeout_ms", &self.timeout_ms)
            .field("when_away", &self.when_away)
            .field("lease_ms", &self.lease_ms)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(store: &str) -> QuotaSettings {
        QuotaSettings { store: store.into(), timeout_ms: 250, when_away: WhenAway::Local, lease_ms: 30_000 }
    }

    #[tokio::test]
    async fn a_store_that_is_none_says_what_is_expected_and_tells_no_password() {
        let said = |store: &str| super::super::meter(&with(store)).err().unwrap().to_string();
        assert!(said("memroy").contains("expected memory or redis://") && said("memroy").contains("got 'memroy'"));
        for store in
            ["http://me:secret@host", "me:secret@host", "redis://me:secret@host:port", "redis://me:secret@host/x"]
        {
            assert!(!said(store).contains("secret"), "{}", said(store));
            assert!(!format!("{:?}", with(store)).contains("secret"));
        }
        assert!(said("rediss://host").contains("TLS"), "{}", said("rediss://host"));
        super::super::meter(&with("redis://me:secret@host:6379/1")).unwrap();
        super::super::meter(&with("memory")).unwrap();
    }

    #[test]
    fn times_that_are_none_are_refused() {
        let said = QuotaSettings { timeout_ms: 0, ..with("memory") }.check().unwrap_err().to_string();
        assert!(said.contains("got 0 and 30000"), "{said}");
        assert!(QuotaSettings { lease_ms: 250, ..with("memory") }.check().is_err());
    }
}
