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
    /// A tower over a session whose first input is `f32 [1, 3, side, side]` and whose first output `f32 [1, width]`.
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
        let (side, got) = (self.side, pixels.dimensions());
        if got != (side, side) {
            return Err(RoleError::Internal(format!("the tower takes {side} × {side} pixels, got {got:?}")));
        }
        let side = side as usize;
        let mut planes = vec![0.0; 3 * side * side];
        normalised_planes(pixels, &mut planes, side, side, self.mean, self.deviation);
        let output =
            self.session.run(&[(self.session.input(0)?, &[1, 3, side, side], &planes)], &[self.session.output(0)?])?;
        match output.into_iter().next() {
            Some(tensor) if tensor.data.len() == self.width => Ok(normalise(tensor.data)),
            _ => Err(RoleError::Internal(format!("the tower gave no embedding of {} values", self.width))),
        }
    }

    /// Which model this is.
    pub const fn info(&self) -> &ModelInfo {
        self.session.info()
    }
}
