use std::path::Path;

use serde_json::{Value, json};

use crate::support::{json as answer, pictures::write, run};

/// Picture, prompt, fidelity, severity of its blur, the score of these, mean opinion score, NIQE.
const PICTURES: [(&str, &str, f64, f64, f64, f64, f64); 8] = [
    ("one/a1.png", "a", 0.9, 0.10, 70.3, 4.6, 3.1),
    ("one/a2.png", "a", 0.4, 0.00, 44.0, 2.9, 4.0),
    ("one/b1.png", "b", 0.7, 0.55, 44.95, 2.2, 3.6),
    ("one/b2.png", "b", 0.5, 0.05, 48.75, 3.4, 5.2),
    ("two/c1.png", "c", 0.8, 0.20, 61.2, 4.1, 2.8),
    ("two/c2.png", "c", 0.3, 0.40, 30.4, 1.3, 6.0),
    ("two/d1.png", "d", 0.6, 0.00, 56.0, 3.9, 4.4),
    ("two/d2.png", "d", 0.2, 0.00, 32.0, 1.8, 5.1),
];

/// Results of [`PICTURES`] and of one that failed, and a file of their ratings and of one more.
fn files(folder: &Path) -> (String, String) {
    let (mut results, mut ratings) = (String::new(), String::from("image,mos,NIQE,remark\n"));
    for (image, prompt, fidelity, severity, score, mos, niqe) in PICTURES {
        let line = json!({
            "image": image, "prompt": prompt, "opinion": mos.to_string(), "score": score,
            "scenario": {"name": "general", "weights": {"fidelity": 0.6, "aesthetics": 0.4}},
            "components": {"global_alignment": null, "fidelity": fidelity, "aesthetics": 0.5},
            "distortions": [
                {"type": "edge_blur", "severity": severity, "impact": 0.5},
                {"type": "detail_loss", "severity": null, "impact": 0.35},
            ],
        });
        results += &format!("{line}\n");
        // By the files' names alone.
        ratings += &format!("{},{mos},{niqe},seen\n", image.rsplit('/').next().unwrap());
    }
    results += "{\"image\":\"gone.png\",\"prompt\":\"a\",\"opinion\":\"3\",\"error\":\"no picture\"}\n";
    ratings += "never-scored.png,3,4,unseen\n";
    (write(folder, "results.jsonl", results.as_bytes()), write(folder, "ratings.csv", ratings.as_bytes()))
}

fn close(found: &Value, expected: f64) {
    let (value, low, high) = (&found["value"], &found["low"], &found["high"]);
    assert!((value.as_f64().unwrap() - expected).abs() < 1e-6, "{found} is not {expected}");
    assert!(low.as_f64() <= value.as_f64() && value.as_f64() <= high.as_f64(), "{found}");
}

