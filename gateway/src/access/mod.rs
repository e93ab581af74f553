//! Who calls: told by a credential, never by a field of the request.

mod certificate;
mod jwt;
mod key;
pub mod keyring;
mod origin;
mod settings;

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use certificate::{Certificates, Stands};
use domain::{
    ownership::{ApiKey, check_tenant},
    roles::{Answer, Call, KeyKeeper, RoleError},
};
use http::{HeaderMap, header::AUTHORIZATION, request::Parts};
use jwt::Tokens;
pub use jwt::{JwtSettings, Signing};
pub use key::{Issued, issue};
use kit::{
    known::LastKnown,
    server::Guard,
    tenant::{Identity, TENANT},
};
use origin::{origin_of, stranger};
use rustls::pki_types::CertificateDer;
pub use settings::{AccessError, AccessSettings};
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};

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
    /// `None` where no tokens are accepted.
    tokens: Option<Tokens>,
    certificates: Certificates,
    settings: AccessSettings,
    /// Whose calls those without a credential are, where they are let in.
    default_tenant: String,
    /// What the store says of an id.
    known: LastKnown<String, Option<ApiKey>>,
}

impl Access {
    /// Access by `keys`, and by what `settings` name beside them; where no credential is required, calls without one are
    /// `default_tenant`'s.
    ///
    /// # Errors
    ///
    /// Which setting cannot be used, and why.
    pub fn new(
        keys: Arc<dyn KeyKeeper>,
        mut settings: AccessSettings,
        default_tenant: String,
    ) -> Result<Self, AccessError> {
        for page in &mut settings.pages {
            *page = origin_of(page).ok_or_else(|| {
                AccessError::new(
                    "pages",
                    format!("expected an address such as https://quality.example.org, got '{page}'"),
                )
            })?;
        }
        let fresh_for = Duration::from_millis(settings.keys_fresh_ms);
        let known_for = Duration::from_secs(settings.keys_known_seconds);
        Ok(Self {
            known: LastKnown::new(KEYS, fresh_for, Some(known_for)),
            keys,
            tokens: settings.jwt.clone().map(Tokens::new).transpose()?,
            certificates: Certificates::new(settings.certificates.clone())?,
            settings,
            default_tenant,
        })
    }

    /// Who calls with these headers, over a connection on which this certificate was shown and checked.
    ///
    /// Whatever is shown must be good: a wrong key is not made good by a certificate, and where both tell a tenant, it must
    /// be the same one.
    ///
    /// # Errors
    ///
    /// [`RoleError::Unauthenticated`] for a credential that is wrong, ended, or missing where one is required, in the
    /// same words; [`RoleError::Forbidden`] for somebody who speaks in another tenant's name and is no operator.
    pub async fn identify(
        &self,
        call: Call,
        headers: &HeaderMap,
        certificate: Option<&CertificateDer<'_>>,
    ) -> Answer<Identity> {
        let certified = certificate.map_or(Ok(None), |certificate| self.by_certificate(certificate))?;
        let identity = match (shown(headers), certified) {
            (Some(secret), certified) => {
                let identity = self.by_secret(call, secret.ok_or_else(|| self.refused())?).await?;
                if certified.is_some_and(|certified| certified.tenant != identity.tenant) {
                    tracing::debug!(credential = identity.credential, "refused: the certificate is another tenant's");
                    return Err(self.refused());
                }
                identity
            }
            (None, Some(certified)) => certified,
            (None, None) if self.settings.required => return Err(self.refused()),
            (None, None) => {
                if let Some(page) = stranger(headers, &self.settings.pages) {
                    return Err(RoleError::Forbidden(format!(
                        "a page at {page} calls without a credential: give it a key, open it at the gateway's address instead of a \
                         name, or name it in gateway.access.pages"
                    )));
                }
                Identity::anonymous(self.default_tenant.clone())
            }
        };
        self.speaking_for(headers, identity)
    }

    fn identity(&self, tenant: String, credential: String) -> Identity {
        let operator = self.settings.operators.contains(&tenant);
        Identity { tenant, credential, operator }
    }

    /// `None` for a certificate that stands for nobody, which is no credential.
    fn by_certificate(&self, certificate: &CertificateDer<'_>) -> Answer<Option<Identity>> {
        match self.certificates.look_up(certificate) {
            Stands::ForNobody => Ok(None),
            Stands::For { tenant, name } => Ok(Some(self.identity(tenant, format!("certificate {name}")))),
            Stands::ForSeveral => {
                tracing::debug!("refused: the names in a certificate stand for several tenants");
                Err(self.refused())
            }
        }
    }

    /// A key or a token.
    async fn by_secret(&self, call: Call, secret: &str) -> Answer<Identity> {
        let tokens = self.tokens.as_ref().filter(|_| Tokens::is_one(secret));
        let Some(tokens) = tokens else { return self.by_key(call, secret).await };
        let holder = tokens.holder(secret).await?.ok_or_else(|| self.refused())?;
        let mut identity = self.identity(holder.tenant, format!("token of {}", holder.subject));
        identity.operator |= holder.operator;
        Ok(identity)
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
        let shown = key::Shown::read(shown).ok_or_else(|| self.refused())?;
        let kept = self.known.get(&shown.id.to_owned(), self.keys.find(call, shown.id)).await?;
        // The digest is computed and compared for an unknown id too: how long an answer takes tells nothing.
        let matches = shown.matches(kept.as_ref().map_or("", |key| key.hash.as_str()));
        match kept.filter(|key| matches && key.is_live(now())) {
            Some(key) => Ok(self.identity(key.tenant, format!("key {}", key.id))),
            None => Err(self.refused()),
        }
    }

    /// The same words for every credential that is not accepted: what is.
    fn refused(&self) -> RoleError {
        let secret = if self.tokens.is_some() { "a live key or token" } else { "a live key" };
        let or = if self.certificates.is_empty() { "" } else { ", or a client certificate that is known here" };
        RoleError::Unauthenticated(format!(
            "expected {secret} as the header 'authorization: Bearer KEY'{or}; ask for one or renew it"
        ))
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
        let connection = parts.extensions.get::<TlsConnectInfo<TcpConnectInfo>>();
        let certificates = connection.and_then(TlsConnectInfo::peer_certs);
        let certificate = certificates.as_ref().and_then(|chain| chain.first());
        let identity = self.identify(call, &parts.headers, certificate).await?;
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

/// The credential in the headers, `authorization: Bearer SECRET`; `Some(None)` when there is something else.
fn shown(headers: &HeaderMap) -> Option<Option<&str>> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (value, more) = (all.next()?, all.next());
    let secret = value.to_str().ok().filter(|_| more.is_none()).and_then(|value| {
        let (scheme, secret) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then_some(secret.trim())
    });
    Some(secret)
}

/// Seconds since 1970 UTC.
pub(crate) fn now() -> i64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
}

#[cfg(test)]
mod tests;
