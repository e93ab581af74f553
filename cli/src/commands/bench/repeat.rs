//! `cpaiqa bench repeat`: what a gateway takes for what it knows already.

use std::time::Instant;

use domain::{scenario::Selector, score::Score};
use gateway::ScoreRequest;
use serde::Serialize;

use super::quantile;
use crate::{
    args::{BenchRepeat, Format, Question},
    commands::{read, selector},
    error::CliError,
    output::{self, json},
    scorer::Remote,
    settings::Settings,
};

/// The stage whose time in a known score is that of finding a decomposition again.
const DECOMPOSITION: &str = "decomposition";

/// How long something took, over all times it was done, milliseconds.
#[derive(Serialize)]
struct Times {
    what: &'static str,
    p50_ms: f64,
    p99_ms: f64,
}

/// Asks for one score again and again, then for it under other scenarios, and prints how long that took.
pub async fn run(settings: &Settings, args: BenchRepeat) -> Result<(), CliError> {
    let Question { prompt, scenario, endpoint } = args.question;
    let gateway = Remote::new(settings, &endpoint)?;
    let picture = read(&args.image)?;
    let scenario = selector(scenario);
    let request = || ScoreRequest {
        picture: picture.clone().into(),
        prompt: prompt.clone(),
        scenario: scenario.clone(),
        include_maps: false,
        include_suggestions: false,
    };
    let start = Instant::now();
    let first = gateway.score(request()).await?;
    let new = since(start);
    let others: Vec<Selector> =
        gateway.scenarios().await?.into_iter().map(|profile| Selector::Name(profile.name)).collect();
    let (mut known, mut found, mut judged) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..usize::from(args.rounds) {
        let start = Instant::now();
        let score = gateway.score(request()).await?;
        known.push(since(start));
        found.extend(stage(&score, DECOMPOSITION));
        let other = others.get(round % others.len().max(1)).cloned();
        let start = Instant::now();
        gateway.rescore(vec![first.id.clone()], other.into_iter().collect()).await?;
        judged.push(since(start));
    }
    let measured = [
        times("a new score", vec![new]),
        times("the same again", known),
        times("its decomposition", found),
        times("under another scenario", judged),
    ];
    match args.format {
        Format::Json => json::print(&measured),
        Format::Text => output::print(&text(&measured)),
    }
}

fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn stage(score: &Score, name: &str) -> Option<f64> {
    score.stages.iter().find(|stage| stage.name == name).map(|stage| stage.ms)
}

fn times(what: &'static str, mut ms: Vec<f64>) -> Times {
    ms.sort_by(f64::total_cmp);
    Times { what, p50_ms: quantile(&ms, 0.5), p99_ms: quantile(&ms, 0.99) }
}

fn text(measured: &[Times]) -> String {
    let line = |Times { what, p50_ms, p99_ms }: &Times| format!("{what:24}{p50_ms:>12.3}{p99_ms:>12.3}\n");
    let lines: String = measured.iter().map(line).collect();
    format!("{:24}{:>12}{:>12}\n{lines}", "", "p50, ms", "p99, ms")
}
