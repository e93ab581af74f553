//! Pictures and prompts: a CSV, JSONL or Parquet file of them, or a folder of pictures.

mod directory;
mod parquet;
mod tables;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::CliError;
pub use tables::Records;

/// All rows.
#[derive(Debug)]
pub struct Manifest {
    pub rows: Vec<Row>,
    /// The names of the columns that are carried through, in the file's order.
    pub carried: Vec<String>,
}

/// One picture and its prompt.
#[derive(Debug, Default, PartialEq)]
pub struct Row {
    /// As the file names it; relative to the folder when a folder was read. Empty when the row has none.
    pub image: String,
    /// Where the picture is: relative to the file's folder.
    pub path: PathBuf,
    /// Empty when the row has none.
    pub prompt: String,
    /// `None` when the column is absent or empty.
    pub scenario: Option<String>,
    /// Every other column; a CSV file's are text.
    pub carried: Map<String, Value>,
    /// Why the row cannot be scored, if that can be told already: it has no picture or no prompt.
    pub fault: Option<String>,
}

/// Fields of a result that a carried column would hide.
pub const RESULT_FIELDS: [&str; 17] = [
    "measurement_id",
    "score",
    "interval",
    "verdict",
    "components",
    "points_lost",
    "descriptors",
    "attributes",
    "regions",
    "distortions",
    "suggestions",
    "degraded",
    "notes",
    "models",
    "stages",
    "error",
    "scenario",
];

impl Manifest {
    /// Reads a file or folder all of whose rows must have a picture and a prompt.
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let manifest = Self::with_faults(path, None)?;
        match manifest.rows.iter().find_map(|row| row.fault.as_ref()) {
            Some(fault) => Err(usage(path, fault)),
            None => Ok(manifest),
        }
    }

    /// Reads a file or folder; rows without a picture or a prompt say so by their `fault`. `prompt` is that of every
    /// picture of a folder; a file has its own.
    pub fn with_faults(path: &Path, prompt: Option<&str>) -> Result<Self, CliError> {
        if path.is_dir() {
            return Ok(Self { rows: directory::read(path, prompt)?, carried: Vec::new() });
        }
        if prompt.is_some() {
            return Err(usage(path, "--prompt is for a folder of pictures; a file has a column 'prompt'"));
        }
        let records = Records::read(path)?;
        Self::of(records, path.parent().unwrap_or(Path::new("."))).map_err(|why| usage(path, &why))
    }

    fn of(records: Records, folder: &Path) -> Result<Self, String> {
        let Records { columns, records } = records;
        for needed in ["image", "prompt"] {
            if !columns.iter().any(|column| column == needed) {
                return Err(format!("expected a column '{needed}', got {}", columns.join(", ")));
            }
        }
        let carried: Vec<String> =
            columns.into_iter().filter(|column| !["image", "prompt", "scenario"].contains(&column.as_str())).collect();
        if let Some(hidden) = carried.iter().find(|column| RESULT_FIELDS.contains(&column.as_str())) {
            return Err(format!("column '{hidden}' has the name of a field of the results; give it another"));
        }
        let rows: Vec<Row> = records.into_iter().map(|record| row(record, folder)).collect::<Result<_, _>>()?;
        if rows.is_empty() { Err("expected at least one row, got none".into()) } else { Ok(Self { rows, carried }) }
    }
}

fn row(record: tables::Record, folder: &Path) -> Result<Row, String> {
    let tables::Record { place, mut fields } = record;
    let mut text = |column: &str| match fields.remove(column) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(format!("{place}: expected text in '{column}', got {}", shortened(&other))),
    };
    let (image, prompt, scenario) = (text("image")?, text("prompt")?, text("scenario")?);
    let missing =
        [("picture", image.is_none()), ("prompt", prompt.is_none())].into_iter().find(|(_, missing)| *missing);
    let fault = missing.map(|(what, _)| format!("{place} of the manifest has no {what}"));
    let image = image.unwrap_or_default();
    Ok(Row { path: folder.join(&image), image, prompt: prompt.unwrap_or_default(), scenario, carried: fields, fault })
}

