//! What turns texts into the joint space.

use domain::roles::{Answer, ModelInfo};

/// A text encoder into the image tower's joint space.
pub trait TextEncoder: Send + Sync {
    /// Embeds `text`: `f32 [width]`, L2-normalised, not centred. Blocks.
    fn encode(&self, text: &str) -> Answer<Vec<f32>>;
    /// Which encoder this is.
    fn info(&self) -> ModelInfo;
}
