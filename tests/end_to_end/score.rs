use domain::distortion::DistortionType;
use serde_json::Value;

use crate::support::{CAT, CAT_PROMPT, example, json, run};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[test]
fn a_real_picture_gets_a_score_that_can_be_taken_apart() {
    // Every component has something to measure.
    let prompt = format!("{CAT_PROMPT}, royal atmosphere");
    let score = json(&["score", &example(CAT), "--prompt", &prompt, "--scenario", "advertising", "--format", "json"]);
    let total = number(&score["score"]);
    assert!((0.0..=100.0).contains(&total));
    let interval: Vec<f64> = score["interval"].as_array().unwrap().iter().map(number).collect();
    assert!(interval[0] <= total && total <= interval[1]);
    assert_eq!(score["scenario"]["name"], "advertising");

    let weights: f64 = score["scenario"]["weights"].as_object().unwrap().values().map(number).sum();
    assert!((weights - 1.0).abs() < 1e-9);
    let lost: f64 = score["points_lost"].as_object().unwrap().values().map(number).sum();
    assert!((lost - (100.0 - total)).abs() < 1e-6);

    let components = score["components"].as_object().unwrap();
    assert!(components.values().all(|value| (0.0..=1.0).contains(&number(value))), "{components:?}");
    assert!(number(&components["global_alignment"]) > 0.5);
    assert!(score["descriptors"].as_array().unwrap().iter().any(|descriptor| descriptor["text"] == "cat"));
    assert!(!score["regions"].as_array().unwrap().is_empty());

    let distortions = score["distortions"].as_array().unwrap();
    assert_eq!(distortions.len(), 12);
    assert!(distortions.iter().all(|d| (0.0..=1.0).contains(&number(&d["severity"]))), "{distortions:?}");

    let models = score["models"].as_array().unwrap();
    for role in ["alignment", "segmentation", "decomposition", "distortion"] {
        assert!(models.iter().any(|model| model["role"] == role), "{role} is missing in {models:?}");
    }
    let stages = score["stages"].as_array().unwrap();
    assert!(stages.iter().all(|stage| stage["outcome"] == "ok" && number(&stage["ms"]) >= 0.0), "{stages:?}");
    assert_eq!(score["degraded"].as_array().unwrap().len(), 0);
}

#[test]
fn the_same_picture_weighs_differently_in_another_scenario() {
    let score = |scenario: &str| {
        let picture = example(CAT);
        json(&["score", &picture, "--prompt", CAT_PROMPT, "--scenario", scenario, "--format", "json"])
    };
    let (ink_wash, advertising) = (score("ink-wash"), score("advertising"));
    assert_eq!(ink_wash["components"], advertising["components"]);
    assert_ne!(ink_wash["scenario"]["weights"], advertising["scenario"]["weights"]);
    let impact = |score: &Value| number(&score["distortions"][7]["impact"]);
    assert!(impact(&ink_wash) < impact(&advertising));
}

#[test]
fn free_text_finds_its_scenario_and_says_how_surely() {
    let context = "wall label next to a museum case";
    let score = json(&["score", &example(CAT), "--prompt", CAT_PROMPT, "--context", context, "--format", "json"]);
    assert_eq!(score["scenario"]["name"], "heritage-exhibit");
    let distribution: f64 = score["scenario"]["distribution"].as_object().unwrap().values().map(number).sum();
    assert!((distribution - 1.0).abs() < 1e-9);
}

#[test]
fn text_that_fits_no_scenario_is_said() {
    let score = json(&["score", &example(CAT), "--prompt", CAT_PROMPT, "--context", "zzz qqq", "--format", "json"]);
    assert_eq!(score["scenario"]["name"], "general");
    assert!(score["notes"].to_string().contains("fits no profile"), "{}", score["notes"]);
}

#[test]
fn the_text_form_names_components_losses_and_what_is_missing() {
    let said = run(&["score", &example(CAT), "--prompt", "Two black dogs chasing a red ball on a sunny beach"]);
    assert_eq!(said.code, 0, "{}", said.err);
    for part in ["of 100", "global alignment", "What cost the points", "missing", "dogs"] {
        assert!(said.out.contains(part), "no '{part}' in:\n{}", said.out);
    }
    assert!(!said.out.contains('\u{1b}'), "colours where there is no terminal");
}

#[test]
fn maps_are_drawn_for_each_assessed_type_and_for_the_regions() {
    let folder = tempfile::tempdir().unwrap();
    let maps = folder.path().join("maps");
    let said = run(&["score", &example(CAT), "--prompt", CAT_PROMPT, "--maps", &maps.display().to_string()]);
    assert_eq!(said.code, 0, "{}", said.err);
    let kinds = DistortionType::ALL.map(DistortionType::name).into_iter().chain(["regions"]);
    for kind in kinds.clone() {
        let drawn = image::open(maps.join(format!("cat-on-throne.{kind}.png"))).unwrap();
        let picture = image::open(example(CAT)).unwrap();
        assert_eq!((drawn.width(), drawn.height()), (picture.width(), picture.height()));
    }
    assert_eq!(std::fs::read_dir(&maps).unwrap().count(), kinds.count());
}
