//! SAM's two models: an encoder that sees the picture once, and a decoder that turns a point into a mask.

use domain::roles::{Answer, ModelInfo, RoleError};
use image::RgbImage;
use inference::runtime::{Session, Tensor};
use picture::scale::{Filter, normalised_planes, resized};

use crate::low_res::LowResMask;

/// Pixels on each side of the encoder's input.
const SIDE: usize = 1024;
/// Cells on each side of a low-resolution mask.
const LOW_RES: usize = 256;

const MEAN: [f32; 3] = [123.675, 116.28, 103.53];
const DEVIATION: [f32; 3] = [58.395, 57.12, 57.375];

/// Both models. Cloning shares them.
#[derive(Clone)]
pub struct Sam {
    encoder: Session,
    decoder: Session,
}

/// A picture as the decoder sees it.
pub struct Encoded {
    embedding: Tensor,
    /// The picture's size in the encoder's input; the rest is padding.
    width: usize,
    height: usize,
}

/// One decoded point.
pub struct Decoded {
    /// Logits; positive is inside.
    pub mask: LowResMask,
    /// The IoU that the model expects of its mask, clamped to [0, 1].
    pub predicted_iou: f32,
}

impl Sam {
    /// The decoder's tensors, as Meta's own export names them.
    pub const DECODER: (&'static [&'static str], &'static [&'static str]) = (
        &["image_embeddings", "point_coords", "point_labels", "mask_input", "has_mask_input", "orig_im_size"],
        &["iou_predictions", "low_res_masks"],
    );

    /// A segmenter over an encoder whose first input is `f32 [1, 3, 1024, 1024]` and a decoder with the tensors
    /// [`Self::DECODER`].
    pub const fn new(encoder: Session, decoder: Session) -> Self {
        Self { encoder, decoder }
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

    /// The mask at `point`, in fractions of the picture's width and height. Blocks.
    pub fn decode(&self, picture: &Encoded, point: (f32, f32)) -> Answer<Decoded> {
        let (x, y) = (point.0 * picture.width as f32, point.1 * picture.height as f32);
        let inputs: [(&str, &[usize], &[f32]); 6] = [
            ("image_embeddings", &picture.embedding.shape, &picture.embedding.data),
            // The graph wants a second, padding point when there is no box.
            ("point_coords", &[1, 2, 2], &[x, y, 0.0, 0.0]),
            ("point_labels", &[1, 2], &[1.0, -1.0]),
            ("mask_input", &[1, 1, LOW_RES, LOW_RES], &NO_MASK),
            ("has_mask_input", &[1], &[0.0]),
            // Full-size masks cost most of the decoder's time; only the low-resolution ones are used.
            ("orig_im_size", &[2], &[64.0, 64.0]),
        ];
        let output = self.decoder.run(&inputs, Self::DECODER.1)?;
        let [iou, logits] =
            <[Tensor; 2]>::try_from(output).map_err(|_| RoleError::Internal("the decoder gave no mask".into()))?;
        if logits.data.len() != LOW_RES * LOW_RES || iou.data.len() != 1 {
            return Err(RoleError::Internal(format!(
                "expected one {LOW_RES} × {LOW_RES} mask, got {:?}",
                logits.shape
            )));
        }
        // Cells that lie wholly in the padding are cut away, so that the mask covers the picture alone.
        let cells = |side: usize| (side * LOW_RES).div_ceil(SIDE).clamp(1, LOW_RES);
        let (width, height) = (cells(picture.width), cells(picture.height));
        let rows = logits.data.chunks(LOW_RES).take(height).flat_map(|row| &row[..width]).copied().collect();
        Ok(Decoded { mask: LowResMask { width, height, logits: rows }, predicted_iou: iou.data[0].clamp(0.0, 1.0) })
    }

    /// Which models these are.
    pub fn models(&self) -> Vec<ModelInfo> {
        vec![self.encoder.info().clone(), self.decoder.info().clone()]
    }
}

static NO_MASK: [f32; LOW_RES * LOW_RES] = [0.0; LOW_RES * LOW_RES];
