//! What is wrong with a pack, and where.

use std::fmt;

/// A pack that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct PackError {
    /// The file, or the folder where a file is missing.
    pub file: String,
    /// The line, from 1; `None` when the file as a whole is wrong.
    pub line: Option<usize>,
    /// What was expected, and what came.
    pub message: String,
}

impl PackError {
    /// `file` as a whole is wrong.
    pub fn of_file(file: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, message: message.into() }
    }
}

impl fmt::Display for PackError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, message } = self;
        match line {
            Some(line) => write!(out, "{file} line {line}: {message}"),
            None => write!(out, "{file}: {message}"),
        }
    }
}
