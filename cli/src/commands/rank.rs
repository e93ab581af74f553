//! `cpaiqa rank`

use std::fmt::Write;

use domain::score::Score;
use gateway::{Candidate, Ranked};
use serde::Serialize;

use super::{read, selector};
use crate::{
    args::{Format, Rank},
    error::CliError,
    output::{self, json},
    scorer::Scorer,
    settings::Settings,
};

/// One picture's place, as JSON.
#[derive(Serialize)]
struct Line {
    image: String,
    rank: Option<u32>,
    best: f64,
    #[serde(flatten)]
    score: Option<Score>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Ranks pictures and prints them, the best first.
pub async fn run(settings: Settings, args: Rank) -> Result<(), CliError> {
    let candidate =
        |image: &std::path::PathBuf| Ok(Candidate { id: image.display().to_string(), picture: read(image)?.into() });
    let candidates = args.images.iter().map(candidate).collect::<Result<Vec<_>, CliError>>()?;
    let scorer = Scorer::new(settings, args.asked.endpoint.as_deref()).await?;
    let ranked = scorer.rank(candidates, &args.asked.prompt, selector(args.asked.scenario)).await?;
    match args.asked.format {
        Format::Text => output::print(&shown(&ranked))?,
        Format::Json => ranked.iter().try_for_each(|one| json::print_line(&line(one)))?,
    }
    // Some pictures without a score are told in the list; none with one is a failure.
    let mut failed = Vec::new();
    for one in ranked {
        match one.score {
            Ok(_) => return Ok(()),
            Err(error) => failed.push(error),
        }
    }
    failed.into_iter().next().map_or(Ok(()), |error| Err(error.into()))
}

fn line(ranked: &Ranked) -> Line {
    Line {
        image: ranked.id.clone(),
        rank: ranked.rank,
        best: ranked.best,
        score: ranked.score.as_ref().ok().cloned(),
        error: ranked.score.as_ref().err().map(ToString::to_string),
    }
}

fn shown(ranked: &[Ranked]) -> String {
    let mut text = format!("{:>4} {:>6} {:>11} {:>6}  {}\n", "rank", "score", "interval", "best", "picture");
    for Ranked { id, rank, best, score } in ranked {
        // Writing to a String cannot fail.
        let _ = match (rank, score) {
            (Some(rank), Ok(score)) => {
                let interval = format!("{:.0} to {:.0}", score.interval[0], score.interval[1]);
                writeln!(text, "{rank:4} {:6.1} {interval:>11} {best:6.2}  {id}", score.score)
            }
            (_, Err(error)) => writeln!(text, "   – {:>25}  {id}: {error}", "no score"),
            (None, Ok(_)) => writeln!(text, "   – {:>25}  {id}", "no rank"),
        };
    }
    text += "best: how likely people are to prefer it to all the others\n";
    text
}
