//! The graphs are small, made by `tests/models/make_tiny.py`; the tokenizers have the published ones' conventions.

use std::{collections::BTreeMap, io::Read, path::PathBuf, sync::Arc};

use inference::{
    runtime::Runtime,
    store::{Manifest, Options, Progress, Silent, Store},
};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::*;

/// The vocabulary that OpenAI published with CLIP: a line a merge.
const CLIP_MERGES: &str = r#"
[[file]]
name = "clip-merges"
role = "alignment"
version = "2.6.0"
licence = "MIT"
sha256 = "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a"
size = 1356917
source.pypi = { package = "clip-anytorch", version = "2.6.0", path = "clip/bpe_simple_vocab_16e6.txt.gz" }
"#;

async fn stored(manifest: &str, name: &str) -> PathBuf {
    let store = Store::open(Store::default_root().unwrap(), Manifest::parse(manifest).unwrap(), Options::default());
    let silent: Arc<dyn Progress> = Arc::new(Silent);
    store.ensure(&[name], &silent).await.unwrap().remove(0)
}

async fn runtime() -> &'static Runtime {
    static RUNTIME: OnceCell<Runtime> = OnceCell::const_new();
    let load = || async {
        let library = stored(include_str!("../../../../config/models.toml"), "onnxruntime").await;
        Runtime::load(&library, 1).unwrap()
    };
    RUNTIME.get_or_init(load).await
}

fn tiny(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/tiny").join(name)
}

fn settings(max_tokens: usize, pad_with: Option<&str>) -> TextTowerSettings {
    let (file, tokenizer, pad_with) = (String::new(), "tokenizer".to_owned(), pad_with.map(str::to_owned));
    TextTowerSettings { file, tokenizer, max_tokens, pad_with, lowercase: false }
}

async fn tower(model: &str, inputs: &[&str], output: &str, width: usize, settings: &TextTowerSettings) -> TextTower {
    let info = ModelInfo { name: model.to_owned(), ..ModelInfo::default() };
    let session = runtime().await.open(&tiny(&format!("{model}_text.onnx")), info, inputs, &[output]).unwrap();
    let tokenizer = std::fs::read(tiny(&format!("{model}_tokenizer.json"))).unwrap();
    TextTower::new(session, &tokenizer, width, settings).unwrap()
}

async fn clip(max_tokens: usize, pad_with: Option<&str>) -> TextTower {
    tower("clip", &["input_ids"], "text_embeds", 512, &settings(max_tokens, pad_with)).await
}

#[tokio::test]
async fn texts_become_normalised_embeddings_of_what_they_say() {
    let clip = clip(77, None).await;
    let cat = clip.encode("a red cat").unwrap();
    assert_eq!(cat.len(), 512);
    assert!((cat.iter().map(|value| value * value).sum::<f32>() - 1.0).abs() < 1e-4);
    assert_eq!(cat, clip.encode(" A  RED\tcat").unwrap());
    assert_ne!(cat, clip.encode("a red dog").unwrap());
    assert_ne!(cat, clip.encode("a cat red").unwrap());
}

#[tokio::test]
async fn clip_reads_up_to_its_end_token_so_padding_changes_nothing() {
    let (short, padded) = (clip(77, None).await, clip(77, Some("<|endoftext|>")).await);
    assert_eq!(padded.tokenizer.encode("a cat", true).unwrap().len(), 77);
    assert_eq!(short.encode("a cat").unwrap(), padded.encode("a cat").unwrap());
}

#[tokio::test]
async fn a_long_text_is_cut_to_the_limit_and_still_ends() {
    let clip = clip(20, None).await;
    let long = |words: usize| vec!["cat"; words].join(" ");
    let tokens = clip.tokenizer.encode(long(100), true).unwrap();
    assert_eq!(tokens.len(), 20);
    assert_eq!(tokens.get_tokens().last().unwrap(), "<|endoftext|>");
    assert_eq!(clip.encode(&long(100)).unwrap(), clip.encode(&long(200)).unwrap());
}

#[tokio::test]
async fn siglip_takes_sixty_four_tokens_filled_with_its_end() {
    let mut settings = settings(64, Some("</s>"));
    settings.lowercase = true;
    let siglip = tower("siglip", &["input_ids"], "pooler_output", 768, &settings).await;
    let tokens = siglip.tokenizer.encode("a cat", true).unwrap();
    assert_eq!(tokens.get_tokens()[..3], ["▁a", "▁cat", "</s>"]);
    assert_eq!((tokens.len(), tokens.get_tokens().last().unwrap().as_str()), (64, "</s>"));
    assert_eq!(siglip.encode("A Cat").unwrap(), siglip.encode("a cat").unwrap());
    assert_eq!(siglip.encode("a cat").unwrap().len(), 768);
}

