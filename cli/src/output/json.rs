//! JSON on standard output.

use serde::Serialize;

use crate::{error::CliError, output};

/// Prints `value` over several lines.
pub fn print(value: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).map_err(CliError::part)?;
    output::print(&format!("{text}\n"))
}

/// Prints `value` on one line.
pub fn print_line(value: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string(value).map_err(CliError::part)?;
    output::print(&format!("{text}\n"))
}
