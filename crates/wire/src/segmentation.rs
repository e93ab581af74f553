//! Messages of the segmentation service.

use domain::roles::Segmentation;
use proto::segmentation as pb;

use crate::{
    Checked,
    common::{from_models, from_region, to_models, to_region},
};

/// Writes a segmentation.
pub fn to_response(segmentation: Segmentation) -> pb::SegmentResponse {
    pb::SegmentResponse {
        regions: segmentation.regions.into_iter().map(to_region).collect(),
        models: to_models(segmentation.models),
    }
}

/// Reads a segmentation.
pub fn from_response(response: pb::SegmentResponse) -> Checked<Segmentation> {
    Ok(Segmentation {
        regions: response.regions.into_iter().map(from_region).collect::<Checked<_>>()?,
        models: from_models(response.models),
    })
}
