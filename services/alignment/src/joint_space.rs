//! The joint space: what makes a picture's and a text's embedding comparable.
//!
//! All pictures point roughly one way and all texts another. Subtracting each side's mean over a fixed bank leaves what
//! tells one picture or text from the others: text → picture retrieval among 125 pictures rises from 0.36 to 0.69 (R@1).

use domain::roles::{ModelInfo, RoleError};
use inference::weights::vector;

/// Values of an embedding.
pub const DIMENSIONS: usize = 512;

/// The means that centre both sides.
#[derive(Clone, Debug)]
pub struct JointSpace {
    image_mean: Vec<f32>,
    text_mean: Vec<f32>,
    info: ModelInfo,
}

impl JointSpace {
    /// Reads `image_mean` and `text_mean` from a safetensors file.
    pub fn read(bytes: &[u8], info: ModelInfo) -> Result<Self, RoleError> {
        Ok(Self {
            image_mean: vector(bytes, "image_mean", DIMENSIONS)?,
            text_mean: vector(bytes, "text_mean", DIMENSIONS)?,
            info,
        })
    }

    /// Centres a picture's embedding.
    pub fn centred_image(&self, embedding: &[f32]) -> Vec<f32> {
        centred(embedding, &self.image_mean)
    }

    /// Centres a text's embedding.
    pub fn centred_text(&self, embedding: &[f32]) -> Vec<f32> {
        centred(embedding, &self.text_mean)
    }

    /// Which means these are.
    pub const fn info(&self) -> &ModelInfo {
        &self.info
    }
}

fn centred(embedding: &[f32], mean: &[f32]) -> Vec<f32> {
    normalise(embedding.iter().zip(mean).map(|(value, mean)| value - mean).collect())
}

/// `values` scaled to length 1; a zero vector stays zero.
pub fn normalise(mut values: Vec<f32>) -> Vec<f32> {
    let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        values.iter_mut().for_each(|value| *value /= length);
    }
    values
}

/// The cosine of two normalised embeddings, [−1, 1].
pub fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>().clamp(-1.0, 1.0)
}
