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
        let table = Table::of(&journal.lines(&manifest.rows)?, manifest);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(images: &[&str]) -> Manifest {
        let row = |image: &&str| Row { image: (*image).to_owned(), prompt: " a cat".to_owned(), ..Row::default() };
        Manifest { rows: images.iter().map(row).collect(), carried: Vec::new() }
    }

    fn open(results: &Results<'_>, manifest: &Manifest) -> Result<(Option<Journal>, Vec<Value>), CliError> {
        let mut told = Vec::new();
        let journal = results.open(&manifest.rows, true, |_, line| {
            told.push(line);
            Ok(())
        })?;
        Ok((journal, told))
    }

    #[test]
    fn a_table_is_made_once_wherever_its_making_was_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["out.csv", "out.parquet"] {
            let path = folder.path().join(name);
            let manifest = manifest(&["a.png", "b.png"]);
            let results = Results::at(&path, &manifest).unwrap();
            let (journal, _) = open(&results, &manifest).unwrap();
            let mut journal = journal.unwrap();
            journal.append(json!({"image": "a.png", "prompt": " a cat", "score": 50.5}).to_string()).unwrap();
            journal.append(json!({"image": "b.png", "prompt": " a cat", "error": "?"}).to_string()).unwrap();
            let lines = fs::read(results.journal()).unwrap();
            results.finish(journal, &manifest).unwrap();
            assert!(path.exists() && !results.journal().exists() && !results.beside(".unfinished").exists());
            let table = fs::read(&path).unwrap();

            // Killed before the journal was removed, and while the table was written.
            fs::write(results.journal(), &lines).unwrap();
            fs::write(results.beside(".unfinished"), "half").unwrap();
            let (journal, told) = open(&results, &manifest).unwrap();
            assert_eq!(told.len(), 2);
            results.finish(journal.unwrap(), &manifest).unwrap();
            assert_eq!(fs::read(&path).unwrap(), table);

            let (journal, told) = open(&results, &manifest).unwrap();
            assert!(journal.is_none(), "finished");
            assert!(!told[0]["score"].is_null() && told[1]["score"].is_null() && told[1]["error"] == "?", "{told:?}");
        }
    }

    #[test]
    fn a_finished_table_of_another_manifest_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.csv");
        fs::write(&path, "image,prompt,score\na.png,a cat,50\n").unwrap();
        for (images, expected) in [(&["b.png"][..], "belong to another manifest"), (&["a.png", "b.png"], "got 1")] {
            let manifest = manifest(images);
            let said = open(&Results::at(&path, &manifest).unwrap(), &manifest).err().unwrap().to_string();
            assert!(said.contains(expected), "{said}");
        }
    }
}
