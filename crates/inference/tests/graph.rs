//! Changes of the real graphs, and files of the store that are made by them.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use std::{path::Path, sync::OnceLock};

use cpaiqa_inference::{
    graph::{Branch, Change, Numbers, apply},
    runtime::{Runtime, Tensor},
    store::{Manifest, Options, Source, State, Store},
};
use domain::roles::ModelInfo;
use support::{entry, sha256, silent, store};
use tempfile::TempDir;

const MANIFEST: &str = include_str!("../../../config/models.toml");
const TOWER: &str = "clip-vit-b-16-image-int8";
const DECODER: &str = "mobile-sam-decoder-published";
const ENCODER: &str = "mobile-sam-encoder-published";

/// The user's store, filled as far as `names` need.
async fn files(names: &[&str]) -> Vec<std::path::PathBuf> {
    let manifest = Manifest::parse(MANIFEST).unwrap();
    let store = Store::open(Store::default_root().unwrap(), manifest, Options::default());
    store.ensure(names, &silent()).await.unwrap()
}

async fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(&files(&[name]).await[0]).unwrap()
}

fn run(library: &Path, model: &[u8], inputs: &[(&str, &[usize], &[f32])], outputs: &[&str]) -> Vec<Tensor> {
    // One a process.
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), model).unwrap();
    let runtime = RUNTIME.get_or_init(|| Runtime::load(library, 2).unwrap());
    let info = ModelInfo { name: "changed".into(), ..ModelInfo::default() };
    runtime.open(file.path(), info, &[], outputs).unwrap().run(inputs, outputs).unwrap()
}

fn refusal(bytes: &[u8], change: Change) -> String {
    apply(bytes, &[change]).unwrap_err().to_string()
}

