//! Type 11: is the colour or the tone off: cast, clipped, banded or over-saturated?

use image::RgbImage;
use serde::Deserialize;

use crate::{
    cells::{Rect, near, quantile, windows},
    plane::luma,
    settings::Ramp,
};

/// Constants of colour and tone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Share of the cells that the severity is pooled over.
    pub pool_share: f32,
    /// The least side of the window in which a cell is judged, pixels at the working size.
    pub min_window: usize,
    /// A colour over the whole picture.
    pub cast: CastSettings,
    /// Severity over the share of a cell's pixels that are cut off: some channel full, or all of them black or white.
    pub clipping: Ramp,
    /// Severity over the mean chroma (largest − smallest channel), [0, 1].
    pub saturation: Ramp,
    /// Steps between tone plateaus this high are banding, levels of 255.
    pub band_step: [usize; 2],
    /// A level with at least this share of a cell's pixels is a plateau.
    pub plateau_share: f32,
    /// Severity over the share of a cell's pixels that lie on plateaus with gaps between them.
    pub banding: Ramp,
}

/// Constants of colour casts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CastSettings {
    /// The brightest pixels from this quantile of luma on should be neutral.
    pub bright_share: f32,
    /// Severity over the mean colour's distance from grey, [0, 1].
    pub distance: Ramp,
    /// Severity over that distance / the spread of the colours: a cast moves all of them one way.
    pub one_sidedness: Ramp,
    /// Trust over the colour of the brightest pixels along the cast, [0, 1]: a white rules a cast out.
    pub bright_tint: Ramp,
}

/// Severity of each cell.
pub fn severities(pixels: &RgbImage, settings: &Settings) -> Vec<f32> {
    let cast = cast(pixels, &settings.cast);
    let cells: Vec<Cell> = windows(pixels.width() as usize, pixels.height() as usize, settings.min_window, usize::MAX)
        .map(|window| Cell::gather(pixels, window, settings))
        .collect();
    cells
        .iter()
        .enumerate()
        .map(|(index, cell)| {
            // Beside a cell that is white or black throughout lies a backdrop's rim, not a tone cut off.
            let backdrop = near(index, 1).any(|near| cells[near].extreme >= 1.0);
            let cut = cell.cut + if backdrop { 0.0 } else { cell.extreme };
            let local = settings
                .clipping
                .at(cut)
                .max(settings.saturation.at(cell.chroma))
                .max(settings.banding.at(cell.banded));
            local.max(cast)
        })
        .collect()
}

/// Red against green, and yellow against blue, each [−1, 1] (Hasler and Süsstrunk's opponent axes).
fn opponent([r, g, b]: [u8; 3]) -> [f32; 2] {
    let [r, g, b] = [r, g, b].map(|channel| f32::from(channel) / 255.0);
    [r - g, 0.5 * (r + g) - b]
}

/// How surely one colour lies over the whole picture, [0, 1].
fn cast(pixels: &RgbImage, settings: &CastSettings) -> f32 {
    // A sample is enough for means.
    let step = (pixels.pixels().len() / 65_536).max(1);
    let sample: Vec<_> = pixels.pixels().step_by(step).collect();
    let count = sample.len() as f32;
    let mean = |of: &dyn Fn([f32; 2]) -> f32| sample.iter().map(|pixel| of(opponent(pixel.0))).sum::<f32>() / count;
    let centre = [mean(&|c| c[0]), mean(&|c| c[1])];
    let spread = mean(&|c| (c[0] - centre[0]).powi(2) + (c[1] - centre[1]).powi(2)).sqrt();
    let distance = centre[0].hypot(centre[1]);

    let threshold = quantile(&mut sample.iter().map(|pixel| luma(pixel)).collect::<Vec<_>>(), settings.bright_share);
    let bright: Vec<_> = sample.iter().filter(|pixel| threshold.is_some_and(|t| luma(pixel) >= t)).collect();
    let tint = bright.iter().map(|pixel| {
        let [rg, yb] = opponent(pixel.0);
        (rg * centre[0] + yb * centre[1]) / distance.max(1e-6)
    });
    let tint = tint.sum::<f32>() / bright.len().max(1) as f32;
    settings.distance.at(distance)
        * settings.one_sidedness.at(distance / spread.max(1e-3))
        * settings.bright_tint.at(tint)
}

/// A cell's statistics: shares of its pixels, and a mean, each [0, 1].
struct Cell {
    /// Pixels with some but not all channels cut off at the top: their hue is wrong.
    cut: f32,
    /// Pixels that are all white or all black.
    extreme: f32,
    /// Mean chroma.
    chroma: f32,
    /// Pixels on plateaus with gaps between.
    banded: f32,
}

