//! A chat endpoint on a loopback socket that behaves well or badly on demand, for tests of whoever calls one.
//!
//! It speaks just enough of the chat-completions protocol: `POST /v1/chat/completions`.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{Lexicon, LexiconError, Limits};

/// The built-in lexicon with the lists that tests of an endpoint need.
///
/// # Errors
///
/// When a list cannot be read.
pub fn lexicon() -> Result<Lexicon, LexiconError> {
    let lists = [
        ("colors.toml", include_str!("../../../config/lexicon/colors.toml")),
        ("materials.toml", include_str!("../../../config/lexicon/materials.toml")),
        ("relations.toml", include_str!("../../../config/lexicon/relations.toml")),
        ("grammar.toml", include_str!("../../../config/lexicon/grammar.toml")),
    ];
    let weights = include_bytes!("../../../models/english-syntax.safetensors");
    Lexicon::parse(&lists, weights, Limits::default())
}

/// How the server behaves.
#[derive(Clone, Debug)]
pub enum Mode {
    /// Answers with this content, as a model would.
    Good(String),
    /// Answers well, but only after this long.
    Slow(Duration),
    /// Never answers.
    Hangs,
    /// Answers with this status and a body that repeats the key.
    Status(u16),
    /// Answers with a completion whose content is no JSON.
    MalformedContent,
    /// Answers with a body that is no JSON.
    MalformedBody,
    /// Fills the schema with empty strings.
    EmptyStrings,
    /// Gives the prompt back as an object.
    Echo,
    /// Stops at the token limit.
    Truncated,
    /// Breaks off in the middle of the JSON and claims to have finished.
    HalfJson,
    /// Sends more than anyone should read.
    Endless,
}

impl Mode {
    /// Answers with one object, "red cat".
    pub fn good() -> Self {
        Self::Good(content("red cat"))
    }

    /// Translates to `english`, in which it finds these objects.
    pub fn translation(english: &str, objects: &[&str]) -> Self {
        let object = |text: &&str| json!({ "kind": "object", "text": text, "count": null });
        let objects: Vec<Value> = objects.iter().map(object).collect();
        Self::Good(json!({ "english": english, "descriptors": objects, "attributes": [] }).to_string())
    }
}

/// A running server; it stops when dropped.
#[derive(Debug)]
pub struct TestServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    mode: Mode,
    requests: AtomicUsize,
    given_up: Mutex<Vec<Instant>>,
    last: Mutex<Option<(String, Value)>>,
    trace: Mutex<Option<String>>,
}

impl TestServer {
    /// Starts a server on a free port.
    ///
    /// # Errors
    ///
    /// When no socket can be bound.
    pub async fn start(mode: Mode) -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            mode,
            requests: AtomicUsize::new(0),
            given_up: Mutex::default(),
            last: Mutex::default(),
            trace: Mutex::default(),
        });
        let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(Arc::clone(&shared));
        let task = tokio::spawn(async move {
            // An accept error ends a test's server; the test sees it as a refused connection.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, shared, task })
    }

    /// What to put into `base_url`.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Requests seen so far.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// When callers went away before they were answered.
    pub fn given_up(&self) -> Vec<Instant> {
        self.shared.given_up.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last request's `Authorization` header and body.
    pub fn last_request(&self) -> Option<(String, Value)> {
        self.shared.last.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The last request's `traceparent` header.
    pub fn last_trace(&self) -> Option<String> {
        self.shared.trace.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A request that is never answered; dropped when its caller goes away.
struct Waiting<'a>(&'a Shared);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.given_up.lock().unwrap_or_else(PoisonError::into_inner).push(Instant::now());
    }
}

async fn complete(State(shared): State<Arc<Shared>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    shared.requests.fetch_add(1, Ordering::SeqCst);
    let told = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let key = told(header::AUTHORIZATION.as_str()).unwrap_or_default();
    *shared.trace.lock().unwrap_or_else(PoisonError::into_inner) = told("traceparent");
    let asked = body["messages"][1]["content"].as_str().unwrap_or_default();
    let prompt = asked.split_once(": ").map_or(asked, |(_, prompt)| prompt).to_owned();
    *shared.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((key.clone(), body));
    match &shared.mode {
        Mode::Good(content) => completion(content, "stop"),
        Mode::Slow(delay) => {
            tokio::time::sleep(*delay).await;
            completion(&content("red cat"), "stop")
        }
        Mode::Hangs => {
            let _waiting = Waiting(&shared);
            std::future::pending().await
        }
        Mode::Status(status) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let error = json!({ "error": { "message": format!("bad key {key}"), "type": "test" } });
            (status, Json(error)).into_response()
        }
        Mode::MalformedContent => completion("Sure! Here are the objects: a cat", "stop"),
        Mode::MalformedBody => "<html>proxy</html>".into_response(),
        Mode::EmptyStrings => completion(&content(""), "stop"),
        Mode::Echo => completion(&content(&prompt), "stop"),
        Mode::HalfJson => {
            let whole = content(&prompt);
            completion(whole.chars().take(whole.chars().count() / 2).collect::<String>().as_str(), "stop")
        }
        Mode::Truncated => {
            let whole = content("red cat");
            completion(whole.get(..whole.len() / 2).unwrap_or_default(), "length")
        }
        Mode::Endless => "x".repeat(8 << 20).into_response(),
    }
}

fn content(text: &str) -> String {
    json!({
        "english": null,
        "descriptors": [{ "kind": "object", "text": text, "count": null }],
        "attributes": [{ "kind": "style", "text": text, "source": "prompt" }],
    })
    .to_string()
}

fn completion(content: &str, finish_reason: &str) -> Response {
    Json(json!({
        "id": "test",
        "object": "chat.completion",
        "model": "test-model-2026",
        "usage": { "prompt_tokens": 321, "completion_tokens": 45, "total_tokens": 366 },
        "choices": [{ "index": 0, "message": { "role": "assistant", "content": content }, "finish_reason": finish_reason }],
    }))
    .into_response()
}
