//! The service's settings.

use domain::{
    alignment::{CoverageWeight, Logistic},
    counting::Counting,
};
use serde::Deserialize;

/// How cosines become probabilities, and how much is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignmentSettings {
    /// Longest text taken, bytes.
    pub max_text_bytes: usize,
    /// Most texts, and most regions, in one call.
    pub max_items: usize,
    /// How much of a region's own size is kept around it in its crop.
    pub crop_margin: f32,
    /// Embeddings kept by picture and region.
    pub image_cache_entries: u64,
    /// Embeddings kept by text.
    pub text_cache_entries: u64,
    /// The text encoder's calibrations.
    pub calibrations: Calibrations,
    /// The aesthetic head's scale.
    pub aesthetics: AestheticScale,
    /// How a descriptor's coverage weighs.
    pub coverage: CoverageWeight,
    /// How objects of a stated number are counted.
    pub counting: Counting,
}

/// Calibrations of one text encoder, each fitted on pairs that belong together and pairs that do not.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibrations {
    /// A whole prompt against a whole picture.
    pub prompt: Logistic,
    /// A phrase against a region or a picture.
    pub phrase: Logistic,
}

/// Maps the head's value to [0, 1].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AestheticScale {
    /// The head's value that maps to 0.5.
    pub midpoint: f64,
    /// The head's values over which the map goes from 0.5 to 0.73.
    pub spread: f64,
}
