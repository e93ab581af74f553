//! SAM: an encoder that sees the picture once, and a decoder that turns points into masks.

use domain::roles::{Answer, ModelInfo, RoleError};
use image::RgbImage;
use inference::runtime::{Session, Tensor};
use picture::scale::{Filter, normalised_planes, resized};

use crate::mask_decoder::MaskDecoder;

/// Pixels on each side of the encoder's input.
const SIDE: usize = 1024;

const MEAN: [f32; 3] = [123.675, 116.28, 103.53];
const DEVIATION: [f32; 3] = [58.395, 57.12, 57.375];

/// Both models. Cloning shares them.
#[derive(Clone)]
pub struct Sam {
    encoder: Session,
    /// What turns points into masks.
    pub decoder: MaskDecoder,
}

/// A picture as the decoder sees it.
pub struct Encoded {
    /// `f32 [1, 256, 64, 64]`.
    pub embedding: Tensor,
    /// The picture's width in the encoder's input, pixels; the rest is padding.
    pub width: usize,
    /// Its height there.
    pub height: usize,
}

impl Encoded {
    /// Columns and rows that the picture has in a mask of `side` × `side` cells over picture and padding.
    pub fn cells(&self, side: usize) -> [usize; 2] {
        [self.width, self.height].map(|length| (length * side).div_ceil(SIDE).clamp(1, side))
    }
}

impl Sam {
    /// A segmenter over an encoder whose first input is `f32 [1, 3, 1024, 1024]`, and a decoder.
    pub fn new(encoder: Session, decoder: Session) -> Self {
        Self { encoder, decoder: MaskDecoder::new(decoder) }
    }

    /// Encodes the picture: its long side scaled to 1024, padded right and below. Blocks.
    pub fn encode(&self, pixels: &RgbImage) -> Answer<Encoded> {
        let (width, height) = pixels.dimensions();
        let scale = SIDE as f32 / width.max(height) as f32;
        let scaled = |side: u32| ((side as f32 * scale).round() as u32).clamp(1, SIDE as u32);
        let (w, h) = (scaled(width), scaled(height));
        let small = resized(pixels, None, w, h, Filter::Bilinear)?;
        // Padding is zero after normalisation, as in training.
        let mut planes = vec![0.0; 3 * SIDE * SIDE];
        normalised_planes(&small, &mut planes, SIDE, SIDE, MEAN, DEVIATION);
        let output =
            self.encoder.run(&[(self.encoder.input(0)?, &[1, 3, SIDE, SIDE], &planes)], &[self.encoder.output(0)?])?;
        let embedding =
            output.into_iter().next().ok_or_else(|| RoleError::Internal("the encoder gave no output".into()))?;
        Ok(Encoded { embedding, width: w as usize, height: h as usize })
    }

    /// Which models these are.
    pub fn models(&self) -> Vec<ModelInfo> {
        vec![self.encoder.info().clone(), self.decoder.info().clone()]
    }
}