#[test]
fn a_file_of_ratings_is_joined_and_compared_with_the_score_its_parts_and_other_measures() {
    let folder = tempfile::tempdir().unwrap();
    let (results, ratings) = files(folder.path());
    let report = answer(&["eval", &results, "--ratings", &ratings, "--rating", "mos", "--format", "json"]);
    assert_eq!((report["pictures"].as_u64(), report["without_score"].as_u64()), (Some(8), Some(1)));
    assert_eq!(report["without_rating"], json!([]));
    assert_eq!(report["without_result"], json!(["never-scored.png"]));

    let compared = &report["ratings"][0];
    assert_eq!((compared["pictures"].as_u64(), compared["prompts"].as_u64()), (Some(8), Some(4)));
    let measures = compared["measures"].as_array().unwrap();
    let names: Vec<&str> = measures.iter().map(|line| line["measure"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        ["opinion", "score", "component fidelity", "NIQE"],
        "what does not vary or is no number is left out"
    );
    // All by SciPy 1.17.1: spearmanr, kendalltau, pearsonr after curve_fit; pairs by comparing each.
    let score = &measures[1];
    close(&score["srcc"], 0.976_190_476_190);
    close(&score["plcc"], 0.972_881_645_960);
    close(&score["krcc"], 0.928_571_428_571);
    close(&score["pairwise_accuracy"], 1.0);
    assert_eq!(score["pairs"], 4);
    assert!((score["logistic"]["middle"].as_f64().unwrap() - 46.2357).abs() < 0.01, "{score}");
    let niqe = &measures[3];
    close(&niqe["srcc"], -0.690_476_190_476);
    close(&niqe["krcc"], -0.5);
    close(&niqe["pairwise_accuracy"], 0.25);
    assert!(niqe["plcc"]["value"].as_f64().unwrap() < -0.7, "{niqe}");

    let ablations = &compared["ablations"];
    assert_eq!((ablations["pictures"].as_u64(), ablations["unlike"].as_u64()), (Some(8), Some(0)));
    let lines = ablations["lines"].as_array().unwrap();
    let without = |name: &str| lines.iter().find(|line| line["without"] == name).unwrap();
    assert_eq!(lines.len(), 4, "two components, all distortions and the one that was assessed: {ablations}");
    close(&without("edge_blur")["srcc"], 0.833_333_333_333);
    close(&without("edge_blur")["srcc_change"], 0.833_333_333_333 - 0.976_190_476_190);
    close(&without("all distortions")["pairwise_accuracy_change"], -0.25);
    close(&without("component fidelity")["srcc"], 0.121_987_509_119);
    // A constant that is added matters, since the product weighs it.
    close(&without("component aesthetics")["srcc_change"], -0.071_428_571_429);
}

#[test]
fn carried_ratings_give_the_same_figures_and_several_may_be_named() {
    let folder = tempfile::tempdir().unwrap();
    let (results, ratings) = files(folder.path());
    let carried = answer(&["eval", "ratings", &results, "--rating", "opinion", "--format", "json"]);
    let named = ["--rating", "mos,mean(mos,opinion)", "--format", "json"];
    let joined = answer(&[["eval", "ratings", &results, "--ratings", &ratings].as_slice(), &named].concat());
    let figures = |report: &Value, at: usize, measure: &str| {
        let lines = report["ratings"][at]["measures"].as_array().unwrap();
        lines.iter().find(|line| line["measure"] == measure).unwrap().clone()
    };
    assert_eq!(carried["ratings"][0]["ablations"], joined["ratings"][0]["ablations"]);
    assert_eq!(figures(&carried, 0, "score"), figures(&joined, 0, "score"));
    assert_eq!(joined["ratings"][1]["rating"], "mean(mos,opinion)");
    // Both columns say the same, so their mean does too; neither is compared with itself.
    assert_eq!(figures(&joined, 1, "score"), figures(&joined, 0, "score"));
    let text = joined["ratings"].to_string();
    assert!(!text.contains("\"measure\":\"opinion\"") && !text.contains("\"measure\":\"mos\""), "{text}");
}

#[test]
fn the_text_says_what_found_no_partner_and_how_to_read_signs() {
    let folder = tempfile::tempdir().unwrap();
    let (results, ratings) = files(folder.path());
    // A rating called mos needs no naming.
    let said = run(&["eval", &results, "--ratings", &ratings]);
    assert_eq!(said.code, 0, "{}", said.err);
    for expected in [
        "scored pictures: 8; rows without a score: 1",
        "ratings without a result: 1, the first is never-scored.png",
        "mos: 8 pictures of 4 prompts",
        "0.976 [",
        "Where less of a measure is better",
        "component fidelity",
        "all distortions",
        "-0.143 [",
    ] {
        assert!(said.out.contains(expected), "{expected}: {}", said.out);
    }
}

#[test]
fn ratings_that_cannot_be_used_are_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (results, ratings) = files(folder.path());
    let foreign = write(folder.path(), "foreign.csv", b"image,mos\nx.png,1\ny.png,2\n");
    let twice = write(folder.path(), "twice.csv", b"image,mos\na1.png,1\na1.png,2\n");
    let unclear = write(folder.path(), "unclear.csv", b"image,appeal,realism\na1.png,1,2\nb1.png,2,1\n");
    let broken = write(folder.path(), "broken.jsonl", b"{\"image\":\"a\",\"score\":1}\nnot a result\n");
    for (words, expected) in [
        (vec![&results, "--ratings", &foreign], "such as 'one/a1.png'"),
        (vec![&results, "--ratings", &twice], "lines 2 and 3 both rate a1.png"),
        (vec![&results, "--ratings", &unclear], "columns of numbers are: appeal, realism"),
        (vec![&results, "--ratings", &ratings, "--rating", "appeal"], "no such column; there are: NIQE, mos"),
        (vec![&results, "--ratings", &ratings, "--rating", "remark"], "got 'seen'"),
        (vec![&results, "--ratings", &ratings, "--rating", "mean(mos,"], "mean(COLUMN,COLUMN)"),
        (vec![&results, "--ratings", "nowhere.csv"], "nowhere.csv"),
        (vec!["nowhere.jsonl", "--ratings", &ratings], "nowhere.jsonl"),
        (vec![&broken, "--ratings", &ratings], "line 2: "),
        (vec![&results, "--rating", "opinion"], "--ratings"),
        (vec!["ratings", &results, "--rating", "opinions"], "no such column; there are: opinion"),
    ] {
        let said = run(&[vec!["eval"], words.clone()].concat());
        assert!(said.code == 2 && said.err.contains(expected), "{words:?}: {} {}", said.code, said.err);
    }
}
