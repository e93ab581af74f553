//! One gRPC server: routes with health, reflection, deadlines and tracing, drained on shutdown. With a page for browsers it
//! takes gRPC-Web and HTTP/1.1 on the same port.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use async_trait::async_trait;
use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
};
use domain::roles::Answer;
use futures::{FutureExt, StreamExt};
use http::{StatusCode, header::CONTENT_TYPE, request::Parts};
use serde::Deserialize;
use tokio::net::{TcpListener, TcpSocket};
use tonic::{
    server::NamedService,
    service::{Routes, RoutesBuilder},
    transport::{Server, server::TcpIncoming},
};
use tonic_health::{ServingStatus, server::HealthReporter};
use tonic_web::GrpcWebLayer;

use crate::{
    calls::{self, Methods},
    deadline,
    status::to_status,
    tls::{Acceptor, ServerTls, TlsError},
};

/// Connections that the system holds until they are accepted; it may hold fewer (`net.core.somaxconn` on Linux).
const BACKLOG: u32 = 4_096;

/// How a server listens and ends.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Longest time a call may take, also when its caller allows more.
    pub longest_call_ms: u64,
    /// How long running calls may go on after a signal to stop.
    pub drain_ms: u64,
    /// Largest message taken or sent, bytes.
    pub max_message_bytes: usize,
    /// Encryption; plain when left out.
    pub tls: Option<ServerTls>,
}

/// A server that cannot start or run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; is another process using it?")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// A file of certificates or keys cannot be used.
    #[error("server.tls: {0}")]
    Tls(#[from] TlsError),
    /// Reflection refused the descriptors.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The transport failed.
    #[error("transport: {0}")]
    Transport(#[from] tonic::transport::Error),
}

/// Decides who may call, before a message is read.
#[async_trait]
pub trait Guard: Send + Sync {
    /// Lets the call in, with what it found out about the caller as an extension.
    ///
    /// # Errors
    ///
    /// Why it does not.
    async fn admit(&self, call: &mut Parts) -> Answer<()>;
}

async fn guarded(State(guard): State<Arc<dyn Guard>>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match guard.admit(&mut parts).await {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(error) => to_status(&error).into_http(),
    }
}

/// Refuses what is not sent as gRPC. A page elsewhere can have a browser send a call as plain text without asking first; to send it
/// as gRPC the browser asks, and is not allowed.
async fn only_grpc(request: Request, next: Next) -> Response {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/grpc") {
        next.run(request).await
    } else {
        StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response()
    }
}

/// The services of one server.
#[derive(Default)]
pub struct Services {
    routes: RoutesBuilder,
    names: Vec<&'static str>,
    guard: Option<Arc<dyn Guard>>,
    page: Option<Router>,
}

impl Services {
    /// Adds a service; its health is reported under its name.
    pub fn add<S>(&mut self, service: S)
    where
        S: tower::Service<http::Request<tonic::body::Body>, Error = std::convert::Infallible>
            + NamedService
            + Clone
            + Send
            + Sync
            + 'static,
        S::Response: axum::response::IntoResponse,
        S::Future: Send + 'static,
    {
        self.routes.add_service(service);
        self.names.push(S::NAME);
    }

    /// Lets in only whom `guard` admits.
    pub fn guard(&mut self, guard: Arc<dyn Guard>) {
        self.guard = Some(guard);
    }

    /// Shows `page` to browsers, to everybody, and lets its scripts call the services by gRPC-Web. Its routes have paths of
    /// their own and no fallback.
    pub fn page(&mut self, page: Router) {
        self.page = Some(page);
    }
}

/// A server that listens but does not yet answer.
pub struct Bound {
    listener: TcpListener,
    tls: Option<Acceptor>,
    settings: ServerSettings,
    address: SocketAddr,
}

