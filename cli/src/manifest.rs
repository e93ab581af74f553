//! A CSV file of pictures and prompts.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::CliError;

/// All rows.
#[derive(Debug)]
pub struct Manifest {
    pub rows: Vec<Row>,
}

/// One picture and its prompt.
#[derive(Debug, PartialEq)]
pub struct Row {
    /// As the file names it.
    pub image: String,
    /// Relative to the file's folder.
    pub path: PathBuf,
    pub prompt: String,
    /// `None` when the column is absent or empty.
    pub scenario: Option<String>,
    /// Every other column.
    pub carried: Map<String, Value>,
}

/// Fields of a result that a carried column would hide.
pub const RESULT_FIELDS: [&str; 17] = [
    "measurement_id",
    "verdict",
    "suggestions",
    "score",
    "interval",
    "components",
    "points_lost",
    "descriptors",
    "attributes",
    "regions",
    "distortions",
    "degraded",
    "notes",
    "models",
    "stages",
    "error",
    "scenario",
];

impl Manifest {
    /// Reads and checks the file.
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let text = std::fs::read_to_string(path).map_err(|error| CliError::io("reading the manifest", path, error))?;
        Self::parse(&text, path.parent().unwrap_or(Path::new(".")))
            .map_err(|why| CliError::Usage(format!("{}: {why}", path.display())))
    }

    fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let headers: Vec<String> =
            reader.headers().map_err(|e| e.to_string())?.iter().map(|h| h.trim().to_owned()).collect();
        let column = |name: &str| headers.iter().position(|header| header == name);
        let needed =
            |name: &str| column(name).ok_or_else(|| format!("expected a column '{name}', got {}", headers.join(", ")));
        let (image, prompt, scenario) = (needed("image")?, needed("prompt")?, column("scenario"));
        let others: Vec<usize> =
            (0..headers.len()).filter(|index| ![Some(image), Some(prompt), scenario].contains(&Some(*index))).collect();
        if let Some(&hidden) = others.iter().find(|&&index| RESULT_FIELDS.contains(&headers[index].as_str())) {
            return Err(format!(
                "column '{}' has the name of a field of the results; give it another",
                headers[hidden]
            ));
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|e| e.to_string())?;
            let field = |index: usize| record.get(index).unwrap_or_default().trim().to_owned();
            rows.push(Row {
                path: folder.join(field(image)),
                image: field(image),
                prompt: field(prompt),
                scenario: scenario.map(field).filter(|name| !name.is_empty()),
                carried: others.iter().map(|&index| (headers[index].clone(), Value::String(field(index)))).collect(),
            });
        }
        if rows.is_empty() { Err("expected at least one row, got none".into()) } else { Ok(Self { rows }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_columns_are_carried_and_an_empty_scenario_is_none() {
        let manifest =
            Manifest::parse("\u{feff}id,image,prompt,scenario\n7,a.png,\"a cat, asleep\",\n", Path::new("dir"))
                .unwrap();
        let row = &manifest.rows[0];
        assert_eq!((row.path.as_path(), row.prompt.as_str()), (Path::new("dir/a.png"), "a cat, asleep"));
        assert_eq!(row.scenario, None);
        assert_eq!(row.carried["id"], "7");
    }

    #[test]
    fn a_manifest_that_cannot_be_used_says_why() {
        let why = |text| Manifest::parse(text, Path::new(".")).unwrap_err();
        assert!(why("image,text\na,b\n").contains("expected a column 'prompt', got image, text"));
        assert!(why("image,prompt,score\na,b,1\n").contains("column 'score'"));
        assert!(why("image,prompt\n").contains("at least one row"));
        assert!(why("image,prompt\na\n").contains("2 fields"), "{}", why("image,prompt\na\n"));
    }
}
