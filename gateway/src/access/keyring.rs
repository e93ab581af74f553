//! A tenant's keys: made, listed, put in each other's place, ended.

use std::sync::Arc;

use domain::{
    ownership::ApiKey,
    roles::{Answer, Call, KeyKeeper, RoleError},
};

use super::{Issued, issue, now};

/// How long an old key stays live beside the new one when nobody says otherwise: a day.
const OVERLAP_SECONDS: u64 = 86_400;

/// Tenants' keys.
pub struct Keyring {
    keys: Arc<dyn KeyKeeper>,
}

impl Keyring {
    /// The keys in `keys`.
    pub const fn new(keys: Arc<dyn KeyKeeper>) -> Self {
        Self { keys }
    }

    /// Makes a key that lives so many seconds, or without an end.
    ///
    /// # Errors
    ///
    /// As [`issue`], or when the store is away.
    pub async fn create(&self, call: Call, tenant: &str, comment: &str, lives_seconds: Option<u64>) -> Answer<Issued> {
        let issued = issue(tenant, comment, lives_seconds)?;
        self.keys.add(call, issued.key.clone()).await?;
        Ok(issued)
    }

    /// The tenant's keys, the oldest first.
    ///
    /// # Errors
    ///
    /// When the store is away.
    pub async fn list(&self, call: Call, tenant: &str) -> Answer<Vec<ApiKey>> {
        self.keys.keys(call, tenant).await
    }

    /// Makes a key in the place of the one named `id`, which stays live for `overlap_seconds` (a day when `None`). The new
    /// key has the old one's comment.
    ///
    /// # Errors
    ///
    /// When the tenant has no such key, it has ended already, or the store is away.
    pub async fn rotate(
        &self,
        call: Call,
        tenant: &str,
        id: &str,
        overlap_seconds: Option<u64>,
        lives_seconds: Option<u64>,
    ) -> Answer<(Issued, ApiKey)> {
        let old = self.keys.keys(call, tenant).await?.into_iter().find(|key| key.id == id);
        let now = now();
        let comment = match &old {
            Some(old) if old.is_live(now) => old.comment.clone(),
            Some(_) => return Err(RoleError::Conflict(format!("key {id} has ended; make a new one"))),
            // What there is instead is said by whoever keeps the keys.
            None => {
                return self.keys.end(call, tenant, id, now).await.and(Err(RoleError::Conflict("try again".into())));
            }
        };
        // The new key first: when anything fails in between, the old one still lives.
        let issued = self.create(call, tenant, &comment, lives_seconds).await?;
        let ends = now.saturating_add_unsigned(overlap_seconds.unwrap_or(OVERLAP_SECONDS));
        let old = self.keys.end(call, tenant, id, ends).await?;
        Ok((issued, old))
    }

    /// Ends a key now.
    ///
    /// # Errors
    ///
    /// When the tenant has no such key, or the store is away.
    pub async fn revoke(&self, call: Call, tenant: &str, id: &str) -> Answer<ApiKey> {
        self.keys.end(call, tenant, id, now()).await
    }
}
