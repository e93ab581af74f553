//! `cpaiqa align`

use domain::roles::{AlignQuery, Call, Role};
use serde::Serialize;

use super::{identified, lines};
use crate::{args::Align, error::CliError, output::json, parts::Parts, settings::Settings};

#[derive(Serialize)]
struct Line {
    image: String,
    /// One a text, [−1, 1].
    cosine: Vec<f64>,
    /// One a text, [0, 1].
    calibrated: Vec<f64>,
}

/// Compares each picture with each text.
pub async fn run(settings: Settings, args: Align) -> Result<(), CliError> {
    let limits = settings.gateway.limits;
    let texts = lines(&args.texts)?;
    let mut parts = Parts::new(settings)?;
    parts.pull(&[Role::Alignment]).await?;
    let aligner = parts.aligner().await?;
    for image in &args.images {
        let picture = identified(image, &limits)?;
        let mut line = Line { image: image.display().to_string(), cosine: Vec::new(), calibrated: Vec::new() };
        for text in &texts {
            let query = AlignQuery { prompt: Some(text.clone()), ..AlignQuery::default() };
            if let Some(similarity) = aligner.align(Call::default(), &picture, &query).await?.global {
                line.cosine.push(similarity.cosine);
                line.calibrated.push(similarity.calibrated);
            }
        }
        json::print_line(&line)?;
    }
    Ok(())
}
