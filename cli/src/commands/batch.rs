//! `cpaiqa batch`

use std::{
    fs::{File, OpenOptions},
    io::{BufRead, BufReader, Seek, Write},
    path::Path,
};

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

/// Scores every row, in the manifest's order, a line each; a row that fails does not stop the others.
pub async fn run(settings: Settings, args: Batch) -> Result<(), CliError> {
    let manifest = Manifest::read(&args.manifest)?;
    let (mut out, done) = open(&args, &manifest.rows)?;
    let scorer = Scorer::new(settings, args.endpoint.as_deref()).await?;
    let counter = Counter::new("pictures", manifest.rows.len(), done);
    let mut failed = 0usize;
    let scored = stream::iter(&manifest.rows[done..]).map(|row| {
        let (scorer, default) = (&scorer, args.scenario.as_deref());
        async move { (row, score(scorer, row, default).await) }
    });
    // In order, so that a run that is cut off can go on by counting lines.
    let mut scored = scored.buffered(usize::from(args.in_flight));
    while let Some((row, result)) = scored.next().await {
        let outcome = match result {
            Ok(score) => Outcome::Score(Box::new(score)),
            // Not the row's fault: what is done so far stays, and --resume goes on from here.
            Err(error @ CliError::Role(RoleError::Unavailable(_) | RoleError::Overloaded(_))) => {
                let (out, done) = (args.out.display(), counter.done());
                return Err(CliError::Part(format!("{error}; {done} rows are in {out}, go on with --resume")));
            }
            Err(error) => {
                failed += 1;
                Outcome::Error { error: error.to_string() }
            }
        };
        let line = Line { image: &row.image, prompt: &row.prompt, carried: &row.carried, outcome };
        let mut text = serde_json::to_string(&line).map_err(CliError::part)?;
        text.push('\n');
        out.write_all(text.as_bytes()).map_err(|error| CliError::io("writing", &args.out, error))?;
        counter.advance();
    }
    counter.finish(failed);
    Ok(())
}

async fn score(scorer: &Scorer, row: &Row, default: Option<&str>) -> Result<Score, CliError> {
    let scenario = row.scenario.as_deref().or(default).map(|name| Selector::Name(name.to_owned()));
    let request = ScoreRequest {
        picture: read(&row.path)?,
        prompt: row.prompt.clone(),
        scenario,
        include_maps: false,
        include_suggestions: false,
    };
    Ok(scorer.score(request).await?)
}

/// Opens the results, and says how many rows they hold already.
fn open(args: &Batch, rows: &[Row]) -> Result<(File, usize), CliError> {
    let path = &args.out;
    let failed = |error| CliError::io("opening the results", path, error);
    if !args.resume {
        let opened = OpenOptions::new().write(true).create_new(true).open(path);
        return match opened {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(CliError::Usage(format!(
                "{} exists; go on with it (--resume), or name another file",
                path.display()
            ))),
            opened => Ok((opened.map_err(failed)?, 0)),
        };
    }
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
    let (done, whole) = finished(&file, path, rows)?;
    // A line that was being written when the last run stopped is written anew.
    file.set_len(whole).map_err(failed)?;
    file.seek(std::io::SeekFrom::End(0)).map_err(failed)?;
    Ok((file, done))
}

/// Whole lines in the results and the bytes they take; each must belong to its row.
fn finished(file: &File, path: &Path, rows: &[Row]) -> Result<(usize, u64), CliError> {
    let (mut done, mut whole) = (0, 0);
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(|error| CliError::io("reading", path, error))?;
        if line.last() != Some(&b'\n') {
            return Ok((done, whole));
        }
        let value: Value = serde_json::from_slice(&line).unwrap_or_default();
        let belongs = rows.get(done).is_some_and(|row| value["image"] == *row.image && value["prompt"] == *row.prompt);
        if !belongs {
            let (path, number) = (path.display(), done + 1);
            return Err(CliError::Usage(format!(
                "{path}: line {number} is not the result of the manifest's row {number}; these results belong to another \
                 manifest, so name another file"
            )));
        }
        done += 1;
        whole += read as u64;
    }
}
