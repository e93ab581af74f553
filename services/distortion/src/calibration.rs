//! The tables that the constants were set by; not run with the other tests, for the pictures are not in the repository:
//! `CPAIQA_PICTURES=list.txt cargo test --release -p cpaiqa-distortion calibration -- --ignored --nocapture`
//! where `list.txt` has one picture file a line.

use std::fs;

use image::RgbImage;

use crate::{Measured, cells::Rect, measure, testing::*};

const TYPES: [usize; 5] = [7, 8, 9, 10, 11];

fn pictures(every: usize) -> Vec<RgbImage> {
    let list = fs::read_to_string(std::env::var("CPAIQA_PICTURES").expect("CPAIQA_PICTURES names a list")).unwrap();
    list.lines().step_by(every).filter_map(|file| image::open(file).ok()).map(|picture| picture.into_rgb8()).collect()
}

fn severity_of(measured: &Measured, number: usize) -> f32 {
    measured.distortions[number - 1].severity.unwrap()
}

#[test]
#[ignore = "needs pictures"]
fn false_alarms() {
    let settings = settings();
    let measured: Vec<Measured> = pictures(1).iter().map(|picture| measure(picture, &settings)).collect();
    println!("type  > 0.3  median    90 %    95 %   ({} pictures)", measured.len());
    for number in TYPES {
        let mut severities: Vec<f32> = measured.iter().map(|measured| severity_of(measured, number)).collect();
        severities.sort_by(f32::total_cmp);
        let at = |share: f32| severities[((severities.len() - 1) as f32 * share) as usize];
        let alarms = severities.iter().filter(|&&severity| severity > 0.3).count() as f32 / severities.len() as f32;
        println!("{number:4} {:5.1}% {:7.2} {:7.2} {:7.2}", 100.0 * alarms, at(0.5), at(0.9), at(0.95));
    }
}

/// A fault with a strength that is stronger from step to step.
type Injection = fn(&RgbImage, Rect, usize) -> RgbImage;

const INJECTIONS: [(&str, usize, Injection); 11] = [
    ("tiling", 7, |p, r, s| tiled(p, r, p.width() as usize / 20, [0.5, 0.7, 0.85, 1.0][s])),
    ("blur", 8, |p, r, s| blurred(p, r, p.width() as f32 / 1024.0 * [1.0, 2.0, 3.0, 5.0][s])),
    ("bilateral", 9, |p, r, s| smoothed(p, r, 4.0, [0.25, 0.5, 0.75, 1.0][s])),
    ("checkerboard", 10, |p, r, s| checkered(p, r, [1.0, 2.0, 4.0, 8.0][s])),
    ("doubling", 10, |p, r, s| doubled(p, r, [0.25, 0.5, 0.75, 1.0][s])),
    ("noise", 10, |p, r, s| noisy(p, r, [4.0, 8.0, 12.0, 20.0][s])),
    ("cast", 11, |p, _, s| tinted(p, [0.15, 0.3, 0.5, 0.8][s])),
    ("clipping", 11, |p, r, s| clipped(p, r, [0.25, 0.5, 0.75, 1.0][s])),
    ("posterising", 11, |p, r, s| posterised(p, r, [24, 16, 10, 6][s])),
    ("saturation", 11, |p, r, s| saturated(p, r, [1.5, 2.0, 3.0, 4.0][s])),
    ("upscaled", 0, |p, _, s| upscaled(p, p.width() * [3, 2, 1, 1][s] / [4, 4, 4, 8][s])),
];

#[test]
#[ignore = "needs pictures"]
fn sensitivity() {
    let settings = settings();
    let pictures = pictures(8);
    println!("mean severity (or fidelity) untouched and by strength; peak in the mask; AUC at the strongest");
    for (name, number, inject) in INJECTIONS {
        let value = |picture: &RgbImage| {
            let measured = measure(picture, &settings);
            (if number == 0 { measured.fidelity as f32 } else { severity_of(&measured, number) }, measured)
        };
        let clean: Vec<f32> = pictures.iter().map(|picture| value(picture).0).collect();
        let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
        print!("{name:14} {number:2}  {:.2} |", mean(&clean));
        let (mut last, mut hits) = (Vec::new(), 0);
        for strength in 0..4 {
            hits = 0;
            last.clear();
            for picture in &pictures {
                let (severity, measured) = value(&inject(picture, middle(picture), strength));
                last.push(severity);
                hits += usize::from(number > 0 && peaks_in(&measured, number, middle(picture), picture.dimensions()));
            }
            print!(" {:.2}", mean(&last));
        }
        let above = last
            .iter()
            .flat_map(|bad| clean.iter().map(move |good| f32::from(bad > good) + 0.5 * f32::from(bad == good)));
        let auc = above.sum::<f32>() / (last.len() * clean.len()) as f32;
        println!(" | peak {:.2} | AUC {auc:.2}", hits as f32 / pictures.len() as f32);
    }
}

#[test]
#[ignore = "a timing, not a check"]
fn timing() {
    let settings = settings();
    for (width, height) in [(512, 512), (1024, 1024), (4000, 3000), (8000, 8000)] {
        let picture =
            image::imageops::resize(&scene(1024, 1024, 1), width, height, image::imageops::FilterType::Nearest);
        let fastest = (0..5).map(|_| {
            let start = std::time::Instant::now();
            measure(&picture, &settings);
            start.elapsed()
        });
        println!("{width} x {height}: {:.0?}", fastest.min().unwrap());
    }
}
