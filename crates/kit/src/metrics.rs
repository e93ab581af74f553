//! Metrics: what is counted and measured, and the address where Prometheus reads it.
//!
//! No label holds what a caller chooses: methods are those that are served, the rest comes from the configuration or the code.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, extract::State, routing::get};
use http::header::CONTENT_TYPE;
use metrics::{Gauge, describe_counter, describe_gauge, describe_histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use crate::telemetry::TelemetryError;

/// How often what was measured is sorted into buckets when nobody reads.
const UPKEEP: Duration = Duration::from_secs(5);

/// What a metric is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Values sorted into buckets with these upper bounds; Prometheus sees `_bucket`, `_sum` and `_count`.
    Histogram(&'static [f64]),
}

/// From a cached answer to the longest call.
const SECONDS: Kind =
    Kind::Histogram(&[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0]);
/// Those that the conventions for language models give, as far as a prompt's decomposition can go.
const TOKENS: Kind = Kind::Histogram(&[1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0, 65536.0]);
/// Those that the conventions for language models give.
const MODEL_SECONDS: Kind =
    Kind::Histogram(&[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]);

/// One metric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metric {
    /// As Prometheus knows it.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// Its labels, in alphabetical order.
    pub labels: &'static [&'static str],
    /// What it says.
    pub help: &'static str,
}

