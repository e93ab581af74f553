//! Distortions with where they are, and fidelity.
//!
//! A [`network`] judges what needs an understanding of the picture (an extra finger, a floating cup) and whatever else it
//! judges best; classic measures ([`measure`], [`cells`], then one file a type in [`measures`]) judge the rest. The settings
//! say who judges what, and [`Detector`] puts both together.

use domain::distortion::{Distortion, DistortionType};
use image::RgbImage;

#[cfg(test)]
mod calibration;
pub mod cells;
mod detector;
pub mod edges;
pub mod fidelity;
pub mod measures;
pub mod network;
pub mod plane;
mod service;
pub mod settings;
#[cfg(test)]
mod testing;

pub use detector::Detector;
pub use network::Network;
pub use service::DistortionServer;
pub use settings::{Judge, Settings};

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
    measure_some(pixels, settings, |_| true)
}

/// Measures the `wanted` types only; the others are not assessed.
pub fn measure_some(pixels: &RgbImage, settings: &Settings, wanted: impl Fn(DistortionType) -> bool) -> Measured {
    let view = measures::View::new(pixels, settings);
    let distortions = DistortionType::ALL
        .into_iter()
        .map(|kind| {
            let found = if wanted(kind) { measures::severities(kind, &view, settings) } else { None };
            found.map_or(Distortion::not_assessed(kind.into()), |(severities, share)| {
                let map = cells::heat_map(severities);
                Distortion {
                    kind: kind.into(),
                    severity: Some(map.pooled(share)),
                    peak: Some(map.peak()),
                    map: Some(map),
                }
            })
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
        assert_eq!(measured.distortions.len(), DistortionType::ALL.len());
        for (kind, distortion) in DistortionType::ALL.into_iter().zip(measured.distortions) {
            assert_eq!(distortion.kind, kind.into());
            let assessed = (7..=11).contains(&(kind as usize));
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
