//! Prints fidelity and the five pixel-measured severities of picture files, one line each:
//! `cargo run --release -p cpaiqa-distortion --example measure -- a.png b.webp`.
#![allow(clippy::print_stdout)] // A table on the terminal is what this program is for.

use std::{error::Error, fs, path::Path, time::Instant};

use cpaiqa_distortion::{Settings, measure};

fn main() -> Result<(), Box<dyn Error>> {
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/distortion.toml");
    let settings: Settings = toml::from_str(&fs::read_to_string(config)?)?;
    println!("fidelity\t7 tiling\t8 edges\t9 detail\t10 noise\t11 colour\tms\tfile");
    for file in std::env::args().skip(1) {
        let pixels = image::open(&file)?.into_rgb8();
        let start = Instant::now();
        let measured = measure(&pixels, &settings);
        let milliseconds = start.elapsed().as_millis();
        print!("{:.3}", measured.fidelity);
        for severity in measured.distortions.iter().filter_map(|distortion| distortion.severity) {
            print!("\t{severity:.3}");
        }
        println!("\t{milliseconds}\t{file}");
    }
    Ok(())
}
