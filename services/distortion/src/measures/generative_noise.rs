//! Type 10: did the generator leave a grid or noise?

use serde::Deserialize;

use crate::{
    cells::near,
    measures::fold::{Fold, FoldSettings, Mean, PERIOD},
    settings::Ramp,
};

/// Constants of generative noise.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Share of the cells that the severity is pooled over.
    pub pool_share: f32,
    /// Native statistics.
    pub fold: FoldSettings,
    /// Cells around one that are folded with it: chance periodicity falls with their number.
    pub radius: usize,
    /// Severity over the share of the residual's energy that is periodic.
    pub periodic_share: Ramp,
    /// Trust over the periodic residual's RMS, [0, 1] of the luma range: an invisible grid is none.
    pub periodic_rms: Ramp,
    /// Severity over the relative deviation between the step heights of different phases.
    pub step_modulation: Ramp,
    /// Trust over the deviation itself, [0, 1] of the luma range.
    pub step_deviation: Ramp,
    /// Severity over the noise's σ, [0, 1] of the luma range.
    pub noise_sigma: Ramp,
    /// Trust over σ in the finest octave / σ in the next: texture falls off, white noise does not.
    pub noise_whiteness: Ramp,
}

/// Severity of each cell.
pub fn severities(folds: &[Fold], settings: &Settings) -> Vec<f32> {
    (0..folds.len())
        .map(|index| {
            let mut around = Fold::default();
            near(index, settings.radius).for_each(|near| around.absorb(&folds[near]));
            let (rms, share) = periodic_residual(&around);
            let grid = settings.periodic_share.at(share) * settings.periodic_rms.at(rms);
            let steps = around.steps.iter().map(|phases| {
                let (deviation, modulation) = step_modulation(phases);
                settings.step_modulation.at(modulation) * settings.step_deviation.at(deviation)
            });
            let own = &folds[index];
            let noise = settings.noise_sigma.at(own.fine_sigma)
                * settings.noise_whiteness.at(own.fine_sigma / own.coarse_sigma.max(1e-6));
            steps.fold(grid.max(noise), f32::max)
        })
        .collect()
}

/// The longest period of a generator's grid, pixels. Period 8 is left out: that is where JPEG and WebP leave their
/// blocks, which [`crate::fidelity`] counts.
const GRID_PERIOD: usize = 4;

/// RMS of the periodic part of the residual, [0, 1] of the luma range, and its share of the residual's energy, [0, 1].
fn periodic_residual(fold: &Fold) -> (f32, f32) {
    let mut phases = [Mean::default(); GRID_PERIOD * GRID_PERIOD];
    for (y, row) in fold.residual.iter().enumerate() {
        for (x, phase) in row.iter().enumerate() {
            phases[(y % GRID_PERIOD) * GRID_PERIOD + x % GRID_PERIOD].absorb(*phase);
        }
    }
    let variance = variance(&phases);
    (variance.sqrt(), variance / fold.energy.value().max(1e-9))
}

/// Standard deviation of the mean step heights between phases, [0, 1] of the luma range, and the same relative to
/// their mean.
fn step_modulation(steps: &[Mean; PERIOD]) -> (f32, f32) {
    let mut phases = [Mean::default(); GRID_PERIOD];
    for (index, phase) in steps.iter().enumerate() {
        phases[index % GRID_PERIOD].absorb(*phase);
    }
    let deviation = variance(&phases).sqrt();
    (deviation, deviation / Mean::of_all(&phases).value().max(1e-6))
}

/// Variance between the means of `phases`, weighted by their counts.
fn variance(phases: &[Mean]) -> f32 {
    let all = Mean::of_all(phases);
    phases.iter().map(|phase| phase.count * (phase.value() - all.value()).powi(2)).sum::<f32>() / all.count.max(1.0)
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use crate::{measure, testing};

    const NUMBER: usize = 10;

    #[test]
    fn severity_rises_with_strength_and_peaks_in_the_patch_with_a_grid() {
        let clean = testing::scene(512, 512, 8);
        let place = testing::middle(&clean);
        let checkered = [1.0, 2.0, 4.0, 8.0].map(|levels| testing::checkered(&clean, place, levels));
        let doubled = [0.25, 0.5, 0.75, 1.0].map(|strength| testing::doubled(&clean, place, strength));
        for faulty in [checkered, doubled] {
            testing::assert_rises(&clean, &faulty, NUMBER);
            assert!(testing::peaks_in(&measure(&faulty[3], &testing::settings()), NUMBER, place, (512, 512)));
        }
    }

    #[test]
    fn severity_rises_with_noise() {
        let clean = testing::scene(512, 512, 9);
        let place = testing::middle(&clean);
        let noisy = [5.0, 10.0, 15.0, 20.0].map(|levels| testing::noisy(&clean, place, levels));
        testing::assert_rises(&clean, &noisy, NUMBER);
    }

    #[test]
    fn a_grid_survives_in_a_picture_far_larger_than_the_working_size() {
        let large = RgbImage::from_fn(3000, 2000, |x, y| Rgb([128 + 6 * ((x + y) % 2) as u8 + (x / 50) as u8; 3]));
        assert!(testing::severity(&large, NUMBER) > 0.8);
    }

    #[test]
    fn natural_texture_and_compression_blocks_are_not_generative_noise() {
        let clean = testing::scene(512, 512, 10);
        assert!(testing::severity(&clean, NUMBER) < 0.3);
        assert!(testing::severity(&testing::jpeg(&clean, 40), NUMBER) < 0.3);
    }
}
