//! The service's settings.

use serde::Deserialize;

/// Which proposals are made and kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentationSettings {
    /// The image encoder's name in the manifest.
    pub encoder: String,
    /// Pixels on each side of the encoder's input.
    pub side: u32,
    /// The mask decoder's name in the manifest.
    pub decoder: String,
    /// Prompt points on the picture's longer side; the shorter one gets as many as fit the same spacing.
    pub points_per_side: u32,
    /// Least mask IoU the model itself expects, [0, 1].
    pub min_predicted_iou: f32,
    /// Least stability, [0, 1].
    pub min_stability: f32,
    /// How far the threshold is moved both ways to measure stability, logits.
    pub stability_offset: f32,
    /// Two masks that overlap by more than this IoU are one region.
    pub max_overlap: f32,
    /// Least part of the picture a region covers.
    pub min_area: f32,
    /// Parts and holes of a mask below this share of the picture are removed.
    pub min_part: f32,
    /// Most regions, when the caller does not say.
    pub max_regions: u32,
}
