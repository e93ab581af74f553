//! `cpaiqa eval decomposition`

use std::{collections::BTreeMap, fmt::Write, path::Path, sync::Arc};

use decomposition::evaluation::{Summary, Tally, dsg, geneval, summary};
use domain::{
    decomposition::Decomposition,
    roles::{Call, Decomposer},
};
use futures::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use crate::{
    args::{DecomposerChoice, EvalDecomposition, Format, Half},
    error::CliError,
    output::{self, json},
    parts::Parts,
    settings::Settings,
};

/// Prompts under way at once; an endpoint answers slowly.
const IN_FLIGHT: usize = 4;

#[derive(Serialize)]
struct Report {
    decomposer: String,
    /// Prompts that the configured decomposer could not answer as it should.
    degraded: usize,
    dsg: Vec<Line>,
    geneval: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    category: &'static str,
    #[serde(flatten)]
    summary: Summary,
}

/// Takes the reference prompts apart and prints how the answers compare.
pub async fn run(settings: Settings, args: EvalDecomposition) -> Result<(), CliError> {
    let mut parts = Parts::new(settings)?;
    let decomposer: Arc<dyn Decomposer> = match args.decomposer {
        DecomposerChoice::Lexicon => Arc::new(parts.lexicon()?),
        DecomposerChoice::Configured => parts.decomposer()?,
    };
    let mut report = Report { decomposer: decomposer.cache_key(), degraded: 0, dsg: Vec::new(), geneval: Vec::new() };
    if let Some(path) = &args.dsg {
        let mut prompts = dsg::read(&read(path, "dsg_dev.csv of j-min/DSG at 7330119a")?).map_err(CliError::part)?;
        prompts.retain(|prompt| match args.half {
            Half::HeldOut => prompt.held_out,
            Half::Development => !prompt.held_out,
            Half::All => true,
        });
        let answers = answers(&decomposer, prompts.iter().map(|prompt| prompt.text.clone()).collect()).await?;
        report.degraded += answers.iter().filter(|(_, degraded)| *degraded).count();
        let tallies: Vec<_> =
            prompts.iter().zip(&answers).map(|(prompt, (found, _))| dsg::compare(prompt, found)).collect();
        report.dsg = dsg::Category::ALL
            .into_iter()
            .map(|category| {
                let of = |tallies: &BTreeMap<_, Tally>| tallies.get(&category).copied().unwrap_or_default();
                Line { category: category.name(), summary: summary(&tallies.iter().map(of).collect::<Vec<_>>()) }
            })
            .collect();
    }
    if let Some(path) = &args.geneval {
        let text = read(path, "prompts/evaluation_metadata.jsonl of djghosh13/geneval at af4902f2")?;
        let prompts = geneval::read(&text).map_err(CliError::part)?;
        let answers = answers(&decomposer, prompts.iter().map(|prompt| prompt.text.clone()).collect()).await?;
        report.degraded += answers.iter().filter(|(_, degraded)| *degraded).count();
        let mut tallies: BTreeMap<geneval::Category, Vec<Tally>> = BTreeMap::new();
        for (prompt, (found, _)) in prompts.iter().zip(&answers) {
            for (category, tally) in geneval::compare(prompt, found) {
                tallies.entry(category).or_default().push(tally);
            }
        }
        let line = |(category, tallies): (geneval::Category, Vec<Tally>)| Line {
            category: category.name(),
            summary: summary(&tallies),
        };
        report.geneval = tallies.into_iter().map(line).collect();
    }
    match args.format {
        Format::Json => json::print(&report),
        Format::Text => output::print(&shown(&report)),
    }
}

fn read(path: &Path, source: &str) -> Result<String, CliError> {
    std::fs::read_to_string(path).map_err(|error| {
        CliError::Usage(format!("{}: {error}; expected {source}, which is not shipped here", path.display()))
    })
}

/// Each prompt's decomposition, and whether it is a stand-in's.
async fn answers(
    decomposer: &Arc<dyn Decomposer>,
    prompts: Vec<String>,
) -> Result<Vec<(Decomposition, bool)>, CliError> {
    stream::iter(prompts)
        .map(|prompt| async move {
            let answer = decomposer.decompose(Call::default(), &prompt).await?;
            Ok::<_, CliError>((answer.decomposition, answer.degraded.is_some()))
        })
        .buffered(IN_FLIGHT)
        .try_collect()
        .await
}

fn shown(report: &Report) -> String {
    let mut text = format!("decomposer {}, {} prompts degraded\n", report.decomposer, report.degraded);
    for (name, lines) in [("DSG", &report.dsg), ("GenEval, share of prompts met exactly", &report.geneval)] {
        if lines.is_empty() {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(text, "\n{name}");
        for Line { category, summary } in lines {
            let _ = write!(text, "  {category:20} {:4} prompts {:5} wanted", summary.prompts, summary.wanted);
            let _ = if name == "DSG" {
                let Summary { found, precision, recall, f1, .. } = summary;
                writeln!(text, " {found:5} found  precision {precision}  recall {recall}  F1 {f1}")
            } else {
                writeln!(text, "  {}", summary.recall)
            };
        }
    }
    text
}
