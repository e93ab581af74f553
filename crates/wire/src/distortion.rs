//! Messages of the distortion service.

use domain::{distortion::Distortion, roles::Detection};
use proto::{common, distortion as pb};

use crate::{
    Checked,
    common::{from_kind, from_map, from_models, to_kind, to_map, to_models},
    unit,
};

/// Writes a detection.
pub fn to_response(detection: Detection) -> pb::DetectResponse {
    pb::DetectResponse {
        fidelity: detection.fidelity,
        distortions: detection.distortions.iter().map(to_distortion).collect(),
        models: to_models(detection.models),
    }
}

fn to_distortion(distortion: &Distortion) -> pb::Distortion {
    let (r#type, other_type) = to_kind(&distortion.kind);
    pb::Distortion {
        r#type,
        other_type,
        severity: distortion.severity,
        peak: distortion.peak.map(|(x, y)| common::Point { x, y }),
        map: distortion.map.as_ref().map(to_map),
    }
}

/// Reads a detection.
pub fn from_response(response: pb::DetectResponse) -> Checked<Detection> {
    Ok(Detection {
        fidelity: response.fidelity.map(|value| unit(value, "fidelity")).transpose()?,
        distortions: response.distortions.iter().map(from_distortion).collect::<Checked<_>>()?,
        models: from_models(response.models),
    })
}

fn from_distortion(distortion: &pb::Distortion) -> Checked<Distortion> {
    if let Some(severity) = distortion.severity {
        unit(severity.into(), "distortions.severity")?;
    }
    Ok(Distortion {
        kind: from_kind(distortion.r#type, &distortion.other_type)?,
        severity: distortion.severity,
        peak: distortion.peak.map(|point| (point.x, point.y)),
        map: distortion.map.as_ref().map(from_map).transpose()?,
    })
}
