use crate::support::{CAT, Said, command, example, json_lines, pictures::write, run};

#[test]
fn align_prefers_the_text_that_names_what_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let texts = write(folder.path(), "texts.txt", b"a cat with a crown\na racing car\n\n");
    let lines = json_lines(&["align", &example(CAT), &example("formula-car-poster.jpg"), "--texts", &texts]);
    let cosine = |line: usize, text: usize| lines[line]["cosine"][text].as_f64().unwrap();
    assert!(cosine(0, 0) > cosine(0, 1) && cosine(1, 1) > cosine(1, 0), "{lines:?}");
    assert_eq!(lines[0]["calibrated"].as_array().unwrap().len(), 2);
}

#[test]
fn decompose_takes_each_prompt_of_a_file_apart() {
    let folder = tempfile::tempdir().unwrap();
    let prompts = write(folder.path(), "prompts.txt", "two red cats on a wooden bench, watercolor\n".as_bytes());
    let lines = json_lines(&["decompose", "--file", &prompts]);
    let descriptors = lines[0]["descriptors"].to_string();
    for part in ["two cats", "\"count\":2", "red cat", "wooden bench", "\"relation\""] {
        assert!(descriptors.contains(part), "no {part} in {descriptors}");
    }
    assert!(lines[0]["attributes"].to_string().contains("watercolor"));
    assert_eq!(lines[0]["backend"], "lexicon");
}

#[test]
fn segment_proposes_regions_largest_first_and_draws_them() {
    let folder = tempfile::tempdir().unwrap();
    let lines = json_lines(&["segment", &example(CAT), "--out", &folder.path().display().to_string()]);
    let areas: Vec<f64> = lines[0]["regions"].as_array().unwrap().iter().map(|r| r["area"].as_f64().unwrap()).collect();
    assert!((3..=12).contains(&areas.len()), "{areas:?}");
    assert!(areas.is_sorted_by(|a, b| a >= b));
    assert!(folder.path().join("cat-on-throne.regions.png").exists());
}

#[test]
fn detect_assesses_five_types_and_leaves_the_others_null() {
    let lines = json_lines(&["detect", &example(CAT), &example("pink-dragon.jpg")]);
    for line in &lines {
        assert!((0.0..=1.0).contains(&line["fidelity"].as_f64().unwrap()));
        let distortions = line["distortions"].as_array().unwrap();
        let assessed: Vec<&str> =
            distortions.iter().filter(|d| !d["severity"].is_null()).map(|d| d["type"].as_str().unwrap()).collect();
        let pixels = ["texture_repetition", "edge_blur", "detail_loss", "generative_noise", "color_tone_anomaly"];
        assert_eq!(assessed, pixels);
    }
}

#[test]
fn the_model_store_lists_verifies_and_offline_never_fetches() {
    assert_eq!(run(&["score", &example(CAT), "--prompt", "a cat"]).code, 0, "fetches what is missing");
    let listed = run(&["models", "list"]);
    assert!(listed.code == 0 && listed.out.contains("mobile-sam-encoder") && listed.out.contains("onnxruntime"));
    let verified = run(&["models", "verify"]);
    assert_eq!(verified.code, 0, "{}", verified.err);

    let empty = tempfile::tempdir().unwrap();
    let mut offline = command(&["score", &example(CAT), "--prompt", "a cat", "--offline"]);
    let said: Said = offline.env("CPAIQA_MODELS__DIR", empty.path()).output().unwrap().into();
    assert_eq!(said.code, 1);
    assert!(said.err.contains("clip-vit-b-16-image-int8") && said.err.contains("cpaiqa models pull"), "{}", said.err);
}

#[test]
fn a_role_alone_fetches_only_its_own_models() {
    let empty = tempfile::tempdir().unwrap();
    let mut offline = command(&["detect", &example(CAT), "--offline"]);
    let said: Said = offline.env("CPAIQA_MODELS__DIR", empty.path()).output().unwrap().into();
    assert_eq!(said.code, 0, "{}", said.err);
}
