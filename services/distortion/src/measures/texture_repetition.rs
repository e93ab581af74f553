//! Type 7: is a patch of texture repeated exactly, over and over?
//!
//! Two steps. The autocorrelation of overlapping windows (Wiener-Khinchin, through the FFT) proposes lags at which a
//! window resembles itself; then each cell must really match its copies at that lag. A peak only counts when it is
//! isolated: stripes and straight edges match along a whole line of lags, a tiled patch at single ones. A cell needs two
//! copies, so that one thing seen twice is not a tiling.

use serde::Deserialize;

use crate::{
    cells::{Rect, windows},
    measures::autocorrelation::{Autocorrelation, Lag},
    plane::Plane,
    settings::Ramp,
};

/// Constants of texture repetition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Share of the cells that the severity is pooled over.
    pub pool_share: f32,
    /// How often the picture is halved, each time doubling the periods that can be seen.
    pub levels: usize,
    /// Side of the windows, pixels of a level; a power of two.
    #[serde(deserialize_with = "power_of_two")]
    pub window: usize,
    /// The texture is what lies between these two σ, pixels of a level.
    pub band: [f32; 2],
    /// The shortest lag, pixels of a level.
    pub min_lag: usize,
    /// The longest lag, pixels of a level; well under half of `window`, or too little overlaps.
    pub max_lag: usize,
    /// Texture with a smaller RMS is flat, [0, 1] of the luma range.
    pub min_texture: f32,
    /// A lag is proposed from this autocorrelation on, [−1, 1].
    pub min_autocorrelation: f32,
    /// Distance from a lag at which the match must be gone, pixels of a level.
    pub isolation_radius: usize,
    /// Lags tried a window.
    pub max_proposals: usize,
    /// The least side of the window in which a cell is compared with its copies, pixels of a level.
    pub min_patch: usize,
    /// Severity over the correlation of a cell with its second-best copy, [−1, 1].
    pub correlation: Ramp,
    /// Trust over how far the correlation falls at `isolation_radius` from the lag.
    pub isolation: Ramp,
}

/// Severity of each cell, from `luma` at half the working size and below.
pub fn severities(luma: &Plane, settings: &Settings) -> Vec<f32> {
    let mut severities = vec![0.0_f32; windows(1, 1, 1, 1).count()];
    let spectrum = Autocorrelation::new(settings.window);
    let mut level = luma.clone();
    for _ in 0..settings.levels {
        level = level.halved();
        if level.width.min(level.height) < 2 * settings.min_lag {
            break;
        }
        let [fine, coarse] = settings.band;
        let texture = level.blurred(fine).zip(&level.blurred(coarse), |fine, coarse| fine - coarse);
        let patches: Vec<Rect> = windows(level.width, level.height, settings.min_patch, usize::MAX).collect();
        for window in overlapping(level.width, level.height, settings.window) {
            for lag in proposals(&texture, window, &spectrum, settings) {
                for (severity, &patch) in
                    severities.iter_mut().zip(&patches).filter(|(_, patch)| holds(window, **patch))
                {
                    *severity = severity.max(repetition(&texture, patch, lag, settings));
                }
            }
        }
    }
    severities
}

/// Windows of side `side` (less where the plane is smaller) that overlap by half and cover the plane.
fn overlapping(width: usize, height: usize, side: usize) -> Vec<Rect> {
    let starts = |length: usize| {
        let last = length.saturating_sub(side);
        let steps = last.div_ceil(side / 2);
        (0..=steps).map(move |step| step * last / steps.max(1))
    };
    starts(height)
        .flat_map(|y0| starts(width).map(move |x0| (x0, y0)))
        .map(|(x0, y0)| Rect { x0, y0, x1: (x0 + side).min(width), y1: (y0 + side).min(height) })
        .collect()
}

/// Whether the middle of `patch` lies in `window`.
fn holds(window: Rect, patch: Rect) -> bool {
    let (x, y) = ((patch.x0 + patch.x1) / 2, (patch.y0 + patch.y1) / 2);
    (window.x0..window.x1).contains(&x) && (window.y0..window.y1).contains(&y)
}

/// The isolated peaks of a window's autocorrelation, highest first.
fn proposals(texture: &Plane, window: Rect, spectrum: &Autocorrelation, settings: &Settings) -> Vec<Lag> {
    let energy: f32 = window.pixels().map(|(x, y)| texture.at(x, y).powi(2)).sum();
    if energy < settings.min_texture.powi(2) * window.area() as f32 {
        return Vec::new();
    }
    let correlation = spectrum.of(texture, window);
    let (min, max) = (settings.min_lag as isize, settings.max_lag as isize);
    let mut peaks: Vec<(f32, Lag)> = Vec::new();
    // Opposite lags are the same: half of the plane is enough.
    for dy in 0..=max.min(window.height() as isize / 2) {
        for dx in -max..=max.min(window.width() as isize / 2) {
            let height = correlation.at((dx, dy));
            if dx.abs().max(dy) < min || height < settings.min_autocorrelation {
                continue;
            }
            let is_peak = ring((dx, dy), 1).all(|lag| correlation.at(lag) <= height);
            let falls = |lag: Lag| height - correlation.at(lag) >= 0.5 * settings.min_autocorrelation;
            if is_peak && ring((dx, dy), settings.isolation_radius as isize).all(falls) {
                peaks.push((height, (dx, dy)));
            }
        }
    }
    peaks.sort_by(|a, b| b.0.total_cmp(&a.0));
    peaks.into_iter().take(settings.max_proposals).map(|(_, lag)| lag).collect()
}

