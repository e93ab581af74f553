//! One file a command.

pub mod align;
pub mod batch;
pub mod bench;
pub mod calibrate;
pub mod compare;
pub mod conform;
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

use crate::{
    args::{self, Command},
    error::CliError,
    settings::Settings,
};

/// Does what the command line says.
pub async fn run(settings: Settings, command: Command) -> Result<(), CliError> {
    match command {
        Command::Compare(args) => compare::run(settings, args).await,
        Command::Rank(args) => rank::run(settings, args).await,
        Command::Rescore(args) => rescore::run(settings, args).await,
        Command::Scenarios(args) => scenarios::run(settings, args).await,
        Command::Calibrate(args) => calibrate::run(settings, args).await,
        Command::Score(args) => score::run(settings, args).await,
        Command::Bench(args) => bench::run(settings, args).await,
        Command::Batch(args) => batch::run(settings, args).await,
        Command::Eval(args) => eval::run(settings, args).await,
        Command::Report(args) => report::run(&settings, args).await,
        Command::Models(args) => models::run(&settings, args).await,
        Command::Keys(args) => keys::run(settings, args).await,
        Command::Packs(args) => packs::run(&settings, args),
        Command::Status(args) => status::run(settings, args).await,
        Command::Health(args) => status::health(settings, args).await,
        Command::Conform(args) => conform::run(settings, args).await,
        Command::Serve(args) => serve::run(settings, args).await,
        Command::Align(args) => align::run(settings, args).await,
        Command::Decompose(args) => decompose::run(settings, args).await,
        Command::Segment(args) => segment::run(settings, args).await,
        Command::Detect(args) => detect::run(settings, args).await,
    }
}

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
