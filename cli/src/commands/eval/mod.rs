//! `cpaiqa eval`: one file for each thing that can be measured.

mod alignment;
mod decomposition;
mod distortion;
mod pictures;
mod ratings;
mod seen;

use crate::{
    args::{Eval, Evaluation},
    error::CliError,
    settings::Settings,
};

/// Measures what the arguments name.
pub async fn run(settings: Settings, args: Eval) -> Result<(), CliError> {
    match (args.what, args.pictures) {
        (Some(Evaluation::Alignment(args)), _) => alignment::run(settings, args).await,
        (Some(Evaluation::Decomposition(args)), _) => decomposition::run(settings, args).await,
        (Some(Evaluation::Distortion(args)), _) => distortion::run(settings, args).await,
        (Some(Evaluation::Ratings(args)), _) => ratings::run(&args),
        (None, Some(args)) => pictures::run(settings, args).await,
        (None, None) => Err(CliError::Usage("expected a manifest or what to evaluate, got neither".to_owned())),
    }
}
