//! A server's side: connections that are encrypted, and whose callers may show certificates.

use std::{
    io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures::{Stream, StreamExt};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    server::{NoServerSessionStorage, WebPkiClientVerifier},
};
use serde::Deserialize;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::wrappers::TcpListenerStream;

use super::{TlsError, certificates, private_key, read};

/// How long a caller may take to agree on encryption.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Callers that agree on it at once; others wait for their turn.
const HANDSHAKES: usize = 1_024;
/// How often files are looked at for changes, while somebody connects.
const LOOK: Duration = Duration::from_secs(2);

/// A server's certificate, and whose callers' certificates it trusts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerTls {
    /// PEM file of the server's certificate, followed by those between it and the root.
    pub certificate: PathBuf,
    /// PEM file of its private key.
    pub key: PathBuf,
    /// PEM file of those who sign callers' certificates; callers are asked for none when it is left out.
    pub client_ca: Option<PathBuf>,
    /// Whether callers without a certificate are not even listened to.
    #[serde(default)]
    pub client_required: bool,
}

/// What the files hold, to tell when they change.
#[derive(PartialEq)]
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl ServerTls {
    fn files(&self) -> Result<Files, TlsError> {
        let client_ca = self.client_ca.as_deref().map(read).transpose()?;
        Ok(Files { certificate: read(&self.certificate)?, key: read(&self.key)?, client_ca })
    }

    fn config(&self, files: &Files) -> Result<ServerConfig, TlsError> {
        let provider = Arc::new(ring::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| TlsError::new("TLS", error.to_string()))?;
        let builder = match (&self.client_ca, &files.client_ca) {
            (Some(path), Some(pem)) => {
                let wrong = |error: &dyn std::fmt::Display| TlsError::at(path, error.to_string());
                let mut roots = RootCertStore::empty();
                for certificate in certificates(path, pem)? {
                    roots.add(certificate).map_err(|error| wrong(&error))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let verifier = if self.client_required { verifier } else { verifier.allow_unauthenticated() };
                builder.with_client_cert_verifier(verifier.build().map_err(|error| wrong(&error))?)
            }
            _ if self.client_required => {
                return Err(TlsError::new(
                    "client_required",
                    "expected client_ca beside it: the PEM file of those who sign callers' certificates",
                ));
            }
            _ => builder.with_no_client_auth(),
        };
        let (chain, key) = (certificates(&self.certificate, &files.certificate)?, private_key(&self.key, &files.key)?);
        let mut config = builder.with_single_cert(chain, key).map_err(|error| {
            let key = self.key.display();
            TlsError::at(&self.certificate, format!("expected the certificate that belongs to {key}: {error}"))
        })?;
        // Browsers speak HTTP/2 too, once it is offered to them like this.
        config.alpn_protocols = vec![b"h2".to_vec()];
        // A session that is taken up again would not have its caller's certificate looked at again.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(config)
    }
}

/// Encrypts connections by files, which are read again when they change.
pub struct Acceptor {
    settings: ServerTls,
    current: Mutex<Current>,
}

struct Current {
    files: Files,
    config: Arc<ServerConfig>,
    looked: Instant,
}

impl Acceptor {
    /// An acceptor with the files that `settings` name.
    ///
    /// # Errors
    ///
    /// Which file cannot be used, and why. Later on such files are refused in the log, and those known before stay in use.
    pub fn new(settings: ServerTls) -> Result<Self, TlsError> {
        let files = settings.files()?;
        let config = Arc::new(settings.config(&files)?);
        Ok(Self { settings, current: Mutex::new(Current { files, config, looked: Instant::now() }) })
    }

    fn config(&self) -> Arc<ServerConfig> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if current.looked.elapsed() > LOOK {
            current.looked = Instant::now();
            match self.changed(&current.files) {
                Ok(None) => {}
                Ok(Some((files, config))) => {
                    tracing::info!(certificate = %self.settings.certificate.display(), "certificates were read again");
                    (current.files, current.config) = (files, Arc::new(config));
                }
                Err(error) => tracing::warn!(%error, "new certificates are refused; those known before stay in use"),
            }
        }
        Arc::clone(&current.config)
    }

    fn changed(&self, known: &Files) -> Result<Option<(Files, ServerConfig)>, TlsError> {
        let files = self.settings.files()?;
        if files == *known {
            return Ok(None);
        }
        let config = self.settings.config(&files)?;
        Ok(Some((files, config)))
    }

    /// The connections of `listener` whose callers agreed on encryption, and showed a good certificate where they showed one.
    pub fn accept(self, listener: TcpListener) -> impl Stream<Item = io::Result<TlsStream<TcpStream>>> {
        let this = Arc::new(self);
        let greet = move |connection: io::Result<TcpStream>| {
            let this = Arc::clone(&this);
            // Each in a task of its own: agreeing takes work, and nobody shall wait for a slow one.
            async move {
                let stream = match connection {
                    Ok(stream) => stream,
                    Err(error) => return Some(Err(error)),
                };
                tokio::spawn(async move { this.greet(stream).await }).await.ok().flatten().map(Ok)
            }
        };
        TcpListenerStream::new(listener).map(greet).buffer_unordered(HANDSHAKES).filter_map(std::future::ready)
    }

    async fn greet(&self, stream: TcpStream) -> Option<TlsStream<TcpStream>> {
        // A caller that is gone already is found out below.
        stream.set_nodelay(true).ok();
        let handshake = TlsAcceptor::from(self.config()).accept(stream);
        match tokio::time::timeout(HANDSHAKE, handshake).await {
            Ok(Ok(stream)) => return Some(stream),
            Ok(Err(error)) => tracing::debug!(%error, "a caller was hung up on"),
            Err(_) => tracing::debug!("a caller was hung up on: no handshake in time"),
        }
        None
    }
}
