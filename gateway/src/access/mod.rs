//! Who calls: told by a credential, never by a field of the request.

mod key;
pub mod keyring;
mod settings;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use domain::{
    ownership::{ApiKey, check_tenant},
    roles::{Answer, Call, KeyKeeper, RoleError},
};
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
pub use key::{Issued, issue};
use kit::{
    server::Guard,
    tenant::{Identity, TENANT},
};
use moka::future::Cache;
pub use settings::AccessSettings;

/// Keys that are remembered.
const KEYS: u64 = 100_000;

/// Services that any caller may use, without a credential too.
const PUBLIC: [&str; 2] = ["/grpc.health.v1.Health/", "/grpc.reflection."];
/// Services that tenants use; all others are for operators, because they take a tenant's name from their caller.
const TENANTS: [&str; 2] = ["/cpaiqa.quality.", "/cpaiqa.admin."];
/// Takes keys for any tenant: for operators also where nobody has to say who they are, because a key outlives that.
const KEYS_SERVICE: &str = "/cpaiqa.keys.";

/// Tells tenants by their credentials.
pub struct Access {
    keys: Arc<dyn KeyKeeper>,
    settings: AccessSettings,
    /// Whose calls those without a credential are, where they are let in.
    default_tenant: String,
    /// What the store said of an id a moment ago.
    fresh: Cache<String, Option<ApiKey>>,
    /// What stands in while the store is away.
    known: Cache<String, ApiKey>,
}

impl Access {
    /// Access by `keys`; where no credential is required, calls without one are `default_tenant`'s.
    pub fn new(keys: Arc<dyn KeyKeeper>, settings: AccessSettings, default_tenant: String) -> Self {
        let cache = |lifetime| Cache::builder().max_capacity(KEYS).time_to_live(lifetime);
        Self {
            fresh: cache(Duration::from_millis(settings.keys_fresh_ms)).build(),
            known: Cache::builder()
                .max_capacity(KEYS)
                .time_to_live(Duration::from_secs(settings.keys_known_seconds))
                .build(),
            keys,
            settings,
            default_tenant,
        }
    }

    /// Who calls with these headers.
    ///
    /// # Errors
    ///
    /// [`RoleError::Unauthenticated`] for a credential that is wrong, ended, or missing where one is required, in the
    /// same words; [`RoleError::Forbidden`] for somebody who speaks in another tenant's name and is no operator.
    pub async fn identify(&self, call: Call, headers: &HeaderMap) -> Answer<Identity> {
        let identity = match shown(headers) {
            Some(secret) => self.by_key(call, secret?).await?,
            None if self.settings.required => return Err(refused()),
            None => Identity::anonymous(self.default_tenant.clone()),
        };
        self.speaking_for(headers, identity)
    }

    /// An operator may speak in any tenant's name.
    fn speaking_for(&self, headers: &HeaderMap, identity: Identity) -> Answer<Identity> {
        let Some(named) = headers.get(TENANT) else { return Ok(identity) };
        let named = named.to_str().unwrap_or_default();
        if named == identity.tenant {
            return Ok(identity);
        }
        if !identity.operator {
            return Err(RoleError::Forbidden("only operators call in another tenant's name".into()));
        }
        check_tenant(named).map_err(|why| RoleError::invalid(TENANT, why))?;
        Ok(Identity { tenant: named.to_owned(), ..identity })
    }

    async fn by_key(&self, call: Call, shown: &str) -> Answer<Identity> {
        let shown = key::Shown::read(shown).ok_or_else(refused)?;
        let kept = self.find(call, shown.id).await?;
        // The digest is computed and compared for an unknown id too: how long an answer takes tells nothing.
        let matches = shown.matches(kept.as_ref().map_or("", |key| key.hash.as_str()));
        match kept.filter(|key| matches && key.is_live(now())) {
            Some(key) => {
                let operator = self.settings.operators.contains(&key.tenant);
                Ok(Identity { tenant: key.tenant, credential: format!("key {}", key.id), operator })
            }
            None => Err(refused()),
        }
    }

    async fn find(&self, call: Call, id: &str) -> Answer<Option<ApiKey>> {
        let asked = self.fresh.try_get_with_by_ref(id, self.keys.find(call, id)).await;
        match asked {
            Ok(found) => {
                match &found {
                    Some(key) => self.known.insert(id.to_owned(), key.clone()).await,
                    None => self.known.invalidate(id).await,
                }
                Ok(found)
            }
            Err(error) => match self.known.get(id).await {
                Some(key) => {
                    tracing::warn!(%error, key = id, "keys as they were known last");
                    Ok(Some(key))
                }
                None => Err((*error).clone()),
            },
        }
    }
}

#[async_trait]
impl Guard for Access {
    async fn admit(&self, parts: &mut Parts) -> Answer<()> {
        let path = parts.uri.path();
        let one_of = |prefixes: &[&str]| prefixes.iter().any(|prefix| path.starts_with(prefix));
        if one_of(&PUBLIC) {
            return Ok(());
        }
        let call = parts.extensions.get::<Call>().copied().unwrap_or_default();
        let identity = self.identify(call, &parts.headers).await?;
        let guarded = path.starts_with(KEYS_SERVICE) || (self.settings.required && !one_of(&TENANTS));
        if guarded && !identity.operator {
            return Err(RoleError::Forbidden(
                "this service is for operators; tenants use QualityService and AdminService".into(),
            ));
        }
        parts.extensions.insert(identity);
        Ok(())
    }
}

/// The credential in the headers: `authorization: Bearer SECRET`.
fn shown(headers: &HeaderMap) -> Option<Answer<&str>> {
    let value = headers.get(AUTHORIZATION)?;
    let secret = value.to_str().ok().and_then(|value| {
        let (scheme, secret) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(secret.trim())
    });
    Some(secret.ok_or_else(refused))
}

/// The same words for every credential that is not accepted.
fn refused() -> RoleError {
    RoleError::Unauthenticated(
        "expected a live key as the header 'authorization: Bearer KEY'; ask for one or renew it".into(),
    )
}

/// Seconds since 1970 UTC.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

#[cfg(test)]
mod tests;
