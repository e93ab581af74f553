//! What each cell's native pixels say of grids and noise.
//!
//! Up-sampling leaves patterns of period 2, 4 or 8. All of those show when the pixels' residual is *folded*: added up by
//! position modulo 8. What differs between the 64 phases is periodic; what does not averages out. By Parseval this is
//! the energy of all spectral lines at multiples of 1/8 cycle a pixel, the Nyquist frequency among them, at the price
//! of one addition a pixel. The tables of neighbouring cells add up, since phases count from the picture's corner.

use image::RgbImage;
use serde::Deserialize;

use crate::{
    cells::{Rect, quantile, windows},
    plane::{Plane, luma},
};

/// The longest period looked for, pixels.
pub const PERIOD: usize = 8;

/// Constants of folding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FoldSettings {
    /// The least side of a cell's window, native pixels.
    pub min_window: usize,
    /// The largest side of a cell's window, native pixels: larger pictures are sampled.
    pub max_window: usize,
    /// The residual is the difference from a blur of this σ, pixels.
    pub residual_sigma: f32,
    /// Residuals and steps are cut at this height, [0, 1] of the luma range, so that one edge does not outweigh a grid.
    pub clip: f32,
}

/// A mean in the making.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mean {
    /// Sum of the values.
    pub sum: f32,
    /// Their number.
    pub count: f32,
}

impl Mean {
    fn add(&mut self, value: f32) {
        self.sum += value;
        self.count += 1.0;
    }

    /// Takes in another mean's values.
    pub fn absorb(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }

    /// The mean of the values of all of `means`.
    pub fn of_all(means: &[Self]) -> Self {
        let mut all = Self::default();
        means.iter().for_each(|&mean| all.absorb(mean));
        all
    }

    /// The mean; 0 of no values.
    pub fn value(self) -> f32 {
        self.sum / self.count.max(1.0)
    }
}

/// One cell's sums.
#[derive(Clone, Debug, Default)]
pub struct Fold {
    /// Residual by (row mod 8, column mod 8).
    pub residual: [[Mean; PERIOD]; PERIOD],
    /// Squared residual.
    pub energy: Mean,
    /// Steps to the pixel on the right by column mod 8, and to the one below by row mod 8: heights.
    pub steps: [[Mean; PERIOD]; 2],
    /// Robust σ of the finest diagonal detail, [0, 1] of the luma range.
    pub fine_sigma: f32,
    /// The same an octave coarser; equal for white noise, two to four times as large in untouched pictures.
    pub coarse_sigma: f32,
}

impl Fold {
    /// Adds another cell's sums; the σ stay this cell's own.
    pub fn absorb(&mut self, other: &Self) {
        let pairs = self.residual.as_flattened_mut().iter_mut().zip(other.residual.as_flattened());
        let steps = self.steps.as_flattened_mut().iter_mut().zip(other.steps.as_flattened());
        for (mine, theirs) in pairs.chain(steps).chain([(&mut self.energy, &other.energy)]) {
            mine.absorb(*theirs);
        }
    }
}

/// Folds each cell of `pixels`.
pub fn folds(pixels: &RgbImage, settings: &FoldSettings) -> Vec<Fold> {
    let (width, height) = pixels.dimensions();
    windows(width as usize, height as usize, settings.min_window, settings.max_window)
        .map(|window| {
            let values = window.pixels().map(|(x, y)| luma(pixels.get_pixel(x as u32, y as u32))).collect();
            fold(&Plane { width: window.width(), height: window.height(), values }, window, settings)
        })
        .collect()
}

fn fold(tile: &Plane, window: Rect, settings: &FoldSettings) -> Fold {
    let mut fold = Fold::default();
    let blurred = tile.blurred(settings.residual_sigma);
    let step = |from: f32, to: f32| (to - from).abs().min(settings.clip);
    for y in 0..tile.height {
        let row_phase = (window.y0 + y) % PERIOD;
        for x in 0..tile.width {
            let column_phase = (window.x0 + x) % PERIOD;
            let value = tile.at(x, y);
            let residual = (value - blurred.at(x, y)).clamp(-settings.clip, settings.clip);
            fold.residual[row_phase][column_phase].add(residual);
            fold.energy.add(residual.powi(2));
            if x + 1 < tile.width {
                fold.steps[0][column_phase].add(step(value, tile.at(x + 1, y)));
            }
            if y + 1 < tile.height {
                fold.steps[1][row_phase].add(step(value, tile.at(x, y + 1)));
            }
        }
    }
    fold.fine_sigma = diagonal_sigma(tile);
    fold.coarse_sigma = 2.0 * diagonal_sigma(&tile.halved());
    fold
}

/// Donoho's estimate of σ from the Haar wavelet's diagonal coefficients: their median height / 0.6745.
fn diagonal_sigma(tile: &Plane) -> f32 {
    let mut heights = Vec::with_capacity(tile.values.len() / 4);
    for y in (0..tile.height.saturating_sub(1)).step_by(2) {
        for (top, bottom) in tile.row(y).chunks_exact(2).zip(tile.row(y + 1).chunks_exact(2)) {
            heights.push((0.5 * (top[0] - top[1] - bottom[0] + bottom[1])).abs());
        }
    }
    quantile(&mut heights, 0.5).unwrap_or(0.0) / 0.6745
}
