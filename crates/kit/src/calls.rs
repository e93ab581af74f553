//! One RPC as it looks from outside, on either side of the wire: its span, its time and its status.
//!
//! Names follow OpenTelemetry's conventions for RPC. A call that ends without a status was given up: CANCELLED.

use std::{
    collections::HashMap,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use metrics::{gauge, histogram};
use prost::Message;
use prost_types::FileDescriptorSet;
use tonic::{
    Code, TimeoutExpired,
    codegen::BoxFuture,
    transport::{self, Channel, Uri},
};
use tower::Service;
use tracing::{Instrument, Span, field::Empty, info_span};

use crate::{
    metrics::{ACTIVE_CALLS, CLIENT_DURATION, Counted, SERVER_DURATION},
    status::code_name,
    telemetry::{adopt, inject_headers},
};

/// What callers invent is counted together.
const OTHER: &str = "_OTHER";
/// Health and reflection: asked every few seconds, so they are counted but not traced.
const UNTRACED: &str = "/grpc.";

/// The methods that there are, by path.
#[derive(Debug, Default)]
pub struct Methods(HashMap<String, Arc<str>>);

impl Methods {
    /// Those of encoded descriptor sets; one that cannot be read has none.
    pub fn of(descriptors: &[&[u8]]) -> Self {
        let mut methods = HashMap::new();
        for file in descriptors.iter().filter_map(|set| FileDescriptorSet::decode(*set).ok()).flat_map(|set| set.file) {
            let package = file.package().to_owned();
            for service in &file.service {
                for method in &service.method {
                    let name = format!("{package}.{}/{}", service.name(), method.name());
                    methods.insert(format!("/{name}"), name.into());
                }
            }
        }
        Self(methods)
    }

    fn name(&self, path: &str) -> Arc<str> {
        self.0.get(path).map_or_else(|| OTHER.into(), Arc::clone)
    }
}

/// A server's layer: opens one span a call, as a child of the caller's, and measures it.
pub async fn watch(State(methods): State<Arc<Methods>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let method = methods.name(path);
    let span = if path.starts_with(UNTRACED) {
        Span::none()
    } else {
        let span = info_span!(
            "rpc",
            otel.name = &*method,
            otel.kind = "server",
            otel.status_code = Empty,
            rpc.system.name = "grpc",
            rpc.method = &*method,
            rpc.response.status_code = Empty,
            error.type = Empty,
        );
        adopt(&span, request.headers());
        span
    };
    let running = Counted::new(gauge!(ACTIVE_CALLS, "rpc_method" => Arc::clone(&method)));
    let mut call =
        Call { span: span.clone(), method, peer: None, start: Instant::now(), code: None, _running: Some(running) };
    let response = next.run(request).instrument(span).await;
    call.hear(response.headers());
    response.map(|body| Body::new(Watched { body, call }))
}

/// A connection whose calls are traced and measured.
#[derive(Clone, Debug)]
pub struct WatchedChannel {
    channel: Channel,
    peer: Peer,
}

/// Who is called.
#[derive(Clone, Debug)]
struct Peer {
    host: Arc<str>,
    port: u16,
}

impl WatchedChannel {
    /// The connection `channel` to `uri`.
    pub fn new(channel: Channel, uri: &Uri) -> Self {
        let port = uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 });
        Self { channel, peer: Peer { host: uri.host().unwrap_or_default().into(), port } }
    }
}

