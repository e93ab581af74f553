//! Distortions that the pixels alone give away, and low-level fidelity: classic measures, no model.
//!
//! Read in this order: [`measure`], [`cells`] (the grid each measure fills), then one file a type in [`measures`].
//! The semantic types (an extra finger, a floating cup) cannot be read off the pixels and stay not assessed.

use domain::distortion::{Distortion, DistortionType};
use image::RgbImage;

#[cfg(test)]
mod calibration;
pub mod cells;
mod detector;
pub mod edges;
pub mod fidelity;
pub mod measures;
pub mod plane;
mod service;
pub mod settings;
#[cfg(test)]
mod testing;

pub use detector::PixelDetector;
pub use service::DistortionServer;
pub use settings::Settings;

/// What the pixels give away.
#[derive(Clone, Debug, PartialEq)]
pub struct Measured {
    /// No-reference technical quality, [0, 1], larger is better.
    pub fidelity: f64,
    /// One entry a type, by number; assessed ones have a map whose pooled value is the severity.
    pub distortions: Vec<Distortion>,
}

/// Measures `pixels`, of any size from 1 × 1; takes about 0.1 s for a megapixel, and little more for a larger picture.
pub fn measure(pixels: &RgbImage, settings: &Settings) -> Measured {
    let view = measures::View::new(pixels, settings);
    let distortions = DistortionType::ALL
        .into_iter()
        .map(|kind| match measures::severities(kind, &view, settings) {
            None => Distortion::not_assessed(kind),
            Some((severities, share)) => {
                let map = cells::heat_map(severities);
                Distortion { kind, severity: Some(map.pooled(share)), peak: Some(map.peak()), map: Some(map) }
            }
        })
        .collect();
    Measured { fidelity: fidelity::fidelity(&view, &settings.fidelity), distortions }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn check(pixels: &RgbImage) {
        let measured = measure(pixels, &testing::settings());
        let what = format!("{:?}: {}", pixels.dimensions(), measured.fidelity);
        assert!((0.0..=1.0).contains(&measured.fidelity), "{what}");
        assert_eq!(
            measured.distortions.iter().map(|distortion| distortion.kind).collect::<Vec<_>>(),
            DistortionType::ALL
        );
        for distortion in measured.distortions {
            let assessed = (7..=11).contains(&(distortion.kind as usize));
            assert_eq!(
                [distortion.severity.is_some(), distortion.map.is_some(), distortion.peak.is_some()],
                [assessed; 3]
            );
            assert!(distortion.severity.is_none_or(|severity| (0.0..=1.0).contains(&severity)), "{what}");
        }
    }

    #[test]
    fn pictures_of_any_size_are_measured() {
        for (width, height) in
            [(1, 1), (2, 3), (31, 7), (32, 32), (33, 257), (1, 300), (3200, 32), (32, 3200), (2049, 1500)]
        {
            check(&testing::scene(width, height, 30));
        }
    }

    #[test]
    fn flat_pictures_show_only_what_their_colour_gives_away() {
        for colour in [[0; 3], [255; 3], [128; 3]] {
            let flat = RgbImage::from_pixel(200, 150, Rgb(colour));
            check(&flat);
            for distortion in measure(&flat, &testing::settings()).distortions {
                assert!(distortion.severity.is_none_or(|severity| severity < 0.05), "{:?} {colour:?}", distortion.kind);
            }
        }
        check(&RgbImage::from_pixel(200, 150, Rgb([255, 0, 0])));
    }
}
