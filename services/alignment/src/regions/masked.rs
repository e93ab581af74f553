//! A region's crop with everything outside its mask painted over.

use domain::{
    region::{BoundingBox, Mask},
    roles::Answer,
};
use image::{Rgb, RgbImage};

use crate::crop;

/// The view of one region, `side` pixels wide, through `mask`, which covers the whole picture; the rest is `paint`.
pub fn region(
    pixels: &RgbImage,
    bbox: BoundingBox,
    mask: &Mask,
    margin: f32,
    side: u32,
    paint: Rgb<u8>,
) -> Answer<RgbImage> {
    let square = crop::square(pixels, bbox, margin);
    let mut view = crop::region(pixels, bbox, margin, side)?;
    let cells = mask.decode();
    let ((width, height), (view_width, view_height)) = (pixels.dimensions(), view.dimensions());
    // The cell under the middle of a view's pixel.
    let cell = |at: u32, of: u32, start: f32, length: f32, side: u32, cells: u32| {
        let middle = start + (at as f32 + 0.5) / of as f32 * length;
        ((middle / side as f32 * cells as f32) as u32).min(cells.saturating_sub(1)) as usize
    };
    for (x, y, pixel) in view.enumerate_pixels_mut() {
        let column = cell(x, view_width, square.x, square.width, width, mask.width);
        let row = cell(y, view_height, square.y, square.height, height, mask.height);
        if !cells.get(row * mask.width as usize + column).is_some_and(|&inside| inside) {
            *pixel = paint;
        }
    }
    Ok(view)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAINT: Rgb<u8> = Rgb([123, 117, 104]);

    #[test]
    fn what_is_outside_the_mask_is_painted_over() {
        let pixels = RgbImage::from_pixel(80, 40, Rgb([200, 10, 10]));
        // The left half of the picture, in cells of 20 pixels.
        let mask = Mask::encode(4, 2, &[true, true, false, false, true, true, false, false]);
        let bbox = BoundingBox { x: 20.0, y: 0.0, width: 40.0, height: 40.0 };
        let view = region(&pixels, bbox, &mask, 0.0, 224, PAINT).unwrap();
        let painted = |x: u32| (0..view.height()).all(|y| *view.get_pixel(x, y) == PAINT);
        assert!((0..view.width() / 2).all(|x| *view.get_pixel(x, 9) == Rgb([200, 10, 10])));
        assert!((view.width() / 2..view.width()).all(painted));
    }
}
