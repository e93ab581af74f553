//! Crops and scales pixels for models, with SIMD.

use domain::{region::BoundingBox, roles::RoleError};
use fast_image_resize::{FilterType, IntoImageView, PixelType, ResizeAlg, ResizeOptions, Resizer, images::Image};
use image::RgbImage;

/// How pixels are interpolated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Bicubic, as CLIP was trained with.
    Bicubic,
    /// Bilinear, as SAM was trained with.
    Bilinear,
}

/// `crop` of `pixels` (all of it when `None`), scaled to `width` × `height` with anti-aliasing.
pub fn resized(
    pixels: &RgbImage,
    crop: Option<BoundingBox>,
    width: u32,
    height: u32,
    filter: Filter,
) -> Result<RgbImage, RoleError> {
    let failed =
        |error: &dyn std::error::Error| RoleError::Internal(format!("scaling to {width} × {height} failed: {error}"));
    let filter = match filter {
        Filter::Bicubic => FilterType::CatmullRom,
        Filter::Bilinear => FilterType::Bilinear,
    };
    let mut options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(filter));
    if let Some(crop) = crop {
        // Rounding must not push the crop over the picture's edge.
        let inside = |start: f32, length: f32, side: u32| {
            let (start, side) = (f64::from(start).clamp(0.0, f64::from(side)), f64::from(side));
            (start, f64::from(length).min(side - start))
        };
        let (x, width) = inside(crop.x, crop.width, pixels.width());
        let (y, height) = inside(crop.y, crop.height, pixels.height());
        options = options.crop(x, y, width, height);
    }
    let mut scaled = Image::new(width, height, PixelType::U8x3);
    debug_assert_eq!(pixels.pixel_type(), Some(PixelType::U8x3));
    Resizer::new().resize(pixels, &mut scaled, Some(&options)).map_err(|e| failed(&e))?;
    RgbImage::from_raw(width, height, scaled.into_vec())
        .ok_or_else(|| RoleError::Internal("scaled pixels are missing".into()))
}

/// Writes `pixels` as planes (C, H, W) into the top left of planes of `plane_width` × `plane_height`, normalised by
/// `mean` and `deviation` (both in units of 0–255); the rest keeps what `planes` held.
pub fn normalised_planes(
    pixels: &RgbImage,
    planes: &mut [f32],
    plane_width: usize,
    plane_height: usize,
    mean: [f32; 3],
    deviation: [f32; 3],
) {
    let plane = plane_width * plane_height;
    for (y, row) in pixels.rows().enumerate().take(plane_height) {
        for (x, pixel) in row.enumerate().take(plane_width) {
            for channel in 0..3 {
                planes[channel * plane + y * plane_width + x] =
                    (f32::from(pixel.0[channel]) - mean[channel]) / deviation[channel];
            }
        }
    }
}