/// A picture's planes without structure that any layer could rely on.
fn planes() -> Vec<f32> {
    (0..3 * 224 * 224).map(|index| ((index * 7919 % 1013) as f32 / 506.5 - 1.0) * 1.5).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[tokio::test]
async fn a_graph_in_which_everything_is_read_stays_byte_for_byte() {
    let published = bytes(TOWER).await;
    assert_eq!(sha256(&apply(&published, &[]).unwrap()), sha256(&published));
}

#[tokio::test]
async fn a_product_in_float_gives_almost_what_its_quantised_form_gave() {
    let published = bytes(TOWER).await;
    let library = files(&["onnxruntime"]).await.remove(0);
    // The last product: nothing after it multiplies the difference.
    let changed = apply(&published, &[Change::Float(vec!["visual_projection/".into()])]).unwrap();
    let input: &[(&str, &[usize], &[f32])] = &[("pixel_values", &[1, 3, 224, 224], &planes())];
    let [before, after] =
        [&published, &changed].map(|model| run(&library, model, input, &["image_embeds"]).remove(0).data);
    let near = cosine(&before, &after);
    assert!(near > 0.999 && before != after, "{near}");
}

#[tokio::test]
async fn a_branch_that_leaves_the_class_token_out_gives_every_token_what_the_class_token_gets() {
    let published = bytes(TOWER).await;
    let library = files(&["onnxruntime"]).await.remove(0);
    let every = Branch {
        name: "patch_embeds".into(),
        like: "image_embeds".into(),
        replace: [("/vision_model/Gather_output_0".into(), "onnx::Gather_1524".into())].into(),
    };
    // In float, since a quantised product depends on all its rows.
    let float = Change::Float(vec!["visual_projection/".into()]);
    let changed = apply(&published, &[float, Change::Branch(every)]).unwrap();
    let input: &[(&str, &[usize], &[f32])] = &[("pixel_values", &[1, 3, 224, 224], &planes())];
    let found = run(&library, &changed, input, &["image_embeds", "patch_embeds"]);
    assert_eq!(found[1].shape, [1, 197, 512]);
    let near = cosine(&found[0].data, &found[1].data[..512]);
    assert!(near > 0.999_99, "{near}");
    assert!(cosine(&found[0].data, &found[1].data[512..1024]) < 0.99);
}

#[tokio::test]
async fn dropping_an_output_drops_its_nodes_and_leaves_the_others_as_they_were() {
    let published = bytes(DECODER).await;
    let library = files(&["onnxruntime"]).await.remove(0);
    let changed = apply(&published, &[Change::DropOutputs(vec!["masks".into()])]).unwrap();
    assert!(changed.len() < published.len());
    let embedding: Vec<f32> = (0..256 * 64 * 64).map(|index| (index % 97) as f32 / 97.0 - 0.5).collect();
    let no_mask = vec![0.0; 256 * 256];
    let all: &[(&str, &[usize], &[f32])] = &[
        ("image_embeddings", &[1, 256, 64, 64], &embedding),
        ("point_coords", &[1, 2, 2], &[300.0, 400.0, 0.0, 0.0]),
        ("point_labels", &[1, 2], &[1.0, -1.0]),
        ("mask_input", &[1, 1, 256, 256], &no_mask),
        ("has_mask_input", &[1], &[0.0]),
        ("orig_im_size", &[2], &[64.0, 64.0]),
    ];
    let outputs = ["iou_predictions", "low_res_masks"];
    assert_eq!(run(&library, &published, all, &outputs), run(&library, &changed, all, &outputs));
}

/// The changes that the manifest makes `name` with.
fn shipped(name: &str) -> Vec<Change> {
    let manifest = Manifest::parse(MANIFEST).unwrap();
    let Source::Derived { changes, .. } = &manifest.find(name, "any").unwrap().source else { return Vec::new() };
    changes.clone()
}

#[tokio::test]
async fn many_points_at_once_give_the_masks_that_they_gave_one_at_a_time() {
    let published = bytes(DECODER).await;
    let library = files(&["onnxruntime"]).await.remove(0);
    let many = apply(&published, &shipped("mobile-sam-decoder")).unwrap();
    let embedding: Vec<f32> =
        (0..256 * 64 * 64).map(|index| ((index * 7919 % 1013) as f32 / 506.5 - 1.0) * 0.2).collect();
    let points = [[100.0, 80.0], [512.0, 512.0], [900.0, 300.0]];
    let no_mask = vec![0.0; 256 * 256];
    let single: Vec<Vec<Tensor>> = points
        .iter()
        .map(|&[x, y]| {
            let inputs: &[(&str, &[usize], &[f32])] = &[
                ("image_embeddings", &[1, 256, 64, 64], &embedding),
                ("point_coords", &[1, 2, 2], &[x, y, 0.0, 0.0]),
                ("point_labels", &[1, 2], &[1.0, -1.0]),
                ("mask_input", &[1, 1, 256, 256], &no_mask),
                ("has_mask_input", &[1], &[0.0]),
                ("orig_im_size", &[2], &[64.0, 64.0]),
            ];
            run(&library, &published, inputs, &["iou_predictions", "low_res_masks"])
        })
        .collect();
    let together = |least_iou: f32| {
        let coordinates: Vec<f32> = points.iter().flat_map(|&[x, y]| [x, y, 0.0, 0.0]).collect();
        let inputs: &[(&str, &[usize], &[f32])] = &[
            ("image_embeddings", &[1, 256, 64, 64], &embedding),
            ("point_coords", &[3, 2, 2], &coordinates),
            ("point_labels", &[3, 2], &[1.0, -1.0, 1.0, -1.0, 1.0, -1.0]),
            ("least_iou", &[], &[least_iou]),
        ];
        run(&library, &many, inputs, &["iou", "coarse_masks", "fine_masks"])
    };
    let near = |a: &[f32], b: &[f32]| {
        assert_eq!(a.len(), b.len());
        let scale = a.iter().fold(1.0, |most: f32, value| most.max(value.abs()));
        let apart = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-4 * scale, "{apart} of {scale}");
    };
    let all = together(f32::NEG_INFINITY);
    let promised: Vec<f32> = single.iter().map(|found| found[0].data[0]).collect();
    near(&promised, &all[0].data);
    for (index, found) in single.iter().enumerate() {
        let fine = &found[1].data;
        near(fine, &all[2].data[index * 256 * 256..][..256 * 256]);
        let coarse: Vec<f32> = (0..64 * 64).map(|cell| fine[(cell / 64 * 4 + 2) * 256 + cell % 64 * 4 + 2]).collect();
        near(&coarse, &all[1].data[index * 64 * 64..][..64 * 64]);
    }
    // The best point's mask alone, and none.
    let best = (0..3).max_by(|&a, &b| all[0].data[a].total_cmp(&all[0].data[b])).unwrap();
    near(&single[best][1].data, &together(all[0].data[best])[2].data);
    assert_eq!(together(f32::INFINITY)[2].shape, [0, 256, 256]);
}

