//! CLIP's image tower: 224 × 224 pixels to one embedding.

use domain::roles::{Answer, ModelInfo, RoleError};
use image::RgbImage;
use inference::runtime::Session;
use picture::scale::normalised_planes;

use crate::joint_space::{DIMENSIONS, normalise};

/// Pixels on each side of the tower's input.
pub const SIDE: u32 = 224;

// CLIP's published channel statistics, in units of 0–255.
const MEAN: [f32; 3] = [122.770_94, 116.746_01, 104.093_74];
const DEVIATION: [f32; 3] = [68.500_5, 66.632_2, 70.323_2];

/// The image tower. Cloning shares it.
#[derive(Clone)]
pub struct ImageTower {
    session: Session,
}

impl ImageTower {
    /// The model's input tensor.
    pub const INPUT: &'static str = "pixel_values";
    /// The model's embedding tensor.
    pub const OUTPUT: &'static str = "image_embeds";

    /// A tower over a session with the tensors [`Self::INPUT`] and [`Self::OUTPUT`].
    pub const fn new(session: Session) -> Self {
        Self { session }
    }

    /// Embeds `pixels` (224 × 224): `f32 [512]`, L2-normalised, not centred. Blocks.
    ///
    /// One picture a run: the model quantises its activations over the whole batch, so that a batch would make an
    /// embedding depend on its neighbours.
    pub fn embed(&self, pixels: &RgbImage) -> Answer<Vec<f32>> {
        if pixels.dimensions() != (SIDE, SIDE) {
            return Err(RoleError::Internal(format!(
                "the tower takes {SIDE} × {SIDE} pixels, got {:?}",
                pixels.dimensions()
            )));
        }
        let side = SIDE as usize;
        let mut planes = vec![0.0; 3 * side * side];
        normalised_planes(pixels, &mut planes, side, side, MEAN, DEVIATION);
        let output = self.session.run(&[(Self::INPUT, &[1, 3, side, side], &planes)], &[Self::OUTPUT])?;
        match output.into_iter().next() {
            Some(tensor) if tensor.data.len() == DIMENSIONS => Ok(normalise(tensor.data)),
            _ => Err(RoleError::Internal(format!("the tower gave no embedding of {DIMENSIONS} values"))),
        }
    }

    /// Which model this is.
    pub const fn info(&self) -> &ModelInfo {
        self.session.info()
    }
}
