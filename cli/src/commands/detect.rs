//! `cpaiqa detect`

use domain::{
    distortion::DistortionKind,
    roles::{Call, Role},
};
use serde::Serialize;

use super::identified;
use crate::{
    args::Detect,
    error::CliError,
    output::{json, maps},
    parts::Parts,
    settings::Settings,
};

#[derive(Serialize)]
struct Line {
    image: String,
    fidelity: Option<f64>,
    distortions: Vec<Found>,
}

#[derive(Serialize)]
struct Found {
    #[serde(rename = "type")]
    kind: DistortionKind,
    /// `null` was not assessed.
    severity: Option<f32>,
    /// Picture pixels.
    peak: Option<[f32; 2]>,
}

/// Finds each picture's distortions, and draws them when asked to.
pub async fn run(settings: Settings, args: Detect) -> Result<(), CliError> {
    let limits = settings.gateway.limits;
    let mut parts = Parts::new(settings)?;
    parts.pull(&[Role::Distortion]).await?;
    let detector = parts.detector().await?;
    for image in &args.images {
        let picture = identified(image, &limits)?;
        let detection = detector.detect(Call::default(), &picture, args.maps.is_some()).await?;
        if let Some(folder) = &args.maps {
            let canvas = maps::Canvas::new(folder, image, &picture).await?;
            for distortion in &detection.distortions {
                if let Some(map) = &distortion.map {
                    canvas.write_map(&distortion.kind, map)?;
                }
            }
        }
        let (width, height) = (picture.width as f32, picture.height as f32);
        let found = detection.distortions.iter().map(|distortion| Found {
            kind: distortion.kind.clone(),
            severity: distortion.severity,
            peak: distortion.peak.map(|(x, y)| [x * width, y * height]),
        });
        json::print_line(&Line {
            image: image.display().to_string(),
            fidelity: detection.fidelity,
            distortions: found.collect(),
        })?;
    }
    Ok(())
}
