//! `cpaiqa batch`

mod gate;
mod journal;
mod results;
mod tally;

use domain::{roles::RoleError, scenario::Selector, score::Score};
use futures::{StreamExt, stream};
use gateway::ScoreRequest;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    args::Batch,
    commands::read,
    error::CliError,
    manifest::{Manifest, Row},
    output::progress::Counter,
    scorer::Scorer,
    settings::Settings,
};
use gate::Gate;
use journal::Journal;
use results::Results;
use tally::Tally;

/// One line of the results: the row, and either its score or why there is none.
#[derive(Serialize)]
struct Line<'a> {
    image: &'a str,
    prompt: &'a str,
    #[serde(flatten)]
    carried: &'a Map<String, Value>,
    #[serde(flatten)]
    outcome: Outcome,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Score(Box<Score>),
    Error { error: String },
}

/// What becomes of the lines that are in the journal, whichever run wrote them.
struct Written<'a> {
    tally: Tally,
    gate: Option<Gate<'a>>,
}

impl Written<'_> {
    fn add(&mut self, index: usize, line: &Value) -> Result<(), CliError> {
        self.tally.add(line);
        self.gate.as_mut().map_or(Ok(()), |gate| gate.place(index, line))
    }
}

/// Scores every row, in the manifest's order, a line each; a row that fails does not stop the others.
pub async fn run(settings: Settings, args: Batch) -> Result<(), CliError> {
    let manifest = Manifest::with_faults(&args.manifest, args.prompt.as_deref())?;
    let rows = &manifest.rows;
    let results = Results::at(&args.out, &manifest)?;
    let gate = args.gate.as_deref().map(|folder| Gate::new(folder, &args.manifest, rows, args.resume)).transpose()?;
    let mut written = Written { tally: Tally::default(), gate };
    let journal = results.open(rows, args.resume, |index, line| written.add(index, &line))?;
    let rest = journal.is_some() && written.tally.lines < rows.len();
    let scorer = if rest { Some(Scorer::new(settings, args.endpoint.as_deref()).await?) } else { None };
    let counter = Counter::new("pictures", rows.len(), written.tally.lines);
    if let Some(mut journal) = journal {
        if let Some(scorer) = scorer {
            let stopped = score_rest(&scorer, &args, rows, &mut journal, &mut written, &counter).await;
            stopped.map_err(|error| {
                let (journal, done) = (results.journal(), written.tally.lines);
                CliError::Part(format!("{error}; {done} rows are in {}, go on with --resume", journal.display()))
            })?;
        }
        results.finish(journal, &manifest)?;
    }
    counter.finish_saying(written.tally.failed, &written.tally.verdicts(args.gate.is_some()));
    Ok(())
}

/// Scores the rows that the journal lacks.
async fn score_rest(
    scorer: &Scorer,
    args: &Batch,
    rows: &[Row],
    journal: &mut Journal,
    written: &mut Written<'_>,
    counter: &Counter,
) -> Result<(), CliError> {
    let done = written.tally.lines;
    let default = args.scenario.as_deref();
    let scored = stream::iter(&rows[done..]).map(|row| async move { (row, score(scorer, row, default).await) });
    // In order, so that a run that is cut off can go on by counting lines.
    let mut scored = scored.buffered(usize::from(args.in_flight)).enumerate();
    while let Some((index, (row, result))) = scored.next().await {
        let outcome = match result {
            Ok(score) => Outcome::Score(Box::new(score)),
            // Not the row's fault: what is done so far stays, and --resume goes on from here.
            Err(
                error @ CliError::Role(
                    RoleError::Unavailable(_) | RoleError::Overloaded(_) | RoleError::QuotaExceeded { .. },
                ),
            ) => return Err(error),
            Err(error) => Outcome::Error { error: error.to_string() },
        };
        let line = Line { image: &row.image, prompt: &row.prompt, carried: &row.carried, outcome };
        let text = serde_json::to_string(&line).map_err(CliError::part)?;
        let value = serde_json::from_str(&text).map_err(CliError::part)?;
        journal.append(text)?;
        written.add(done + index, &value)?;
        counter.failed(written.tally.failed);
        counter.advance();
    }
    Ok(())
}

async fn score(scorer: &Scorer, row: &Row, default: Option<&str>) -> Result<Score, CliError> {
    if let Some(fault) = &row.fault {
        return Err(CliError::Usage(fault.clone()));
    }
    let scenario = row.scenario.as_deref().or(default).map(|name| Selector::Name(name.to_owned()));
    let request = ScoreRequest {
        picture: read(&row.path)?.into(),
        prompt: row.prompt.clone(),
        scenario,
        include_maps: false,
        include_suggestions: false,
    };
    Ok(scorer.score(request).await?)
}
