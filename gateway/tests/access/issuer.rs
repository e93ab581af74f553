//! An issuer of tokens, whose public keys are at a real address.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use cpaiqa_gateway::access::{AccessSettings, JwtSettings, Signing};
use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
        RsaPublicKeyComponents,
    },
};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use crate::server::strict;

pub const ISSUER: &str = "https://issuer.example.org";
pub const AUDIENCE: &str = "cpaiqa";

/// Bytes as they stand in tokens.
pub fn coded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A key that tokens are signed with.
pub struct Signer {
    pub id: String,
    key: Key,
}

enum Key {
    Curve(EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

impl Signer {
    pub fn es256(id: &str) -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
        let bytes = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(algorithm, bytes.as_ref(), &random).unwrap();
        Self { id: id.to_owned(), key: Key::Curve(key) }
    }

    pub fn ed_dsa(id: &str) -> Self {
        let bytes = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self { id: id.to_owned(), key: Key::Edwards(Ed25519KeyPair::from_pkcs8(bytes.as_ref()).unwrap()) }
    }

    pub fn rs256(id: &str) -> Self {
        let key = PrivatePkcs8KeyDer::from_pem_slice(include_bytes!("rsa_key.pem")).unwrap();
        let key = RsaKeyPair::from_pkcs8(key.secret_pkcs8_der()).unwrap();
        Self { id: id.to_owned(), key: Key::Rsa(Box::new(key)) }
    }

    pub fn algorithm(&self) -> &'static str {
        match self.key {
            Key::Curve(_) => "ES256",
            Key::Edwards(_) => "EdDSA",
            Key::Rsa(_) => "RS256",
        }
    }

    pub fn public(&self) -> Vec<u8> {
        match &self.key {
            Key::Curve(key) => key.public_key().as_ref().to_vec(),
            Key::Edwards(key) => key.public_key().as_ref().to_vec(),
            Key::Rsa(key) => key.public_key().as_ref().to_vec(),
        }
    }

    /// As the issuer publishes it.
    pub fn published(&self) -> Value {
        match &self.key {
            Key::Curve(key) => {
                let (x, y) = key.public_key().as_ref()[1..].split_at(32);
                json!({"kid": self.id, "use": "sig", "kty": "EC", "crv": "P-256", "x": coded(x), "y": coded(y)})
            }
            Key::Edwards(key) => {
                json!({"kid": self.id, "kty": "OKP", "crv": "Ed25519", "x": coded(key.public_key())})
            }
            Key::Rsa(key) => {
                let public = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
                let (n, e) = (coded(public.n), coded(public.e));
                json!({"kid": self.id, "alg": "RS256", "kty": "RSA", "n": n, "e": e})
            }
        }
    }

    /// A token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.token_with(&json!({"typ": "JWT", "alg": self.algorithm(), "kid": self.id}), claims)
    }

    pub fn token_with(&self, header: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", coded(header.to_string()), coded(claims.to_string()));
        let signature = match &self.key {
            Key::Curve(key) => key.sign(&SystemRandom::new(), message.as_bytes()).unwrap().as_ref().to_vec(),
            Key::Edwards(key) => key.sign(message.as_bytes()).as_ref().to_vec(),
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
                signature
            }
        };
        format!("{message}.{}", coded(signature))
    }
}

/// What a good token of a tenant says, for five minutes from now.
pub fn claims(tenant: &str) -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "a program", "tenant": tenant, "exp": now() + 300})
}

/// `claims` with `key` changed; left out when `value` is null.
pub fn but(mut claims: Value, key: &str, value: Value) -> Value {
    if value.is_null() {
        claims.as_object_mut().unwrap().remove(key);
    } else {
        claims[key] = value;
    }
    claims
}

pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// What an issuer answers.
#[derive(Clone)]
pub enum Says {
    Keys(Vec<Value>),
    Text(String),
    Status(u16),
    Elsewhere(String),
}

/// An address where keys are published.
pub struct Issuer {
    address: SocketAddr,
    says: Arc<Mutex<Says>>,
    asked: Arc<AtomicU32>,
    /// A permit for each answer that may be given.
    pub answers: Arc<Semaphore>,
}

impl Issuer {
    pub async fn publishing(signers: &[&Signer]) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let issuer = Self {
            address,
            says: Arc::new(Mutex::new(Says::Keys(Vec::new()))),
            asked: Arc::default(),
            answers: Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)),
        };
        issuer.publish(signers);
        let (says, asked, answers) = (Arc::clone(&issuer.says), Arc::clone(&issuer.asked), Arc::clone(&issuer.answers));
        let answer = move || {
            let (says, asked, answers) = (Arc::clone(&says), Arc::clone(&asked), Arc::clone(&answers));
            async move {
                asked.fetch_add(1, Ordering::SeqCst);
                answers.acquire().await.unwrap().forget();
                let says = says.lock().unwrap().clone();
                respond(says)
            }
        };
        let router = Router::new().route("/keys", get(answer));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        issuer
    }

    pub fn publish(&self, signers: &[&Signer]) {
        self.say(Says::Keys(signers.iter().map(|signer| signer.published()).collect()));
    }

    pub fn say(&self, says: Says) {
        *self.says.lock().unwrap() = says;
    }

    /// How often it was asked for its keys.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }

    pub fn url(&self) -> String {
        format!("http://{}/keys", self.address)
    }

    /// Its tokens are accepted beside keys.
    pub fn accepted(&self) -> AccessSettings {
        AccessSettings { jwt: Some(self.settings()), ..strict() }
    }

    pub fn settings(&self) -> JwtSettings {
        JwtSettings {
            jwks_url: Some(self.url()),
            jwks_file: None,
            issuer: ISSUER.to_owned(),
            audience: AUDIENCE.to_owned(),
            tenant_claim: "tenant".to_owned(),
            operator_claim: Some("operator".to_owned()),
            leeway_seconds: 5,
            algorithms: vec![Signing::RS256, Signing::ES256, Signing::EdDSA],
            refresh_seconds: 300,
            known_seconds: 3_600,
        }
    }
}

fn respond(says: Says) -> Response {
    match says {
        Says::Keys(keys) => json!({ "keys": keys }).to_string().into_response(),
        Says::Text(text) => text.into_response(),
        Says::Status(code) => StatusCode::from_u16(code).unwrap().into_response(),
        Says::Elsewhere(url) => (StatusCode::FOUND, [(LOCATION, url)]).into_response(),
    }
}
