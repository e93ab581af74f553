//! `cpaiqa eval MANIFEST`

use domain::scenario::Selector;
use gateway::{ScoreRequest, Source};
use serde::Serialize;

use crate::{
    args::EvalPictures,
    commands::read,
    error::CliError,
    manifest::{Manifest, Row},
    output::{json, progress::Counter},
    scorer::Scorer,
    settings::Settings,
};

#[derive(Serialize)]
struct Report {
    pictures: usize,
    pairs: usize,
    /// Pairs in which the picture scores higher with its own prompt than with the other picture's.
    own_prompt_above: usize,
    share: f64,
    exceptions: Vec<Exception>,
}

#[derive(Serialize)]
struct Exception {
    image: String,
    own_score: f64,
    other_prompt_of: String,
    other_score: f64,
}

/// Scores every picture with its own and with every other picture's prompt.
pub async fn run(settings: Settings, args: EvalPictures) -> Result<(), CliError> {
    let manifest = Manifest::read(&args.manifest)?;
    let mut rows: Vec<&Row> = Vec::new();
    for row in &manifest.rows {
        if !rows.iter().any(|known| known.image == row.image) {
            rows.push(row);
        }
    }
    if rows.len() < 2 {
        return Err(CliError::Usage(format!(
            "{}: expected at least two pictures, got {}",
            args.manifest.display(),
            rows.len()
        )));
    }
    let scorer = Scorer::new(settings, args.endpoint.as_deref()).await?;
    let counter = Counter::new("scores", rows.len() * rows.len(), 0);
    let mut exceptions = Vec::new();
    for row in &rows {
        let picture = Source::from(read(&row.path)?);
        let mut scores = Vec::with_capacity(rows.len());
        for other in &rows {
            let request = ScoreRequest {
                picture: picture.clone(),
                prompt: other.prompt.clone(),
                scenario: args.scenario.clone().map(Selector::Name),
                include_maps: false,
                include_suggestions: false,
            };
            scores.push((other, scorer.score(request).await?.score));
            counter.advance();
        }
        let own = scores.iter().find(|(other, _)| other.image == row.image).map_or(0.0, |(_, score)| *score);
        let others = scores.iter().filter(|(other, score)| other.image != row.image && *score >= own);
        exceptions.extend(others.map(|(other, score)| Exception {
            image: row.image.clone(),
            own_score: own,
            other_prompt_of: other.image.clone(),
            other_score: *score,
        }));
    }
    counter.finish(0);
    let pairs = rows.len() * (rows.len() - 1);
    let above = pairs - exceptions.len();
    json::print(&Report {
        pictures: rows.len(),
        pairs,
        own_prompt_above: above,
        share: above as f64 / pairs as f64,
        exceptions,
    })
}
