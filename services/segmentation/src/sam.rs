//! SAM: an encoder that sees the picture once, and a decoder that turns points into masks.

use domain::roles::{Answer, ModelInfo, RoleError};
use image::RgbImage;
use inference::runtime::{Session, Tensor};
use picture::scale::{Filter, normalised_planes, resized};

use crate::mask_decoder::MaskDecoder;

/// Pixels on each side of the picture that points are told in, whatever the encoder's input.
const FRAME: f32 = 1024.0;

const MEAN: [f32; 3] = [123.675, 116.28, 103.53];
const DEVIATION: [f32; 3] = [58.395, 57.12, 57.375];

/// Both models. Cloning shares them.
#[derive(Clone)]
pub struct Sam {
    encoder: Session,
    /// Pixels on each side of the encoder's input.
    side: usize,
    /// What turns points into masks.
    pub decoder: MaskDecoder,
}

/// A picture as the decoder sees it.
pub struct Encoded {
    /// `f32 [1, 256, n, n]`, a cell for every 16 × 16 pixels of the encoder's input.
    pub embedding: Tensor,
    /// Pixels on each side of the encoder's input.
    side: usize,
    /// The picture's width in the encoder's input, pixels; the rest is padding.
    pub width: usize,
    /// Its height there.
    pub height: usize,
}

impl Encoded {
    /// Columns and rows that the picture has in a mask of `side` × `side` cells over picture and padding.
    pub fn cells(&self, side: usize) -> [usize; 2] {
        [self.width, self.height].map(|length| (length * side).div_ceil(self.side).clamp(1, side))
    }

    /// A point, given in fractions of the picture's width and height, as the decoder takes it.
    pub fn place(&self, (x, y): (f32, f32)) -> (f32, f32) {
        let scale = FRAME / self.side as f32;
        (x * self.width as f32 * scale, y * self.height as f32 * scale)
    }
}

impl Sam {
    /// A segmenter over an encoder whose first input is `f32 [1, 3, side, side]`, and a decoder.
    pub fn new(encoder: Session, side: u32, decoder: Session) -> Self {
        Self { encoder, side: side as usize, decoder: MaskDecoder::new(decoder) }
    }

    /// Encodes the picture: its long side scaled to the encoder's, padded right and below. Blocks.
    pub fn encode(&self, pixels: &RgbImage) -> Answer<Encoded> {
        let (width, height) = pixels.dimensions();
        let side = self.side;
        let scale = side as f32 / width.max(height) as f32;
        let scaled = |length: u32| ((length as f32 * scale).round() as u32).clamp(1, side as u32);
        let (w, h) = (scaled(width), scaled(height));
        let small = resized(pixels, None, w, h, Filter::Bilinear)?;
        // Padding is zero after normalisation, as in training.
        let mut planes = vec![0.0; 3 * side * side];
        normalised_planes(&small, &mut planes, side, side, MEAN, DEVIATION);
        let output =
            self.encoder.run(&[(self.encoder.input(0)?, &[1, 3, side, side], &planes)], &[self.encoder.output(0)?])?;
        let embedding =
            output.into_iter().next().ok_or_else(|| RoleError::Internal("the encoder gave no output".into()))?;
        Ok(Encoded { embedding, side, width: w as usize, height: h as usize })
    }

    /// Which models these are.
    pub fn models(&self) -> Vec<ModelInfo> {
        vec![self.encoder.info().clone(), self.decoder.info().clone()]
    }
}
