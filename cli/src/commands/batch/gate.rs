//! Pictures sorted into folders by their verdicts.
//!
//! A picture is copied after its line is in the journal, so that its verdict cannot change any more; a run that goes on
//! looks at every line of the journal again and copies what is missing. Where a picture goes follows from the manifest and
//! the line alone, and a copy appears under its name only when it is whole.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::ErrorKind,
    path::{Component, Path, PathBuf},
};

use domain::gate::Verdict;
use serde::Deserialize;
use serde_json::Value;

use crate::{error::CliError, manifest::Row};

/// The list of the pictures without a score.
const FAILED: &str = "failed.csv";
/// What is being copied.
const UNFINISHED: &str = ".unfinished";

/// A folder that pictures are sorted into.
pub struct Gate<'a> {
    folder: &'a Path,
    rows: &'a [Row],
    /// Each row's path within the folder of its verdict; no two are the same.
    names: Vec<PathBuf>,
    failed: Option<csv::Writer<File>>,
}

impl<'a> Gate<'a> {
    /// Checks that pictures can be sorted into `folder`, which a first run must find without any; writes nothing.
    pub fn new(folder: &'a Path, input: &Path, rows: &'a [Row], resume: bool) -> Result<Self, CliError> {
        let usage = |why: String| Err(CliError::Usage(format!("--gate {}: {why}", folder.display())));
        if input.is_dir() && is_within(folder, input) {
            return usage(format!("lies within {}, whose pictures are sorted; name a folder outside", input.display()));
        }
        let taken = Verdict::ALL
            .map(Verdict::name)
            .into_iter()
            .chain([FAILED])
            .find(|name| holds_something(&folder.join(name)));
        match taken {
            Some(name) if !resume => {
                usage(format!("{name} is there already; go on with --resume, or name another folder"))
            }
            _ => Ok(Self { folder, rows, names: names(rows), failed: None }),
        }
    }

    /// Puts the picture of row `index` where its line says, unless it is there already.
    pub fn place(&mut self, index: usize, line: &Value) -> Result<(), CliError> {
        let row = &self.rows[index];
        if !line["score"].is_null() {
            return self.copy(
                &row.path,
                &self.folder.join(verdict(line).unwrap_or(Verdict::Review).name()).join(&self.names[index]),
            );
        }
        let error = line["error"].as_str().unwrap_or_default();
        let path = self.folder.join(FAILED);
        let failed = |error: csv::Error| CliError::io("writing", &path, error.into());
        let list = self.failures()?;
        list.write_record([&(index + 1).to_string(), &row.image, &row.prompt, error]).map_err(failed)?;
        list.flush().map_err(|error| CliError::io("writing", &path, error))
    }

    /// The list of failures, begun anew by every run: it is told of those before, too.
    fn failures(&mut self) -> Result<&mut csv::Writer<File>, CliError> {
        let path = self.folder.join(FAILED);
        let writer = match self.failed.take() {
            Some(writer) => writer,
            None => {
                let failed = |error| CliError::io("writing", &path, error);
                fs::create_dir_all(self.folder).map_err(failed)?;
                let mut writer = csv::Writer::from_writer(File::create(&path).map_err(failed)?);
                writer.write_record(["row", "image", "prompt", "error"]).map_err(|error| failed(error.into()))?;
                writer
            }
        };
        Ok(self.failed.insert(writer))
    }

    fn copy(&self, picture: &Path, target: &Path) -> Result<(), CliError> {
        let failed = |error| CliError::io(&format!("copying {} to", picture.display()), target, error);
        if target.exists() {
            if same(picture, target).map_err(failed)? {
                return Ok(());
            }
            let target = target.display();
            return Err(CliError::Usage(format!("{target} is there and is another picture; it is not written over")));
        }
        fs::create_dir_all(target.parent().unwrap_or(self.folder)).map_err(failed)?;
        let unfinished = self.folder.join(UNFINISHED);
        // A copy of a file that may not be written cannot be written over either.
        match fs::remove_file(&unfinished) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        fs::copy(picture, &unfinished).map_err(failed)?;
        fs::rename(&unfinished, target).map_err(failed)
    }
}

/// A line's verdict; `None` when it has none, as under a scenario without acceptance rules.
pub fn verdict(line: &Value) -> Option<Verdict> {
    Verdict::deserialize(&line["verdict"]["verdict"]).ok()
}

/// Each row's picture as a path within a folder: its own, without what leads out of it; a name that an earlier row has
/// taken gets the row's number.
fn names(rows: &[Row]) -> Vec<PathBuf> {
    let mut taken = HashSet::new();
    // Some file systems do not tell A from a.
    let mut free = |name: &Path| taken.insert(name.to_string_lossy().to_lowercase());
    let named = rows.iter().enumerate().map(|(index, row)| {
        let mut name = inner(Path::new(&row.image));
        while !free(&name) {
            name = numbered(&name, index + 1);
        }
        name
    });
    named.collect()
}

fn inner(image: &Path) -> PathBuf {
    if image.is_absolute() {
        return image.file_name().map(PathBuf::from).unwrap_or_default();
    }
    image.components().filter(|part| matches!(part, Component::Normal(_))).collect()
}

/// `cat.png` as `cat-7.png`.
fn numbered(name: &Path, row: usize) -> PathBuf {
    let stem = name.file_stem().unwrap_or_default().to_string_lossy();
    let ending = name.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    name.with_file_name(format!("{stem}-{row}{ending}"))
}

fn holds_something(path: &Path) -> bool {
    fs::read_dir(path).map_or_else(|_| path.exists(), |mut entries| entries.next().is_some())
}