impl Service<http::Request<tonic::body::Body>> for WatchedChannel {
    type Response = http::Response<tonic::body::Body>;
    type Error = transport::Error;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::poll_ready(&mut self.channel, context)
    }

    fn call(&mut self, mut request: http::Request<tonic::body::Body>) -> Self::Future {
        // The path is the generated client's, so it is one of a few.
        let method: Arc<str> = request.uri().path().trim_start_matches('/').into();
        let span = info_span!(
            "rpc",
            otel.name = &*method,
            otel.kind = "client",
            otel.status_code = Empty,
            rpc.system.name = "grpc",
            rpc.method = &*method,
            rpc.response.status_code = Empty,
            server.address = &*self.peer.host,
            server.port = self.peer.port,
            error.type = Empty,
        );
        inject_headers(&span, request.headers_mut());
        let peer = Some(self.peer.clone());
        let mut call = Call { span: span.clone(), method, peer, start: Instant::now(), code: None, _running: None };
        let answering = span.in_scope(|| Service::call(&mut self.channel, request)).instrument(span);
        Box::pin(async move {
            match answering.await {
                Ok(response) => {
                    call.hear(response.headers());
                    Ok(response.map(|body| tonic::body::Body::new(Watched { body, call })))
                }
                Err(error) => {
                    call.end(code_of(&error));
                    Err(error)
                }
            }
        })
    }
}

/// What the caller will read from a transport's failure.
fn code_of(error: &transport::Error) -> Code {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<TimeoutExpired>() {
            return Code::DeadlineExceeded;
        }
        cause = inner.source();
    }
    Code::Unavailable
}

/// A call under way; it is told when it is dropped.
struct Call {
    span: Span,
    method: Arc<str>,
    /// Who was called, where this is the caller.
    peer: Option<Peer>,
    start: Instant,
    code: Option<Code>,
    _running: Option<Counted>,
}

impl Call {
    /// Reads the status in headers or trailers, if it is there.
    fn hear(&mut self, headers: &HeaderMap) {
        if let Some(status) = headers.get("grpc-status") {
            self.end(Code::from_bytes(status.as_bytes()));
        }
    }

    const fn end(&mut self, code: Code) {
        self.code = Some(code);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let code = self.code.unwrap_or(Code::Cancelled);
        let (name, seconds) = (code_name(code), self.start.elapsed().as_secs_f64());
        self.span.record("rpc.response.status_code", name);
        let wrong = if self.peer.is_some() { code != Code::Ok } else { is_servers_fault(code) };
        if wrong {
            self.span.record("otel.status_code", "ERROR");
            self.span.record("error.type", name);
        }
        let method = Arc::clone(&self.method);
        match &self.peer {
            None => {
                histogram!(SERVER_DURATION, "rpc_method" => method, "rpc_response_status_code" => name).record(seconds);
            }
            Some(Peer { host, port }) => {
                let (host, port) = (Arc::clone(host), port.to_string());
                histogram!(
                    CLIENT_DURATION,
                    "rpc_method" => method,
                    "server_address" => host,
                    "server_port" => port,
                    "rpc_response_status_code" => name
                )
                .record(seconds);
            }
        }
    }
}

/// Statuses that are a server's own failure; the others are the caller's business.
const fn is_servers_fault(code: Code) -> bool {
    matches!(
        code,
        Code::Unknown
            | Code::DeadlineExceeded
            | Code::Unimplemented
            | Code::Internal
            | Code::Unavailable
            | Code::DataLoss
    )
}

/// A body after which the call's status comes.
struct Watched<B> {
    body: B,
    call: Call,
}

impl<B: HttpBody + Unpin> HttpBody for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let Self { body, call } = self.get_mut();
        let span = call.span.clone();
        let polled = span.in_scope(|| Pin::new(body).poll_frame(context));
        match &polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    call.hear(trailers);
                }
            }
            Poll::Ready(Some(Err(_))) => call.end(Code::Unknown),
            _ => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_methods_of_the_descriptors_have_names() {
        let methods = Methods::of(&[tonic_health::pb::FILE_DESCRIPTOR_SET, b"no descriptors"]);
        assert_eq!(&*methods.name("/grpc.health.v1.Health/Check"), "grpc.health.v1.Health/Check");
        for invented in ["/grpc.health.v1.Health/Chuck", "/", "grpc.health.v1.Health/Check", "/x".repeat(9).as_str()] {
            assert_eq!(&*methods.name(invented), "_OTHER", "{invented}");
        }
    }
}
