//! Decoding, once a process for each picture however many services want its pixels.

use std::{io::Cursor, sync::Arc};

use domain::{
    picture::{Digest, Picture},
    roles::{Answer, RoleError},
};
use image::{DynamicImage, ImageDecoder, ImageReader, Rgb, RgbImage};
use moka::future::Cache;

use crate::{identify::invalid, jpeg};

/// Decodes pictures to upright 8-bit RGB and keeps the latest ones.
#[derive(Clone)]
pub struct Decoder {
    cache: Cache<Digest, Arc<RgbImage>>,
}

impl Decoder {
    /// A decoder that keeps at most `max_bytes` of decoded pixels.
    pub fn new(max_bytes: u64) -> Self {
        let weigh = |_: &Digest, pixels: &Arc<RgbImage>| u32::try_from(pixels.as_raw().len()).unwrap_or(u32::MAX);
        Self { cache: Cache::builder().max_capacity(max_bytes).weigher(weigh).build() }
    }

    /// The pixels of `picture`; concurrent callers share one decoding.
    pub async fn decode(&self, picture: &Picture) -> Answer<Arc<RgbImage>> {
        let picture = picture.clone();
        let decoded = self.cache.try_get_with(picture.digest, async move {
            tokio::task::spawn_blocking(move || decode(&picture).map(Arc::new))
                .await
                .map_err(|error| RoleError::Internal(format!("decoding stopped: {error}")))?
        });
        decoded.await.map_err(|error| (*error).clone())
    }
}

fn decode(picture: &Picture) -> Answer<RgbImage> {
    let damaged = |why: &dyn std::fmt::Display| {
        invalid(format!("the {} is truncated or damaged ({why}); send the whole file", picture.format))
    };
    let broken = |error: image::ImageError| damaged(&error);
    if picture.format == "jpeg" && jpeg::is_truncated(&picture.bytes) {
        return Err(damaged(&"it has no end"));
    }
    let mut reader =
        ImageReader::new(Cursor::new(&picture.bytes)).with_guessed_format().map_err(|e| broken(e.into()))?;
    // The size was checked when the picture was identified; this bounds what else a decoder may unfold: four channels of
    // 16 bits for each pixel, twice over, and room for profiles.
    let mut limits = image::Limits::default();
    let pixels = u64::from(picture.width) * u64::from(picture.height);
    limits.max_alloc = Some(16 * pixels + (256 << 20));
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let mut pixels = DynamicImage::from_decoder(decoder).map_err(broken)?;
    pixels.apply_orientation(orientation);
    Ok(if pixels.color().has_alpha() { laid_on_white(&pixels) } else { pixels.into_rgb8() })
}

/// A page is white: a transparent cut-out is judged as it would be seen there.
fn laid_on_white(pixels: &DynamicImage) -> RgbImage {
    let rgba = pixels.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, alpha] = rgba.get_pixel(x, y).0;
        let alpha = u16::from(alpha);
        Rgb([r, g, b].map(|c| ((u16::from(c) * alpha + 255 * (255 - alpha) + 127) / 255) as u8))
    })
}