fn shortened(value: &Value) -> String {
    const MOST: usize = 60;
    let text = value.to_string();
    if text.chars().count() <= MOST { text } else { text.chars().take(MOST).chain(['…']).collect() }
}

fn usage(path: &Path, why: &str) -> CliError {
    CliError::Usage(format!("{}: {why}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(text: &str) -> Result<Manifest, String> {
        Manifest::of(Records::csv(text)?, Path::new("dir"))
    }

    fn jsonl(text: &str) -> Result<Manifest, String> {
        Manifest::of(Records::jsonl(text)?, Path::new("dir"))
    }

    #[test]
    fn other_columns_are_carried_and_an_empty_scenario_is_none() {
        let manifest = csv("\u{feff}number,image,prompt,scenario\n7,a.png,\"a cat, asleep\",\n").unwrap();
        let row = &manifest.rows[0];
        assert_eq!((row.path.as_path(), row.prompt.as_str()), (Path::new("dir/a.png"), "a cat, asleep"));
        assert_eq!((&row.scenario, &row.fault), (&None, &None));
        assert_eq!((manifest.carried.as_slice(), &row.carried["number"]), (&["number".to_owned()][..], &"7".into()));
    }

    #[test]
    fn numbers_and_truths_of_a_jsonl_file_stay_what_they_are() {
        let text = r#"{"image":"a.png","prompt":"a cat","rating":4.5,"seed":7,"upscaled":true}"#;
        let manifest =
            jsonl(&format!("{text}\n\n{{\"image\":\"b.png\",\"prompt\":\"a dog\",\"late\":null}}\n")).unwrap();
        let carried = &manifest.rows[0].carried;
        assert_eq!(
            (&carried["rating"], &carried["seed"], &carried["upscaled"]),
            (&4.5.into(), &7.into(), &true.into())
        );
        assert_eq!(manifest.carried, ["rating", "seed", "upscaled", "late"]);
        assert_eq!(manifest.rows[1].carried.len(), 1);
    }

    #[test]
    fn a_row_without_picture_or_prompt_is_at_fault_alone() {
        let manifest =
            jsonl("{\"image\":\"a.png\",\"prompt\":null}\n{\"image\":\"b.png\",\"prompt\":\"b\"}\n").unwrap();
        assert_eq!(manifest.rows[0].fault.as_deref(), Some("line 1 of the manifest has no prompt"));
        assert_eq!(manifest.rows[1].fault, None);
        let manifest = csv("image,prompt\n\"a.png\",\"two\nlines\"\n,b\n").unwrap();
        assert_eq!(manifest.rows[1].fault.as_deref(), Some("line 4 of the manifest has no picture"));
    }

    #[test]
    fn a_manifest_that_cannot_be_used_says_why_and_where() {
        let why = |text| csv(text).unwrap_err();
        assert!(why("image,text\na,b\n").contains("expected a column 'prompt', got image, text"));
        assert!(why("image,prompt,score\na,b,1\n").contains("column 'score'"));
        assert!(why("image,prompt,a,a\na,b,1,2\n").contains("column 'a' is there twice"));
        assert!(why("image,prompt\n").contains("at least one row"));
        let short = why("image,prompt\na\n");
        assert!(short.contains("2 fields") && short.contains("line: 2"), "{short}");
        let why = |text| jsonl(text).unwrap_err();
        assert!(why("{\"image\":\"a\",\"prompt\":\"b\"}\n{oops\n").contains("line 2: expected a JSON object"));
        assert!(why("[1]\n").contains("line 1: expected a JSON object, got [1]"));
        assert_eq!(why("{\"image\":\"a\",\"prompt\":5}\n"), "line 1: expected text in 'prompt', got 5");
        assert!(why("").contains("at least one row"), "{}", why(""));
    }
}
