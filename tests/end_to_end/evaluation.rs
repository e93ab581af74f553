use serde_json::Value;

use crate::support::{json, root, run};

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
