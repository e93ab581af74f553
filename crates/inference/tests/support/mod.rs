//! What the store's tests share: manifests, a recording progress and a small file server.
#![allow(dead_code, reason = "each test file uses its part")]

use std::path::Path;
use std::sync::{Arc, Mutex};

use cpaiqa_inference::store::{Manifest, Options, Progress, Silent, Store};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A `[[file]]` entry; `source` as in `source.url = { url = "…" }`.
pub fn entry(name: &str, source: &str, sha256: &str, size: usize) -> String {
    format!(
        "[[file]]\nname = '{name}'\nrole = 'alignment'\nversion = '1'\nlicence = 'MIT'\n\
         sha256 = '{sha256}'\nsize = {size}\n{source}\n"
    )
}

pub fn store(root: &Path, manifest: &str, options: Options) -> Store {
    Store::open(root.to_owned(), Manifest::parse(manifest).unwrap(), options)
}

pub fn silent() -> Arc<dyn Progress> {
    Arc::new(Silent)
}

/// Every file below a folder, by its name alone.
pub fn files_below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path().is_dir() {
            true => names.extend(files_below(&entry.path())),
            false => names.push(entry.file_name().into_string().unwrap()),
        }
    }
    names.sort();
    names
}

/// Remembers the steps it was told of, and the bytes of each.
#[derive(Default)]
pub struct Recorder(Mutex<Vec<(String, u64)>>);

impl Recorder {
    pub fn count(&self, step: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|(name, _)| name == step).count()
    }

    pub fn bytes(&self, step: &str) -> u64 {
        self.0.lock().unwrap().iter().filter(|(name, _)| name == step).map(|(_, bytes)| bytes).sum()
    }
}

impl Progress for Recorder {
    fn start(&self, step: &str, _total: Option<u64>) {
        self.0.lock().unwrap().push((step.to_owned(), 0));
    }

    fn advance(&self, bytes: u64) {
        self.0.lock().unwrap().last_mut().unwrap().1 += bytes;
    }

    fn done(&self) {}
}

/// What the server does with the next requests.
#[derive(Clone)]
pub struct Behaviour {
    pub content: Vec<u8>,
    pub etag: &'static str,
    pub ranges: bool,
    /// Hang up after so many bytes of the body.
    pub break_after: Option<usize>,
}

/// One file at every address of a loopback port.
pub struct Server {
    pub url: String,
    pub behaviour: Arc<Mutex<Behaviour>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub async fn start(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/weights.bin", listener.local_addr().unwrap());
        let server = Self { url, behaviour: Arc::new(Mutex::new(behaviour)), requests: Arc::default() };
        let (behaviour, requests) = (server.behaviour.clone(), server.requests.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, behaviour.clone(), requests.clone()));
            }
        });
        server
    }

    /// The `Range` header of every request so far, empty where there was none.
    pub fn ranges(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn answer(mut stream: TcpStream, behaviour: Arc<Mutex<Behaviour>>, requests: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap();
    let header = |wanted: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.to_owned())
    };
    let range = header("range").unwrap_or_default();
    requests.lock().unwrap().push(range.clone());

    let Behaviour { content, etag, ranges, break_after } = behaviour.lock().unwrap().clone();
    let same = header("if-range").is_none_or(|tag| tag == etag);
    let start = range.strip_prefix("bytes=").and_then(|rest| rest.trim_end_matches('-').parse::<usize>().ok());
    let (status, from) = match start {
        Some(start) if ranges && same => ("206 Partial Content", start),
        _ => ("200 OK", 0),
    };
    let body = &content[from..];
    let mut reply = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    reply += &format!("ETag: {etag}\r\n");
    if from > 0 {
        reply += &format!("Content-Range: bytes {from}-{}/{}\r\n", content.len() - 1, content.len());
    }
    stream.write_all(format!("{reply}\r\n").as_bytes()).await.ok();
    stream.write_all(&body[..break_after.unwrap_or(body.len()).min(body.len())]).await.ok();
    stream.shutdown().await.ok();
}
