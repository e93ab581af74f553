//! Where the results go: JSON lines as they are, or a table made of them at the end.

use std::{
    ffi::OsString,
    fs::{self, File},
    path::{Path, PathBuf},
};

use serde_json::{Value, json};

use super::journal::{Journal, check, exists};
use crate::{
    error::CliError,
    manifest::{Manifest, Records, Row},
    output::results::{Format, Table},
};

/// A file of results, by the ending of its name.
pub struct Results<'a> {
    path: &'a Path,
    /// `None`: the journal itself is the result.
    table: Option<Format>,
}

impl<'a> Results<'a> {
    /// Of the format that the name's ending says, for a manifest whose carried columns must fit in.
    pub fn at(path: &'a Path, manifest: &Manifest) -> Result<Self, CliError> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let table = match ending.as_deref() {
            Some("jsonl" | "ndjson") => None,
            Some("csv") => Some(Format::Csv),
            Some("parquet") => Some(Format::Parquet),
            _ => {
                let path = path.display();
                let why = format!("--out {path}: expected a name that ends in .jsonl, .ndjson, .csv or .parquet");
                return Err(CliError::Usage(why));
            }
        };
        if table.is_some() {
            Table::check(&manifest.carried).map_err(CliError::Usage)?;
        }
        Ok(Self { path, table })
    }

    /// Where the lines are written: beside a table, until it is there.
    pub fn journal(&self) -> PathBuf {
        if self.table.is_some() { self.beside(".journal.jsonl") } else { self.path.to_owned() }
    }

    /// Opens the journal, and tells `done` what is there already when the run goes on; `None` when the table is finished.
    pub fn open(
        &self,
        rows: &[Row],
        resume: bool,
        done: impl FnMut(usize, Value) -> Result<(), CliError>,
    ) -> Result<Option<Journal>, CliError> {
        let journal = self.journal();
        if !resume {
            return if self.path.exists() { Err(exists(self.path)) } else { Journal::start(&journal).map(Some) };
        }
        if self.table.is_some() && self.path.exists() && !journal.exists() {
            return self.read(rows, done).map(|()| None);
        }
        Journal::resume(&journal, rows, done).map(Some)
    }

    /// Makes the table of a whole journal, which is then removed. Killed at any point, a run that goes on does it again.
    pub fn finish(&self, mut journal: Journal, manifest: &Manifest) -> Result<(), CliError> {
        let Some(format) = self.table else { return Ok(()) };
        let table = Table::of(&journal.lines(&manifest.rows)?, &manifest.carried);
        let unfinished = self.beside(".unfinished");
        let failed = |error| CliError::io("writing", self.path, error);
        let mut file = File::create(&unfinished).map_err(failed)?;
        table.write(&mut file, format, &unfinished)?;
        file.sync_all().map_err(failed)?;
        fs::rename(&unfinished, self.path).map_err(failed)?;
        fs::remove_file(self.journal()).map_err(|error| CliError::io("removing", &self.journal(), error))
    }

    /// Tells the rows of a finished table, as far as they are asked for.
    fn read(&self, rows: &[Row], mut done: impl FnMut(usize, Value) -> Result<(), CliError>) -> Result<(), CliError> {
        let records = Records::read(self.path)?.records;
        if records.len() != rows.len() {
            let (path, got, expected) = (self.path.display(), records.len(), rows.len());
            return Err(CliError::Usage(format!(
                "{path}: expected the {expected} rows of the manifest, got {got}; name another file"
            )));
        }
        for (index, record) in records.into_iter().enumerate() {
            let field = |name: &str| record.fields.get(name).filter(|value| **value != "").cloned().unwrap_or_default();
            let text = |name: &str| record.fields.get(name).and_then(Value::as_str).unwrap_or_default();
            let verdict = json!({"verdict": field("verdict")});
            let line = json!({
                "image": text("image"), "prompt": text("prompt"), "score": field("score"), "verdict": verdict,
                "scenario": {"name": field("scenario")}, "error": field("error"),
            });
            check(rows, index, &line, self.path)?;
            done(index, line)?;
        }
        Ok(())
    }

    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = OsString::from(self.path);
        name.push(ending);
        PathBuf::from(name)
    }
}
