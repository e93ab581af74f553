//! `cpaiqa eval sensitivity`

mod perturbation;
mod phrases;
mod regions;
mod subject;

use std::{collections::BTreeMap, fmt::Write};

use domain::scenario::Selector;
use gateway::backends::Backends;
use perturbation::Perturbation;
use serde::Serialize;
use subject::Subject;

use crate::{
    args::{EvalSensitivity, Format},
    commands::{
        eval::moved::{LARGE, Moved, short},
        identified,
    },
    error::CliError,
    manifest::{Manifest, Row},
    output::{self, json, progress::Counter},
    parts::Parts,
    settings::Settings,
};

/// Any seed would do; a fixed one makes a report repeatable.
const SEED: u64 = 20_251_125;

#[derive(Serialize)]
struct Report {
    pictures: usize,
    repetitions: usize,
    unperturbed: Vec<Scored>,
    perturbations: Vec<Line>,
}

#[derive(Serialize)]
struct Scored {
    image: String,
    prompt: String,
    score: f64,
}

#[derive(Serialize)]
struct Line {
    perturbation: String,
    /// How often it found something to change.
    touched: f64,
    #[serde(flatten)]
    moved: Moved,
}

/// What one perturbation did to all rows.
#[derive(Default)]
struct Drawn {
    touched: usize,
    /// A list of the rows' scores for each repetition.
    scores: Vec<Vec<f64>>,
}

/// Measures every picture once, perturbs what was measured and prints how far scores and rankings move.
pub async fn run(settings: Settings, args: EvalSensitivity) -> Result<(), CliError> {
    let manifest = Manifest::read(&args.manifest)?;
    let most = args.pictures.map_or(usize::MAX, |pictures| pictures as usize);
    let rows: Vec<&Row> = manifest.rows.iter().take(most).collect();
    let images: BTreeMap<&str, usize> = rows
        .iter()
        .map(|row| row.image.as_str())
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .zip(0..)
        .collect();
    if images.len() < 2 {
        let (path, got) = (args.manifest.display(), images.len());
        return Err(CliError::Usage(format!("{path}: expected at least two pictures to rank, got {got}")));
    }
    let (limits, default) = (settings.gateway.limits, settings.gateway.default_scenario.clone());
    let tenant = settings.gateway.tenant.clone();
    let backends = Parts::new(settings)?.backends().await?;
    let repetitions = usize::from(args.repetitions);
    let mut drawn: Vec<Drawn> = Perturbation::ALL
        .iter()
        .map(|_| Drawn { touched: 0, scores: vec![Vec::with_capacity(rows.len()); repetitions] })
        .collect();
    let mut unperturbed = Vec::with_capacity(rows.len());
    let counter = Counter::new("pictures", rows.len(), 0);
    // One picture after the other, so that its pixels and embeddings are still known when it is looked at again.
    for (at, row) in rows.iter().enumerate() {
        let picture = identified(&row.path, &limits)?;
        let name = args.scenario.as_ref().or(row.scenario.as_ref()).unwrap_or(&default);
        let subject = Subject::measure(&backends, &tenant, picture, &row.prompt, &Selector::Name(name.clone())).await?;
        let score = subject.score(&backends, &subject.inputs).await?;
        unperturbed.push(Scored { image: row.image.clone(), prompt: row.prompt.clone(), score });
        perturb(&backends, &subject, at as u64, &mut drawn).await?;
        counter.advance();
    }
    counter.finish(0);
    let groups: Vec<usize> = rows.iter().filter_map(|row| images.get(row.image.as_str()).copied()).collect();
    let scores: Vec<f64> = unperturbed.iter().map(|scored| scored.score).collect();
    let line = |(perturbation, drawn): (&Perturbation, Drawn)| Line {
        perturbation: perturbation.to_string(),
        touched: drawn.touched as f64 / (rows.len() * repetitions) as f64,
        moved: Moved::new(&scores, &drawn.scores, &groups),
    };
    let perturbations = Perturbation::ALL.iter().zip(drawn).map(line).collect();
    let report = Report { pictures: images.len(), repetitions, unperturbed, perturbations };
    match args.format {
        Format::Json => json::print(&report),
        Format::Text => output::print(&shown(&report)),
    }
}

/// Scores one picture under every perturbation and repetition.
async fn perturb(backends: &Backends, subject: &Subject, row: u64, drawn: &mut [Drawn]) -> Result<(), CliError> {
    for (kind, (perturbation, drawn)) in Perturbation::ALL.iter().zip(drawn).enumerate() {
        for (repetition, scores) in drawn.scores.iter_mut().enumerate() {
            // A picture's draws depend neither on the other pictures nor on how many repetitions there are.
            let seed = [row, kind as u64, repetition as u64].into_iter().fold(SEED, |seed, part| seed * 1_009 + part);
            let inputs = perturbation.apply(&subject.inputs, subject.size(), &mut fastrand::Rng::with_seed(seed));
            drawn.touched += usize::from(inputs != subject.inputs);
            scores.push(subject.score(backends, &inputs).await?);
        }
    }
    Ok(())
}

fn shown(report: &Report) -> String {
    let Report { pictures, repetitions, unperturbed, perturbations } = report;
    let rows = unperturbed.len();
    let mut text = format!(
        "{rows} rows, {pictures} pictures, each perturbation drawn {repetitions} times a row; 95 % intervals over pictures\n\n"
    );
    for Scored { image, score, .. } in unperturbed {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{score:6.1}  {image}");
    }
    let pairs = perturbations.first().map_or(0, |line| line.moved.pairs);
    let _ = writeln!(
        text,
        "\nPoints that scores move by, and rankings against the unperturbed one; flipped of {pairs} pairs more than {LARGE} points apart\n"
    );
    let _ = writeln!(
        text,
        "{:34} {:>7}  {:20} {:20} {:22} {:18} {:18} flipped",
        "", "touched", "mean", "95th percentile", "mean with sign", "SRCC", "KRCC"
    );
    for Line { perturbation, touched, moved } in perturbations {
        let [mean, percentile, change] = [moved.difference, moved.difference_95, moved.change].map(short);
        let [srcc, krcc] = [moved.srcc, moved.krcc].map(short);
        let flipped = if pairs == 0 { "no pairs".to_owned() } else { short(moved.flipped) };
        let _ = writeln!(
            text,
            "{perturbation:34} {touched:7.2}  {mean:20} {percentile:20} {change:22} {srcc:18} {krcc:18} {flipped}"
        );
    }
    text
}
