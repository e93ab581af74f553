//! Logs and traces: JSON or plain lines on standard error, spans over OTLP when an endpoint is set, and the W3C trace
//! context in and out of every call.

use axum::{extract::Request, middleware::Next, response::Response};
use opentelemetry::{
    global,
    propagation::{Extractor, Injector},
    trace::TracerProvider,
};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use serde::Deserialize;
use tonic::metadata::{MetadataKey, MetadataMap};
use tracing::{Instrument, Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// How to log and trace.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySettings {
    /// Which events are logged, in `tracing`'s filter syntax: `info`, `cpaiqa=debug`.
    pub log: String,
    /// Whether log lines are JSON objects.
    pub json: bool,
}

/// Telemetry that cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The log filter is not one.
    #[error("telemetry.log: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    /// The OTLP exporter refused its settings.
    #[error("OTLP exporter: {0}")]
    Exporter(#[from] opentelemetry_otlp::ExporterBuildError),
}

/// Sends what is left when it is dropped.
#[must_use = "spans that wait to be sent are lost when the guard is dropped too early"]
pub struct TelemetryGuard(SdkTracerProvider);

impl Drop for TelemetryGuard {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "some spans were not sent");
        }
    }
}

/// Starts logging and tracing for the process `service`. Spans are exported when `OTEL_EXPORTER_OTLP_ENDPOINT` is set;
/// the trace context is passed on either way.
pub fn start(service: &str, settings: &TelemetrySettings) -> Result<TelemetryGuard, TelemetryError> {
    global::set_text_map_propagator(TraceContextPropagator::new());
    let mut provider =
        SdkTracerProvider::builder().with_resource(Resource::builder().with_service_name(service.to_owned()).build());
    if std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_some() {
        provider = provider.with_batch_exporter(opentelemetry_otlp::SpanExporter::builder().with_tonic().build()?);
    }
    let provider = provider.build();
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let lines = if settings.json { lines.json().boxed() } else { lines.boxed() };
    let spans = tracing_opentelemetry::layer().with_tracer(provider.tracer("cpaiqa"));
    let registry =
        tracing_subscriber::registry().with(spans.with_filter(EnvFilter::new("info,h2=off,hyper=off,tonic=off")));
    // A process has one subscriber; a second start (in tests) keeps the first.
    let _ = registry.with(lines.with_filter(EnvFilter::try_new(&settings.log)?)).try_init();
    Ok(TelemetryGuard(provider))
}

/// Opens one span a call, as a child of the caller's.
pub async fn trace_calls(request: Request, next: Next) -> Response {
    let parent = global::get_text_map_propagator(|propagator| propagator.extract(&HeaderReader(request.headers())));
    let span = info_span!("rpc", otel.name = request.uri().path().trim_start_matches('/'), rpc.system = "grpc");
    let _ = span.set_parent(parent);
    next.run(request).instrument(span).await
}

/// Adds the current span's trace context to an outgoing call.
pub fn inject(metadata: &mut MetadataMap) {
    let context = Span::current().context();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut MetadataWriter(metadata)));
}

struct HeaderReader<'a>(&'a http::HeaderMap);

impl Extractor for HeaderReader<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(http::HeaderName::as_str).collect()
    }
}

struct MetadataWriter<'a>(&'a mut MetadataMap);

impl Injector for MetadataWriter<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(key), Ok(value)) = (MetadataKey::from_bytes(key.as_bytes()), value.parse()) {
            self.0.insert(key, value);
        }
    }
}
