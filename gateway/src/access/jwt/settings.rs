//! Whose tokens are accepted.

use std::path::PathBuf;

use jsonwebtoken::Algorithm;
use serde::Deserialize;

/// One issuer's tokens, and how they are read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JwtSettings {
    /// Where the issuer publishes its keys: an `https://` address, or `http://` on this machine.
    pub jwks_url: Option<String>,
    /// A file with its keys instead.
    pub jwks_file: Option<PathBuf>,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// The `aud` of those tokens that are for this gateway.
    pub audience: String,
    /// The claim that holds the tenant's name.
    #[serde(default = "tenant_claim")]
    pub tenant_claim: String,
    /// The claim that is `true` for operators; the tenants in `operators` are some in any case.
    pub operator_claim: Option<String>,
    /// By how much clocks may differ, seconds; at most 600.
    #[serde(default = "leeway_seconds")]
    pub leeway_seconds: u64,
    /// How tokens may be signed.
    #[serde(default = "algorithms")]
    pub algorithms: Vec<Signing>,
    /// How long keys are taken as they are before they are read again, seconds.
    #[serde(default = "refresh_seconds")]
    pub refresh_seconds: u64,
    /// How long they are taken as they were known last while the issuer is away, seconds.
    #[serde(default = "known_seconds")]
    pub known_seconds: u64,
}

fn tenant_claim() -> String {
    "tenant".to_owned()
}

const fn leeway_seconds() -> u64 {
    60
}

fn algorithms() -> Vec<Signing> {
    vec![Signing::RS256, Signing::ES256, Signing::EdDSA]
}

const fn refresh_seconds() -> u64 {
    300
}

const fn known_seconds() -> u64 {
    3_600
}

/// A way to sign with a key that only the issuer has. Secrets that both sides share, and no signature at all, are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[allow(missing_docs)]
pub enum Signing {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    EdDSA,
}

impl From<Signing> for Algorithm {
    fn from(signing: Signing) -> Self {
        match signing {
            Signing::RS256 => Self::RS256,
            Signing::RS384 => Self::RS384,
            Signing::RS512 => Self::RS512,
            Signing::PS256 => Self::PS256,
            Signing::PS384 => Self::PS384,
            Signing::PS512 => Self::PS512,
            Signing::ES256 => Self::ES256,
            Signing::ES384 => Self::ES384,
            Signing::EdDSA => Self::EdDSA,
        }
    }
}
