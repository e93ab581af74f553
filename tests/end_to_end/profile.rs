//! The profile `edge` beside the default one, and how scores of two settings are compared.

use std::path::Path;

use proto::{
    common::Picture,
    quality::{ScoreRequest, quality_service_client::QualityServiceClient},
};
use serde_json::Value;

use crate::support::{CAT, CAT_PROMPT, Said, Server, command, example, json, pictures::write, run};

fn models(score: &Value) -> Vec<String> {
    score["models"].as_array().unwrap().iter().map(|model| model["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_edge_profile_finds_the_same_things_with_smaller_models() {
    let score = |profile: &str| {
        json(&["--profile", profile, "score", &example(CAT), "--prompt", CAT_PROMPT, "--format", "json"])
    };
    let (default, edge) = (score("default"), score("edge"));
    assert!(models(&default).contains(&"mobile-sam-encoder".into()));
    assert!(models(&edge).contains(&"mobile-sam-encoder-448".into()));
    assert!(!edge["regions"].as_array().unwrap().is_empty());
    assert_eq!(edge["degraded"], default["degraded"]);
    let value = |score: &Value| score["score"].as_f64().unwrap();
    assert!((value(&default) - value(&edge)).abs() < 10.0, "{} {}", value(&default), value(&edge));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_edge_profile_takes_less_than_400_mebibytes_between_scores() {
    let server = Server::start("all", &[("CPAIQA_PROFILE", "edge")]);
    let mut client = QualityServiceClient::connect(server.url()).await.unwrap();
    for name in [CAT, "woman-with-white-horse.jpg", "cloud-headed-man.jpg"] {
        let picture = Picture { data: std::fs::read(example(name)).unwrap().into(), ..Picture::default() };
        let request = ScoreRequest { picture: Some(picture), prompt: CAT_PROMPT.into(), ..ScoreRequest::default() };
        let score = client.score(request).await.unwrap().into_inner();
        assert!(score.degraded.is_empty(), "{:?}", score.degraded);
    }
    let resident = server.resident();
    assert!(resident < 400 << 20, "{resident} bytes");
}

#[test]
fn a_file_and_the_environment_overlay_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "more.toml", b"segmentation.max_regions = 2\n");
    let out = folder.path().join("out").display().to_string();
    let mut segment = command(&["--config", &file, "segment", &example(CAT), "--out", &out]);
    let said = Said::from(segment.env("CPAIQA_PROFILE", "edge").output().unwrap());
    assert_eq!(said.code, 0, "{}", said.err);
    let segmented: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(segmented["regions"].as_array().unwrap().len(), 2, "{segmented}");
    // The file comes after the profile.
    let file = write(folder.path(), "other.toml", b"segmentation.side = 1024\n");
    let mut segment = command(&["--config", &file, "segment", &example(CAT), "--out", &out]);
    let said = Said::from(segment.env("CPAIQA_PROFILE", "edge").output().unwrap());
    assert!(said.code == 1 && said.err.contains("mobile-sam-encoder-448"), "{}", said.err);
}

#[test]
fn an_unknown_profile_is_refused_with_those_there_are() {
    let said = run(&["--profile", "tiny", "packs", "list"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("default, edge"), "{}", said.err);
}

/// What batch writes for three pictures, with the scores of `change`.
fn results(folder: &Path, name: &str, change: impl Fn(&mut Value, usize)) -> String {
    let score = json(&["score", &example(CAT), "--prompt", CAT_PROMPT, "--format", "json"]);
    let line = |at: usize| {
        let mut line = score.clone();
        line["image"] = format!("{at}.png").into();
        line["prompt"] = CAT_PROMPT.into();
        change(&mut line, at);
        format!("{line}\n")
    };
    write(folder, name, (0..4).map(line).collect::<String>().as_bytes())
}

#[test]
fn scores_of_two_settings_are_compared_row_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = [("first.jsonl", 0.0), ("second.jsonl", 2.0)].map(|(name, more)| {
        results(folder.path(), name, |line, at| {
            line["score"] = (20.0 * at as f64 + more).into();
            if at == 3 {
                // A row that the other file has not.
                line["image"] = name.into();
            }
        })
    });
    let report = json(&["eval", "agreement", &first, &second, "--format", "json"]);
    assert_eq!((report["rows"].as_u64(), report["pictures"].as_u64()), (Some(3), Some(3)));
    assert_eq!(report["alone"], serde_json::json!([1, 1]));
    let parts = report["parts"].as_array().unwrap();
    let score = parts.iter().find(|part| part["part"] == "score").unwrap();
    let value = |figure: &str| score[figure]["value"].as_f64().unwrap();
    assert_eq!((value("difference"), value("change"), value("srcc"), value("flipped")), (2.0, 2.0, 1.0, 0.0));
    let text = run(&["eval", "agreement", &second, &first]).out;
    assert!(text.contains("3 rows, 3 pictures; 1 rows in the first file alone, 1 in the second alone"), "{text}");
    assert!(text.contains("-2.00 [-2.00, -2.00]") && text.contains("local alignment"), "{text}");
}

#[test]
fn files_without_rows_in_common_are_told_with_what_they_hold() {
    let folder = tempfile::tempdir().unwrap();
    let first = results(folder.path(), "first.jsonl", |_, _| {});
    let second = results(folder.path(), "second.jsonl", |line, _| line["prompt"] = "a dog".into());
    let said = run(&["eval", "agreement", &first, &second]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("at least two rows with the same image, prompt and scenario, got 0"), "{}", said.err);
    assert!(said.err.contains("a dog"), "{}", said.err);
    let said = run(&["eval", "agreement", &first, "nowhere.jsonl"]);
    assert!(said.err.contains("nowhere.jsonl"), "{}", said.err);
}
