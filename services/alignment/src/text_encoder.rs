//! What turns texts into embeddings.

use domain::roles::{Answer, ModelInfo};

/// A text encoder beside an image tower.
pub trait TextEncoder: Send + Sync {
    /// Embeds `text`: `f32 [width]`, L2-normalised, not yet in its place in the joint space. Blocks.
    fn encode(&self, text: &str) -> Answer<Vec<f32>>;
    /// Which encoder this is.
    fn info(&self) -> ModelInfo;
}
