//! Embeds regions in the way that the settings choose.

mod dense;
mod masked;

use domain::{region::RegionShape, roles::Answer};
use image::{Rgb, RgbImage};

use crate::{
    crop,
    settings::{RegionSettings, RegionWay},
    tower::ImageTower,
};

/// The regions of one picture.
pub struct RegionViews<'a> {
    tower: &'a ImageTower,
    pixels: &'a RgbImage,
    settings: RegionSettings,
    /// The patches' embeddings, once they were needed.
    patches: Option<Vec<Vec<f32>>>,
}

impl<'a> RegionViews<'a> {
    pub const fn new(tower: &'a ImageTower, pixels: &'a RgbImage, settings: RegionSettings) -> Self {
        Self { tower, pixels, settings, patches: None }
    }

    /// Embeds one region, whose box lies inside the picture: `f32 [width]`, L2-normalised, not centred. Blocks.
    pub fn embed(&mut self, region: &RegionShape) -> Answer<Vec<f32>> {
        let (side, margin) = (self.tower.side(), self.settings.crop_margin);
        match (self.settings.way, &region.mask) {
            (RegionWay::Crop, _) | (RegionWay::MaskedCrop, None) => {
                self.tower.embed(&crop::region(self.pixels, region.bbox, margin, side)?)
            }
            (RegionWay::MaskedCrop, Some(mask)) => {
                let paint = Rgb(self.tower.mean_color());
                self.tower.embed(&masked::region(self.pixels, region.bbox, mask, margin, side, paint)?)
            }
            (RegionWay::Dense, _) => {
                let patches = match self.patches.take() {
                    Some(patches) => patches,
                    None => self.tower.patches(&dense::view(self.pixels, side)?)?,
                };
                let embedding = dense::pooled(&patches, region, self.pixels.dimensions());
                self.patches = Some(patches);
                Ok(embedding)
            }
        }
    }
}