impl Bound {
    /// Listens as `settings` say.
    pub async fn new(settings: &ServerSettings) -> Result<Self, ServerError> {
        let tls = settings.tls.clone().map(Acceptor::new).transpose()?;
        let failed = |source| ServerError::Listen { address: settings.listen, source };
        let listener = listen(settings.listen).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, tls, settings: settings.clone(), address })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `stop` ends; then health says NOT_SERVING, no new call is taken, and running calls get
    /// `drain_ms` to finish.
    pub async fn serve(
        self,
        services: Services,
        descriptors: &'static [u8],
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServerError> {
        let Self { listener, tls, settings, address } = self;
        let Services { mut routes, names, guard, page } = services;
        let (health, health_service) = tonic_health::server::health_reporter();
        set_health(&health, &names, ServingStatus::Serving).await;
        routes.add_service(health_service);
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(descriptors)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET);
        routes.add_service(reflection.build_v1()?);
        let longest = Duration::from_millis(settings.longest_call_ms);
        let mut router = routes.routes().into_axum_router();
        if let Some(guard) = guard {
            router = router.layer(from_fn_with_state(guard, guarded));
        }
        let methods = Arc::new(Methods::of(&[
            descriptors,
            tonic_health::pb::FILE_DESCRIPTOR_SET,
            tonic_reflection::pb::v1::FILE_DESCRIPTOR_SET,
        ]));
        let router = router
            .layer(from_fn_with_state(longest, deadline::enforce))
            .layer(from_fn_with_state(methods, calls::watch));
        let router = router.layer(from_fn(only_grpc));
        let for_browsers = page.is_some();
        let router = match page {
            None => router,
            Some(page) => router.layer(GrpcWebLayer::new()).merge(page),
        };

        let (draining, drained) = tokio::sync::oneshot::channel();
        let stop = async move {
            stop.await;
            tracing::info!("stopping: running calls may finish");
            set_health(&health, &names, ServingStatus::NotServing).await;
            let _ = draining.send(());
        };
        let encrypted = tls.is_some();
        let server = Server::builder().accept_http1(for_browsers).add_routes(Routes::from(router));
        let server = match tls {
            None => server.serve_with_incoming_shutdown(prompt(listener), stop).boxed(),
            Some(tls) => server.serve_with_incoming_shutdown(tls.accept(listener).boxed(), stop).boxed(),
        };
        tracing::info!(%address, encrypted, "serving");
        let grace = async {
            if drained.await.is_ok() {
                tokio::time::sleep(Duration::from_millis(settings.drain_ms)).await;
            } else {
                std::future::pending::<()>().await;
            }
        };
        tokio::select! {
            served = server => Ok(served?),
            () = grace => {
                tracing::warn!("some calls did not finish in time");
                Ok(())
            }
        }
    }
}

/// Listens with room for a burst of new connections: of those for which there is none, callers are left waiting for a second or
/// are cut off. The runtime's own way leaves room for 128.
fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?; // A server that starts anew finds its port free.
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Connections that send what is written at once. Otherwise an answer's last part waits for the caller to acknowledge the first,
/// which callers put off for 40 ms; the server's own setting is for listeners that it makes itself.
fn prompt(listener: TcpListener) -> TcpIncoming {
    TcpIncoming::from(listener).with_nodelay(Some(true))
}

async fn set_health(health: &HealthReporter, names: &[&str], status: ServingStatus) {
    for name in names.iter().chain(&[""]) {
        health.set_service_status(name, status).await;
    }
}

/// Ends on SIGTERM or Ctrl-C.
pub async fn stop_signal() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! { () = interrupt => {}, () = terminate => {} }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpStream;

    use super::*;

    #[tokio::test]
    async fn a_burst_of_connections_waits_to_be_accepted() {
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        for number in 0..500 {
            let connected = tokio::time::timeout(Duration::from_secs(1), TcpStream::connect(address)).await;
            waiting.push(connected.unwrap_or_else(|_| panic!("connection {number} is left waiting")).unwrap());
        }
    }

    #[tokio::test]
    async fn connections_send_small_answers_at_once() {
        let listener = listen(([127, 0, 0, 1], 0).into()).unwrap();
        let _caller = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let accepted = prompt(listener).next().await.unwrap().unwrap();
        assert!(accepted.nodelay().unwrap());
    }
}
