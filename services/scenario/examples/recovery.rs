//! How well calibration finds a taste that is known, by the number of judgements:
//! `cargo run --release -p cpaiqa-scenario --features planted --example recovery [FIGURE.svg]`.
#![allow(clippy::print_stdout)] // A table on the terminal is what this program is for.

use std::{error::Error, fmt::Write, time::Instant};

use cpaiqa_scenario::{
    Judgements, calibrate,
    planted::{judged, profile},
};
use domain::{
    ownership::CalibrationOptions,
    scenario::{Context, Profile},
};

const NUMBERS: [usize; 7] = [30, 100, 300, 1_000, 3_000, 10_000, 30_000];
const TASTES: u64 = 8;

/// One fit: mean absolute errors of weights and impacts, held-out accuracy, what the taste itself reaches, and seconds.
type Fit = [f64; 5];

fn main() -> Result<(), Box<dyn Error>> {
    println!("mean of {TASTES} tastes; errors are mean absolute differences of component weights and of impacts");
    println!("{:>7} {:>8} {:>8} {:>9} {:>10} {:>8}", "pairs", "weights", "impacts", "accuracy", "by taste", "seconds");
    let mut rows = Vec::new();
    for number in NUMBERS {
        let fits = (0..TASTES).map(|seed| fit(number, seed)).collect::<Result<Vec<Fit>, _>>()?;
        let mean: Fit = std::array::from_fn(|at| fits.iter().map(|fit| fit[at]).sum::<f64>() / fits.len() as f64);
        let [weights, impacts, accuracy, own, seconds] = mean;
        println!("{number:7} {weights:8.3} {impacts:8.3} {accuracy:9.3} {own:10.3} {seconds:8.2}");
        rows.push((number as f64, mean));
    }
    if let Some(path) = std::env::args().nth(1) {
        std::fs::write(path, figure(&rows))?;
    }
    Ok(())
}

fn fit(pairs: usize, seed: u64) -> Result<Fit, Box<dyn Error>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let logits = std::array::from_fn(|_| 3.0 * random.f64() - 1.5);
    let taste = profile(logits, std::array::from_fn(|_| 0.05 + 0.9 * random.f64()), 8.0);
    let start = profile([0.0; 5], [0.4; 12], 10.0);
    let (pairs, measured) = judged(&taste, pairs, seed + 1_000);
    let judgements = Judgements::new(&pairs, &measured);
    let options = CalibrationOptions { prior: 1.0, shared: 0.9, folds: 5, seed: 7 };
    let began = Instant::now();
    let found = calibrate(&start, &judgements, &options)?.calibration;
    let seconds = began.elapsed().as_secs_f64();
    let own = calibrate(&taste, &judgements, &options)?.calibration.accuracy_before.value;
    let (weights, impacts) = errors(&taste, &found.profile);
    Ok([weights, impacts, found.accuracy_after.value, own, seconds])
}

fn errors(taste: &Profile, fitted: &Profile) -> (f64, f64) {
    let (taste, fitted) = (Context::mix([(taste, 1.0)]), Context::mix([(fitted, 1.0)]));
    let weights: f64 = taste.weights.iter().zip(fitted.weights).map(|(a, b)| (a - b).abs()).sum();
    let impacts: f64 = taste.impacts.iter().map(|(kind, impact)| (impact - fitted.impact(kind)).abs()).sum();
    (weights / taste.weights.len() as f64, impacts / taste.impacts.len() as f64)
}

/// Both errors over the number of pairs, on a logarithmic axis.
fn figure(rows: &[(f64, Fit)]) -> String {
    let (first, last) = (NUMBERS[0] as f64, NUMBERS[NUMBERS.len() - 1] as f64);
    let x = |pairs: f64| 60.0 + 480.0 * (pairs / first).ln() / (last / first).ln();
    let y = |error: f64| 280.0 - 1_040.0 * error;
    let mut svg = String::from(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 330" font-family="sans-serif" font-size="13" fill="#444">
<title>Errors of recovered weights and impacts by the number of judged pairs</title>
<rect width="700" height="330" fill="#fff"/>
<text x="300" y="322" text-anchor="middle">judged pairs</text>
<text x="60" y="14">mean absolute error</text>
"##,
    );
    // Writing to a String cannot fail.
    for tick in [0.0, 0.05, 0.1, 0.15, 0.2, 0.25] {
        let (at, below) = (y(tick), y(tick) + 4.0);
        let _ = writeln!(svg, r##"<path d="M60 {at:.1}H540" stroke="#ddd"/>"##);
        let _ = writeln!(svg, r#"<text x="52" y="{below:.1}" text-anchor="end">{tick}</text>"#);
    }
    for (pairs, _) in rows {
        let _ = writeln!(svg, r#"<text x="{:.1}" y="302" text-anchor="middle">{pairs}</text>"#, x(*pairs));
    }
    for (column, name, color, shift) in
        [(0, "component weights", "#0072b2", 10.0), (1, "distortion impacts", "#d55e00", -2.0)]
    {
        let points: Vec<(f64, f64)> = rows.iter().map(|(pairs, row)| (x(*pairs), y(row[column]))).collect();
        let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let line = line.join(" ");
        let _ = writeln!(svg, r#"<polyline points="{line}" fill="none" stroke="{color}" stroke-width="2.5"/>"#);
        for (x, y) in &points {
            let _ = writeln!(svg, r#"<circle cx="{x:.1}" cy="{y:.1}" r="4" fill="{color}"/>"#);
        }
        if let Some((x, y)) = points.last() {
            let _ = writeln!(svg, r#"<text x="{:.1}" y="{:.1}" fill="{color}">{name}</text>"#, x + 10.0, y + shift);
        }
    }
    svg + "</svg>\n"
}
