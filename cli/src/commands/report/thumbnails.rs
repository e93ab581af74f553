//! Small pictures that a page carries within it.

use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use picture::{
    Decoder, Limits,
    scale::{Filter, resized},
};

use super::{
    figures::Ranked,
    rows::{Row, Scored},
};
use crate::{commands::identified, error::CliError};

/// A thumbnail's longest side, pixels.
const LONGEST_SIDE: u32 = 480;
const QUALITY: u8 = 82;

/// A picture of the results and what there is to show of it.
pub struct Shown<'a> {
    pub row: &'a Row,
    pub scored: &'a Scored,
    /// Or why there is none, in words.
    pub thumbnail: Result<Thumbnail, String>,
}

/// A picture at reading size.
pub struct Thumbnail {
    /// JPEG.
    pub bytes: Vec<u8>,
    /// The picture's own size, pixels: what boxes and peaks refer to.
    pub width: u32,
    pub height: u32,
}

/// Thumbnails of `pictures`, whose names are relative to `folder`; one that cannot be read says why.
pub async fn of<'a>(pictures: &[Ranked<'a>], folder: &Path, limits: &Limits) -> Vec<Shown<'a>> {
    let mut shown = Vec::with_capacity(pictures.len());
    for &Ranked { row, scored } in pictures {
        let thumbnail = thumbnail(&folder.join(&row.image), limits).await.map_err(|error| error.to_string());
        shown.push(Shown { row, scored, thumbnail });
    }
    shown
}

async fn thumbnail(path: &Path, limits: &Limits) -> Result<Thumbnail, CliError> {
    let pixels = Decoder::new(0).decode(&identified(path, limits)?).await?;
    let (width, height) = pixels.dimensions();
    let longest = width.max(height).max(LONGEST_SIDE);
    let scaled = |side: u32| (side * LONGEST_SIDE / longest).max(1);
    let small = resized(&pixels, None, scaled(width), scaled(height), Filter::Bicubic)?;
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&small).map_err(CliError::part)?;
    Ok(Thumbnail { bytes, width, height })
}
