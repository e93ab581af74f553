//! `cpaiqa segment`

use domain::{
    region::Region,
    roles::{Call, Role},
};
use serde::Serialize;

use super::identified;
use crate::{
    args::Segment,
    error::CliError,
    output::{json, maps},
    parts::Parts,
    settings::Settings,
};

#[derive(Serialize)]
struct Line {
    image: String,
    regions: Vec<Region>,
}

/// Proposes each picture's regions and draws them.
pub async fn run(settings: Settings, args: Segment) -> Result<(), CliError> {
    let limits = settings.gateway.limits;
    let mut parts = Parts::new(settings)?;
    parts.pull(&[Role::Segmentation]).await?;
    let segmenter = parts.segmenter().await?;
    for image in &args.images {
        let picture = identified(image, &limits)?;
        let regions = segmenter.segment(Call::default(), &picture, None).await?.regions;
        let canvas = maps::Canvas::new(&args.out, image, &picture).await?;
        canvas.write_regions(regions.iter().map(|region| &region.mask))?;
        json::print_line(&Line { image: image.display().to_string(), regions })?;
    }
    Ok(())
}
