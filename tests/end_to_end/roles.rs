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
fn detect_assesses_every_type_and_says_where_it_is_worst() {
    let lines = json_lines(&["detect", &example(CAT), &example("pink-dragon.jpg")]);
    for line in &lines {
        assert!((0.0..=1.0).contains(&line["fidelity"].as_f64().unwrap()));
        let distortions = line["distortions"].as_array().unwrap();
        assert_eq!(distortions.len(), 12);
        for distortion in distortions {
            assert!((0.0..=1.0).contains(&distortion["severity"].as_f64().unwrap()), "{distortion}");
            assert!(distortion["peak"][0].as_f64().unwrap() > 0.0, "{distortion}");
        }
    }
}

#[test]
fn the_settings_say_who_judges_a_type() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(folder.path(), "c.toml", b"[distortion.judges]\nedge_blur = 'measure'\n");
    let line = json_lines(&["detect", &example(CAT), "--config", &config]).remove(0);
    let by_network = json_lines(&["detect", &example(CAT)]).remove(0);
    assert_ne!(line["distortions"][7]["severity"], by_network["distortions"][7]["severity"]);
    assert_eq!(line["distortions"][0], by_network["distortions"][0]);
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
fn a_role_alone_needs_only_its_own_models() {
    let empty = tempfile::tempdir().unwrap();
    let mut offline = command(&["detect", &example(CAT), "--offline"]);
    let said: Said = offline.env("CPAIQA_MODELS__DIR", empty.path()).output().unwrap().into();
    assert_eq!(said.code, 1);
    assert!(said.err.contains("clip-vit-b-16-image-int8") && !said.err.contains("mobile-sam"), "{}", said.err);
}
