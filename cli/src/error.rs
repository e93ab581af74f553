//! What can go wrong in a command, and the exit code it ends with.

use std::{fmt::Display, path::Path, process::ExitCode};

use domain::roles::RoleError;

/// A command's failure, as its user reads it.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The command line or a file that it names is wrong.
    #[error("{0}")]
    Usage(String),
    /// Reading or writing failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done, with the path.
        what: String,
        /// Why it failed.
        source: std::io::Error,
    },
    /// A role refused or failed.
    #[error(transparent)]
    Role(#[from] RoleError),
    /// The model store failed.
    #[error(transparent)]
    Store(#[from] inference::store::StoreError),
    /// A model cannot be used.
    #[error(transparent)]
    Runtime(#[from] inference::runtime::RuntimeError),
    /// The configuration is wrong.
    #[error(transparent)]
    Settings(#[from] kit::settings::SettingsError),
    /// Telemetry cannot start.
    #[error(transparent)]
    Telemetry(#[from] kit::telemetry::TelemetryError),
    /// A server cannot start or run.
    #[error(transparent)]
    Server(#[from] kit::server::ServerError),
    /// A part carried by the binary, or configured, cannot be used.
    #[error("{0}")]
    Part(String),
}

impl CliError {
    /// Reading or writing at `path` failed.
    pub fn io(doing: &str, path: &Path, source: std::io::Error) -> Self {
        Self::Io { what: format!("{doing} {}", path.display()), source }
    }

    /// A part cannot be used.
    pub fn part(error: impl Display) -> Self {
        Self::Part(error.to_string())
    }

    /// 2 for what the user can mend on the command line, 1 for the rest.
    pub fn exit_code(&self) -> ExitCode {
        let users = match self {
            Self::Usage(_) | Self::Settings(_) => true,
            Self::Role(RoleError::QuotaExceeded { .. }) => false,
            Self::Role(error) => error.is_callers_fault(),
            Self::Io { source, .. } => source.kind() == std::io::ErrorKind::NotFound,
            _ => false,
        };
        ExitCode::from(if users { 2 } else { 1 })
    }
}
