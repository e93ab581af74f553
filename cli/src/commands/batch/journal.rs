//! The lines that are done, on disk: what a run that was cut off goes on from.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{BufRead, BufReader, ErrorKind, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{error::CliError, manifest::Row};

/// How long a run waits for another one to let go of the journal.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 10 });

/// A file of one JSON object a row, in the manifest's order, that grows by whole lines.
pub struct Journal {
    file: File,
    path: PathBuf,
}

impl Journal {
    /// Starts a journal; one that is there already is refused.
    pub fn start(path: &Path) -> Result<Self, CliError> {
        match OpenOptions::new().read(true).write(true).create_new(true).open(path) {
            Ok(file) => Self { file, path: path.to_owned() }.locked(),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(exists(path)),
            Err(error) => Err(CliError::io("opening the results", path, error)),
        }
    }

    /// Goes on with a journal, or starts it. Tells `done` each whole line, which must be the result of its row; a line
    /// that was being written when the last run stopped is cut off, to be written anew.
    pub fn resume(
        path: &Path,
        rows: &[Row],
        done: impl FnMut(usize, Value) -> Result<(), CliError>,
    ) -> Result<Self, CliError> {
        let failed = |error| CliError::io("opening the results", path, error);
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
        let mut journal = Self { file, path: path.to_owned() }.locked()?;
        let whole = journal.read(rows, done)?;
        journal.file.set_len(whole).map_err(failed)?;
        journal.file.seek(SeekFrom::Start(whole)).map_err(failed)?;
        Ok(journal)
    }

    /// Adds a line; it is with the operating system when this returns, and so outlives this process.
    pub fn append(&mut self, mut line: String) -> Result<(), CliError> {
        line.push('\n');
        self.file.write_all(line.as_bytes()).map_err(|error| CliError::io("writing", &self.path, error))
    }

    /// All lines.
    pub fn lines(&mut self, rows: &[Row]) -> Result<Vec<Value>, CliError> {
        let mut lines = Vec::with_capacity(rows.len());
        self.file.rewind().map_err(|error| CliError::io("reading", &self.path, error))?;
        self.read(rows, |_, line| {
            lines.push(line);
            Ok(())
        })?;
        Ok(lines)
    }

    /// Two runs must not write the same journal. The lock ends with the process, however it ends; one that was killed may
    /// take a while to be gone.
    fn locked(self) -> Result<Self, CliError> {
        let started = Instant::now();
        loop {
            match self.file.try_lock() {
                Err(TryLockError::WouldBlock) if started.elapsed() < PATIENCE => std::thread::sleep(PATIENCE / 100),
                Err(TryLockError::WouldBlock) => {
                    return Err(CliError::Usage(format!(
                        "{}: another run is writing these results",
                        self.path.display()
                    )));
                }
                // Some file systems know no locks.
                Err(TryLockError::Error(_)) | Ok(()) => return Ok(self),
            }
        }
    }

    /// Tells the whole lines, and returns the bytes that they take.
    fn read(&self, rows: &[Row], mut done: impl FnMut(usize, Value) -> Result<(), CliError>) -> Result<u64, CliError> {
        let mut whole = 0;
        let mut reader = BufReader::new(&self.file);
        let mut line = Vec::new();
        for index in 0.. {
            line.clear();
            let read =
                reader.read_until(b'\n', &mut line).map_err(|error| CliError::io("reading", &self.path, error))?;
            if line.last() != Some(&b'\n') {
                break;
            }
            let value: Value = serde_json::from_slice(&line).unwrap_or_default();
            check(rows, index, &value, &self.path)?;
            done(index, value)?;
            whole += read as u64;
        }
        Ok(whole)
    }
}

/// Whether a result in `path` is that of the row that stands where it stands.
pub fn check(rows: &[Row], index: usize, result: &Value, path: &Path) -> Result<(), CliError> {
    // A table's fields may have lost the blanks around them.
    let same = |field: &str, text: &str| result[field].as_str().is_some_and(|told| told.trim() == text.trim());
    if rows.get(index).is_some_and(|row| same("image", &row.image) && same("prompt", &row.prompt)) {
        return Ok(());
    }
    let (path, number) = (path.display(), index + 1);
    Err(CliError::Usage(format!(
        "{path}: result {number} is not that of the manifest's row {number}; these results belong to another manifest, so \
         name another file"
    )))
}

/// Why results that are there are not written over.
pub fn exists(path: &Path) -> CliError {
    CliError::Usage(format!("{} exists; go on with it (--resume), or name another file", path.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::json;

    use super::*;

    fn rows(images: &[&str]) -> Vec<Row> {
        let row = |image: &&str| Row { image: (*image).to_owned(), prompt: "猫".to_owned(), ..Row::default() };
        images.iter().map(row).collect()
    }

    fn line(image: &str) -> String {
        json!({"image": image, "prompt": "猫"}).to_string()
    }

    fn resumed(path: &Path, rows: &[Row]) -> Result<(Journal, usize), CliError> {
        let mut count = 0;
        let journal = Journal::resume(path, rows, |_, _| {
            count += 1;
            Ok(())
        })?;
        Ok((journal, count))
    }

    #[test]
    fn a_journal_cut_off_anywhere_goes_on_to_the_same_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        let rows = rows(&["a", "b", "c"]);
        let mut journal = Journal::start(&path).unwrap();
        rows.iter().for_each(|row| journal.append(line(&row.image)).unwrap());
        drop(journal);
        let whole = fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let (mut journal, done) = resumed(&path, &rows).unwrap();
            assert_eq!(done, whole[..cut].iter().filter(|byte| **byte == b'\n').count());
            rows[done..].iter().for_each(|row| journal.append(line(&row.image)).unwrap());
            assert_eq!(journal.lines(&rows).unwrap().len(), 3);
            assert_eq!(fs::read(&path).unwrap(), whole, "cut at {cut}");
        }
    }

    #[test]
    fn lines_of_another_manifest_are_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        for (kept, number) in [("{\"image\":\"x\"}\n", 1), (&format!("{}\nnot json\n", line("a")), 2)] {
            fs::write(&path, kept).unwrap();
            let said = resumed(&path, &rows(&["a", "b"])).err().unwrap().to_string();
            assert!(said.contains(&format!("result {number} is not that of")), "{said}");
            assert_eq!(fs::read_to_string(&path).unwrap(), kept);
        }
        fs::write(&path, format!("{}\n{}\n", line("a"), line("b"))).unwrap();
        assert!(resumed(&path, &rows(&["a"])).is_err(), "more lines than rows");
    }

    #[test]
    fn two_runs_cannot_write_the_same_journal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out.jsonl");
        let first = Journal::start(&path).unwrap();
        assert!(Journal::start(&path).err().unwrap().to_string().contains("--resume"));
        assert!(resumed(&path, &[]).err().unwrap().to_string().contains("another run"));
        // One that was killed is gone a little later.
        let dying = std::thread::spawn(move || {
            std::thread::sleep(PATIENCE / 10);
            drop(first);
        });
        assert!(resumed(&path, &[]).is_ok());
        dying.join().unwrap();
    }
}
