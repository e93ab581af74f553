//! `cpaiqa bench score`: what a score takes beside its models. Each role is asked alone, so that the time of its models adds up;
//! then the whole score, whose branches share the cores.

use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::{
    decomposition::Decomposition,
    picture::Picture,
    region::RegionShape,
    roles::{AlignQuery, Call},
};
use gateway::{Gateway, ScoreRequest, backends::Backends};
use inference::runtime::Runtime;
use picture::{Limits, identify};
use serde::Serialize;

use super::{marked, quantile};
use crate::{
    args::{BenchScore, Format},
    commands::read,
    error::CliError,
    output::{self, json},
    parts::Parts,
    settings::Settings,
};

/// How long something took, and its models within that.
type Took = (Duration, Duration);

/// One row: medians over the rounds, milliseconds.
#[derive(Serialize)]
struct Row {
    what: &'static str,
    took_ms: f64,
    models_ms: f64,
}

#[derive(Serialize)]
struct Measured {
    rows: Vec<Row>,
    /// The whole score to the time of all models one after the other, each on all threads.
    score_to_models: f64,
    /// What the roles do beside their models, as a share of the models' time.
    beside_models: f64,
}

/// Measures and prints.
pub async fn run(mut settings: Settings, args: BenchScore) -> Result<(), CliError> {
    settings.gateway.keep_measurements = false;
    let (limits, tenant, gateway) =
        (settings.gateway.limits, settings.gateway.tenant.clone(), settings.gateway.clone());
    let mut parts = Parts::new(settings)?;
    let backends = parts.backends().await?;
    let gateway = Gateway::new(backends.clone(), parts.connector()?, gateway).map_err(CliError::part)?;
    let runtime = parts.runtime().await?;
    let bytes = read(&args.image)?;
    let decomposed = backends.decomposer.decompose(Call::default(), &args.prompt).await?.decomposition;
    let subject = Subject { backends, runtime, limits, prompt: args.prompt, decomposed, bytes };
    // Models are slower the first time.
    subject.roles(0).await?;
    let mut rounds = Vec::new();
    for round in 1..=u64::from(args.rounds) {
        let mut times = subject.roles(2 * round).await?;
        let picture = marked(&subject.bytes, 2 * round + 1);
        let request = ScoreRequest {
            picture: picture.into(),
            prompt: subject.prompt.clone(),
            scenario: None,
            include_maps: true,
            include_suggestions: false,
        };
        let start = Instant::now();
        gateway.score(Call::default(), &tenant, request).await?;
        times.push((start.elapsed(), Duration::ZERO));
        rounds.push(times);
    }
    let measured = measured(&rounds);
    match args.format {
        Format::Json => json::print(&measured),
        Format::Text => output::print(&text(&measured)),
    }
}

struct Subject {
    backends: Backends,
    runtime: Runtime,
    limits: Limits,
    prompt: String,
    decomposed: Decomposition,
    bytes: Bytes,
}

impl Subject {
    /// How long each role took, and its models within that, for the picture with `mark`; decoding counts to the first.
    async fn roles(&self, mark: u64) -> Result<Vec<Took>, CliError> {
        let call = Call::default();
        // A mark in the prompt too: its embedding is kept.
        let prompt = format!("{} {mark}", self.prompt);
        let picture: Picture = identify(marked(&self.bytes, mark), &self.limits)?;
        let whole = AlignQuery { prompt: Some(prompt), aesthetics: true, ..AlignQuery::default() };
        let mut regions = Vec::new();
        let mut times = vec![
            self.timed(async {
                self.backends.segmenter.segment(call, &picture, None).await.map(|found| regions = found.regions)
            })
            .await?,
            self.timed(async { self.backends.aligner.align(call, &picture, &whole).await.map(drop) }).await?,
        ];
        let local = AlignQuery {
            regions: regions.iter().map(RegionShape::from).collect(),
            descriptors: self.decomposed.descriptors.clone(),
            attributes: self.decomposed.attributes.clone(),
            ..AlignQuery::default()
        };
        times.push(self.timed(async { self.backends.aligner.align(call, &picture, &local).await.map(drop) }).await?);
        times.push(self.timed(async { self.backends.detector.detect(call, &picture, true).await.map(drop) }).await?);
        Ok(times)
    }

    async fn timed(&self, work: impl Future<Output = domain::roles::Answer<()>>) -> Result<Took, CliError> {
        let (start, busy) = (Instant::now(), self.runtime.busy());
        work.await?;
        Ok((start.elapsed(), self.runtime.busy() - busy))
    }
}

fn measured(rounds: &[Vec<Took>]) -> Measured {
    let median = |of: &dyn Fn(&Vec<Took>) -> Duration| {
        let mut times: Vec<f64> = rounds.iter().map(|round| of(round).as_secs_f64() * 1e3).collect();
        times.sort_by(f64::total_cmp);
        quantile(&times, 0.5)
    };
    let names = ["segmentation", "alignment of the whole", "alignment of regions", "distortion", "score"];
    let row = |(index, what): (usize, &'static str)| Row {
        what,
        took_ms: median(&|round: &Vec<Took>| round[index].0),
        models_ms: median(&|round: &Vec<Took>| round[index].1),
    };
    let rows: Vec<Row> = names.into_iter().enumerate().map(row).collect();
    let (score, roles) = (&rows[4], &rows[..4]);
    let models: f64 = roles.iter().map(|row| row.models_ms).sum();
    let beside: f64 = roles.iter().map(|row| row.took_ms - row.models_ms).sum();
    let (score_to_models, beside_models) = (score.took_ms / models, beside / models);
    Measured { rows, score_to_models, beside_models }
}

fn text(measured: &Measured) -> String {
    let mut text = format!("{:24}{:>10}{:>12}\n", "", "took, ms", "models, ms");
    for Row { what, took_ms, models_ms } in &measured.rows {
        let models = if *models_ms > 0.0 { format!("{models_ms:.0}") } else { String::new() };
        text += format!("{what:24}{took_ms:>10.0}{models:>12}").trim_end();
        text.push('\n');
    }
    text + &format!(
        "\nthe score takes {:.2} times what its models take one after the other\n\
         beside the models the roles take {:.1} % of the models' time\n",
        measured.score_to_models,
        measured.beside_models * 100.0
    )
}
