//! What a batch wrote, read again.

use std::path::Path;

use domain::score::Score;
use serde::{Deserialize, Serialize};
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

/// One picture under one scenario, as batch writes it.
#[derive(Serialize)]
pub struct Line {
    /// As the manifest named it, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// What it was asked to show, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The manifest's other columns.
    #[serde(flatten)]
    pub carried: Map<String, Value>,
    /// The score.
    #[serde(flatten)]
    pub score: Score,
}

impl Line {
    /// `scored`, judged anew.
    pub fn of(scored: &Scored, score: Score) -> Self {
        let (image, prompt) = (Some(scored.image.clone()), Some(scored.prompt.clone()));
        Self { image, prompt, carried: scored.carried.clone(), score }
    }
}

/// Fields of a line that are not the manifest's.
pub fn is_own(field: &str) -> bool {
    ["image", "prompt"].contains(&field) || crate::manifest::RESULT_FIELDS.contains(&field)
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
