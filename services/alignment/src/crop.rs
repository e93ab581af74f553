//! What the tower sees of a picture: its centre square, or a region with some of its surroundings.

use domain::{region::BoundingBox, roles::Answer};
use image::RgbImage;
use picture::scale::{Filter, resized};

use crate::tower::SIDE;

/// The tower's view of the whole picture: the short side scaled to 224, the centre cut out.
pub fn whole(pixels: &RgbImage) -> Answer<RgbImage> {
    let (width, height) = pixels.dimensions();
    let side = width.min(height) as f32;
    let centre =
        BoundingBox { x: (width as f32 - side) / 2.0, y: (height as f32 - side) / 2.0, width: side, height: side };
    resized(pixels, Some(centre), SIDE, SIDE, Filter::Bicubic)
}

/// The tower's view of one region: the square around its box with `margin` of its size added, moved inside the picture.
/// Where the picture is too narrow for the square, the crop is narrower and gets stretched.
pub fn region(pixels: &RgbImage, bbox: BoundingBox, margin: f32) -> Answer<RgbImage> {
    let (width, height) = (pixels.width() as f32, pixels.height() as f32);
    let side = (bbox.width.max(bbox.height) * (1.0 + margin)).max(1.0);
    let (w, h) = (side.min(width), side.min(height));
    let x = (bbox.x + bbox.width / 2.0 - w / 2.0).clamp(0.0, width - w);
    let y = (bbox.y + bbox.height / 2.0 - h / 2.0).clamp(0.0, height - h);
    resized(pixels, Some(BoundingBox { x, y, width: w, height: h }), SIDE, SIDE, Filter::Bicubic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_at_the_border_is_cropped_inside_the_picture() {
        let pixels = RgbImage::from_fn(100, 40, |x, _| image::Rgb([if x >= 80 { 255 } else { 0 }, 0, 0]));
        let crop = region(&pixels, BoundingBox { x: 85.0, y: 10.0, width: 15.0, height: 15.0 }, 0.0).unwrap();
        assert_eq!(crop.dimensions(), (SIDE, SIDE));
        assert!(crop.pixels().all(|pixel| pixel.0[0] > 200));
        let odd = BoundingBox { x: -50.0, y: -50.0, width: 1e6, height: 0.0 };
        assert_eq!(region(&pixels, odd, 0.1).unwrap().dimensions(), (SIDE, SIDE));
    }
}