#[tokio::test]
async fn an_encoder_in_eight_bits_sees_what_it_saw_in_float() {
    let library = files(&["onnxruntime"]).await.remove(0);
    let published = bytes(ENCODER).await;
    let eight_bits = apply(&published, &shipped("mobile-sam-encoder")).unwrap();
    assert!(eight_bits.len() < published.len() * 6 / 10);
    // A bright square, a dark one and a slope behind them.
    let inside = |at: usize, from: usize| {
        (from..from + 300).contains(&(at % 1024)) && (from..from + 300).contains(&(at / 1024 % 1024))
    };
    let behind = |at: usize| (at % 1024) as f32 / 1024.0 - 0.5;
    let shade = |at| {
        if inside(at, 100) {
            2.0
        } else if inside(at, 600) {
            -1.8
        } else {
            behind(at)
        }
    };
    let pixels: Vec<f32> = (0..3 * 1024 * 1024).map(shade).collect();
    let [before, after] = [&published, &eight_bits]
        .map(|model| run(&library, model, &[("input", &[1, 3, 1024, 1024], &pixels)], &["output"]).remove(0).data);
    let near = cosine(&before, &after);
    assert!(near > 0.99 && before != after, "{near}");
    let told = refusal(&published, Change::EightBits(vec!["/layers.".into(), "/layers.7".into()]));
    assert!(told.contains("expected /layers.7 to begin the name of a product"), "{told}");
}

#[tokio::test]
async fn an_encoder_for_smaller_pictures_and_the_decoder_for_it_give_masks_of_fewer_cells() {
    let library = files(&["onnxruntime"]).await.remove(0);
    let encoder = apply(&bytes(ENCODER).await, &shipped("mobile-sam-encoder-448")).unwrap();
    let decoder = apply(&bytes(DECODER).await, &shipped("mobile-sam-decoder")).unwrap();
    // A bright square in the middle.
    let inside = |at: usize| (168..280).contains(&(at % 448)) && (168..280).contains(&(at / 448 % 448));
    let pixels: Vec<f32> = (0..3 * 448 * 448).map(|at| if inside(at) { 2.0 } else { -1.5 }).collect();
    let seen = run(&library, &encoder, &[("input", &[1, 3, 448, 448], &pixels)], &["embedding"]).remove(0);
    assert_eq!(seen.shape, [1, 256, 28, 28]);
    let inputs: &[(&str, &[usize], &[f32])] = &[
        ("image_embeddings", &seen.shape, &seen.data),
        ("point_coords", &[1, 2, 2], &[512.0, 512.0, 0.0, 0.0]),
        ("point_labels", &[1, 2], &[1.0, -1.0]),
        ("least_iou", &[], &[f32::NEG_INFINITY]),
    ];
    let [promised, coarse, fine] =
        <[Tensor; 3]>::try_from(run(&library, &decoder, inputs, &["iou", "coarse_masks", "fine_masks"])).unwrap();
    assert_eq!((&*coarse.shape, &*fine.shape), (&[1, 28, 28][..], &[1, 112, 112][..]));
    assert!(promised.data[0] > 0.8, "{promised:?}");
    // The square has 28 by 28 of the fine cells, from the 42nd on.
    let square = |cell: usize| (42..70).contains(&(cell % 112)) && (42..70).contains(&(cell / 112));
    let (mut both, mut either) = (0, 0);
    for (cell, &logit) in fine.data.iter().enumerate() {
        both += usize::from(logit > 0.0 && square(cell));
        either += usize::from(logit > 0.0 || square(cell));
    }
    assert!(both * 10 > either * 8, "{both} of {either}");
}

#[tokio::test]
async fn a_number_that_is_nowhere_is_told_with_where_it_should_be() {
    let encoder = bytes(ENCODER).await;
    let numbers = |under: &str, changes: &[[i64; 2]]| {
        Change::Numbers(Numbers { under: under.into(), except: None, changes: changes.into() })
    };
    let told = refusal(&encoder, numbers("/layers.2/", &[[64, 28], [63, 27]]));
    assert!(told.contains("expected the number 63 in a constant whose name begins with '/layers.2/'"), "{told}");
    assert!(refusal(&encoder, numbers("/layers.9/", &[[64, 28]])).contains("the number 64"));
}

