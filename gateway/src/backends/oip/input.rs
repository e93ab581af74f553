//! How a picture, or a region of it, becomes a model's input.

use std::{io::Cursor, sync::Arc};

use bytes::Bytes;
use domain::{
    picture::Picture,
    region::BoundingBox,
    roles::{Answer, RoleError},
};
use image::{ImageFormat, RgbImage};
use picture::{
    Decoder,
    scale::{Filter, normalised_planes, resized},
};
use serde::Deserialize;

use super::{
    settings::{Checked, named, wrong},
    tensor::Input,
};

/// How a picture becomes a model's input.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "form", rename_all = "lowercase", deny_unknown_fields)]
pub enum PictureInput {
    /// `BYTES [1]`: the picture file as it came, which the model decodes.
    Encoded {
        /// The tensor's name.
        name: String,
    },
    /// `FP32 [n, 3, height, width]`: red, green and blue planes.
    Pixels {
        /// The tensor's name.
        name: String,
        /// Pixels a row.
        width: u32,
        /// Rows.
        height: u32,
        /// How a picture of another shape is made to fit.
        fit: Fit,
        /// Channel means that are subtracted, in units of [0, 1], red first.
        mean: [f32; 3],
        /// Channel deviations that are divided by, in the same units.
        std: [f32; 3],
    },
}

/// How a picture of another shape is made to fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// As much of its centre as has the input's shape is cut out, as CLIP does.
    Crop,
    /// It is scaled to the input whatever its shape.
    Squash,
}

/// The longest side of an input, pixels.
const MOST_SIDE: u32 = 4096;

impl PictureInput {
    pub(super) fn check(&self) -> Checked<()> {
        let Self::Pixels { width, height, mean, std, .. } = self else { return named("input.name", self.name()) };
        for (field, side) in [("input.width", width), ("input.height", height)] {
            if !(1..=MOST_SIDE).contains(side) {
                return Err(wrong(field, format!("expected 1 to {MOST_SIDE} pixels, got {side}")));
            }
        }
        if mean.iter().any(|value| !value.is_finite()) {
            return Err(wrong("input.mean", format!("expected three finite numbers, got {mean:?}")));
        }
        if std.iter().any(|value| !value.is_finite() || *value <= 0.0) {
            return Err(wrong("input.std", format!("expected three numbers above 0, got {std:?}")));
        }
        named("input.name", self.name())
    }

    /// As [`Self::check`]; and that the model sees all of a picture, so that what it says of places can be shown on it.
    pub(super) fn check_whole(&self, said: &str) -> Checked<()> {
        if matches!(self, Self::Pixels { fit: Fit::Crop, .. }) {
            return Err(wrong(
                "input.fit",
                format!("expected \"squash\": {said} cover the whole picture; got \"crop\""),
            ));
        }
        self.check()
    }

    /// The tensor's name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Encoded { name } | Self::Pixels { name, .. } => name,
        }
    }
}

/// A part of a picture that is looked at alone.
#[derive(Clone, Copy, Debug)]
pub(super) enum View {
    /// All of it.
    Whole,
    /// A region's surroundings: its box, in picture pixels, with this share of its own size added.
    Around(BoundingBox, f32),
}

impl PictureInput {
    /// The tensor that shows `views` of `picture`, one after the other; encoded pictures take one view.
    pub(super) async fn tensor(&self, decoder: &Decoder, picture: &Picture, views: &[View]) -> Answer<Input> {
        if let (Self::Encoded { name }, [View::Whole]) = (self, views) {
            return Ok(Input::bytes(name, vec![picture.bytes.clone()]));
        }
        let pixels = decoder.decode(picture).await?;
        let (input, views) = (self.clone(), views.to_vec());
        let made = tokio::task::spawn_blocking(move || input.drawn(&pixels, &views));
        made.await.map_err(|error| RoleError::Internal(format!("preparing the picture stopped: {error}")))?
    }

    fn drawn(&self, pixels: &Arc<RgbImage>, views: &[View]) -> Answer<Input> {
        match self {
            Self::Encoded { name } => {
                let files = views.iter().map(|view| png(pixels, *view)).collect::<Answer<_>>()?;
                Ok(Input::bytes(name, files))
            }
            &Self::Pixels { ref name, width, height, fit, mean, std } => {
                let (columns, rows) = (width as usize, height as usize);
                let (mean, std) = (mean.map(|value| value * 255.0), std.map(|value| value * 255.0));
                let mut planes = vec![0.0; views.len() * 3 * columns * rows];
                for (view, planes) in views.iter().zip(planes.chunks_mut(3 * columns * rows)) {
                    let crop = shown(pixels, *view, fit, f64::from(width) / f64::from(height));
                    let scaled = resized(pixels, crop, width, height, Filter::Bicubic)?;
                    normalised_planes(&scaled, planes, columns, rows, mean, std);
                }
                Ok(Input::floats(name, &[views.len(), 3, rows, columns], planes))
            }
        }
    }
}

/// What a view shows, in picture pixels, for an input `aspect` times as wide as high; none: all of it.
fn shown(pixels: &RgbImage, view: View, fit: Fit, aspect: f64) -> Option<BoundingBox> {
    let (width, height, aspect) = (pixels.width() as f32, pixels.height() as f32, aspect as f32);
    match (view, fit) {
        (View::Whole, Fit::Squash) => None,
        (View::Whole, Fit::Crop) => {
            let (w, h) = (width.min(height * aspect), height.min(width / aspect));
            Some(BoundingBox { x: (width - w) / 2.0, y: (height - h) / 2.0, width: w, height: h })
        }
        (View::Around(bbox, margin), _) => Some(around(bbox, margin, aspect, width, height)),
    }
}

/// The box of the input's shape around `bbox` with `margin` of its size added, moved inside the picture. Where the picture is too
/// narrow for it, it is narrower and gets stretched.
fn around(bbox: BoundingBox, margin: f32, aspect: f32, width: f32, height: f32) -> BoundingBox {
    let wanted = (bbox.width.max(bbox.height * aspect) * (1.0 + margin)).max(1.0);
    let (w, h) = (wanted.min(width), (wanted / aspect).max(1.0).min(height));
    let x = (bbox.x + bbox.width / 2.0 - w / 2.0).clamp(0.0, width - w);
    let y = (bbox.y + bbox.height / 2.0 - h / 2.0).clamp(0.0, height - h);
    BoundingBox { x, y, width: w, height: h }
}

/// A view as a file, in the picture's own pixels.
fn png(pixels: &RgbImage, view: View) -> Answer<Bytes> {
    let (width, height) = pixels.dimensions();
    let bbox = shown(pixels, view, Fit::Squash, 1.0);
    let [x, y, w, h] =
        bbox.map_or([0.0, 0.0, width as f32, height as f32], <[f32; 4]>::from).map(|side| side.round() as u32);
    let cropped = image::imageops::crop_imm(pixels, x, y, w, h).to_image();
    let mut file = Cursor::new(Vec::new());
    let failed = |error| RoleError::Internal(format!("a region could not be written as a PNG: {error}"));
    cropped.write_to(&mut file, ImageFormat::Png).map_err(failed)?;
    Ok(file.into_inner().into())
}