macro_rules! metrics {
    ($(#[doc = $help:literal] $constant:ident: $kind:expr, $name:literal, [$($label:literal),*];)*) => {
        $(#[doc = $help] pub const $constant: &str = $name;)*

        /// Every metric there is.
        pub const ALL: &[Metric] = &[$(Metric { name: $name, kind: $kind, labels: &[$($label),*], help: $help }),*];
    };
}

metrics! {
    /// Seconds from a call's arrival to its status.
    SERVER_DURATION: SECONDS, "rpc_server_call_duration_seconds",
        ["rpc_method", "rpc_response_status_code"];
    /// Seconds from a call to a backend to its status.
    CLIENT_DURATION: SECONDS, "rpc_client_call_duration_seconds",
        ["rpc_method", "rpc_response_status_code", "server_address", "server_port"];
    /// Calls that are being answered.
    ACTIVE_CALLS: Kind::Gauge, "cpaiqa_rpc_active_calls",
        ["rpc_method"];
    /// Seconds that a stage of a request took.
    STAGE_DURATION: SECONDS, "cpaiqa_stage_duration_seconds",
        ["outcome", "stage"];
    /// Questions to a cache.
    CACHE_LOOKUPS: Kind::Counter, "cpaiqa_cache_lookups_total",
        ["cache", "result"];
    /// Questions to the cache that gateways share, for what this one's own caches do not have.
    SHARED_CACHE_LOOKUPS: Kind::Counter, "cpaiqa_shared_cache_lookups_total",
        ["cache", "result"];
    /// Answers that had to do without a stage, or with a worse one.
    DEGRADED: Kind::Counter, "cpaiqa_degraded_total",
        ["stage"];
    /// Pictures that were to be scored.
    SCORES: Kind::Counter, "cpaiqa_scores_total",
        ["outcome"];
    /// Calls that were refused because a tenant had used up a quota.
    QUOTA_REFUSALS: Kind::Counter, "cpaiqa_quota_refusals_total",
        ["quota"];
    /// Pictures at work.
    RUNNING: Kind::Gauge, "cpaiqa_admission_running",
        [];
    /// Pictures that wait for their turn.
    WAITING: Kind::Gauge, "cpaiqa_admission_waiting",
        [];
    /// Open circuit breakers: 0 while the address is asked, 1 while it is left alone or tried again.
    BREAKER_OPEN: Kind::Gauge, "cpaiqa_breaker_open",
        ["address", "role"];
    /// Calls to backends beyond the first: retries and hedges.
    EXTRA_CALLS: Kind::Counter, "cpaiqa_extra_calls_total",
        ["kind", "role"];
    /// Tokens of one question to a language model.
    TOKEN_USAGE: TOKENS, "gen_ai_client_token_usage",
        ["gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_token_type"];
    /// Seconds that a language model took.
    MODEL_DURATION: MODEL_SECONDS, "gen_ai_client_operation_duration_seconds",
        ["error_type", "gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model"];
}

/// Adds one to a gauge until it is dropped.
#[derive(Debug)]
#[must_use = "the gauge goes down again when this is dropped"]
pub struct Counted(Gauge);

impl Counted {
    /// Counts in `gauge`.
    pub fn new(gauge: Gauge) -> Self {
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Starts to record, once a process, and gives what renders the records as text.
///
/// # Errors
///
/// When another recorder was installed before.
pub fn record() -> Result<PrometheusHandle, TelemetryError> {
    static RECORDING: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    let mut recording = RECORDING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*recording {
        return Ok(handle.clone());
    }
    let failed = |error: &dyn std::fmt::Display| TelemetryError::Recorder(error.to_string());
    let mut builder = PrometheusBuilder::new();
    for Metric { name, kind, .. } in ALL {
        if let Kind::Histogram(bounds) = kind {
            let matcher = Matcher::Full((*name).to_owned());
            builder = builder.set_buckets_for_metric(matcher, bounds).map_err(|error| failed(&error))?;
        }
    }
    let recorder = builder.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|error| failed(&error))?;
    for Metric { name, kind, help, .. } in ALL {
        match kind {
            Kind::Counter => describe_counter!(*name, help.trim()),
            Kind::Gauge => describe_gauge!(*name, help.trim()),
            Kind::Histogram(_) => describe_histogram!(*name, help.trim()),
        }
    }
    Ok(recording.insert(handle).clone())
}

/// Records from now on and serves the records at `http://ADDRESS/metrics`, as long as the process lives; gives the address, with
/// the port that was taken where `address` asks for any.
///
/// # Errors
///
/// When the address cannot be listened on.
pub async fn serve(address: SocketAddr) -> Result<SocketAddr, TelemetryError> {
    let failed = |source| TelemetryError::Metrics { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let handle = record()?;
    let upkeep = handle.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    let text = |State(handle): State<PrometheusHandle>| async move {
        ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], handle.render())
    };
    let router = Router::new().route("/metrics", get(text)).with_state(handle);
    tokio::spawn(async move { axum::serve(listener, router).await });
    tracing::info!(metrics = %bound, "serving metrics");
    Ok(bound)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };

    use super::*;

    async fn get(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream
            .write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes())
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test]
    async fn what_is_measured_is_read_at_the_address() {
        let address = serve(([127, 0, 0, 1], 0).into()).await.unwrap();
        metrics::histogram!(STAGE_DURATION, "stage" => "fusion", "outcome" => "ok").record(0.3);
        let gauge = || metrics::gauge!(RUNNING);
        let (first, _second) = (Counted::new(gauge()), Counted::new(gauge()));
        drop(first);
        let text = get(address, "/metrics").await;
        for line in [
            "# HELP cpaiqa_stage_duration_seconds Seconds that a stage of a request took.",
            r#"cpaiqa_stage_duration_seconds_bucket{stage="fusion",outcome="ok",le="0.25"} 0"#,
            r#"cpaiqa_stage_duration_seconds_bucket{stage="fusion",outcome="ok",le="0.5"} 1"#,
            "cpaiqa_admission_running 1",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        assert!(get(address, "/").await.starts_with("HTTP/1.1 404"));
    }

    #[tokio::test]
    async fn a_taken_port_is_named_with_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap();
        let error = serve(address).await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot serve metrics on {address}")), "{error}");
        assert!(error.ends_with("set telemetry.metrics to another address, or leave it out"), "{error}");
    }

    #[test]
    fn names_are_unique_and_those_of_counters_end_as_prometheus_wants() {
        let names: BTreeSet<&str> = ALL.iter().map(|metric| metric.name).collect();
        assert_eq!(names.len(), ALL.len());
        for metric in ALL {
            assert_eq!(metric.kind == Kind::Counter, metric.name.ends_with("_total"), "{}", metric.name);
        }
    }
}
