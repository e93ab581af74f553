//! `cpaiqa`: one binary for scoring, serving and keeping models.

mod args;
mod commands;
mod defaults;
mod error;
mod fields;
mod manifest;
mod output;
mod parts;
mod results;
mod scorer;
mod settings;

use std::{io::Write, process::ExitCode};

use args::{Cli, Command, Common, ServeRole};
use clap::Parser;
use domain::ownership::check_tenant;
use error::CliError;
use gateway::backends::remote::bearer;
use settings::{Caller, Settings};

fn main() -> ExitCode {
    let cli = Cli::parse();
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

/// What gateways are shown.
fn caller(args: &Common) -> Result<Caller, CliError> {
    let wrong = || CliError::Usage("--api-key: expected a key such as cpaiqa_…, got letters that no key has".into());
    let credential = args.api_key.as_deref().map(|key| bearer(key).ok_or_else(wrong)).transpose()?;
    Ok(Caller { credential, tenant: args.tenant.clone() })
}

/// The process's name in traces.
const fn process(command: &Command) -> &'static str {
    let Command::Serve(serve) = command else { return "cpaiqa-cli" };
    match serve.role {
        ServeRole::All => "cpaiqa",
        ServeRole::Gateway => "cpaiqa-gateway",
        ServeRole::Alignment => "cpaiqa-alignment",
        ServeRole::Segmentation => "cpaiqa-segmentation",
        ServeRole::Decomposition => "cpaiqa-decomposition",
        ServeRole::Distortion => "cpaiqa-distortion",
        ServeRole::Scenario => "cpaiqa-scenario",
    }
}

async fn run(cli: Cli) -> Result<(), CliError> {
    let mut settings = Settings::load(cli.common.config.as_deref())?;
    settings.models.offline |= cli.common.offline;
    if let Some(tenant) = &cli.common.tenant {
        settings.gateway.tenant.clone_from(tenant);
    }
    settings.caller = caller(&cli.common)?;
    check_tenant(&settings.gateway.tenant).map_err(|why| CliError::Usage(format!("gateway.tenant: {why}")))?;
    let serving = matches!(cli.command, Command::Serve(_));
    if !serving && !cli.common.verbose {
        "error".clone_into(&mut settings.telemetry.log);
    }
    let _telemetry = kit::telemetry::start(process(&cli.command), &settings.telemetry)?;
    match cli.command {
        Command::Compare(args) => commands::compare::run(settings, args).await,
        Command::Rank(args) => commands::rank::run(settings, args).await,
        Command::Rescore(args) => commands::rescore::run(settings, args).await,
        Command::Scenarios(args) => commands::scenarios::run(settings, args).await,
        Command::Calibrate(args) => commands::calibrate::run(settings, args).await,
        Command::Score(args) => commands::score::run(settings, args).await,
        Command::Batch(args) => commands::batch::run(settings, args).await,
        Command::Eval(args) => commands::eval::run(settings, args).await,
        Command::Report(args) => commands::report::run(&settings, args).await,
        Command::Models(args) => commands::models::run(&settings, args).await,
        Command::Keys(args) => commands::keys::run(settings, args).await,
        Command::Packs(args) => commands::packs::run(&settings, args),
        Command::Status(args) => commands::status::run(settings, args).await,
        Command::Health(args) => commands::status::health(settings, args).await,
        Command::Serve(args) => commands::serve::run(settings, args).await,
        Command::Align(args) => commands::align::run(settings, args).await,
        Command::Decompose(args) => commands::decompose::run(settings, args).await,
        Command::Segment(args) => commands::segment::run(settings, args).await,
        Command::Detect(args) => commands::detect::run(settings, args).await,
    }
}
