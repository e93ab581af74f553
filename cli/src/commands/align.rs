//! `cpaiqa align`

use domain::{
    language::Language,
    roles::{AlignQuery, Call, Role},
};
use serde::Serialize;

use super::{identified, lines};
use crate::{
    args::Align,
    error::CliError,
    output::{json, warn},
    parts::Parts,
    settings::Settings,
};

#[derive(Serialize)]
struct Line {
    image: String,
    /// One a text, [−1, 1].
    cosine: Vec<f64>,
    /// One a text, [0, 1].
    calibrated: Vec<f64>,
    /// Texts whose numbers mean nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// A note on each text that the encoder cannot read.
fn unread(texts: &[String]) -> Vec<String> {
    let languages = texts.iter().map(|text| (text, Language::of(text)));
    let foreign = languages.filter(|(_, language)| !language.is_english());
    let note = |(text, language)| {
        format!(
            "language: '{text}' seems to be in {language}, and only English is read: its numbers mean nothing; translate it first"
        )
    };
    foreign.map(note).collect()
}

/// Compares each picture with each text.
pub async fn run(settings: Settings, args: Align) -> Result<(), CliError> {
    let limits = settings.gateway.limits;
    let texts = lines(&args.texts)?;
    let notes = unread(&texts);
    for note in &notes {
        warn(note);
    }
    let mut parts = Parts::new(settings)?;
    parts.pull(&[Role::Alignment]).await?;
    let aligner = parts.aligner().await?;
    for image in &args.images {
        let picture = identified(image, &limits)?;
        let image_name = image.display().to_string();
        let mut line = Line { image: image_name, cosine: Vec::new(), calibrated: Vec::new(), notes: notes.clone() };
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
