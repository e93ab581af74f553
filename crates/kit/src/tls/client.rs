//! A caller's side: whom it trusts, and what it shows.

use std::path::PathBuf;

use serde::Deserialize;
use tonic::transport::{Certificate, ClientTlsConfig, Endpoint, Identity};

use super::{TlsError, certificates, private_key, read};

/// Whom callers of servers at `https://` trust beside those that the system trusts, and what they show.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientTls {
    /// PEM file of those who sign servers' certificates.
    pub ca: Option<PathBuf>,
    /// PEM file of the caller's own certificate, followed by those between it and the root.
    pub certificate: Option<PathBuf>,
    /// PEM file of its private key.
    pub key: Option<PathBuf>,
}

impl ClientTls {
    /// `endpoint`, encrypted.
    ///
    /// # Errors
    ///
    /// Which file cannot be used, and why.
    pub fn secure(&self, endpoint: Endpoint) -> Result<Endpoint, TlsError> {
        let mut config = ClientTlsConfig::new();
        if let Some(path) = &self.ca {
            let pem = read(path)?;
            certificates(path, &pem)?;
            config = config.ca_certificate(Certificate::from_pem(pem));
        }
        match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => {
                let (chain, secret) = (read(certificate)?, read(key)?);
                certificates(certificate, &chain)?;
                private_key(key, &secret)?;
                config = config.identity(Identity::from_pem(chain, secret));
            }
            (None, None) => {}
            _ => return Err(TlsError::new("tls", "expected certificate and key together, got one of them")),
        }
        let unusable = |error: tonic::transport::Error| {
            let why = std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            TlsError::new("tls", why)
        };
        match endpoint.clone().tls_config(config.clone().with_native_roots()) {
            // A small container may have no roots of its own.
            Err(_) if self.ca.is_some() => endpoint.tls_config(config).map_err(unusable),
            secured => secured.map_err(unusable),
        }
    }
}
