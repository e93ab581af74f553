//! The service's settings.

use std::collections::BTreeMap;

use domain::{alignment::CoverageWeight, counting::Counting, roles::RoleError};
use serde::Deserialize;

use crate::model::AlignmentModel;

/// What aligns, and how much is kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignmentSettings {
    /// Longest text taken, bytes.
    pub max_text_bytes: usize,
    /// Most texts, and most regions, in one call.
    pub max_items: usize,
    /// How regions are embedded.
    pub regions: RegionSettings,
    /// Embeddings kept by picture and region.
    pub image_cache_entries: u64,
    /// Embeddings kept by text.
    pub text_cache_entries: u64,
    /// How a descriptor's coverage weighs.
    pub coverage: CoverageWeight,
    /// How objects of a stated number are counted.
    pub counting: Counting,
    /// Which of `models` aligns.
    pub model: String,
    /// What there is to choose from.
    pub models: BTreeMap<String, AlignmentModel>,
}

impl AlignmentSettings {
    /// The model that aligns.
    pub fn chosen(&self) -> Result<&AlignmentModel, RoleError> {
        let known = || self.models.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        self.models.get(&self.model).ok_or_else(|| {
            RoleError::Internal(format!("alignment.model is '{}'; alignment.models has: {}", self.model, known()))
        })
    }
}

/// How a region is embedded.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionSettings {
    /// What the tower is shown.
    pub way: RegionWay,
    /// How much of a region's own size is kept around it in its crop.
    pub crop_margin: f32,
}

/// What the tower is shown of a region. Where a region has no mask, its box takes the mask's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegionWay {
    /// The square around its box.
    Crop,
    /// The same, with everything outside its mask painted over.
    MaskedCrop,
    /// The whole picture, once for all regions; the embeddings of the patches under its mask are averaged.
    Dense,
}
