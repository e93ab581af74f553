//! Logs and traces: JSON or plain lines on standard error, spans over OTLP when an endpoint is set, and the W3C trace
//! context in and out of every call.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{
    global,
    propagation::{Extractor, Injector},
    trace::{TraceContextExt, TraceId, TracerProvider},
};
use opentelemetry_sdk::{Resource, propagation::TraceContextPropagator, trace::SdkTracerProvider};
use serde::Deserialize;
use tonic::metadata::{MetadataKey, MetadataMap};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{FilterExt, filter_fn},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// The target of events that each tell of one call.
pub const ACCESS: &str = "access";

/// How to log, trace and measure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelemetrySettings {
    /// Which events are logged, in `tracing`'s filter syntax: `info`, `cpaiqa=debug`.
    pub log: String,
    /// Whether log lines are JSON objects.
    pub json: bool,
    /// Whether a server's log of calls holds prompts.
    pub log_prompts: bool,
    /// Where a server's metrics are read, as `http://ADDRESS/metrics`; nowhere when `None`.
    pub metrics: Option<SocketAddr>,
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
    /// Metrics cannot be recorded.
    #[error("metrics: {0}")]
    Recorder(String),
    /// Metrics cannot be read at the address.
    #[error("cannot serve metrics on {address}: {source}; set telemetry.metrics to another address, or leave it out")]
    Metrics {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
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
    // What is logged of a call stays in the log: its words may be the caller's, and traces go elsewhere.
    let traced = EnvFilter::new("info,h2=off,hyper=off,tonic=off").and(filter_fn(|metadata| metadata.is_span()));
    let registry = tracing_subscriber::registry().with(spans.with_filter(traced));
    // A process has one subscriber; a second start (in tests) keeps the first.
    let _ = registry.with(lines.with_filter(EnvFilter::try_new(&settings.log)?)).try_init();
    Ok(TelemetryGuard(provider))
}

/// Makes `span` a child of the caller's, whose context came in `headers`.
pub fn adopt(span: &Span, headers: &HeaderMap) {
    let parent = global::get_text_map_propagator(|propagator| propagator.extract(&HeaderReader(headers)));
    // A span that nobody traces needs no parent.
    let _ = span.set_parent(parent);
}

/// Adds the current span's trace context to an outgoing call.
pub fn inject(metadata: &mut MetadataMap) {
    let context = Span::current().context();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut MetadataWriter(metadata)));
}

/// Adds the trace context of `span` to an outgoing request.
pub fn inject_headers(span: &Span, headers: &mut HeaderMap) {
    let context = span.context();
    global::get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut HeaderWriter(headers)));
}

/// The trace that the current span belongs to, 32 hex digits; `None` outside of one.
pub fn trace_id() -> Option<String> {
    let context = Span::current().context();
    let id = context.span().span_context().trace_id();
    (id != TraceId::INVALID).then(|| id.to_string())
}

struct HeaderReader<'a>(&'a HeaderMap);

impl Extractor for HeaderReader<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.keys().map(HeaderName::as_str).collect()
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

struct HeaderWriter<'a>(&'a mut HeaderMap);

impl Injector for HeaderWriter<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(key), Ok(value)) = (HeaderName::from_bytes(key.as_bytes()), HeaderValue::try_from(value)) {
            self.0.insert(key, value);
        }
    }
}
