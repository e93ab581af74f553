//! Low-level fidelity: how good is the picture technically, whatever it shows?
//!
//! The network tells how people rate a picture's quality, from a small view in which fine damage cannot be seen; what is
//! measured here, a weighted geometric mean of ramps in which one bad property is not made up for by the others, tells
//! that damage. Fidelity is the first, less what the second takes away.

use serde::Deserialize;

use crate::{
    cells::quantile,
    measures::{
        View,
        fold::{Fold, Mean},
    },
    settings::Ramp,
};

/// Constants of fidelity.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The picture is as sharp as this quantile of its cells' edge widths.
    pub sharp_share: f32,
    /// The width taken for a picture without edges, pixels at the working size.
    pub edgeless_width: f32,
    /// The width of an edge as sharp as pixels allow, pixels.
    pub finest_width: f32,
    /// A cell with a coarser diagonal σ under this is too flat to tell its resolution, [0, 1] of the luma range.
    pub min_texture: f32,
    /// The picture is as detailed as this quantile of its cells.
    pub detail_share: f32,
    /// Share of `lost_octaves` over σ in the finest octave / σ in the next: up-sampling leaves the finest one empty.
    pub finest_octave: Ramp,
    /// Octaves of resolution that up-sampling is taken to cost at most.
    pub lost_octaves: f32,
    /// The picture is as noisy as this quantile of its cells: its smooth ones.
    pub noise_share: f32,
    /// Sharpness over the edge width, pixels at the working size.
    pub sharpness: Part,
    /// Resolution over log₂ of the effective side, pixels: √area, less what blur makes redundant.
    pub resolution: Part,
    /// Cleanness over the noise's σ, [0, 1] of the luma range.
    pub noise: Part,
    /// Contrast over the luma range from the 2nd to the 98th percentile, [0, 1].
    pub contrast: Part,
    /// Exposure over the mean luma's distance from the middle, [0, 0.5].
    pub exposure: Part,
    /// Smoothness over the excess of steps at multiples of 8 pixels, relative to those between.
    pub blocking: Part,
    /// What is left of the perceived quality over the measured one.
    pub undamaged: Ramp,
}

impl Settings {
    /// Fidelity, [0, 1], of perceived and measured quality.
    pub fn joined(&self, perceived: f64, measured: f64) -> f64 {
        perceived * f64::from(self.undamaged.at(measured as f32))
    }
}

/// One property's share in fidelity.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its exponent; they need not sum to 1.
    pub weight: f32,
    /// Its goodness.
    pub ramp: Ramp,
    /// Its least goodness, (0, 1]: none alone brings fidelity to 0.
    pub floor: f32,
}

/// Fidelity, [0, 1], larger is better.
pub fn fidelity(view: &View<'_>, settings: &Settings) -> f64 {
    let width = view.edges.sharp_width(settings.sharp_share).unwrap_or(settings.edgeless_width);
    let area = (view.luma.width * view.luma.height) as f32;
    let noise = quantile(&mut view.folds.iter().map(|fold| fold.fine_sigma).collect::<Vec<_>>(), settings.noise_share);
    let mut tones = view.luma.values.clone();
    let contrast = quantile(&mut tones, 0.98).unwrap_or(0.0) - quantile(&mut tones, 0.02).unwrap_or(0.0);
    let exposure = (view.luma.values.iter().sum::<f32>() / area - 0.5).abs();

    let parts = [
        (settings.sharpness, width),
        (settings.resolution, effective_resolution(view, width, settings)),
        (settings.noise, noise.unwrap_or(0.0)),
        (settings.contrast, contrast),
        (settings.exposure, exposure),
        (settings.blocking, blockiness(&view.folds)),
    ];
    let logarithm =
        |(part, value): &(Part, f32)| part.weight * part.ramp.at(*value).max(part.floor).max(f32::MIN_POSITIVE).ln();
    let weight: f32 = parts.iter().map(|(part, _)| part.weight).sum();
    f64::from((parts.iter().map(logarithm).sum::<f32>() / weight.max(f32::MIN_POSITIVE)).exp()).clamp(0.0, 1.0)
}

/// log₂ of the effective side, pixels.
fn effective_resolution(view: &View<'_>, edge_width: f32, settings: &Settings) -> f32 {
    let log_side = |width: f32, height: f32| 0.5 * (width * height).log2();
    let blurred = log_side(view.luma.width as f32, view.luma.height as f32)
        - (edge_width / settings.finest_width).max(1.0).log2();
    let textured = view.folds.iter().filter(|fold| fold.coarse_sigma > settings.min_texture);
    let octaves = quantile(
        &mut textured.map(|fold| fold.fine_sigma / fold.coarse_sigma).collect::<Vec<_>>(),
        settings.detail_share,
    );
    let lost = octaves.map_or(0.0, |ratio| settings.lost_octaves * settings.finest_octave.at(ratio));
    // Sharpening up-scalers draw crisp edges without texture, so neither tells on its own.
    blurred.min(log_side(view.native.width() as f32, view.native.height() as f32) - lost)
}

/// How much higher the steps across the borders of 8 × 8 blocks are than those within; 0 without blocks.
fn blockiness(folds: &[Fold]) -> f32 {
    let mut all = Fold::default();
    folds.iter().for_each(|fold| all.absorb(fold));
    let excess = all.steps.map(|phases| match phases.as_slice() {
        // The step from column 7 to column 8 is the last phase.
        [within @ .., border] => border.value() / Mean::of_all(within).value().max(1e-4) - 1.0,
        [] => 0.0,
    });
    (0.5 * (excess[0] + excess[1])).max(0.0)
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use crate::{measure, testing};

    fn fidelity(pixels: &RgbImage) -> f64 {
        measure(pixels, &testing::settings()).fidelity
    }

    #[test]
    fn a_clean_large_picture_is_near_the_top() {
        assert!(fidelity(&testing::scene(1024, 1024, 20)) > 0.85);
    }

    #[test]
    fn a_small_or_upscaled_picture_is_not() {
        let clean = testing::scene(1024, 1024, 21);
        let full = fidelity(&clean);
        assert!(fidelity(&testing::scene(256, 256, 21)) < full - 0.1);
        let [half, quarter] = [512, 256].map(|side| fidelity(&testing::upscaled(&clean, side)));
        assert!(quarter < half - 0.05 && half < full - 0.05, "{full} {half} {quarter}");
    }

    #[test]
    fn noise_blocks_and_low_contrast_each_cost() {
        let clean = testing::scene(512, 512, 22);
        let full = fidelity(&clean);
        let place = testing::everywhere(&clean);
        let faded = testing::clipped(&clean, place, -0.45);
        for (name, faulty) in [
            ("noise", testing::noisy(&clean, place, 15.0)),
            ("blocks", testing::jpeg(&clean, 8)),
            ("contrast", faded),
            ("blur", testing::blurred(&clean, place, 2.0)),
        ] {
            assert!(fidelity(&faulty) < full - 0.04, "{name}: {} of {full}", fidelity(&faulty));
        }
    }
}
