//! The image tower as a text encoder: it reads the text from a picture of it.
//!
//! No package carries CLIP's text tower, but its image tower has learnt to read, and what it reads lies near what it sees;
//! the model card has the figures.

use ab_glyph::FontRef;
use domain::roles::{Answer, ModelInfo, RoleError};

use crate::{text_encoder::TextEncoder, tower::ImageTower, typeset::typeset};

/// Renders texts and embeds them with the image tower.
pub struct RenderedText {
    tower: ImageTower,
    font: Vec<u8>,
    info: ModelInfo,
}

impl RenderedText {
    /// An encoder that sets texts in `font` (TrueType or OpenType bytes).
    pub fn new(tower: ImageTower, font: Vec<u8>, info: ModelInfo) -> Result<Self, RoleError> {
        FontRef::try_from_slice(&font).map_err(|error| RoleError::Internal(format!("font {}: {error}", info.name)))?;
        Ok(Self { tower, font, info })
    }
}

impl TextEncoder for RenderedText {
    fn encode(&self, text: &str) -> Answer<Vec<f32>> {
        let font =
            FontRef::try_from_slice(&self.font).map_err(|error| RoleError::Internal(format!("font: {error}")))?;
        self.tower.embed(&typeset(&font, text, self.tower.side()))
    }

    fn info(&self) -> ModelInfo {
        self.info.clone()
    }
}
