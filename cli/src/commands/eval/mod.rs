//! `cpaiqa eval`: one file for each thing that can be measured.

mod agreement;
mod alignment;
mod decomposition;
mod distortion;
mod moved;
mod pictures;
mod ratings;
mod seen;
mod sensitivity;

use crate::{
    args::{Eval, EvalRatings, Evaluation, Format},
    error::CliError,
    settings::Settings,
};

/// Measures what the arguments name.
pub async fn run(settings: Settings, args: Eval) -> Result<(), CliError> {
    match (args.what, args.pictures) {
        (Some(Evaluation::Agreement(args)), _) => agreement::run(&args),
        (Some(Evaluation::Alignment(args)), _) => alignment::run(settings, args).await,
        (Some(Evaluation::Decomposition(args)), _) => decomposition::run(settings, args).await,
        (Some(Evaluation::Distortion(args)), _) => distortion::run(settings, args).await,
        (Some(Evaluation::Ratings(args)), _) => ratings::run(&args),
        (Some(Evaluation::Sensitivity(args)), _) => sensitivity::run(settings, args).await,
        (None, Some(args)) if args.ratings.is_some() => ratings::run(&EvalRatings {
            results: args.manifest,
            ratings: args.ratings,
            rating: args.rating,
            format: args.format.unwrap_or(Format::Text),
        }),
        (None, Some(args)) => pictures::run(settings, args).await,
        (None, None) => Err(CliError::Usage("expected a manifest or what to evaluate, got neither".to_owned())),
    }
}
