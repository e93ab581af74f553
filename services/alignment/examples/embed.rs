//! Embeds pictures and texts as the service's encoders do, for fitting what brings them into the joint space.
//!
//! `embed ONNXRUNTIME TOWER FONT ENCODER TOKENIZER` reads lines `image<TAB>path`, `rendered<TAB>text` and
//! `learned<TAB>text`, and prints one JSON array a line: the embedding, L2-normalised and not yet in its place. At the end it
//! says on standard error how long each kind took.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool's output")]

use std::{
    collections::BTreeMap,
    env,
    error::Error,
    fs, io,
    path::Path,
    time::{Duration, Instant},
};

use cpaiqa_alignment::{AlignmentSettings, ImageTower, RenderedText, TextEncoder, TextTower, whole_view};
use domain::roles::ModelInfo;
use inference::runtime::Runtime;
use picture::{Decoder, Limits, identify};

const SETTINGS: &str = include_str!("../../../config/alignment.toml");
const THREADS: usize = 2;
/// The training data is trusted.
const LIMITS: Limits = Limits { max_bytes: usize::MAX, max_pixels: u64::MAX, max_side: u32::MAX, min_side: 1 };

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [library, model, font, encoder, tokenizer] = arguments.as_slice() else {
        return Err("usage: embed ONNXRUNTIME TOWER FONT ENCODER TOKENIZER < lines".into());
    };
    let runtime = Runtime::load(Path::new(library), THREADS)?;
    let settings: AlignmentSettings = toml::from_str(SETTINGS)?;
    let chosen = settings.chosen()?;
    let session = runtime.open(Path::new(model), info("tower"), &["pixel_values"], &["image_embeds"])?;
    let tower = ImageTower::new(session, chosen.width, &chosen.image);
    let learned = chosen.text.learned.as_ref().ok_or("the configured model has no learned encoder")?;
    let session =
        runtime.open(Path::new(encoder), info("encoder"), &["input_ids", "attention_mask"], &["text_embeds"])?;
    let learned = TextTower::new(session, &fs::read(tokenizer)?, chosen.width, learned)?;
    let rendered = RenderedText::new(tower.clone(), fs::read(font)?, info("font"))?;
    let decoder = Decoder::new(0);

    let mut times: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    for line in io::stdin().lines() {
        let line = line?;
        let began = Instant::now();
        let embedding = match line.split_once('\t') {
            Some(("image", path)) => {
                let picture = identify(fs::read(path)?.into(), &LIMITS)?;
                let pixels = decoder.decode(&picture).await?;
                tower.embed(&whole_view(&pixels, tower.side(), tower.fit())?)?
            }
            Some(("rendered", text)) => rendered.encode(text)?,
            Some(("learned", text)) => learned.encode(text)?,
            _ => {
                return Err(format!("expected `image<TAB>path`, `rendered` or `learned<TAB>text`, got {line:?}").into());
            }
        };
        let kind = line.split('\t').next().unwrap_or_default().to_owned();
        times.entry(kind).or_default().push(began.elapsed());
        // Finite numbers in a list: Rust's notation is JSON's.
        println!("{embedding:?}");
    }
    for (kind, mut times) in times {
        times.sort();
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        eprintln!("{kind}: {} embedded, {median:.2?} each (median)", times.len());
    }
    Ok(())
}

/// Names a file in error messages.
fn info(name: &str) -> ModelInfo {
    ModelInfo { role: "alignment".to_owned(), name: name.to_owned(), ..ModelInfo::default() }
}
