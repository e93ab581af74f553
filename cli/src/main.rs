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

use args::{Cli, Profile};
use clap::Parser;
use error::CliError;
use settings::Settings;

fn main() -> ExitCode {
    let cli = Cli::parse();
    if cli.common.profile == Profile::Edge {
        memory::give_back();
    }
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&CliError::part(format!("cannot start the async runtime: {error}"))),
    };
    match runtime.block_on(run(cli)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn failed(error: &CliError) -> ExitCode {
    // Nothing is left to do where even standard error is closed.
    let _ = writeln!(std::io::stderr(), "error: {error}");
    error.exit_code()
}

async fn run(cli: Cli) -> Result<(), CliError> {
    let settings = Settings::of(&cli)?;
    let _telemetry = kit::telemetry::start(cli.command.process(), &settings.telemetry)?;
    commands::run(settings, cli.command).await
}
