//! Signs certificates for tests.

use std::path::PathBuf;

use kit::tls::{ClientTls, ServerTls};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

/// Somebody who signs certificates, and the folder with all that was signed.
pub struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A signed certificate.
pub struct Signed {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "an authority of tests");
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { folder, issuer }
    }

    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A certificate with that common name, shaped further.
    pub fn sign(&self, common_name: &str, shape: impl FnOnce(&mut CertificateParams)) -> Signed {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, common_name);
        shape(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let write = |ending: &str, text: String| {
            let path = self.folder.path().join(format!("{common_name}.{ending}"));
            std::fs::write(&path, text).unwrap();
            path
        };
        Signed { certificate: write("pem", certificate.pem()), key: write("key", key.serialize_pem()) }
    }

    /// A server's certificate for this machine.
    pub fn server(&self) -> Signed {
        self.sign("server", |params| {
            params.subject_alt_names = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().subject_alt_names;
        })
    }

    /// A server of this machine that trusts callers whom this authority signed, and asks them for it.
    pub fn server_tls(&self) -> ServerTls {
        let Signed { certificate, key } = self.server();
        ServerTls { certificate, key, client_ca: Some(self.ca()), client_required: false }
    }

    /// A caller who trusts this authority's servers and shows nothing.
    pub fn trusting(&self) -> ClientTls {
        ClientTls { ca: Some(self.ca()), ..ClientTls::default() }
    }

    /// The same, showing a certificate.
    pub fn showing(&self, shown: Signed) -> ClientTls {
        ClientTls { certificate: Some(shown.certificate), key: Some(shown.key), ..self.trusting() }
    }
}
