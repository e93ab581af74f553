//! A fetcher against servers on the loopback interface.

mod answers;
mod guard;
mod names;
mod redirects;
mod urls;

use std::{
    collections::VecDeque,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use domain::roles::{Answer, Call, RoleError};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
};

use super::{FetchSettings, Fetcher, HostPattern};

/// Longer than anything here takes; a test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Every host, http and `ports`, but no private address.
fn strict(ports: &[u16]) -> FetchSettings {
    FetchSettings {
        enabled: true,
        allowed_hosts: vec![HostPattern::Any],
        allow_http: true,
        ports: ports.to_vec(),
        allow_private: false,
        timeout_ms: PATIENCE.as_millis() as u64,
        max_redirects: 3,
    }
}

/// Private addresses too, as the servers of tests have them.
fn open(ports: &[u16]) -> FetchSettings {
    FetchSettings { allow_private: true, ..strict(ports) }
}

/// Fetches at most 1000 bytes.
async fn fetch(settings: FetchSettings, url: &str) -> Answer<Bytes> {
    fetch_from(&Fetcher::new(settings).unwrap(), url).await
}

async fn fetch_from(fetcher: &Fetcher, url: &str) -> Answer<Bytes> {
    fetcher.fetch(Call::default(), url, &fetcher.settings.allowed_hosts, 1000).await
}

/// The message of what must be refused as the caller's fault.
#[track_caller]
fn refused(answer: Answer<Bytes>) -> String {
    match answer {
        Err(RoleError::InvalidInput { field, message }) if field == "picture.url" => message,
        other => panic!("expected a refusal of picture.url, got {other:?}"),
    }
}

/// What an origin does when it is asked for a path.
enum Reply {
    /// Sends this and hangs up.
    Once(Vec<u8>),
    /// Sends a head, and then pieces with pauses for as long as anybody listens.
    Endless { head: String, piece: Vec<u8>, pause: Duration },
}

fn reply(status: &str, headers: &str, body: &[u8]) -> Reply {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    Reply::Once([head.as_bytes(), body].concat())
}

fn picture(body: &[u8]) -> Reply {
    reply("200 OK", "Content-Type: image/png\r\n", body)
}

fn redirect(to: &str) -> Reply {
    reply("302 Found", &format!("Location: {to}\r\n"), b"")
}

/// A server on a loopback port.
struct Origin {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
    connections: watch::Receiver<usize>,
    /// Connections whose other side did not wait for the end.
    hung_up: watch::Receiver<usize>,
}

impl Origin {
    async fn start(answer: impl Fn(&str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (counted, connections) = watch::channel(0);
        let (hanging_up, hung_up) = watch::channel(0);
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let (seen, answer, hanging_up) = (Arc::clone(&heads), Arc::new(answer), Arc::new(hanging_up));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.send_modify(|count| *count += 1);
                let (seen, answer, hanging_up) = (Arc::clone(&seen), Arc::clone(&answer), Arc::clone(&hanging_up));
                tokio::spawn(async move {
                    if serve(stream, &seen, &*answer).await.is_err() {
                        hanging_up.send_modify(|count| *count += 1);
                    }
                });
            }
        });
        Self { port, heads, connections, hung_up }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn connections(&self) -> usize {
        *self.connections.borrow()
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// Returns when the other side has hung up before the end.
    async fn dropped(&mut self) {
        tokio::time::timeout(PATIENCE, self.hung_up.wait_for(|count| *count > 0)).await.unwrap().unwrap();
    }
}

async fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    answer: impl Fn(&str) -> Reply,
) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let path = head.split(' ').nth(1).unwrap().to_owned();
    seen.lock().unwrap().push(head);
    match answer(&path) {
        Reply::Once(bytes) => {
            stream.write_all(&bytes).await.ok();
            stream.shutdown().await.ok();
            Ok(())
        }
        Reply::Endless { head, piece, pause } => {
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(&piece).await?;
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// A resolver whose answers are known: one after the other, the last one for good. Real ones can't be made to change their
/// minds at the right moment.
struct Script(Mutex<VecDeque<Vec<IpAddr>>>, watch::Sender<usize>);

impl Script {
    fn new(answers: &[&[&str]]) -> Arc<Self> {
        let answers = answers.iter().map(|answer| answer.iter().map(|address| address.parse().unwrap()).collect());
        Arc::new(Self(Mutex::new(answers.collect()), watch::Sender::new(0)))
    }

    /// How often it was asked.
    fn asked(&self) -> usize {
        *self.1.borrow()
    }
}

impl Resolve for Script {
    fn resolve(&self, _: Name) -> Resolving {
        self.1.send_modify(|count| *count += 1);
        let mut answers = self.0.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(async move {
            let addresses = answer.ok_or("there is no such name")?;
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}
