//! Distortion maps and regions, drawn over the picture.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use domain::{distortion::DistortionKind, heat_map::HeatMap, picture::Picture, region::Mask, score::Score};
use image::{Rgb, RgbImage};
use picture::{Decoder, Limits, identify};

use crate::error::CliError;

/// Overlays are for looking at: pictures above this are drawn smaller.
const LONGEST_SIDE: u32 = 1024;
/// How much of the picture's own colour is kept under a severity of 1.
const SHINE_THROUGH: f32 = 0.25;

/// Stops of a map of severities from dark blue over magenta to yellow: its lightness rises all the way, so that it
/// reads without colour vision too.
const RAMP: [[f32; 3]; 5] =
    [[0.0, 0.0, 40.0], [85.0, 15.0, 110.0], [187.0, 55.0, 84.0], [249.0, 142.0, 9.0], [252.0, 255.0, 164.0]];

/// Colours of regions, told apart by lightness as well as by hue (after Okabe and Ito).
const REGION_COLORS: [[f32; 3]; 7] = [
    [230.0, 159.0, 0.0],
    [86.0, 180.0, 233.0],
    [0.0, 158.0, 115.0],
    [240.0, 228.0, 66.0],
    [0.0, 114.0, 178.0],
    [213.0, 94.0, 0.0],
    [204.0, 121.0, 167.0],
];

/// A picture to draw over, and where the drawings go.
pub struct Canvas {
    pixels: Arc<RgbImage>,
    folder: PathBuf,
    stem: String,
}

impl Canvas {
    /// Decodes `picture` and makes `folder`; files are named after `image`.
    pub async fn new(folder: &Path, image: &Path, picture: &Picture) -> Result<Self, CliError> {
        fs::create_dir_all(folder).map_err(|error| CliError::io("making the folder", folder, error))?;
        let pixels = Decoder::new(0).decode(picture).await?;
        let longest = pixels.width().max(pixels.height());
        let pixels = if longest > LONGEST_SIDE {
            let scaled = |side: u32| (side * LONGEST_SIDE / longest).max(1);
            let (width, height) = (scaled(pixels.width()), scaled(pixels.height()));
            Arc::new(picture::scale::resized(&pixels, None, width, height, picture::scale::Filter::Bilinear)?)
        } else {
            pixels
        };
        let stem = image.file_stem().map_or_else(|| "picture".into(), |stem| stem.to_string_lossy().into_owned());
        Ok(Self { pixels, folder: folder.to_owned(), stem })
    }

    /// Draws one distortion's map.
    pub fn write_map(&self, kind: &DistortionKind, map: &HeatMap) -> Result<(), CliError> {
        self.write(kind.name(), |x, y, own| {
            let severity = self.smooth(map, x, y);
            // Where nothing is wrong the picture turns grey and dim, so that what is wrong stands out.
            let grey = own.iter().sum::<f32>() / 3.0 * 0.8;
            let cover = (severity * 2.0).min(1.0) * (1.0 - SHINE_THROUGH);
            ramp(severity).map(|heat| heat * cover + grey * (1.0 - cover))
        })
    }

    /// Draws all regions, the smallest on top.
    pub fn write_regions<'a>(&self, masks: impl Iterator<Item = &'a Mask>) -> Result<(), CliError> {
        let decoded: Vec<(usize, usize, Vec<bool>)> =
            masks.map(|mask| (mask.width as usize, mask.height as usize, mask.decode())).collect();
        self.write("regions", |x, y, own| {
            let inside = |(width, height, cells): &(usize, usize, Vec<bool>)| {
                let at =
                    |position: u32, cells: usize, side: u32| (position as usize * cells / side as usize).min(cells - 1);
                cells[at(y, *height, self.pixels.height()) * width + at(x, *width, self.pixels.width())]
            };
            // Regions come largest first.
            match decoded.iter().rposition(inside) {
                Some(index) => mix(own, REGION_COLORS[index % REGION_COLORS.len()], 0.55),
                None => own.map(|channel| channel * 0.5),
            }
        })
    }

    fn write(&self, what: &str, paint: impl Fn(u32, u32, [f32; 3]) -> [f32; 3]) -> Result<(), CliError> {
        let (width, height) = self.pixels.dimensions();
        let drawn = RgbImage::from_fn(width, height, |x, y| {
            Rgb(paint(x, y, self.pixels.get_pixel(x, y).0.map(f32::from))
                .map(|channel| channel.clamp(0.0, 255.0) as u8))
        });
        let path = self.folder.join(format!("{}.{what}.png", self.stem));
        drawn.save(&path).map_err(|error| CliError::Part(format!("writing {}: {error}", path.display())))
    }

    /// The map's value at a pixel, interpolated between the centres of its cells.
    fn smooth(&self, map: &HeatMap, x: u32, y: u32) -> f32 {
        let place = |position: u32, side: u32, cells: usize| {
            let at = ((position as f32 + 0.5) / side as f32 * cells as f32 - 0.5).clamp(0.0, (cells - 1) as f32);
            (at as usize, (at as usize + 1).min(cells - 1), at.fract())
        };
        let (left, right, dx) = place(x, self.pixels.width(), map.width);
        let (top, bottom, dy) = place(y, self.pixels.height(), map.height);
        let cell = |column: usize, row: usize| map.cells[row * map.width + column];
        let across = |row: usize| cell(left, row) * (1.0 - dx) + cell(right, row) * dx;
        across(top) * (1.0 - dy) + across(bottom) * dy
    }
}

/// Draws a score's maps and regions.
pub async fn write_score(
    folder: &Path,
    image: &Path,
    score: &Score,
    bytes: Bytes,
    limits: &Limits,
) -> Result<(), CliError> {
    let canvas = Canvas::new(folder, image, &identify(bytes, limits)?).await?;
    for distortion in &score.distortions {
        if let Some(map) = &distortion.map {
            canvas.write_map(&distortion.kind, map)?;
        }
    }
    canvas.write_regions(score.regions.iter().filter_map(|region| region.mask.as_ref()))
}

fn ramp(severity: f32) -> [f32; 3] {
    let at = severity.clamp(0.0, 1.0) * (RAMP.len() - 1) as f32;
    let below = (at as usize).min(RAMP.len() - 2);
    mix(RAMP[below], RAMP[below + 1], at - below as f32)
}

fn mix(a: [f32; 3], b: [f32; 3], share: f32) -> [f32; 3] {
    std::array::from_fn(|channel| a[channel] * (1.0 - share) + b[channel] * share)
}
