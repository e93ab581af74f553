//! The joint space: what makes a picture's and a text's embedding comparable.
//!
//! All pictures point roughly one way and all texts another. Subtracting each side's mean over a fixed bank leaves what
//! tells one picture or text from the others: text → picture retrieval among 125 pictures rises from 0.38 to 0.70 (R@1).

use domain::roles::{ModelInfo, RoleError};
use inference::weights::vector;

/// How both sides are centred. The default centres neither.
#[derive(Clone, Debug, Default)]
pub struct JointSpace {
    means: Option<Means>,
}

#[derive(Clone, Debug)]
struct Means {
    image: Vec<f32>,
    text: Vec<f32>,
    info: ModelInfo,
}

impl JointSpace {
    /// Reads `image_mean` and `text_mean`, each `f32 [width]`, from a safetensors file.
    pub fn read(bytes: &[u8], width: usize, info: ModelInfo) -> Result<Self, RoleError> {
        let (image, text) = (vector(bytes, "image_mean", width)?, vector(bytes, "text_mean", width)?);
        Ok(Self { means: Some(Means { image, text, info }) })
    }

    /// Centres a picture's embedding.
    pub fn centred_image(&self, embedding: &[f32]) -> Vec<f32> {
        centred(embedding, self.means.as_ref().map(|means| &means.image))
    }

    /// Centres a text's embedding.
    pub fn centred_text(&self, embedding: &[f32]) -> Vec<f32> {
        centred(embedding, self.means.as_ref().map(|means| &means.text))
    }

    /// Which means these are.
    pub fn info(&self) -> Option<&ModelInfo> {
        self.means.as_ref().map(|means| &means.info)
    }
}

fn centred(embedding: &[f32], mean: Option<&Vec<f32>>) -> Vec<f32> {
    let Some(mean) = mean else { return embedding.to_vec() };
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
