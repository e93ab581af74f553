//! Tokens of an issuer whose public keys are known (JSON Web Tokens).

mod keys;
mod settings;
mod signature;

use std::sync::Arc;

use domain::{
    ownership::check_tenant,
    roles::{Answer, RoleError},
};
use jsonwebtoken::{Algorithm, Header, Validation, decode, decode_header};
use keys::{Key, Keys};
use serde_json::{Map, Value};
pub use settings::{JwtSettings, Signing};

use super::AccessError;

/// Longest token that is looked at, bytes.
const MAX_BYTES: usize = 8_192;
/// Clocks that differ by more, in seconds, are wrong.
const MAX_LEEWAY: u64 = 600;

/// Whom a token names.
pub struct Holder {
    pub tenant: String,
    /// The token's subject, for logs.
    pub subject: String,
    pub operator: bool,
}

/// Reads tokens.
pub struct Tokens {
    settings: JwtSettings,
    keys: Arc<Keys>,
}

impl Tokens {
    pub fn new(settings: JwtSettings) -> Result<Self, AccessError> {
        for (key, text) in [("issuer", &settings.issuer), ("audience", &settings.audience)] {
            if text.is_empty() {
                return Err(AccessError::new(format!("jwt.{key}"), "expected a text, got none"));
            }
        }
        if settings.algorithms.is_empty() {
            return Err(AccessError::new("jwt.algorithms", "expected at least one, such as \"RS256\""));
        }
        if settings.leeway_seconds > MAX_LEEWAY {
            let got = settings.leeway_seconds;
            return Err(AccessError::new("jwt.leeway_seconds", format!("expected at most {MAX_LEEWAY}, got {got}")));
        }
        signature::install();
        Ok(Self { keys: Arc::new(Keys::new(&settings)?), settings })
    }

    /// Whether a credential has the form of a token.
    pub fn is_one(credential: &str) -> bool {
        credential.bytes().filter(|byte| *byte == b'.').count() == 2
    }

    /// Whom `token` names; `None` when it is not accepted, for a reason that only the log has.
    ///
    /// # Errors
    ///
    /// [`RoleError::Unavailable`] while no keys are known to check it with.
    pub async fn holder(&self, token: &str) -> Answer<Option<Holder>> {
        let read = match self.header(token) {
            Ok((header, id)) => match self.keys.find(&id).await {
                Ok(Some(key)) => self.read(token, header.alg, &key),
                Ok(None) => Err(format!("no key has the id {id:?}")),
                Err(keys::NoKeys) => {
                    return Err(RoleError::Unavailable("tokens cannot be checked: their issuer is away".into()));
                }
            },
            Err(why) => Err(why),
        };
        if let Err(why) = &read {
            tracing::debug!(why, "a token is refused");
        }
        Ok(read.ok())
    }

    /// How a token says it is signed, and by which key.
    fn header(&self, token: &str) -> Result<(Header, String), String> {
        if token.len() > MAX_BYTES {
            return Err(format!("{} bytes", token.len()));
        }
        let header = decode_header(token).map_err(|error| error.to_string())?;
        if !self.settings.algorithms.iter().any(|allowed| Algorithm::from(*allowed) == header.alg) {
            return Err(format!("signed by {:?}", header.alg));
        }
        if header.crit.is_some() {
            return Err("it has parts that must be understood, and are not".to_owned());
        }
        let id = header.kid.clone().ok_or("it names no key")?;
        Ok((header, id))
    }

    fn read(&self, token: &str, algorithm: Algorithm, key: &Key) -> Result<Holder, String> {
        if key.algorithm.is_some_and(|own| own != algorithm) {
            return Err(format!("signed by {algorithm:?}, which is not what the key is for"));
        }
        let mut validation = Validation::new(algorithm);
        validation.leeway = self.settings.leeway_seconds;
        validation.validate_nbf = true;
        validation.set_issuer(&[&self.settings.issuer]);
        validation.set_audience(&[&self.settings.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud"]);
        let claims: Map<String, Value> =
            decode(token, &key.key, &validation).map_err(|error| error.to_string())?.claims;
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let claim = &self.settings.tenant_claim;
        let tenant = text(claim).ok_or_else(|| format!("no text in the claim {claim}"))?;
        check_tenant(tenant)?;
        let says_operator = |claim: &String| claims.get(claim) == Some(&Value::Bool(true));
        Ok(Holder {
            tenant: tenant.to_owned(),
            subject: text("sub").unwrap_or_default().to_owned(),
            operator: self.settings.operator_claim.as_ref().is_some_and(says_operator),
        })
    }
}

#[cfg(test)]
mod tests;
