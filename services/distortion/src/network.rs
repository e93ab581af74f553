//! The distortion network: severities and maps of all types, and fidelity, from pixels and what the image tower's first
//! layers say of the whole picture. How it was made and how good it is: `docs/model-cards/distortion-network.md`.

use std::borrow::Cow;

use domain::{
    distortion::DistortionType,
    heat_map::GRID,
    roles::{Answer, ModelInfo, RoleError},
};
use image::RgbImage;
use inference::runtime::{Session, Tensor};
use picture::scale::{Filter, normalised_planes, resized};
use serde::Deserialize;

/// Which files the network consists of and what it sees.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The network's name in the manifest.
    pub file: String,
    /// The name of the image tower's first layers in the manifest.
    pub tower: String,
    /// Pixels on each side of the tower's input; the whole picture is scaled to it.
    pub tower_side: u32,
    /// Channel means of the tower's input, [0, 1], red first.
    pub tower_mean: [f32; 3],
    /// Channel deviations of the tower's input, in the same units.
    pub tower_deviation: [f32; 3],
    /// Longest side of what the network itself sees, pixels; smaller pictures stay as they are.
    pub side: u32,
}

/// Sides of what the network sees are multiples of this many pixels, and it sees at least two of them.
const STEP: u32 = 32;

/// The network, ready to run. Cloning shares it.
#[derive(Clone)]
pub struct Network {
    tower: Session,
    network: Session,
    settings: Settings,
}

/// What the network says of a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Perceived technical quality, [0, 1], larger is better.
    pub fidelity: f32,
    /// By distortion number less one, [0, 1], larger is worse.
    pub severities: [f32; 12],
    /// By distortion number less one: for each cell of the grid how likely it lies in the fault, [0, 1].
    pub places: Vec<Vec<f32>>,
}

impl Network {
    /// A network over two sessions: the tower takes `f32 [1, 3, side, side]` and gives tokens, of some of its layers each;
    /// the network takes pixels `f32 [1, 3, H, W]` in [0, 1] and those tokens and gives severities `[1, 12]`, maps
    /// `[1, 12, h, w]` and fidelity `[1, 1]`, in this order.
    pub const fn new(tower: Session, network: Session, settings: Settings) -> Self {
        Self { tower, network, settings }
    }

    /// Looks at `pixels`, of any size. Blocks.
    pub fn see(&self, pixels: &RgbImage) -> Answer<Seen> {
        let tokens = self.tokens(pixels)?;
        let (width, height) = scaled_size(pixels.dimensions(), self.settings.side);
        let whole = whole_steps(scaled(pixels, width, height)?.as_ref());
        let planes = planes(&whole, [0.0; 3], [1.0; 3]);
        let shape = [1, 3, whole.height() as usize, whole.width() as usize];
        let mut inputs: Vec<(&str, &[usize], &[f32])> = vec![(self.network.input(0)?, &shape, &planes)];
        for (layer, tokens) in tokens.iter().enumerate() {
            inputs.push((self.network.input(layer + 1)?, &tokens.shape, &tokens.data));
        }
        let outputs = [self.network.output(0)?, self.network.output(1)?, self.network.output(2)?];
        let found = self.network.run(&inputs, &outputs)?;
        let [severities, maps, fidelity] = <[Tensor; 3]>::try_from(found).map_err(|_| self.odd("three outputs"))?;
        if severities.data.iter().chain(&fidelity.data).any(|value| !value.is_finite()) {
            return Err(self.odd("numbers"));
        }
        Ok(Seen {
            fidelity: fidelity.data.first().copied().ok_or_else(|| self.odd("a fidelity"))?.clamp(0.0, 1.0),
            severities: severities.data.try_into().map_err(|_| self.odd("twelve severities"))?,
            places: self.places(&maps, [width as f32 / whole.width() as f32, height as f32 / whole.height() as f32])?,
        })
    }

    /// Which models these are.
    pub fn info(&self) -> Vec<ModelInfo> {
        vec![self.network.info().clone(), self.tower.info().clone()]
    }

    /// What each of the tower's outputs says of the picture's patches.
    fn tokens(&self, pixels: &RgbImage) -> Answer<Vec<Tensor>> {
        let Settings { tower_side, tower_mean, tower_deviation, .. } = self.settings;
        let side = tower_side as usize;
        let planes = planes(scaled(pixels, tower_side, tower_side)?.as_ref(), tower_mean, tower_deviation);
        let outputs: Vec<&str> = self.tower.outputs().iter().map(String::as_str).collect();
        self.tower.run(&[(self.tower.input(0)?, &[1, 3, side, side], &planes)], &outputs)
    }

    /// The maps on the grid, of which only those shares, across and down, lie in the picture.
    fn places(&self, maps: &Tensor, [across, down]: [f32; 2]) -> Answer<Vec<Vec<f32>>> {
        let &[1, kinds, height, width] = maps.shape.as_slice() else { return Err(self.odd("maps of four dimensions")) };
        if kinds != DistortionType::ALL.len() || width == 0 || height == 0 {
            return Err(self.odd("a map for each of twelve types"));
        }
        let (columns, rows) = (across * width as f32, down * height as f32);
        Ok(maps.data.chunks(width * height).map(|cells| on_grid(cells, width, columns, rows)).collect())
    }

