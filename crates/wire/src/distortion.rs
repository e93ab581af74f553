//! Messages of the distortion service.

use domain::{distortion::Distortion, roles::Detection};
use proto::{common, distortion as pb};

use crate::{
    Checked,
    common::{from_kind, from_map, from_models, from_point, to_kind, to_map, to_models},
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
        peak: distortion.peak.map(|point| from_point(point, "distortions.peak")).transpose()?.map(Into::into),
        map: distortion.map.as_ref().map(from_map).transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peak_that_is_nowhere_is_refused() {
        let with = |x: f32| pb::DetectResponse {
            distortions: vec![pb::Distortion {
                r#type: 8,
                peak: Some(common::Point { x, y: 0.5 }),
                ..Default::default()
            }],
            ..Default::default()
        };
        assert!(from_response(with(0.5)).is_ok());
        assert_eq!(from_response(with(f32::NAN)).unwrap_err().field, "distortions.peak");
    }
}