#[tokio::test]
async fn products_with_a_scale_a_block_come_nearer_to_float_than_with_one_for_all() {
    let published = bytes(TOWER).await;
    let library = files(&["onnxruntime"]).await.remove(0);
    let wide: Vec<String> = ["layers.5/mlp/fc2", "layers.6/mlp/fc2", "layers.7/mlp/fc2"].map(str::to_owned).into();
    let input: &[(&str, &[usize], &[f32])] = &[("pixel_values", &[1, 3, 224, 224], &planes())];
    let embed = |model: &[u8]| run(&library, model, input, &["image_embeds"]).remove(0).data;
    let float = embed(&apply(&published, &[Change::Float(wide.clone())]).unwrap());
    let blocks = embed(&apply(&published, &[Change::Blocks(wide)]).unwrap());
    let (one, many) = (cosine(&float, &embed(&published)), cosine(&float, &blocks));
    assert!(many > 0.99 && 1.0 - many < 0.5 * (1.0 - one), "{one} {many}");
}

#[tokio::test]
async fn a_node_that_is_written_takes_the_place_of_the_one_that_gave_the_same() {
    let published = bytes(TOWER).await;
    let library = files(&["onnxruntime"]).await.remove(0);
    // Out of order, with a comment.
    let text = "# Twice.\nimage_embeds = Mul(moved, 1.0)\nmoved = Add(\"onnx::Gather_1524\", \"onnx::Gather_1524\")";
    let doubled = apply(&published, &[Change::Nodes(text.into())]).unwrap();
    assert!(doubled.len() < published.len());
    let input: &[(&str, &[usize], &[f32])] = &[("pixel_values", &[1, 3, 224, 224], &planes())];
    let found = run(&library, &doubled, input, &["image_embeds", "onnx::Gather_1524"]);
    assert!(found[0].data.iter().zip(&found[1].data).all(|(twice, once)| *twice == 2.0 * once));
}

#[tokio::test]
async fn what_is_wrong_with_written_nodes_is_told_with_its_line() {
    let decoder = bytes(DECODER).await;
    let told = |text: &str| refusal(&decoder, Change::Nodes(text.into()));
    for (text, expected) in [
        ("a = Add(b, c)\nd = Add(b", "line 2 of the nodes to add: expected an input before ''"),
        ("a Add(b, c)", "line 1 of the nodes to add: expected = before 'Add(b, c)'"),
        ("a = 3", "expected an operator"),
        ("a = Add(\"b, c)", "expected \" before"),
        ("a = Add(1.2.3, c)", "expected a number before '1.2.3, c)'"),
        ("a = Add([1, x], c)", "expected a whole number"),
        ("a = Add(b, c) {axis}", "expected ="),
        ("a = Add(b, c) {axis=x}", "expected a number"),
        ("masks = Add(low_res_masks, more)\nmore = Add(masks, 1.0)", "is computed from itself"),
    ] {
        let told = told(text);
        assert!(told.contains(expected), "{text}: {told}");
    }
    let refused = refusal(&decoder, Change::Blocks(vec!["final".into()]));
    assert!(refused.contains("exactly one MatMulInteger"), "{refused}");
}

#[tokio::test]
async fn a_tensor_within_becomes_the_only_output_and_what_came_after_it_is_gone() {
    let published = bytes(TOWER).await;
    let library = files(&["onnxruntime"]).await.remove(0);
    let last = "onnx::Gather_1524".to_owned();
    let early = "/vision_model/encoder/layers.9/Add_1_output_0".to_owned();
    let others = Change::DropOutputs(vec!["image_embeds".into(), last.clone()]);
    let changed = apply(&published, &[Change::Outputs(vec![early.clone()]), others]).unwrap();
    assert!(changed.len() < published.len() * 9 / 10);
    let input: &[(&str, &[usize], &[f32])] = &[("pixel_values", &[1, 3, 224, 224], &planes())];
    let found = run(&library, &changed, input, &[&early]).remove(0);
    assert_eq!(found.shape, [1, 197, 768]);
    let whole = apply(&published, &[Change::Outputs(vec![early.clone()])]).unwrap();
    assert_eq!(found, run(&library, &whole, input, &[&early]).remove(0));
    assert!(refusal(&published, Change::Outputs(vec!["layers.9".into()])).contains("got 0"));
}