#[tokio::test]
async fn bert_is_told_by_the_mask_what_is_padding() {
    let inputs = ["input_ids", "attention_mask"];
    let short = tower("bert", &inputs, "text_embeds", 512, &settings(128, None)).await;
    let padded = tower("bert", &inputs, "text_embeds", 512, &settings(128, Some("[PAD]"))).await;
    let tokens = short.tokenizer.encode("Red cats", true).unwrap();
    assert_eq!(tokens.get_tokens(), ["[CLS]", "red", "cat", "##s", "[SEP]"]);
    let close = |a: &[f32], b: &[f32]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5);
    assert!(close(&short.encode("Red cats").unwrap(), &padded.encode("Red cats").unwrap()));
}

#[tokio::test]
async fn what_does_not_fit_together_is_named() {
    let runtime = runtime().await;
    let info = ModelInfo { name: "tiny".into(), ..ModelInfo::default() };
    let open = |inputs: &[&str]| runtime.open(&tiny("clip_text.onnx"), info.clone(), inputs, &["text_embeds"]).unwrap();
    let tokenizer = std::fs::read(tiny("clip_tokenizer.json")).unwrap();
    let refused = |bytes: &[u8], settings: &TextTowerSettings| {
        TextTower::new(open(&["input_ids"]), bytes, 512, settings).err().unwrap().to_string()
    };
    for (bytes, settings, part) in [
        (&b"{}"[..], settings(77, None), "tokenizer tokenizer: "),
        (&tokenizer, settings(77, Some("[PAD]")), "no token '[PAD]' to pad with"),
        (&tokenizer, settings(2, None), "expected max_tokens above 2, got 2"),
    ] {
        let said = refused(bytes, &settings);
        assert!(said.contains(part), "{said}");
    }
    let narrow = TextTower::new(open(&["input_ids"]), &tokenizer, 768, &settings(77, None)).unwrap();
    let said = narrow.encode("a cat").unwrap_err().to_string();
    assert!(said.contains("expected an embedding of shape [1, 768], got [1, 512]"), "{said}");
}

/// The small tokenizer with all of CLIP's merges instead of its own.
fn full_clip_tokenizer(merges: &str) -> Value {
    let mut json: Value = serde_json::from_slice(&std::fs::read(tiny("clip_tokenizer.json")).unwrap()).unwrap();
    // The first line is a heading, and of the file's merges CLIP uses as many as make 49,408 tokens in all.
    let merges: Vec<Vec<&str>> =
        merges.lines().skip(1).take(49_408 - 512 - 2).map(|line| line.split(' ').collect()).collect();
    let mut letters: Vec<(String, u64)> = json["model"]["vocab"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(piece, number)| (piece.clone(), number.as_u64().unwrap()))
        .filter(|(_, number)| *number < 512)
        .collect();
    letters.sort_by_key(|(_, number)| *number);
    let specials = ["<|startoftext|>", "<|endoftext|>"];
    let pieces = letters.into_iter().map(|(piece, _)| piece).chain(merges.iter().map(|pair| pair.concat()));
    let vocabulary: BTreeMap<String, usize> =
        pieces.chain(specials.map(str::to_owned)).enumerate().map(|(number, piece)| (piece, number)).collect();
    for (index, (special, side)) in specials.iter().zip(["cls", "sep"]).enumerate() {
        json["added_tokens"][index]["id"] = json!(vocabulary[*special]);
        json["post_processor"][side][1] = json!(vocabulary[*special]);
    }
    json["model"]["vocab"] = json!(vocabulary);
    json["model"]["merges"] = json!(merges);
    json
}

#[tokio::test]
async fn clips_vocabulary_gives_the_ids_of_openais_own_tokenizer() {
    let file = std::fs::File::open(stored(CLIP_MERGES, "clip-merges").await).unwrap();
    let mut merges = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut merges).unwrap();
    let json = serde_json::to_vec(&full_clip_tokenizer(&merges)).unwrap();
    let tokenizer = prepared(&json, &settings(77, None)).unwrap();

    let reference: Vec<(String, Vec<u32>)> =
        serde_json::from_slice(&std::fs::read(tiny("../clip_token_ids.json")).unwrap()).unwrap();
    assert!(reference.len() > 100);
    for (text, ids) in reference {
        assert_eq!(tokenizer.encode_fast(text.as_str(), true).unwrap().get_ids(), ids, "{text:?}");
    }
}
