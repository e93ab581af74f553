use serde_json::Value;

use crate::support::{
    example,
    faults::{blurred, middle},
    json,
    pictures::{save, write},
    root, run,
};

const PAIRS: &str = "picture\tkind\ttext\n\
    cat-on-throne.jpg\tcaption\ta cat lying on a throne\n\
    cat-on-throne.jpg\tphrase\ta cat\n\
    cat-on-throne.jpg\tphrase\ta crown\n\
    plane-in-snow.jpg\tcaption\tan aeroplane on a snowy airfield\n\
    plane-in-snow.jpg\tphrase\tan aeroplane\n\
    plane-in-snow.jpg\tphrase\tsnow\n";

#[test]
fn alignment_is_measured_by_region_too_and_its_embeddings_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (pairs, embeddings) = (path("pairs.tsv"), path("embeddings.json"));
    std::fs::write(&pairs, PAIRS).unwrap();
    let pictures = root().join("examples").display().to_string();
    let report = json(&[
        "eval",
        "alignment",
        &pairs,
        "--pictures",
        &pictures,
        "--regions",
        "--embeddings",
        &embeddings,
        "--format",
        "json",
    ]);

    let lines = report["presence"].as_array().unwrap();
    let line = |of: &str| lines.iter().find(|line| line["of"].as_str().unwrap().contains(of)).unwrap();
    for judged in [line("best of all views"), line("as a score judges it")] {
        assert_eq!((judged["own"].as_u64(), judged["foreign"].as_u64()), (Some(4), Some(4)), "{judged}");
        assert_eq!(judged["auc"]["value"], 1.0, "{judged}");
    }
    // Each phrase is clearly in the one picture and not in the other: a coin has 0.693.
    assert!(line("as a score judges it")["log_loss"].as_f64().unwrap() < 0.4, "{}", line("as a score judges it"));

    let kept: Value = serde_json::from_slice(&std::fs::read(&embeddings).unwrap()).unwrap();
    let views = kept["pictures"]["cat-on-throne.jpg"].as_array().unwrap();
    assert!(views.len() > 1 && views.iter().all(|view| view.as_array().unwrap().len() == 512));
    assert_eq!(kept["texts"].as_object().unwrap().len(), 6);
}

#[test]
fn a_missing_picture_is_named_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (pairs, embeddings) = (path("pairs.tsv"), path("embeddings.json"));
    std::fs::write(&pairs, PAIRS).unwrap();
    let said = run(&["eval", "alignment", &pairs, "--pictures", &path("nowhere"), "--embeddings", &embeddings]);
    assert!(said.code == 2 && said.err.contains("cat-on-throne.jpg"), "{} {}", said.code, said.err);
    assert!(!std::path::Path::new(&embeddings).exists());
}

/// A manifest of two pictures, each untouched and with a smeared middle.
fn smeared(folder: &std::path::Path) -> String {
    let mut manifest = String::from("picture,scene,fault,strength,mask,twin,group\n");
    for name in ["hedgehog-party-hat", "portrait-with-pearls"] {
        let clean = image::open(example(&format!("{name}.jpg"))).unwrap().into_rgb8();
        let [x, y, width, height] = middle(&clean);
        let inside = |column: u32, row: u32| (x..x + width).contains(&column) && (y..y + height).contains(&row);
        let mask = image::GrayImage::from_fn(clean.width(), clean.height(), |column, row| {
            image::Luma([if inside(column, row) { 255 } else { 0 }])
        });
        save(folder, &format!("{name}.png"), clean.clone());
        save(folder, &format!("{name}-mask.png"), mask);
        save(folder, &format!("{name}-fault.png"), blurred(&clean, [x, y, width, height], 5.0));
        manifest += &format!("{name}.png,{name},,,,,untouched\n");
        manifest += &format!("{name}-fault.png,{name},edge_blur,0.9,{name}-mask.png,,\n");
    }
    write(folder, "manifest.csv", manifest.as_bytes())
}

#[test]
fn known_distortions_are_found_again_and_told_by_type() {
    let folder = tempfile::tempdir().unwrap();
    let report = json(&["eval", "distortion", &smeared(folder.path()), "--format", "json"]);
    assert_eq!((report["pictures"].as_u64(), report["scenes"].as_u64()), (Some(4), Some(2)));
    let types = report["types"].as_array().unwrap();
    assert_eq!(types.len(), 1, "only types that some picture has are told");
    assert_eq!((types[0]["type"].as_str(), types[0]["faults"].as_u64()), (Some("edge_blur"), Some(2)));
    assert_eq!(types[0]["auc"]["value"], 1.0, "{}", types[0]);
    assert!(types[0]["overlap"]["value"].as_f64().unwrap() > 0.2, "{}", types[0]);
    assert_eq!(report["groups"][0]["name"], "untouched");
    assert_eq!(report["groups"][0]["alarms"].as_array().unwrap().len(), 12);
}

#[test]
fn an_unknown_distortion_or_a_missing_mask_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = smeared(folder.path());
    let text = std::fs::read_to_string(&manifest).unwrap();
    for (right, wrong, said) in [
        ("edge_blur", "blur", "expected one of `anatomical_error`"),
        ("hedgehog-party-hat-mask.png", "nowhere.png", "nowhere.png"),
        ("hedgehog-party-hat-fault.png", "gone.png", "gone.png"),
        ("0.9", "strong", "strength"),
    ] {
        std::fs::write(&manifest, text.replace(right, wrong)).unwrap();
        let answer = run(&["eval", "distortion", &manifest]);
        assert!(answer.code == 2 && answer.err.contains(said), "{wrong}: {} {}", answer.code, answer.err);
    }
}
