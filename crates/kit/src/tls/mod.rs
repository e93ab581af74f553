//! Transport security: certificates and keys from PEM files, for servers and for those who call them.

mod client;
mod server;

use std::path::Path;

pub use client::ClientTls;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
pub use server::{Acceptor, ServerTls};

/// A file, or a setting, that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{subject}: {message}")]
pub struct TlsError {
    subject: String,
    message: String,
}

impl TlsError {
    fn new(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self { subject: subject.into(), message: message.into() }
    }

    fn at(path: &Path, message: impl Into<String>) -> Self {
        Self::new(path.display().to_string(), message)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|error| TlsError::at(path, format!("cannot be read: {error}")))
}

/// The certificates in what `path` holds, at least one.
fn certificates(path: &Path, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let expected = "expected PEM certificates (-----BEGIN CERTIFICATE-----)";
    let all = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
    match all {
        Ok(all) if all.is_empty() => Err(TlsError::at(path, format!("{expected}, got none"))),
        Ok(all) => Ok(all),
        Err(error) => Err(TlsError::at(path, format!("{expected}, got something else: {error}"))),
    }
}

/// The private key in what `path` holds.
fn private_key(path: &Path, pem: &[u8]) -> Result<PrivateKeyDer<'static>, TlsError> {
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| {
        TlsError::at(
            path,
            format!("expected a PEM private key without a password (-----BEGIN PRIVATE KEY-----): {error}"),
        )
    })
}
