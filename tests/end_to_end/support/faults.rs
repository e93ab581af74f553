//! Faults put into real pictures, in a box of them.

use image::{Rgb, RgbImage, imageops::blur};

/// The middle ninth of a picture: left, top, width and height.
pub fn middle(picture: &RgbImage) -> [u32; 4] {
    let (width, height) = picture.dimensions();
    [width / 3, height / 3, width / 3, height / 3]
}

fn changed(picture: &RgbImage, [x, y, width, height]: [u32; 4], change: impl Fn(u32, u32) -> Rgb<u8>) -> RgbImage {
    let mut changed = picture.clone();
    for (row, column) in (y..y + height).flat_map(|row| (x..x + width).map(move |column| (row, column))) {
        changed.put_pixel(column, row, change(column, row));
    }
    changed
}

/// Filled with copies of its first `period` × `period` pixels.
pub fn tiled(picture: &RgbImage, place: [u32; 4], period: u32) -> RgbImage {
    let [left, top, ..] = place;
    changed(picture, place, |x, y| *picture.get_pixel(left + (x - left) % period, top + (y - top) % period))
}

/// Blurred by a Gaussian of `sigma` pixels.
pub fn blurred(picture: &RgbImage, place: [u32; 4], sigma: f32) -> RgbImage {
    let soft = blur(picture, sigma);
    changed(picture, place, |x, y| *soft.get_pixel(x, y))
}

/// A checkerboard of `levels` laid over it.
pub fn checkered(picture: &RgbImage, place: [u32; 4], levels: i16) -> RgbImage {
    let sign = |x: u32, y: u32| if (x + y).is_multiple_of(2) { 1 } else { -1 };
    changed(picture, place, |x, y| {
        Rgb(picture.get_pixel(x, y).0.map(|value| (i16::from(value) + sign(x, y) * levels).clamp(0, 255) as u8))
    })
}

/// Tones rounded to a few.
pub fn posterised(picture: &RgbImage, place: [u32; 4], levels: u8) -> RgbImage {
    let step = 255 / (levels - 1);
    changed(picture, place, |x, y| {
        Rgb(picture
            .get_pixel(x, y)
            .0
            .map(|value| ((u16::from(value) + u16::from(step) / 2) / u16::from(step) * u16::from(step)).min(255) as u8))
    })
}

/// The middle wound up by `turns` radians at its centre, and less the further from it.
pub fn swirled(picture: &RgbImage, turns: f32) -> RgbImage {
    let (width, height) = picture.dimensions();
    let (middle_x, middle_y) = (width as f32 / 2.0, height as f32 / 2.0);
    let reach = width.min(height) as f32 / 3.0;
    RgbImage::from_fn(width, height, |x, y| {
        let (dx, dy) = (x as f32 - middle_x, y as f32 - middle_y);
        let (sin, cos) = (turns * (1.0 - dx.hypot(dy) / reach).max(0.0).powi(2)).sin_cos();
        let (from_x, from_y) = (middle_x + dx * cos - dy * sin, middle_y + dx * sin + dy * cos);
        *picture.get_pixel((from_x.round() as u32).min(width - 1), (from_y.round() as u32).min(height - 1))
    })
}
