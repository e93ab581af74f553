//! An issuer's public keys, read again as they change.

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, Instant},
};

use jsonwebtoken::{
    Algorithm, DecodingKey,
    jwk::{AlgorithmParameters, Jwk, PublicKeyUse},
};
use reqwest::{Client, redirect::Policy};
use serde::Deserialize;
use tokio::sync::{Mutex, OwnedMutexGuard};
use url::{Host, Url};

use super::{AccessError, JwtSettings};

/// Longest answer of an issuer that is read, bytes; a set of ten keys has about ten thousand.
const MAX_BYTES: usize = 1 << 18;
/// How long an issuer may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);
/// Keys are asked for at most once in this time, whatever callers show.
const PAUSE: Duration = Duration::from_secs(3);

/// A public key, and what it may be used for.
pub struct Key {
    pub key: DecodingKey,
    /// The one way to sign, where the issuer names it.
    pub algorithm: Option<Algorithm>,
}

/// The keys could not be had, or not for too long.
#[derive(Debug)]
pub struct NoKeys;

/// An issuer's keys.
pub struct Keys {
    source: Source,
    refresh: Duration,
    known: Duration,
    held: RwLock<Held>,
    /// When they were asked for last; held by whoever asks.
    turn: Arc<Mutex<Option<Instant>>>,
}

enum Source {
    Url(Client, Url),
    File(PathBuf),
}

/// The keys as they were read last.
#[derive(Clone, Default)]
struct Held {
    keys: Arc<HashMap<String, Arc<Key>>>,
    read: Option<Instant>,
}

impl Held {
    /// The keys, when they were read so lately.
    fn within(&self, age: Duration) -> Option<&HashMap<String, Arc<Key>>> {
        self.read.filter(|read| read.elapsed() <= age).map(|_| &*self.keys)
    }
}

impl Keys {
    /// The keys at the place that `settings` name. An address is asked at the first token, a file is read now.
    pub fn new(settings: &JwtSettings) -> Result<Self, AccessError> {
        let (refresh, known) =
            (Duration::from_secs(settings.refresh_seconds), Duration::from_secs(settings.known_seconds));
        if known < refresh {
            return Err(AccessError::new("jwt.known_seconds", "expected at least refresh_seconds"));
        }
        let mut held = Held::default();
        let source = match (&settings.jwks_url, &settings.jwks_file) {
            (Some(url), None) => Source::Url(client()?, address(url)?),
            (None, Some(path)) => {
                let wrong = |why: String| AccessError::new("jwt.jwks_file", format!("{}: {why}", path.display()));
                let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
                held = Held { keys: Arc::new(parse(&bytes).map_err(wrong)?), read: Some(Instant::now()) };
                Source::File(path.clone())
            }
            _ => return Err(AccessError::new("jwt", "expected either jwks_url or jwks_file")),
        };
        Ok(Self { source, refresh, known, held: RwLock::new(held), turn: Arc::default() })
    }

    fn held(&self) -> Held {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key of that id; `None` when the issuer has no such key.
    pub async fn find(self: &Arc<Self>, id: &str) -> Result<Option<Arc<Key>>, NoKeys> {
        let held = self.held();
        if let Some(key) = held.within(self.refresh).and_then(|keys| keys.get(id)) {
            return Ok(Some(Arc::clone(key)));
        }
        // Who has an old key does not wait for others to ask; who has none must.
        let must_wait = held.within(self.known).is_none_or(|keys| !keys.contains_key(id));
        self.renew(must_wait).await;
        let held = self.held();
        Ok(held.within(self.known).ok_or(NoKeys)?.get(id).cloned())
    }

    /// Reads the keys again, unless somebody did a moment ago.
    async fn renew(self: &Arc<Self>, must_wait: bool) {
        let turn = Arc::clone(&self.turn);
        let turn = if must_wait {
            turn.lock_owned().await
        } else if let Ok(turn) = turn.try_lock_owned() {
            turn
        } else {
            return;
        };
        if turn.is_some_and(|last| last.elapsed() < PAUSE) {
            return;
        }
        // In a task of its own: a caller who leaves must not end what others wait for.
        let this = Arc::clone(self);
        tokio::spawn(async move { this.read(turn).await }).await.ok();
    }

    async fn read(&self, mut turn: OwnedMutexGuard<Option<Instant>>) {
        match self.source.bytes().await.and_then(|bytes| parse(&bytes)) {
            Ok(keys) => {
                let held = Held { keys: Arc::new(keys), read: Some(Instant::now()) };
                *self.held.write().unwrap_or_else(PoisonError::into_inner) = held;
            }
            Err(error) => {
                tracing::warn!(error, "the keys of tokens could not be read; those known before stay a while")
            }
        }
        *turn = Some(Instant::now());
    }
}

impl Source {
    async fn bytes(&self) -> Result<Vec<u8>, String> {
        let (client, url) = match self {
            Self::File(path) => {
                let read = tokio::fs::read(path).await;
                return read.map_err(|error| format!("{}: {error}", path.display()));
            }
            Self::Url(client, url) => (client, url),
        };
        let failed = |error: reqwest::Error| format!("{url}: {:?}", error.without_url());
        let mut response = client.get(url.clone()).send().await.map_err(failed)?;
        if !response.status().is_success() {
            return Err(format!("{url}: expected keys, got {}", response.status()));
        }
        let mut bytes = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(failed)? {
            if bytes.len() + piece.len() > MAX_BYTES {
                return Err(format!("{url}: expected at most {MAX_BYTES} bytes, got more"));
            }
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

fn client() -> Result<Client, AccessError> {
    // Fails only when someone installed a provider before, which serves as well.
    rustls::crypto::ring::default_provider().install_default().ok();
    let client = Client::builder().timeout(PATIENCE).redirect(Policy::none()).referer(false).build();
    client.map_err(|error| AccessError::new("jwt.jwks_url", format!("keys cannot be fetched: {error:?}")))
}

/// Keys that somebody on the way could change would let anybody in.
fn address(url: &str) -> Result<Url, AccessError> {
    let expected = "expected an https:// address, or an http:// one on this machine";
    let wrong = |why: String| AccessError::new("jwt.jwks_url", format!("{expected}, got {why}"));
    let url = Url::parse(url).map_err(|error| wrong(format!("'{url}': {error}")))?;
    let here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if here => Ok(url),
        _ => Err(wrong(format!("'{url}'"))),
    }
}

/// The keys of a set that can be used: those with an id that sign by a public key.
fn parse(bytes: &[u8]) -> Result<HashMap<String, Arc<Key>>, String> {
    #[derive(Deserialize)]
    struct Set {
        // Each is read by itself: a kind of key that is not known here must not take the others away.
        keys: Vec<serde_json::Value>,
    }
    let set: Set = serde_json::from_slice(bytes).map_err(|error| format!("expected a JSON Web Key Set: {error}"))?;
    Ok(set.keys.into_iter().filter_map(usable).collect())
}

fn usable(key: serde_json::Value) -> Option<(String, Arc<Key>)> {
    let jwk: Jwk = serde_json::from_value(key).ok()?;
    let id = jwk.common.key_id.clone()?;
    if matches!(jwk.algorithm, AlgorithmParameters::OctetKey(_) | AlgorithmParameters::Other(_)) {
        return None;
    }
    if jwk.common.public_key_use.as_ref().is_some_and(|what| *what != PublicKeyUse::Signature) {
        return None;
    }
    let algorithm = jwk.common.key_algorithm.map(Algorithm::try_from).transpose().ok()?;
    Some((id, Arc::new(Key { key: DecodingKey::from_jwk(&jwk).ok()?, algorithm })))
}