/// Whether `folder`, which need not be there yet, is `outer` or lies in it.
fn is_within(folder: &Path, outer: &Path) -> bool {
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let there = absolute.ancestors().find_map(|path| path.canonicalize().ok());
    there.zip(outer.canonicalize().ok()).is_some_and(|(folder, outer)| folder.starts_with(outer))
}

fn same(a: &Path, b: &Path) -> std::io::Result<bool> {
    Ok(fs::metadata(a)?.len() == fs::metadata(b)?.len() && fs::read(a)? == fs::read(b)?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Pictures in a folder of their own, each holding its path.
    fn pictures(images: &[&str]) -> (tempfile::TempDir, Vec<Row>) {
        let folder = tempfile::tempdir().unwrap();
        let row = |image: &&str| {
            let path = folder.path().join("pictures").join(image);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, image).unwrap();
            Row { image: (*image).to_owned(), path, prompt: "a cat".to_owned(), ..Row::default() }
        };
        let rows = images.iter().map(row).collect();
        (folder, rows)
    }

    fn judged(verdict: &str) -> Value {
        json!({"score": 50.0, "verdict": {"verdict": verdict, "rules": []}})
    }

    /// Every file below a folder, by path, with what it holds.
    fn files(folder: &Path) -> Vec<(String, String)> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                files.extend(self::files(&path).into_iter().map(|(inner, text)| (format!("{name}/{inner}"), text)));
            } else {
                files.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
        files.sort();
        files
    }

    fn named(files: &[(String, String)]) -> Vec<&str> {
        files.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn pictures_go_where_their_verdicts_say_and_failures_into_a_list() {
        let (folder, rows) = pictures(&["a/cat.png", "b.png", "c.png", "d.png", "e.png"]);
        let gates = folder.path().join("gates");
        let mut gate = Gate::new(&gates, Path::new("m.csv"), &rows, false).unwrap();
        let no_rules = json!({"score": 50.0});
        let no_score = json!({"error": "no such \"file\""});
        let lines = [judged("accept"), judged("review"), judged("reject"), no_rules, no_score];
        lines.iter().enumerate().for_each(|(index, line)| gate.place(index, line).unwrap());
        let sorted = files(&gates);
        let expected = ["accept/a/cat.png", "failed.csv", "reject/c.png", "review/b.png", "review/d.png"];
        assert_eq!(named(&sorted), expected);
        assert_eq!(sorted[0].1, "a/cat.png");
        assert_eq!(sorted[1].1, "row,image,prompt,error\n5,e.png,a cat,\"no such \"\"file\"\"\"\n");
    }

    #[test]
    fn a_run_that_goes_on_copies_what_is_missing_and_nothing_twice() {
        let (folder, rows) = pictures(&["a.png", "b.png", "c.png"]);
        let lines = [judged("accept"), json!({"error": "?"}), judged("reject")];
        let gates = folder.path().join("gates");
        let whole = |gate: &mut Gate<'_>| {
            lines.iter().enumerate().for_each(|(index, line)| gate.place(index, line).unwrap());
            files(&gates)
        };
        let first = whole(&mut Gate::new(&gates, Path::new("m.csv"), &rows, false).unwrap());
        assert_eq!(whole(&mut Gate::new(&gates, Path::new("m.csv"), &rows, true).unwrap()), first);
        // Cut off between a line and its copy, and in the middle of a copy.
        fs::remove_file(gates.join("reject/c.png")).unwrap();
        fs::write(gates.join(UNFINISHED), "half").unwrap();
        assert_eq!(whole(&mut Gate::new(&gates, Path::new("m.csv"), &rows, true).unwrap()), first);
    }

    #[test]
    fn pictures_of_one_name_get_their_rows_numbers_and_none_leaves_the_folder() {
        let row = |image: &str| Row { image: image.to_owned(), ..Row::default() };
        let rows = ["cat.png", "/elsewhere/cat.png", "../x/./cat.png", "Cat.PNG", "cat-2.png", "x/cat.png"].map(row);
        let names: Vec<_> = names(&rows).iter().map(|name| name.display().to_string()).collect();
        assert_eq!(names, ["cat.png", "cat-2.png", "x/cat.png", "Cat-4.PNG", "cat-2-5.png", "x/cat-6.png"]);
    }

    #[test]
    fn nothing_is_written_over() {
        let (folder, rows) = pictures(&["a.png"]);
        let gates = folder.path().join("gates");
        fs::create_dir_all(gates.join("accept")).unwrap();
        assert!(Gate::new(&gates, Path::new("m.csv"), &rows, false).is_ok(), "empty folders are no harm");
        fs::write(gates.join("accept/a.png"), "another").unwrap();
        let said = Gate::new(&gates, Path::new("m.csv"), &rows, false).err().unwrap().to_string();
        assert!(said.contains("accept is there already") && said.contains("--resume"), "{said}");
        let said = Gate::new(&gates, Path::new("m.csv"), &rows, true).unwrap().place(0, &judged("accept")).unwrap_err();
        assert!(said.to_string().contains("is another picture"), "{said}");
        assert_eq!(files(&gates)[0].1, "another");
    }

    #[test]
    fn a_gate_within_the_folder_that_is_sorted_is_refused() {
        let (folder, rows) = pictures(&["a.png"]);
        let input = folder.path().join("pictures");
        for inside in [input.clone(), input.join("sorted/deep"), input.join("../pictures/sorted")] {
            let said = Gate::new(&inside, &input, &rows, false).err().map(|error| error.to_string());
            assert!(said.as_ref().is_some_and(|said| said.contains("lies within")), "{inside:?}: {said:?}");
        }
        assert!(Gate::new(&folder.path().join("pictures-sorted"), &input, &rows, false).is_ok());
    }
}
