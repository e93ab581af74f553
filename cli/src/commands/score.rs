//! `cpaiqa score`

use gateway::ScoreRequest;

use super::{read, selector};
use crate::{
    args::{Format, Score},
    error::CliError,
    output::{json, maps, text},
    scorer::Scorer,
    settings::Settings,
};

/// Scores one picture and prints the score.
pub async fn run(settings: Settings, args: Score) -> Result<(), CliError> {
    let picture = read(&args.image)?;
    let request = ScoreRequest {
        picture: picture.clone(),
        prompt: args.prompt.clone(),
        scenario: selector(args.scenario),
        include_maps: args.maps.is_some(),
        include_suggestions: args.suggest,
    };
    let limits = settings.gateway.limits;
    let score = Scorer::new(settings, args.endpoint.as_deref()).await?.score(request).await?;
    match args.format {
        Format::Text => text::print(&score, &args.image, &args.prompt)?,
        Format::Json => json::print(&score)?,
    }
    if let Some(folder) = args.maps {
        maps::write_score(&folder, &args.image, &score, picture, &limits).await?;
    }
    Ok(())
}
