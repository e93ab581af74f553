//! `cpaiqa score`

use gateway::{ScoreRequest, Source};

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
    let picture = source(&args)?;
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
    if let (Some(folder), Source::Bytes(picture)) = (args.maps, picture) {
        maps::write_score(&folder, &args.image, &score, picture, &limits).await?;
    }
    Ok(())
}

/// The picture that the command line names: a file, or a URL for the gateway at the endpoint.
fn source(args: &Score) -> Result<Source, CliError> {
    let url = args.image.to_str().filter(|image| image.starts_with("https://") || image.starts_with("http://"));
    let Some(url) = url else { return Ok(read(&args.image)?.into()) };
    if args.endpoint.is_none() || args.maps.is_some() {
        return Err(CliError::Usage(format!(
            "{url}: expected a picture file; a URL is taken only with --endpoint, where a gateway fetches it, and without \
             --maps, which draws over the picture; save the picture and name the file"
        )));
    }
    Ok(Source::Url(url.to_owned()))
}
