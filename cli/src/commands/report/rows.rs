//! The lines of a results file, as far as a report needs them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use domain::{gate::Decision, measurement::Components, region::BoundingBox};
use serde::Deserialize;
use serde_json::Value;

use crate::error::CliError;

/// One line: a picture with its score, or one that could not be scored.
#[derive(Debug)]
pub struct Row {
    /// As the manifest named it.
    pub image: String,
    pub prompt: String,
    /// What it can be grouped by: the manifest's other columns, and the scenario's name where there is a score.
    pub columns: BTreeMap<String, String>,
    /// `None` when the line tells an error.
    pub scored: Option<Scored>,
}

/// The part of an answer that a report shows.
#[derive(Debug, Deserialize)]
pub struct Scored {
    /// [0, 100].
    pub score: f64,
    /// Around the score.
    pub interval: Option<[f64; 2]>,
    scenario: Scenario,
    pub components: Components,
    /// By component or distortion type.
    #[serde(default)]
    pub points_lost: BTreeMap<String, f64>,
    #[serde(default)]
    pub descriptors: Vec<Part>,
    #[serde(default)]
    pub attributes: Vec<Part>,
    #[serde(default)]
    pub distortions: Vec<Found>,
    /// What the scenario's acceptance rules say.
    pub verdict: Option<Decision>,
}

#[derive(Debug, Deserialize)]
struct Scenario {
    name: String,
}

/// A part of the prompt.
#[derive(Debug, Deserialize)]
pub struct Part {
    pub text: String,
    /// [0, 1]; `None` when alignment was not measured.
    pub presence: Option<f64>,
    /// Picture pixels.
    pub bbox: Option<BoundingBox>,
}

/// A distortion of any type, those included that this program does not know.
#[derive(Debug, Deserialize)]
pub struct Found {
    #[serde(rename = "type")]
    pub kind: String,
    /// [0, 1], larger is worse; `None` was not assessed.
    pub severity: Option<f64>,
    /// The worst spot, picture pixels.
    pub peak: Option<[f32; 2]>,
    /// Around the worst spot, picture pixels.
    pub bbox: Option<BoundingBox>,
}

/// Fields of a line that name no group.
const NO_COLUMNS: [&str; 4] = ["image", "score", "error", "measurement_id"];

/// Reads and checks every line.
pub fn read(path: &Path) -> Result<Vec<Row>, CliError> {
    let failed = |error| CliError::io("reading the results", path, error);
    let mut rows = Vec::new();
    for (index, line) in BufReader::new(File::open(path).map_err(failed)?).lines().enumerate() {
        let line = line.map_err(failed)?;
        if !line.trim().is_empty() {
            let named = |why| CliError::Usage(format!("{}: line {}: {why}", path.display(), index + 1));
            rows.push(row(&line).map_err(named)?);
        }
    }
    if rows.is_empty() {
        return Err(CliError::Usage(format!("{}: expected a result a line, got none", path.display())));
    }
    Ok(rows)
}

/// Reads one line, or says why it is no result.
pub fn row(line: &str) -> Result<Row, String> {
    let value: Value = serde_json::from_str(line).map_err(|error| format!("expected JSON, {error}"))?;
    let text = |name: &str| value.get(name).and_then(Value::as_str).map(str::to_owned);
    let needed = |name: &str| text(name).ok_or_else(|| format!("expected a text '{name}', as batch writes it"));
    let (image, prompt) = (needed("image")?, needed("prompt")?);
    let fields = value.as_object().into_iter().flatten();
    let mut columns: BTreeMap<String, String> = fields
        .filter(|(name, _)| !NO_COLUMNS.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name.clone(), plain(value)?)))
        .collect();
    if value.get("error").is_some() {
        return Ok(Row { image, prompt, columns, scored: None });
    }
    let scored: Scored = serde_json::from_value(value)
        .map_err(|error| format!("expected a score or an error as batch writes it, {error}"))?;
    if !(0.0..=100.0).contains(&scored.score) {
        return Err(format!("expected a score from 0 to 100, got {}", scored.score));
    }
    columns.insert("scenario".to_owned(), scored.scenario.name.clone());
    Ok(Row { image, prompt, columns, scored: Some(scored) })
}

/// A column's value as text; lists and objects are no column.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

/// That every column of `by` is somewhere in the rows.
pub fn check(rows: &[Row], by: &[String]) -> Result<(), CliError> {
    let mut known: BTreeSet<&str> = rows.iter().flat_map(|row| row.columns.keys()).map(String::as_str).collect();
    known.insert("scenario");
    match by.iter().find(|column| !known.contains(column.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            Err(CliError::Usage(format!("no column '{unknown}' to group by; there are {known}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::gate::Verdict;

    use super::*;

    #[test]
    fn carried_columns_are_kept_as_text_and_unknown_fields_do_no_harm() {
        let row = row(
            r#"{"image":"a.png","prompt":"a cat","model":"m1","seed":7,"score":50,"measurement_id":"00ff","new":{"a":1},
            "scenario":{"name":"general"},"components":{"fidelity":0.5},"verdict":{"verdict":"review","rules":[]},
            "distortions":[{"type":"moire","severity":0.7,"peak":[3,4],"bbox":[1,2,3,4]}]}"#,
        )
        .unwrap();
        let columns: Vec<(&str, &str)> =
            row.columns.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(columns, [("model", "m1"), ("prompt", "a cat"), ("scenario", "general"), ("seed", "7")]);
        let scored = row.scored.unwrap();
        assert_eq!(scored.distortions[0].kind, "moire");
        assert_eq!(scored.verdict.map(|told| told.verdict), Some(Verdict::Review));
        assert_eq!(scored.components.to_array(), [None, None, None, Some(0.5), None]);
    }

    #[test]
    fn a_row_without_a_score_keeps_its_columns() {
        let row = row(r#"{"image":"a.png","prompt":"a cat","model":"m1","error":"no such file"}"#).unwrap();
        assert!(row.scored.is_none());
        assert_eq!(row.columns["model"], "m1");
    }

    #[test]
    fn what_is_no_result_says_what_was_expected() {
        let why = |line| row(line).unwrap_err();
        assert!(why("image,prompt").contains("expected JSON"));
        assert!(why("[1]").contains("'image'"));
        assert!(why(r#"{"image":"a.png","prompt":"a"}"#).contains("missing field `score`"));
        let high = r#"{"image":"a","prompt":"a","score":101,"scenario":{"name":"x"},"components":{}}"#;
        assert!(why(high).contains("from 0 to 100, got 101"));
    }

    #[test]
    fn an_unknown_column_is_answered_with_those_that_there_are() {
        let rows = [row(r#"{"image":"a.png","prompt":"a cat","model":"m1","error":"no such file"}"#).unwrap()];
        assert!(check(&rows, &["scenario".into(), "model".into()]).is_ok());
        let said = check(&rows, &["generator".into()]).unwrap_err().to_string();
        assert_eq!(said, "no column 'generator' to group by; there are model, prompt, scenario");
    }
}
