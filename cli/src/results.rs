//! What a batch wrote, read again.

use std::path::Path;

use domain::score::Score;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::error::CliError;

/// One scored picture.
#[derive(Debug, Deserialize)]
pub struct Scored {
    /// As the manifest named it.
    pub image: String,
    /// What it was asked to show.
    pub prompt: String,
    /// The score, and what was measured.
    #[serde(flatten)]
    pub score: Score,
    /// The manifest's other columns.
    #[serde(skip)]
    pub carried: Map<String, Value>,
}

/// Fields of a line that are not the manifest's.
fn is_own(field: &str) -> bool {
    ["image", "prompt", "error"].contains(&field) || crate::manifest::RESULT_FIELDS.contains(&field)
}

/// The scored pictures of a results file, and how many rows have no score.
///
/// # Errors
///
/// When the file cannot be read, or a line is no result; the message names file and line.
pub fn read(path: &Path) -> Result<(Vec<Scored>, usize), CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| CliError::io("reading the results", path, error))?;
    let (mut scored, mut without) = (Vec::new(), 0);
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let failed = |error: serde_json::Error| {
            let (path, number) = (path.display(), index + 1);
            CliError::Usage(format!("{path}: line {number}: expected what cpaiqa batch writes: {error}"))
        };
        let mut value: Map<String, Value> = serde_json::from_str(line).map_err(failed)?;
        if value.contains_key("error") {
            without += 1;
            continue;
        }
        let mut one: Scored = serde_json::from_value(Value::Object(value.clone())).map_err(failed)?;
        value.retain(|field, _| !is_own(field));
        one.carried = value;
        scored.push(one);
    }
    if scored.is_empty() {
        return Err(CliError::Usage(format!("{}: expected at least one scored picture, got none", path.display())));
    }
    Ok((scored, without))
}
