//! The pictures that backends are asked about: small, each odd in its own way, and of every format that gateways pass on.

use std::io::Cursor;

use bytes::Bytes;
use image::{
    DynamicImage, ExtendedColorType, ImageEncoder, ImageError, ImageFormat, ImageResult, Rgb, RgbImage,
    codecs::jpeg::JpegEncoder,
};

/// An EXIF block that says: turn this by a quarter.
const TURNED: [u8; 26] = *b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";

/// An encoded picture.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it is, in words.
    pub what: &'static str,
    /// The file.
    pub bytes: Bytes,
    /// Upright, pixels.
    pub width: u32,
    /// Upright, pixels.
    pub height: u32,
}

/// All of them.
#[derive(Clone, Debug)]
pub struct Pictures {
    /// To be answered; the first is the plainest.
    pub good: Vec<Shown>,
    /// Larger than a gRPC server takes unless it is told to.
    pub large: Shown,
    /// A single pixel.
    pub dot: Shown,
}

impl Pictures {
    /// Draws and encodes them.
    ///
    /// # Errors
    ///
    /// When one cannot be encoded.
    pub fn new() -> ImageResult<Self> {
        use ImageFormat::{Bmp, Gif, Jpeg, Png, Tiff, WebP};
        let drawn = |width, height| DynamicImage::ImageRgb8(shapes(width, height));
        let grey = DynamicImage::ImageLuma8(drawn(96, 64).into_luma8());
        let mut alpha = drawn(80, 80).into_rgba8();
        alpha.pixels_mut().take(80 * 20).for_each(|pixel| pixel.0[3] = 0);
        Ok(Self {
            good: vec![
                shown("240 × 180 PNG", &drawn(240, 180), Png)?,
                shown("121 × 93 JPEG", &drawn(121, 93), Jpeg)?,
                shown("97 × 61 WebP", &drawn(97, 61), WebP)?,
                shown("grey PNG", &grey, Png)?,
                shown("PNG with transparency", &alpha.into(), Png)?,
                shown("wide BMP, 320 × 40", &drawn(320, 40), Bmp)?,
                shown("tall GIF, 40 × 320", &drawn(40, 320), Gif)?,
                shown("64 × 64 TIFF", &drawn(64, 64), Tiff)?,
                turned(&shapes(160, 80))?,
            ],
            large: shown("BMP of 4.4 MB", &drawn(1320, 1100), Bmp)?,
            dot: shown("PNG of one pixel", &drawn(1, 1), Png)?,
        })
    }
}

/// A red disc and a blue box on a light ground that darkens downwards.
fn shapes(width: u32, height: u32) -> RgbImage {
    let (w, h) = (width as f32, height as f32);
    let radius = 0.3 * w.min(h);
    RgbImage::from_fn(width, height, |column, row| {
        let (x, y) = (column as f32, row as f32);
        if (x - 0.3 * w).hypot(y - 0.4 * h) < radius {
            Rgb([200, 40, 30])
        } else if (0.6 * w..0.9 * w).contains(&x) && (0.5 * h..0.9 * h).contains(&y) {
            Rgb([30, 60, 180])
        } else {
            let light = 235 - (60.0 * y / h) as u8;
            Rgb([light, light, 220])
        }
    })
}

fn shown(what: &'static str, pixels: &DynamicImage, format: ImageFormat) -> ImageResult<Shown> {
    let mut bytes = Cursor::new(Vec::new());
    pixels.write_to(&mut bytes, format)?;
    Ok(Shown { what, bytes: bytes.into_inner().into(), width: pixels.width(), height: pixels.height() })
}

fn turned(pixels: &RgbImage) -> ImageResult<Shown> {
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.set_exif_metadata(TURNED.to_vec()).map_err(ImageError::Unsupported)?;
    encoder.write_image(pixels, pixels.width(), pixels.height(), ExtendedColorType::Rgb8)?;
    let (width, height) = (pixels.height(), pixels.width());
    Ok(Shown { what: "JPEG turned by its EXIF orientation, upright 80 × 160", bytes: bytes.into(), width, height })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_what_they_are_called() {
        let Pictures { good, large, dot } = Pictures::new().unwrap();
        for shown in good.iter().chain([&large, &dot]) {
            let read = image::load_from_memory(&shown.bytes).unwrap();
            let sides =
                if shown.what.contains("EXIF") { (shown.height, shown.width) } else { (shown.width, shown.height) };
            assert_eq!((read.width(), read.height()), sides, "{}", shown.what);
        }
        assert!(large.bytes.len() > 4 << 20);
        assert!(image::load_from_memory(&good[0].bytes[..good[0].bytes.len() / 2]).is_err());
    }
}
