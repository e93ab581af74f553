//! How likely a picture shows what a phrase says: a small network over the whole picture, its best region and the phrase.
//!
//! Two cosines leave much unsaid: which values of the embeddings agree tells things and their looks apart that cosines
//! confuse (docs/alignment.md, "Attributes").

use domain::roles::{ModelInfo, RoleError};
use inference::weights::{matrix, vector};

use crate::joint_space::{cosine, dot};

/// Values of the hidden layer.
const HIDDEN: usize = 64;

/// A line over the cosines with the whole picture and with its best view, and one hidden layer that adds to it.
#[derive(Clone, Debug)]
pub struct PresenceHead {
    /// Constant, the whole picture's cosine, the best view's.
    line: Vec<f32>,
    /// One row a hidden value.
    hidden: Vec<Vec<f32>>,
    bias: Vec<f32>,
    out: Vec<f32>,
    info: ModelInfo,
}

impl PresenceHead {
    /// Reads `line [3]`, `hidden [64, 2 · (2 · width + 1)]`, `bias [64]` and `out [64]` from a safetensors file.
    pub fn read(bytes: &[u8], width: usize, info: ModelInfo) -> Result<Self, RoleError> {
        let hidden = matrix(bytes, "hidden", [HIDDEN, 2 * (2 * width + 1)])?
            .ok_or_else(|| RoleError::Internal("weights 'hidden': missing from the presence head's file".into()))?;
        let (line, bias, out) =
            (vector(bytes, "line", 3)?, vector(bytes, "bias", HIDDEN)?, vector(bytes, "out", HIDDEN)?);
        Ok(Self { line, hidden, bias, out, info })
    }

    /// The probability, [0, 1], that the picture shows what `phrase` says. All are unit vectors of the joint space;
    /// `best` is the view, the whole picture among them, that fits the phrase best.
    pub fn presence(&self, phrase: &[f32], whole: &[f32], best: &[f32]) -> f64 {
        let inputs = [features(phrase, whole), features(phrase, best)].concat();
        let activated = |(weights, bias): (&Vec<f32>, &f32)| gelu(dot(weights, &inputs) + bias);
        let hidden: Vec<f32> = self.hidden.iter().zip(&self.bias).map(activated).collect();
        let line = dot(&self.line, &[1.0, cosine(phrase, whole), cosine(phrase, best)]);
        1.0 / (1.0 + (-f64::from(line + dot(&self.out, &hidden))).exp())
    }

    /// Which head this is.
    pub const fn info(&self) -> &ModelInfo {
        &self.info
    }
}

/// Products and distances, value by value, and the cosine.
fn features(phrase: &[f32], view: &[f32]) -> Vec<f32> {
    let products = phrase.iter().zip(view).map(|(a, b)| a * b);
    let distances = phrase.iter().zip(view).map(|(a, b)| (a - b).abs());
    products.chain(distances).chain([cosine(phrase, view)]).collect()
}

/// In its usual approximation by tanh, with which the head was trained.
fn gelu(x: f32) -> f32 {
    let inner = (2.0 / std::f32::consts::PI).sqrt() * (x + 0.044_715 * x * x * x);
    0.5 * x * (1.0 + inner.tanh())
}

#[cfg(test)]
mod tests {
    use safetensors::{Dtype, tensor::TensorView};

    use super::*;

    /// A head for embeddings of two values whose first hidden value sees the first product with the whole picture only.
    fn bytes(inputs: usize) -> Vec<u8> {
        let mut hidden = vec![0.0_f32; HIDDEN * inputs];
        hidden[0] = 2.0;
        let mut out = [0.0_f32; HIDDEN];
        out[0] = 3.0;
        let raw = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let (line, hidden, bias, out) = (raw(&[-1.0, 4.0, 2.0]), raw(&hidden), raw(&[0.0; HIDDEN]), raw(&out));
        let view = |shape: &[usize], data| TensorView::new(Dtype::F32, shape.to_vec(), data).unwrap();
        let tensors = [
            ("line", view(&[3], &line)),
            ("hidden", view(&[HIDDEN, inputs], &hidden)),
            ("bias", view(&[HIDDEN], &bias)),
            ("out", view(&[HIDDEN], &out)),
        ];
        safetensors::serialize(tensors, None).unwrap()
    }

    fn info() -> ModelInfo {
        ModelInfo { role: "alignment".into(), name: "head".into(), ..ModelInfo::default() }
    }

    #[test]
    fn the_line_and_the_hidden_layer_add_up() {
        let head = PresenceHead::read(&bytes(10), 2, info()).unwrap();
        let (phrase, whole, best) = ([0.6, 0.8], [1.0, 0.0], [0.0, 1.0]);
        // −1 + 4 · 0.6 + 2 · 0.8 and 3 · gelu(2 · 0.6); gelu(1.2) is 1.0617.
        let wanted = 1.0 / (1.0 + (-(3.0_f64 + 3.0 * 1.0617)).exp());
        assert!((head.presence(&phrase, &whole, &best) - wanted).abs() < 1e-4);
    }

    #[test]
    fn a_head_for_another_width_is_refused() {
        let error = PresenceHead::read(&bytes(10), 3, info()).unwrap_err().to_string();
        assert!(error.contains("expected F32 of shape [64, 14], got F32 of shape [64, 10]"), "{error}");
    }
}