/// All lags on the square `radius` around one: a stripe's ridge may leave in any direction.
fn ring((dx, dy): Lag, radius: isize) -> impl Iterator<Item = Lag> {
    let side = (-radius..radius).flat_map(move |at| [(at, -radius), (radius, at), (-at, radius), (-radius, -at)]);
    side.map(move |(x, y)| (dx + x, dy + y))
}

/// How surely `patch` is one of at least three copies along `lag`, [0, 1].
fn repetition(texture: &Plane, patch: Rect, (dx, dy): Lag, settings: &Settings) -> f32 {
    let mut copies = [1, -1, 2, -2].map(|times| {
        let lag = (times * dx, times * dy);
        (correlation(texture, patch, lag, settings.min_texture), lag)
    });
    copies.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (height, lag) = copies[1];
    let severity = settings.correlation.at(height);
    if severity == 0.0 {
        return 0.0;
    }
    let around = ring(lag, settings.isolation_radius as isize)
        .map(|lag| correlation(texture, patch, lag, settings.min_texture))
        .fold(-1.0, f32::max);
    severity * settings.isolation.at(height - around)
}

/// Normalised cross-correlation of `patch` with the patch `lag` away, [−1, 1]; −1 when that is outside or flat.
fn correlation(texture: &Plane, patch: Rect, (dx, dy): Lag, min_texture: f32) -> f32 {
    let shifted = |at: usize, by: isize, room: usize| at.checked_add_signed(by).filter(|&to| to <= room);
    let (Some(x0), Some(y0), Some(_), Some(_)) = (
        shifted(patch.x0, dx, texture.width),
        shifted(patch.y0, dy, texture.height),
        shifted(patch.x1, dx, texture.width),
        shifted(patch.y1, dy, texture.height),
    ) else {
        return -1.0;
    };
    let (mut product, mut here, mut there) = (0.0, 0.0, 0.0);
    for row in 0..patch.height() {
        let a = &texture.row(patch.y0 + row)[patch.x0..patch.x1];
        let b = &texture.row(y0 + row)[x0..x0 + patch.width()];
        for (a, b) in a.iter().zip(b) {
            product += a * b;
            here += a * a;
            there += b * b;
        }
    }
    if here.min(there) < min_texture.powi(2) * patch.area() as f32 { -1.0 } else { product / (here * there).sqrt() }
}

fn power_of_two<'de, D: serde::Deserializer<'de>>(number: D) -> Result<usize, D::Error> {
    let number = usize::deserialize(number)?;
    let refused = || serde::de::Error::custom(format!("expected a power of two, got {number}"));
    if number.is_power_of_two() { Ok(number) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use crate::{cells::Rect, measure, testing};

    const NUMBER: usize = 7;

    #[test]
    fn severity_rises_with_strength_and_peaks_in_the_tiled_patch() {
        let clean = testing::scene(512, 512, 5);
        let place = testing::middle(&clean);
        let tiled = [0.5, 0.7, 0.85, 1.0].map(|strength| testing::tiled(&clean, place, 32, strength));
        testing::assert_rises(&clean, &tiled, NUMBER);
        assert!(testing::peaks_in(&measure(&tiled[3], &testing::settings()), NUMBER, place, (512, 512)));
    }

    #[test]
    fn tilings_of_any_period_from_a_thirtieth_to_an_eighth_are_found() {
        let clean = testing::scene(1024, 1024, 6);
        for period in [36, 50, 64, 90, 128] {
            let severity = testing::severity(&testing::tiled(&clean, testing::everywhere(&clean), period, 1.0), NUMBER);
            assert!(severity > 0.6, "period {period}: {severity}");
        }
    }

    #[test]
    fn plain_stripes_are_not_texture_repetition() {
        for (period, slope) in [(24.0, 0.0), (40.0, 0.0), (24.0, 1.0), (40.0, 0.4)] {
            let severity = testing::severity(&testing::stripes(512, period, slope), NUMBER);
            assert!(severity < 0.3, "period {period}, slope {slope}: {severity}");
        }
    }

    #[test]
    fn natural_texture_and_a_thing_seen_twice_are_not_texture_repetition() {
        let mut scene = testing::scene(512, 512, 7);
        assert!(testing::severity(&scene, NUMBER) < 0.1);
        for (x, y) in (Rect { x0: 100, y0: 100, x1: 190, y1: 190 }).pixels() {
            let pixel = *scene.get_pixel(x as u32, y as u32);
            scene.put_pixel(x as u32 + 92, y as u32, pixel);
        }
        assert!(testing::severity(&scene, NUMBER) < 0.1);
    }
}
