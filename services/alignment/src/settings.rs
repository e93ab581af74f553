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
    /// How much of a region's own size is kept around it in its crop.
    pub crop_margin: f32,
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
