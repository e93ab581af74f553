//! How long the detector takes for a picture of 1024 × 1024 pixels: the network with its tower, and the measures beside it.
//!
//! `cargo run --release -p cpaiqa-distortion --example time -- ONNXRUNTIME TOWER NETWORK`, files of the model store; prints
//! milliseconds (the median of 20 runs) and what share of the network's time each part takes.
#![allow(clippy::print_stdout, reason = "a tool's output")]

use std::{env, error::Error, path::Path, time::Instant};

use cpaiqa_distortion::{Network, Settings, measure_some};
use domain::roles::ModelInfo;
use image::{Rgb, RgbImage};
use inference::runtime::Runtime;

const SETTINGS: &str = include_str!("../../../config/distortion.toml");
const TOKENS: [&str; 3] = [
    "/vision_model/encoder/layers.3/Add_1_output_0",
    "/vision_model/encoder/layers.6/Add_1_output_0",
    "/vision_model/encoder/layers.9/Add_1_output_0",
];
const THREADS: usize = 2;
const RUNS: usize = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [library, tower, network] = arguments.as_slice() else {
        return Err("usage: time ONNXRUNTIME TOWER NETWORK, three files of the model store".into());
    };
    let settings: Settings = toml::from_str(SETTINGS)?;
    let runtime = Runtime::load(Path::new(library), THREADS)?;
    let tower = runtime.open(Path::new(tower), info("tower"), &["pixel_values"], &TOKENS)?;
    let inputs = ["pixels", "tokens_1", "tokens_2", "tokens_3"];
    let outputs = ["severities", "maps", "fidelity"];
    let network = runtime.open(Path::new(network), info("network"), &inputs, &outputs)?;
    let view = vec![0.1_f32; 3 * 224 * 224];
    let whole = Network::new(tower.clone(), network, settings.network.clone());
    let picture = RgbImage::from_fn(1024, 1024, |x, y| Rgb([(x * y % 251) as u8, (x % 256) as u8, (y % 256) as u8]));

    let network = median(|| whole.see(&picture).map(drop))?;
    let tower = median(|| tower.run(&[("pixel_values", &[1, 3, 224, 224], &view)], &TOKENS).map(drop))?;
    let measures = median(|| {
        measure_some(&picture, &settings, |_| false);
        Ok::<(), Box<dyn Error>>(())
    })?;
    println!("network with its tower  {network:6.1} ms");
    println!("  the tower             {tower:6.1} ms  {:.2} of it", tower / network);
    println!("measures of damage      {measures:6.1} ms  {:.2} of it", measures / network);
    Ok(())
}

/// The median of some runs, milliseconds.
fn median<E>(run: impl Fn() -> Result<(), E>) -> Result<f64, E> {
    let mut times = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let began = Instant::now();
        run()?;
        times.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    Ok(times[RUNS / 2])
}

fn info(name: &str) -> ModelInfo {
    ModelInfo { role: "distortion".into(), name: name.into(), ..ModelInfo::default() }
}
