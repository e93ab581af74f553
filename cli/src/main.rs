//! `cpaiqa`: one binary for scoring, serving and keeping models.

mod args;
mod commands;
mod decomposers;
mod defaults;
mod error;
mod fields;
mod manifest;
mod memory;
mod output;
mod parts;
mod results;
mod scorer;
mod settings;

use std::{io::Write, process::ExitCode};

use args::{Cli, Command};
use clap::Parser;
use error::CliError;
use settings::Settings;

fn main() -> ExitCode {
    match start(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn start(cli: Cli) -> Result<(), CliError> {
    let settings = Settings::of(&cli)?;
    if !settings.runtime.keep_memory {
        memory::give_back();
    }
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| CliError::part(format!("cannot start the async runtime: {error}")))?;
    let ended = runtime.block_on(run(settings, cli.command));
    // With the runtime go the callers, so that works end early.
    drop(runtime);
    inference::work::finish();
    ended
}

fn failed(error: &CliError) -> ExitCode {
    // Nothing is left to do where even standard error is closed.
    let _ = writeln!(std::io::stderr(), "error: {error}");
    error.exit_code()
}

async fn run(settings: Settings, command: Command) -> Result<(), CliError> {
    let _telemetry = kit::telemetry::start(command.process(), &settings.telemetry)?;
    commands::run(settings, command).await
}
