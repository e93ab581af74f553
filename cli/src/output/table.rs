//! The table of model files.

use std::path::Path;

use inference::store::Entry;

use crate::{error::CliError, output};

/// Prints what is where.
pub fn print_models(root: &Path, entries: &[Entry]) -> Result<(), CliError> {
    let header = ["NAME", "ROLE", "PROFILE", "VERSION", "SIZE", "LICENCE", "SOURCE", "STATE"].map(str::to_owned);
    let row = |entry: &Entry| {
        let file = &entry.file;
        let size = format!("{:.1} MB", file.size as f64 / 1e6);
        let state = entry.state.to_string();
        [
            file.name.clone(),
            file.role.name().to_owned(),
            file.profile.name().to_owned(),
            file.version.clone(),
            size,
            file.licence.clone(),
            file.source.to_string(),
            state,
        ]
    };
    let rows: Vec<[String; 8]> = std::iter::once(header).chain(entries.iter().map(row)).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..8).map(width).collect();
    let mut text = format!("{}\n", root.display());
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    output::print(&text)
}
