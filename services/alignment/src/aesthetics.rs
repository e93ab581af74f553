//! How pleasing a picture is: LAION's linear head over the image embedding.

use domain::roles::{ModelInfo, RoleError};
use inference::weights::vector;

use crate::{joint_space::dot, model::AestheticSettings};

/// A linear head on the uncentred, L2-normalised image embedding.
#[derive(Clone, Debug)]
pub struct AestheticHead {
    weight: Vec<f32>,
    bias: f32,
    scale: AestheticSettings,
    info: ModelInfo,
}

impl AestheticHead {
    /// Reads `weight` (`width` values) and `bias` (one) from a safetensors file.
    pub fn read(bytes: &[u8], width: usize, scale: AestheticSettings, info: ModelInfo) -> Result<Self, RoleError> {
        let bias = vector(bytes, "bias", 1)?[0];
        Ok(Self { weight: vector(bytes, "weight", width)?, bias, scale, info })
    }

    /// s_e, [0, 1], of a picture's embedding.
    pub fn score(&self, embedding: &[f32]) -> f64 {
        let value = dot(&self.weight, embedding) + self.bias;
        1.0 / (1.0 + (-(f64::from(value) - self.scale.midpoint) / self.scale.spread).exp())
    }

    /// Which head this is.
    pub const fn info(&self) -> &ModelInfo {
        &self.info
    }
}
