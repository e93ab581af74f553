//! `cpaiqa bench load`: many calls to a gateway, either by callers that wait for each answer or at a fixed rate.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use domain::ownership::check_tenant;
use proto::quality::ScoreRequest;
use tokio::task::JoinSet;
use wire::scenario::to_selector;

use super::{
    counted::Counted,
    mix::{Mix, Planned},
};
use crate::{
    args::{BenchLoad, Format, Question},
    commands::{read, selector},
    error::CliError,
    output::{self, json},
    scorer::Remote,
    settings::Settings,
};

/// Connections that the calls share at most, rounded up so that each tenant has as many.
const CONNECTIONS: usize = 16;

/// Sends the load and prints what was measured.
pub async fn run(settings: &Settings, args: BenchLoad) -> Result<(), CliError> {
    let connections = args.rate.map_or(usize::from(args.clients), |_| CONNECTIONS).min(CONNECTIONS);
    let Question { prompt, scenario, endpoint } = args.question;
    let remotes = remotes(settings, &endpoint, &args.tenants, connections)?;
    let pictures = args.images.iter().map(|image| read(image)).collect::<Result<Vec<_>, _>>()?;
    let scenario = selector(scenario).map(to_selector);
    let request = ScoreRequest { prompt, scenario, ..ScoreRequest::default() };
    let (repeat, run) = (args.repeat, fastrand::u64(..));
    let mix = Mix { pictures, request, repeat, run, wrong: args.wrong, cancel: args.cancel };
    // A wrong address, key or picture is told before there is any load.
    let asked = Instant::now();
    for (number, picture) in (0..).zip(&mix.pictures) {
        remotes[0].answers(mix.with(picture, number)).await?;
    }
    let start = Instant::now() + Duration::from_secs(args.warm_up.into());
    let first = mix.pictures.len() as u64;
    let load = Arc::new(Load {
        remotes,
        mix,
        sent: AtomicU64::new(first),
        answer_micros: AtomicU64::new(asked.elapsed().as_micros() as u64),
        start,
        end: start + Duration::from_secs(args.seconds.into()),
        counted: Mutex::default(),
    });
    match args.rate {
        Some(rate) => load.at_rate(rate).await,
        None => load.by_clients(args.clients).await,
    }
    let measured = load.counted.lock().unwrap_or_else(PoisonError::into_inner).measured(f64::from(args.seconds));
    match args.format {
        Format::Json => json::print_line(&measured),
        Format::Text => output::print(&measured.text()),
    }
}

/// Connections to the gateway, of the tenants in turn if there are any.
fn remotes(
    settings: &Settings,
    endpoint: &str,
    tenants: &[String],
    connections: usize,
) -> Result<Vec<Remote>, CliError> {
    let mut settings = settings.clone();
    let connections = connections.next_multiple_of(tenants.len().max(1));
    let mut remotes = Vec::with_capacity(connections);
    for number in 0..connections {
        if !tenants.is_empty() {
            let tenant = &tenants[number % tenants.len()];
            check_tenant(tenant).map_err(|why| CliError::Usage(format!("--tenants: {why}")))?;
            settings.caller.tenant = Some(tenant.clone());
        }
        remotes.push(Remote::new(&settings, endpoint)?);
    }
    Ok(remotes)
}

struct Load {
    remotes: Vec<Remote>,
    mix: Mix,
    sent: AtomicU64,
    /// How long the last answer took: before it will have passed, callers hang up.
    answer_micros: AtomicU64,
    start: Instant,
    end: Instant,
    counted: Mutex<Counted>,
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

    async fn at_rate(self: &Arc<Self>, rate: f64) {
        let mut due = tokio::time::interval(Duration::from_secs_f64(1.0 / rate));
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
        let Planned { request, refusal, hangs_up } = self.mix.planned(number);
        let remote = &self.remotes[number as usize % self.remotes.len()];
        let sent = Instant::now();
        let answer = match hangs_up {
            Some(share) => {
                let patience = Duration::from_micros(self.answer_micros.load(Ordering::Relaxed)).mul_f64(share);
                tokio::time::timeout(patience, remote.ask(request)).await.ok()
            }
            None => Some(remote.ask(request).await),
        };
        let took = sent.elapsed();
        if answer.as_ref().is_some_and(Result::is_ok) {
            self.answer_micros.store(took.as_micros() as u64, Ordering::Relaxed);
        }
        let early = self.start.saturating_duration_since(sent).as_secs_f64();
        let (sent, took) = (sent.saturating_duration_since(self.start).as_secs_f64() - early, took.as_secs_f64() * 1e3);
        self.counted.lock().unwrap_or_else(PoisonError::into_inner).add(sent, took, answer, refusal);
    }
}