#[tokio::test]
async fn names_that_fit_nothing_or_too_much_are_told() {
    let (tower, decoder) = (bytes(TOWER).await, bytes(DECODER).await);
    let float = |name: &str| refusal(&tower, Change::Float(vec![name.into()]));
    assert!(float("layers.12/mlp/fc2").contains("exactly one MatMulInteger node of the graph, got 0"));
    assert!(float("layers.1/mlp").contains("got 2"));
    let dropped = |names: &[&str]| refusal(&decoder, Change::DropOutputs(names.iter().map(|&n| n.into()).collect()));
    assert!(dropped(&["mask"]).contains("mask to name exactly one output"));
    assert!(dropped(&["masks", "iou_predictions", "low_res_masks"]).contains("keep at least one"));
    let replace = [("image_embeds".into(), "onnx::Gather_1524".into())].into();
    let apart = Branch { name: "more".into(), like: "onnx::Gather_1524".into(), replace };
    assert!(refusal(&tower, Change::Branch(apart)).contains("depends on none"));
}

#[tokio::test]
async fn what_is_no_whole_model_is_refused() {
    let decoder = bytes(DECODER).await;
    let none = || Change::Float(Vec::new());
    assert!(refusal(b"not a model", none()).contains("not an ONNX model"));
    assert!(refusal(&decoder[..decoder.len() - 9], none()).contains("not an ONNX model"));
    assert!(refusal(b"", none()).contains("no graph"));
    // Field 99 of the model: a number.
    let newer = [decoder.as_slice(), &[0x98, 0x06, 0x01]].concat();
    assert!(refusal(&newer, none()).contains("3 bytes in fields that this program does not know"));
}

/// A manifest in which the decoder comes from a folder, and a store that reads it there.
async fn derived(root: &Path, change: &str, sha256: &str, size: u64) -> Store {
    let published = files(&[DECODER]).await.remove(0);
    let manifest = Manifest::parse(MANIFEST).unwrap();
    let origin = manifest.find(DECODER, "any").unwrap();
    let source = "source.file = { path = 'sam.onnx' }";
    let made = format!("source.derived = {{ from = 'origin', path = 'made.onnx', changes = [{change}] }}");
    let text =
        entry("origin", source, &origin.sha256, origin.size as usize) + &entry("made", &made, sha256, size as usize);
    store(
        root,
        &text,
        Options { files_dir: published.parent().map(Path::to_owned), offline: true, ..Options::default() },
    )
}

#[tokio::test]
async fn pulling_a_derived_file_brings_its_origin_and_checks_the_result() {
    let made = apply(&bytes(DECODER).await, &[Change::DropOutputs(vec!["masks".into()])]).unwrap();
    let root = TempDir::new().unwrap();
    let store = derived(root.path(), "{ drop_outputs = ['masks'] }", &sha256(&made), made.len() as u64).await;
    let path = store.ensure(&["made"], &silent()).await.unwrap().remove(0);
    assert_eq!(std::fs::read(path).unwrap(), made);
    assert!(store.list().iter().all(|entry| entry.state == State::Present));
}

#[tokio::test]
async fn a_derived_file_with_another_checksum_is_not_kept() {
    let root = TempDir::new().unwrap();
    let published = bytes(DECODER).await;
    let size = apply(&published, &[Change::DropOutputs(vec!["masks".into()])]).unwrap().len() as u64;
    let store = derived(root.path(), "{ drop_outputs = ['masks'] }", &sha256(b""), size).await;
    let error = store.ensure(&["made"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains("made from origin") && error.contains("wrong checksum"), "{error}");
    assert_eq!(store.list()[1].state, State::Missing);
}

#[tokio::test]
async fn a_change_that_does_not_fit_the_file_is_told_with_both_names() {
    let root = TempDir::new().unwrap();
    let store = derived(root.path(), "{ float = ['fc9'] }", &sha256(b""), 1).await;
    let error = store.ensure(&["made"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains("made cannot be made from origin") && error.contains("fc9"), "{error}");
}

#[test]
fn a_derived_file_needs_one_that_is_fetched() {
    let made = |from: &str| format!("source.derived = {{ from = '{from}', path = 'a', changes = [] }}");
    let fetched = entry("fetched", "source.file = { path = 'a' }", &sha256(b""), 1);
    let refused = |text: &str| Manifest::parse(text).unwrap_err().to_string();
    let from_fetched = entry("made", &made("fetched"), &sha256(b""), 1);
    assert!(refused(&from_fetched).contains("the name of an entry that is not derived itself"));
    assert!(Manifest::parse(&(from_fetched.clone() + &fetched)).is_ok(), "their order does not matter");
    let both = fetched + &from_fetched;
    assert!(refused(&(both + &entry("again", &made("made"), &sha256(b""), 1))).contains("not derived itself"));
}
