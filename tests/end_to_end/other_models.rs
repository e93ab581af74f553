//! Other models by configuration alone: the tiny ones of `tests/models/make_tiny.py`, with the large ones' signatures.

use std::{fmt::Write as _, fs, path::Path};

use proto::{
    common::Picture,
    quality::{ScoreRequest, ScoreResponse, quality_service_client::QualityServiceClient},
};
use sha2::{Digest, Sha256};

use crate::support::{CAT, Said, Server, command, example, pictures::write, root};

/// An entry for the model manifest about a file of this machine.
fn entry(file: &str, tensors: &str) -> String {
    let path = root().join("tests/fixtures/tiny").join(file);
    let bytes = fs::read(&path).unwrap();
    let sha256: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let (name, _) = file.split_once('.').unwrap();
    let role = if name.starts_with("sam") { "segmentation" } else { "alignment" };
    format!(
        "[[models.file]]\nname = 'tiny-{name}'\nrole = '{role}'\nversion = '1'\nlicence = 'Apache-2.0'\n\
         sha256 = '{sha256}'\nsize = {}\n{tensors}\nsource.file.path = '{}'\n\n",
        bytes.len(),
        path.display()
    )
}

/// A configuration that aligns with `model` (`clip` or `siglip`) and segments with the tiny SAM.
fn configuration(folder: &Path, model: &str) -> String {
    let output = if model == "clip" { ["text_embeds", "image_embeds"] } else { ["pooler_output"; 2] };
    let [text, image] = output;
    let mut toml = entry(&format!("{model}_text.onnx"), &format!("inputs = ['input_ids']\noutputs = ['{text}']"));
    toml += &entry(&format!("{model}_vision.onnx"), &format!("inputs = ['pixel_values']\noutputs = ['{image}']"));
    toml += &entry(&format!("{model}_tokenizer.json"), "");
    toml += &entry("sam_encoder.onnx", "inputs = ['input']\noutputs = ['output']");
    let prompt = "'image_embeddings', 'point_coords', 'point_labels', 'mask_input', 'has_mask_input', 'orig_im_size'";
    toml += &entry("sam_decoder.onnx", &format!("inputs = [{prompt}]\noutputs = ['iou_predictions', 'low_res_masks']"));
    let (width, fit, tokens) = match model {
        "clip" => (512, "crop", "max_tokens = 77"),
        _ => (768, "squash", "max_tokens = 64\npad_with = '</s>'\nlowercase = true"),
    };
    write!(
        toml,
        "[segmentation]\nencoder = 'tiny-sam_encoder'\ndecoder = 'tiny-sam_decoder'\n\
         [alignment]\nmodel = 'tiny'\n\
         [alignment.models.tiny]\nwidth = {width}\n\
         [alignment.models.tiny.image]\nfile = 'tiny-{model}_vision'\nside = 224\nfit = '{fit}'\n\
         mean = [0.5, 0.5, 0.5]\ndeviation = [0.5, 0.5, 0.5]\n\
         [alignment.models.tiny.text.learned]\nfile = 'tiny-{model}_text'\n\
         tokenizer = 'tiny-{model}_tokenizer'\n{tokens}\n\
         [alignment.models.tiny.calibrations]\n\
         prompt = {{ slope = 2.0, offset = 0.0 }}\nphrase = {{ slope = 2.0, offset = 0.0 }}\n"
    )
    .unwrap();
    write(folder, "models.toml", toml.as_bytes())
}

async fn score(model: &'static str, prompt: &str) -> ScoreResponse {
    let folder = tempfile::tempdir().unwrap();
    let file = configuration(folder.path(), model);
    let start = move || Server::start("all", &[("CPAIQA_CONFIG_FILE", &file)]);
    let server = tokio::task::spawn_blocking(start).await.unwrap();
    let data = fs::read(example(CAT)).unwrap().into();
    let request = ScoreRequest {
        picture: Some(Picture { data, ..Picture::default() }),
        prompt: prompt.into(),
        ..Default::default()
    };
    QualityServiceClient::connect(server.url()).await.unwrap().score(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_configured_clip_pair_and_sam_score_a_picture() {
    let scored = score("clip", "a red cat with a crown on a blue throne, calm atmosphere").await;
    for name in ["tiny-clip_vision", "tiny-clip_text", "tiny-sam_encoder", "tiny-sam_decoder"] {
        assert!(scored.models.iter().any(|model| model.name == name), "no {name} in {:?}", scored.models);
    }
    assert!(!scored.models.iter().any(|model| model.name.contains("mobile-sam") || model.name.contains("rendered")));
    let components = scored.components.unwrap();
    for part in [components.global_alignment, components.local_alignment, components.attribute_consistency] {
        assert!((0.0..=1.0).contains(&part.unwrap()));
    }
    assert!(!scored.regions.is_empty());
    assert!(scored.degraded.is_empty(), "{:?}", scored.degraded);
    // No aesthetic head was named for this pair: the component is missing, and that is said.
    assert_eq!(components.aesthetics, None);
    assert!(scored.notes.iter().any(|note| note.starts_with("aesthetics: ")), "{:?}", scored.notes);
}

#[tokio::test]
async fn a_configured_siglip_pair_tells_prompts_apart() {
    let (cat, dog) = tokio::join!(score("siglip", "a cat"), score("siglip", "the dog with the crown"));
    let global = |scored: &ScoreResponse| scored.components.unwrap().global_alignment.unwrap();
    assert_ne!(global(&cat), global(&dog));
    assert!(cat.models.iter().any(|model| model.name == "tiny-siglip_text"));
}

#[test]
fn a_model_that_is_not_there_is_named_with_those_that_are() {
    let mut process = command(&["score", &example(CAT), "--prompt", "a cat"]);
    let said: Said = process.env("CPAIQA_ALIGNMENT__MODEL", "clip-vit-z").output().unwrap().into();
    assert_eq!(said.code, 1);
    for part in ["'clip-vit-z'", "clip-vit-b-16-minilm", "siglip-vit-b-16"] {
        assert!(said.err.contains(part), "{}", said.err);
    }
}

#[test]
fn hub_models_are_fetched_only_when_they_are_chosen() {
    let empty = tempfile::tempdir().unwrap();
    let mut process = command(&["score", &example(CAT), "--prompt", "a cat", "--offline"]);
    process.env("CPAIQA_MODELS__DIR", empty.path()).env("CPAIQA_ALIGNMENT__MODEL", "clip-vit-b-16");
    let said: Said = process.output().unwrap().into();
    assert!(said.err.contains("clip-vit-b-16-text") && !said.err.contains("rendered-text"), "{}", said.err);

    let mut process = command(&["models", "pull", "--offline"]);
    let said: Said = process.env("CPAIQA_MODELS__DIR", empty.path()).output().unwrap().into();
    assert!(said.err.contains("mobile-sam-encoder") && !said.err.contains("siglip"), "{}", said.err);
    let mut process = command(&["models", "pull", "--hub", "--offline"]);
    let said: Said = process.env("CPAIQA_MODELS__DIR", empty.path()).output().unwrap().into();
    assert!(said.err.contains("siglip-vit-b-16-text") && !said.err.contains("mobile-sam"), "{}", said.err);
}
