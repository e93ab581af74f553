//! `cpaiqa bench load`: many calls to a gateway, either by callers that wait for each answer or at a fixed rate.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use bytes::Bytes;
use proto::{common::Picture, quality::ScoreRequest};
use serde::Serialize;
use tokio::task::JoinSet;
use tonic::{Code, Status};
use wire::scenario::to_selector;

use super::{marked, quantile};
use crate::{
    args::{BenchLoad, Format},
    commands::{read, selector},
    error::CliError,
    output::{self, json},
    scorer::Remote,
    settings::Settings,
};

/// Connections that the calls share at most.
const CONNECTIONS: usize = 16;

/// What was measured. Times are from sending a request to its answer, milliseconds.
#[derive(Debug, Default, Serialize)]
struct Measured {
    answered: usize,
    /// Refused because there was too much to do.
    refused: usize,
    /// Not answered for another reason.
    failed: usize,
    seconds: f64,
    /// Answers a second.
    per_second: f64,
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// How long a refusal took.
    refused_p50_ms: f64,
    refused_p99_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_failure: Option<String>,
}

/// Sends the load and prints what was measured.
pub async fn run(settings: &Settings, args: BenchLoad) -> Result<(), CliError> {
    let connections = args.rate.map_or(usize::from(args.clients), |_| CONNECTIONS).min(CONNECTIONS);
    let remotes = (0..connections).map(|_| Remote::new(settings, &args.endpoint)).collect::<Result<Vec<_>, _>>()?;
    let picture = read(&args.image)?;
    let scenario = selector(args.scenario).map(to_selector);
    let request = ScoreRequest { prompt: args.prompt, scenario, ..ScoreRequest::default() };
    // A wrong address, key or picture is told before there is any load.
    remotes[0].answers(with(&request, picture.clone())).await?;
    let start = Instant::now() + Duration::from_secs(args.warm_up.into());
    let load = Arc::new(Load {
        remotes,
        picture,
        request,
        repeat: args.repeat,
        sent: AtomicU64::new(0),
        start,
        end: start + Duration::from_secs(args.seconds.into()),
        calls: Mutex::default(),
    });
    match args.rate {
        Some(rate) => load.at_rate(rate).await,
        None => load.by_clients(args.clients).await,
    }
    let measured = load.measured(f64::from(args.seconds));
    match args.format {
        Format::Json => json::print_line(&measured),
        Format::Text => output::print(&text(&measured)),
    }
}

/// The request with a picture.
fn with(request: &ScoreRequest, data: Bytes) -> ScoreRequest {
    ScoreRequest { picture: Some(Picture { data, ..Picture::default() }), ..request.clone() }
}

struct Load {
    remotes: Vec<Remote>,
    picture: Bytes,
    request: ScoreRequest,
    repeat: bool,
    sent: AtomicU64,
    start: Instant,
    end: Instant,
    /// Of those sent between start and end: how long each took, milliseconds, and how it ended.
    calls: Mutex<Vec<(f64, Option<Status>)>>,
}

impl Load {
    async fn by_clients(self: &Arc<Self>, clients: u16) {
        let mut tasks = JoinSet::new();
        for _ in 0..clients {
            let load = Arc::clone(self);
            tasks.spawn(async move {
                while Instant::now() < load.end {
                    load.call().await;
                }
            });
        }
        tasks.join_all().await;
    }

    async fn at_rate(self: &Arc<Self>, rate: u32) {
        let mut due = tokio::time::interval(Duration::from_secs(1) / rate);
        // A late machine sends what is due at once: the rate is kept.
        due.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        let mut tasks = JoinSet::new();
        while Instant::now() < self.end {
            due.tick().await;
            let load = Arc::clone(self);
            tasks.spawn(async move { load.call().await });
            while tasks.try_join_next().is_some() {}
        }
        tasks.join_all().await;
    }

    async fn call(&self) {
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let data = if self.repeat { self.picture.clone() } else { marked(&self.picture, number) };
        let request = with(&self.request, data);
        let remote = &self.remotes[number as usize % self.remotes.len()];
        let sent = Instant::now();
        let status = remote.ask(request).await.err();
        let took = sent.elapsed().as_secs_f64() * 1e3;
        if (self.start..self.end).contains(&sent) {
            self.calls.lock().unwrap_or_else(PoisonError::into_inner).push((took, status));
        }
    }

    fn measured(&self, seconds: f64) -> Measured {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let is_refusal = |status: &Status| matches!(status.code(), Code::ResourceExhausted | Code::Unavailable);
        let sorted = |of: &dyn Fn(&Option<Status>) -> bool| {
            let mut times: Vec<f64> = calls.iter().filter(|call| of(&call.1)).map(|call| call.0).collect();
            times.sort_by(f64::total_cmp);
            times
        };
        let answered = sorted(&|status| status.is_none());
        let refused = sorted(&|status| status.as_ref().is_some_and(is_refusal));
        let failure = |status: &Status| format!("{:?}: {}", status.code(), status.message());
        Measured {
            answered: answered.len(),
            refused: refused.len(),
            failed: calls.len() - answered.len() - refused.len(),
            seconds,
            per_second: answered.len() as f64 / seconds,
            p50_ms: quantile(&answered, 0.5),
            p90_ms: quantile(&answered, 0.9),
            p99_ms: quantile(&answered, 0.99),
            max_ms: quantile(&answered, 1.0),
            refused_p50_ms: quantile(&refused, 0.5),
            refused_p99_ms: quantile(&refused, 0.99),
            first_failure: calls.iter().filter_map(|call| call.1.as_ref()).find(|s| !is_refusal(s)).map(failure),
        }
    }
}

fn text(measured: &Measured) -> String {
    let Measured { answered, refused, failed, seconds, per_second, p50_ms, p90_ms, p99_ms, max_ms, .. } = measured;
    let mut text = format!(
        "{answered} answered, {refused} refused, {failed} failed in {seconds} s: {per_second:.2} answers a second\n\
         answers: p50 {p50_ms:.2} ms, p90 {p90_ms:.2} ms, p99 {p99_ms:.2} ms, longest {max_ms:.2} ms\n"
    );
    if *refused > 0 {
        let Measured { refused_p50_ms, refused_p99_ms, .. } = measured;
        text += &format!("refusals: p50 {refused_p50_ms:.2} ms, p99 {refused_p99_ms:.2} ms\n");
    }
    if let Some(failure) = &measured.first_failure {
        text += &format!("first failure: {failure}\n");
    }
    text
}