impl Cell {
    fn gather(pixels: &RgbImage, window: Rect, settings: &Settings) -> Self {
        let mut levels = [0_usize; 256];
        let (mut cut, mut extreme, mut chroma) = (0_usize, 0_usize, 0_usize);
        for (x, y) in window.pixels() {
            let [r, g, b] = pixels.get_pixel(x as u32, y as u32).0;
            let (low, high) = (r.min(g).min(b), r.max(g).max(b));
            levels[usize::from(g)] += 1;
            chroma += usize::from(high - low);
            cut += usize::from(high == 255 && low < 255);
            extreme += usize::from(high == 0 || low == 255);
        }
        let area = window.area() as f32;
        Self {
            cut: cut as f32 / area,
            extreme: extreme as f32 / area,
            chroma: chroma as f32 / 255.0 / area,
            banded: banded(&levels, window.area(), settings),
        }
    }
}

/// Share of the pixels on plateaus that stand apart from the next one by a step of `band_step`.
fn banded(levels: &[usize; 256], area: usize, settings: &Settings) -> f32 {
    let least = (settings.plateau_share * area as f32).max(2.0) as usize;
    let [low, high] = settings.band_step;
    let occupied: Vec<usize> = (0..256).filter(|&level| levels[level] > 0).collect();
    let is_step = |a: usize, b: usize| (low..=high).contains(&(b - a)) && levels[a] >= least && levels[b] >= least;
    let on_plateaus: usize = occupied
        .iter()
        .enumerate()
        .filter(|&(index, &level)| {
            let below = index.checked_sub(1).is_some_and(|before| is_step(occupied[before], level));
            let above = occupied.get(index + 1).is_some_and(|&after| is_step(level, after));
            below || above
        })
        .map(|(_, &level)| levels[level])
        .sum();
    on_plateaus as f32 / area as f32
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use crate::{measure, testing};

    const NUMBER: usize = 11;

    #[test]
    fn severity_rises_with_a_cast() {
        let clean = testing::scene(512, 512, 11);
        testing::assert_rises(&clean, &[0.1, 0.3, 0.5, 0.8].map(|strength| testing::tinted(&clean, strength)), NUMBER);
    }

    #[test]
    fn severity_rises_with_clipping_and_peaks_where_it_is() {
        let clean = testing::scene(512, 512, 12);
        let place = testing::middle(&clean);
        let clipped = [0.3, 0.6, 1.0, 2.0].map(|strength| testing::clipped(&clean, place, strength));
        testing::assert_rises(&clean, &clipped, NUMBER);
        assert!(testing::peaks_in(&measure(&clipped[3], &testing::settings()), NUMBER, place, (512, 512)));
    }

    #[test]
    fn severity_rises_with_saturation() {
        let clean = testing::scene(512, 512, 13);
        let place = testing::everywhere(&clean);
        testing::assert_rises(
            &clean,
            &[2.0, 5.0, 10.0, 20.0].map(|gain| testing::saturated(&clean, place, gain)),
            NUMBER,
        );
    }

    #[test]
    fn posterised_tones_are_found_where_they_are() {
        let clean = testing::scene(512, 512, 14);
        let place = testing::middle(&clean);
        let posterised = testing::posterised(&clean, place, 12);
        assert!(testing::severity(&posterised, NUMBER) > 0.6);
        assert!(testing::peaks_in(&measure(&posterised, &testing::settings()), NUMBER, place, (512, 512)));
    }

    #[test]
    fn muted_colours_and_a_white_backdrop_are_no_anomaly() {
        let mut scene = testing::scene(512, 512, 15);
        assert!(testing::severity(&scene, NUMBER) < 0.1);
        for (x, y, pixel) in scene.enumerate_pixels_mut() {
            if (f64::from(x) - 256.0).hypot(f64::from(y) - 256.0) > 180.0 {
                *pixel = Rgb([255; 3]);
            }
        }
        assert!(testing::severity(&scene, NUMBER) < 0.1);
    }

    #[test]
    fn a_coloured_ground_with_something_white_on_it_is_no_cast() {
        let picture = RgbImage::from_fn(256, 256, |x, y| {
            if x < 100 && y < 100 { Rgb([235 + (x % 8) as u8; 3]) } else { Rgb([150, 110 + (y % 16) as u8, 60]) }
        });
        assert!(testing::severity(&picture, NUMBER) < 0.2);
    }
}
