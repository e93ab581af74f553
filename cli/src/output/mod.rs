//! What commands print and draw.

pub mod conformance;
pub mod json;
pub mod keys;
pub mod maps;
pub mod packs;
pub mod page;
pub mod progress;
pub mod results;
pub mod scenarios;
pub mod status;
pub mod table;
pub mod text;

use std::io::Write;

use crate::error::CliError;

/// Writes to standard output; colours go only to a terminal that wants them.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // `cpaiqa … | head` is no fault.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|source| CliError::Io { what: "writing to standard output".into(), source }),
    }
}

/// Writes a line to standard error, where it mixes with no results.
pub fn note(text: &str) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Writes a warning to standard error.
pub fn warn(text: &str) {
    note(&format!("warning: {text}"));
}
