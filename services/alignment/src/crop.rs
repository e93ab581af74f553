//! What the tower sees of a picture: all of it or its centre square, or a region with some of its surroundings.

use domain::{region::BoundingBox, roles::Answer};
use image::RgbImage;
use picture::scale::{Filter, resized};

use crate::model::Fit;

/// The tower's view of the whole picture, `side` pixels wide and high.
pub fn whole(pixels: &RgbImage, side: u32, fit: Fit) -> Answer<RgbImage> {
    if fit == Fit::Squash {
        return resized(pixels, None, side, side, Filter::Bicubic);
    }
    let (width, height) = pixels.dimensions();
    let short = width.min(height) as f32;
    let centre =
        BoundingBox { x: (width as f32 - short) / 2.0, y: (height as f32 - short) / 2.0, width: short, height: short };
    resized(pixels, Some(centre), side, side, Filter::Bicubic)
}

/// The tower's view of one region: the square around its box with `margin` of its size added, moved inside the picture.
/// Where the picture is too narrow for the square, the crop is narrower and gets stretched.
pub fn region(pixels: &RgbImage, bbox: BoundingBox, margin: f32, side: u32) -> Answer<RgbImage> {
    resized(pixels, Some(square(pixels, bbox, margin)), side, side, Filter::Bicubic)
}

/// What [`region`] shows, in pixels of the picture.
pub fn square(pixels: &RgbImage, bbox: BoundingBox, margin: f32) -> BoundingBox {
    let (width, height) = (pixels.width() as f32, pixels.height() as f32);
    let square = (bbox.width.max(bbox.height) * (1.0 + margin)).max(1.0);
    let (w, h) = (square.min(width), square.min(height));
    let x = (bbox.x + bbox.width / 2.0 - w / 2.0).clamp(0.0, width - w);
    let y = (bbox.y + bbox.height / 2.0 - h / 2.0).clamp(0.0, height - h);
    BoundingBox { x, y, width: w, height: h }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIDE: u32 = 224;

    #[test]
    fn a_region_at_the_border_is_cropped_inside_the_picture() {
        let pixels = RgbImage::from_fn(100, 40, |x, _| image::Rgb([if x >= 80 { 255 } else { 0 }, 0, 0]));
        let crop = region(&pixels, BoundingBox { x: 85.0, y: 10.0, width: 15.0, height: 15.0 }, 0.0, SIDE).unwrap();
        assert_eq!(crop.dimensions(), (SIDE, SIDE));
        assert!(crop.pixels().all(|pixel| pixel.0[0] > 200));
        let odd = BoundingBox { x: -50.0, y: -50.0, width: 1e6, height: 0.0 };
        assert_eq!(region(&pixels, odd, 0.1, SIDE).unwrap().dimensions(), (SIDE, SIDE));
    }

    #[test]
    fn a_wide_picture_loses_its_ends_to_a_crop_and_keeps_them_when_squashed() {
        let pixels = RgbImage::from_fn(120, 40, |x, _| image::Rgb([if (40..80).contains(&x) { 255 } else { 0 }; 3]));
        let dark = |fit| whole(&pixels, SIDE, fit).unwrap().pixels().filter(|pixel| pixel.0[0] < 128).count();
        let all = (SIDE * SIDE) as usize;
        assert_eq!(dark(Fit::Crop), 0);
        assert!(dark(Fit::Squash).abs_diff(all * 2 / 3) < all / 50);
    }
}
