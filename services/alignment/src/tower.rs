//! The image tower: a square of pixels to one embedding.

use domain::roles::{Answer, ModelInfo, RoleError};
use image::RgbImage;
use inference::runtime::Session;
use picture::scale::normalised_planes;

use crate::{
    joint_space::normalise,
    model::{Fit, ImageTowerSettings},
};

/// The image tower. Cloning shares it.
#[derive(Clone)]
pub struct ImageTower {
    session: Session,
    side: u32,
    fit: Fit,
    // Channel statistics in units of 0–255.
    mean: [f32; 3],
    deviation: [f32; 3],
    width: usize,
}

impl ImageTower {
    /// A tower over a session whose first input is `f32 [1, 3, side, side]` and whose first output `f32 [1, width]`; the
    /// second, where it has one, is every token's embedding: the whole's, then the patches' of a square grid.
    pub fn new(session: Session, width: usize, settings: &ImageTowerSettings) -> Self {
        let &ImageTowerSettings { side, fit, mean, deviation, .. } = settings;
        let (mean, deviation) = (mean.map(|value| value * 255.0), deviation.map(|value| value * 255.0));
        Self { session, side, fit, mean, deviation, width }
    }

    /// Pixels on each side of the input.
    pub const fn side(&self) -> u32 {
        self.side
    }

    /// How a whole picture becomes square.
    pub const fn fit(&self) -> Fit {
        self.fit
    }

    /// Embeds `pixels` (`side` × `side`): `f32 [width]`, L2-normalised, not centred. Blocks.
    ///
    /// One picture a run: the model quantises its activations over the whole batch, so that a batch would make an
    /// embedding depend on its neighbours.
    pub fn embed(&self, pixels: &RgbImage) -> Answer<Vec<f32>> {
        let embedding = self.run(pixels, self.session.output(0)?)?;
        if embedding.len() != self.width {
            return Err(RoleError::Internal(format!("the tower gave no embedding of {} values", self.width)));
        }
        Ok(normalise(embedding))
    }

    /// Embeds each patch of `pixels` (`side` × `side`), row by row, as [`Self::embed`] does the whole. Blocks.
    pub fn patches(&self, pixels: &RgbImage) -> Answer<Vec<Vec<f32>>> {
        let output = self.session.output(1).map_err(|_| {
            let name = &self.info().name;
            RoleError::Internal(format!(
                "dense regions need embeddings of patches, which the model {name} does not give"
            ))
        })?;
        let tokens = self.run(pixels, output)?;
        // The first token stands for the whole.
        let patches: Vec<Vec<f32>> = tokens.chunks(self.width).skip(1).map(|token| normalise(token.to_vec())).collect();
        let grid = patches.len().isqrt();
        if grid == 0 || grid * grid != patches.len() || tokens.len() % self.width != 0 {
            return Err(RoleError::Internal(format!("expected a square of patches, got {} tokens", patches.len() + 1)));
        }
        Ok(patches)
    }

    /// The colour that is zero after normalisation.
    pub fn mean_color(&self) -> [u8; 3] {
        self.mean.map(|value| value.round() as u8)
    }

    fn run(&self, pixels: &RgbImage, output: &str) -> Answer<Vec<f32>> {
        let (side, got) = (self.side, pixels.dimensions());
        if got != (side, side) {
            return Err(RoleError::Internal(format!("the tower takes {side} × {side} pixels, got {got:?}")));
        }
        let side = side as usize;
        let mut planes = vec![0.0; 3 * side * side];
        normalised_planes(pixels, &mut planes, side, side, self.mean, self.deviation);
        let input = self.session.input(0)?;
        let tensors = self.session.run(&[(input, &[1, 3, side, side], &planes)], &[output])?;
        Ok(tensors.into_iter().next().map(|tensor| tensor.data).unwrap_or_default())
    }

    /// Which model this is.
    pub const fn info(&self) -> &ModelInfo {
        self.session.info()
    }
}