    fn odd(&self, expected: &str) -> RoleError {
        RoleError::Internal(format!("the model {} gave something else than {expected}", self.network.info().name))
    }
}

/// What the network sees of a picture of that size: as large, but at most `most` pixels on the longer side.
fn scaled_size((width, height): (u32, u32), most: u32) -> (u32, u32) {
    let scale = (f64::from(most) / f64::from(width.max(height))).min(1.0);
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    (side(width), side(height))
}

/// `pixels` at that size; as they are when they have it, since every scaling blurs what is finest.
fn scaled(pixels: &RgbImage, width: u32, height: u32) -> Answer<Cow<'_, RgbImage>> {
    if pixels.dimensions() == (width, height) {
        return Ok(Cow::Borrowed(pixels));
    }
    Ok(Cow::Owned(resized(pixels, None, width, height, Filter::Bicubic)?))
}

/// The picture with its mirror image to the right and below, up to the next sides that the network takes.
fn whole_steps(pixels: &RgbImage) -> RgbImage {
    let side = |length: u32| length.div_ceil(STEP).max(2) * STEP;
    let mirrored = |at: u32, length: u32| {
        let at = at % (2 * length);
        at.min(2 * length - 1 - at)
    };
    let (width, height) = pixels.dimensions();
    RgbImage::from_fn(side(width), side(height), |x, y| *pixels.get_pixel(mirrored(x, width), mirrored(y, height)))
}

/// `pixels` as planes, normalised by mean and deviation in [0, 1].
fn planes(pixels: &RgbImage, mean: [f32; 3], deviation: [f32; 3]) -> Vec<f32> {
    let (columns, rows) = (pixels.width() as usize, pixels.height() as usize);
    let mut planes = vec![0.0; 3 * columns * rows];
    let (mean, deviation) = (mean.map(|value| value * 255.0), deviation.map(|value| value * 255.0));
    normalised_planes(pixels, &mut planes, columns, rows, mean, deviation);
    planes
}

/// The first `columns` and `rows` of `cells`, which are `width` wide, on the heat map's grid: each of its cells is the mean of
/// what it covers.
fn on_grid(cells: &[f32], width: usize, columns: f32, rows: f32) -> Vec<f32> {
    // Each cell of the grid as cells of the map with the share that it covers of them.
    let shares = |at: usize, length: f32| -> Vec<(usize, f32)> {
        let (from, to) = (at as f32 * length / GRID as f32, (at + 1) as f32 * length / GRID as f32);
        let covered = |cell: usize| to.min(cell as f32 + 1.0) - from.max(cell as f32);
        let last = to.min(length).ceil() as usize;
        (from as usize..last).map(|cell| (cell, covered(cell) / (to - from))).collect()
    };
    let columns: Vec<_> = (0..GRID).map(|column| shares(column, columns)).collect();
    let mean = |rows: &[(usize, f32)], columns: &[(usize, f32)]| {
        let row = |y: usize| columns.iter().map(|&(x, share)| share * cells[y * width + x]).sum::<f32>();
        rows.iter().map(|&(y, share)| share * row(y)).sum()
    };
    (0..GRID)
        .flat_map(|row| {
            let rows = shares(row, rows);
            columns.iter().map(|columns| mean(&rows, columns)).collect::<Vec<f32>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_pictures_are_seen_pixel_by_pixel_and_large_ones_scaled() {
        assert_eq!(scaled_size((1024, 512), 512), (512, 256));
        assert_eq!(scaled_size((500, 300), 512), (500, 300));
        assert_eq!(scaled_size((8000, 2), 512), (512, 1));
    }

    #[test]
    fn a_picture_grows_by_its_mirror_image_to_multiples_of_32() {
        let picture = RgbImage::from_fn(40, 1, |x, _| image::Rgb([x as u8, 0, 0]));
        let whole = whole_steps(&picture);
        assert_eq!(whole.dimensions(), (64, 64));
        assert_eq!([0, 39, 40, 63].map(|x| whole.get_pixel(x, 50).0[0]), [0, 39, 39, 16]);
        let exact = RgbImage::new(64, 96);
        assert_eq!(whole_steps(&exact), exact);
    }

    #[test]
    fn a_map_keeps_its_places_and_its_mean_on_the_grid() {
        for (width, height) in [(24, 24), (48, 32), (2, 7), (64, 64)] {
            // A ramp from left to right.
            let cells: Vec<f32> = (0..width * height).map(|at| (at % width) as f32 / width as f32).collect();
            let grid = on_grid(&cells, width, width as f32, height as f32);
            let mean = |cells: &[f32]| cells.iter().sum::<f32>() / cells.len() as f32;
            assert_eq!(grid.len(), GRID * GRID);
            assert!((mean(&grid) - mean(&cells)).abs() < 1e-4, "{width} × {height}");
            assert!(grid[..GRID].is_sorted() && grid[0] < grid[GRID - 1]);
        }
    }

    #[test]
    fn what_lies_beyond_the_picture_is_not_on_the_grid() {
        // Four by two cells, of which the picture has two and a half by one.
        let cells = [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0];
        let grid = on_grid(&cells, 4, 2.5, 1.0);
        assert!((grid.iter().sum::<f32>() / (GRID * GRID) as f32 - 0.2).abs() < 1e-4);
    }
}
