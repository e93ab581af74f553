//! One file a command.

pub mod align;
pub mod batch;
pub mod calibrate;
pub mod compare;
pub mod decompose;
pub mod detect;
pub mod eval;
pub mod keys;
pub mod models;
pub mod packs;
pub mod rank;
pub mod report;
pub mod rescore;
pub mod scenarios;
pub mod score;
pub mod segment;
pub mod serve;
pub mod status;

use std::path::Path;

use bytes::Bytes;
use domain::{picture::Picture, scenario::Selector};
use picture::{Limits, identify};

use crate::{args, error::CliError};

/// A picture file's bytes.
pub fn read(path: &Path) -> Result<Bytes, CliError> {
    std::fs::read(path).map(Bytes::from).map_err(|error| CliError::io("reading the picture", path, error))
}

/// A picture file, bounded and identified.
fn identified(path: &Path, limits: &Limits) -> Result<Picture, CliError> {
    Ok(identify(read(path)?, limits)?)
}

/// The scenario that the command line names, if any.
fn selector(scenario: args::Scenario) -> Option<Selector> {
    scenario.scenario.map(Selector::Name).or(scenario.context.map(Selector::Text))
}

/// Non-empty lines of a text file, with why it has none.
fn lines(path: &Path) -> Result<Vec<String>, CliError> {
    let text = std::fs::read_to_string(path).map_err(|error| CliError::io("reading", path, error))?;
    let lines: Vec<String> = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if lines.is_empty() {
        return Err(CliError::Usage(format!("{}: expected one text a line, got none", path.display())));
    }
    Ok(lines)
}
