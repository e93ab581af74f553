use std::fs;

use serde_json::{Value, json};

use crate::support::{Said, command, pictures::write};

/// A user's own store and files.
struct Desk {
    folder: tempfile::TempDir,
}

const LABELS: &str = r#"
name = "labels"
description = "Wall labels."
phrases = ["wall label"]

[[gates]]
verdict = "reject"
when = "edge_blur >= 0.5"

[logits]
global_alignment = 1.0

[impacts]
edge_blur = 0.2
"#;

impl Desk {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn file(&self, name: &str, text: &str) -> String {
        write(self.folder.path(), name, text.as_bytes())
    }

    fn run(&self, args: &[&str]) -> Said {
        let mut command = command(args);
        command.env("CPAIQA_SCENARIO__STORE__URL", format!("sqlite:{}", self.path("scenarios.db")));
        command.env("USER", "lin").output().unwrap().into()
    }

    fn done(&self, args: &[&str]) -> String {
        let said = self.run(args);
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        said.out
    }
}

#[test]
fn a_scenario_is_imported_revised_compared_and_rolled_back_across_processes() {
    let desk = Desk::new();
    let file = desk.file("labels.toml", LABELS);
    assert_eq!(desk.done(&["scenarios", "import", &file, "--comment", "new"]), "labels: revision 1\n");
    fs::write(&file, LABELS.replace("edge_blur = 0.2", "edge_blur = 0.9")).unwrap();
    assert_eq!(desk.done(&["scenarios", "import", &file, "--comment", "stricter"]), "labels: revision 2\n");
    assert_eq!(desk.done(&["scenarios", "import", &file]), "labels: unchanged, revision 2\n");

    let diff = desk.done(&["scenarios", "diff", "labels"]);
    assert!(diff.contains("revision 1 to 2: stricter"), "{diff}");
    assert!(diff.contains("- impacts        edge_blur = 0.2\n+ impacts        edge_blur = 0.9"), "{diff}");
    desk.done(&["scenarios", "rollback", "labels", "--to", "1"]);
    let history = desk.done(&["scenarios", "history", "labels"]);
    let lines: Vec<&str> = history.lines().collect();
    assert!(
        lines[1].contains("3") && lines[1].contains("lin") && lines[1].ends_with("back to revision 1"),
        "{history}"
    );
    assert!(desk.done(&["scenarios", "list"]).lines().any(|line| line.starts_with("labels") && line.contains("  3  ")));
}

#[test]
fn exported_files_are_imported_again_without_a_change() {
    let desk = Desk::new();
    desk.done(&["scenarios", "import", &desk.file("labels.toml", LABELS)]);
    let out = desk.path("exported");
    let files = desk.done(&["scenarios", "export", "--out", &out]);
    assert!(files.lines().count() > 9 && files.contains("labels.toml"), "{files}");
    let again = desk.done(&["scenarios", "import", &out]);
    assert!(again.lines().all(|line| line.contains("unchanged")), "{again}");
    // What is kept in git for one tenant can be given to another.
    let given = desk.done(&["--tenant", "shop", "scenarios", "import", &format!("{out}/labels.toml")]);
    assert_eq!(given, "labels: revision 1\n");
}

#[test]
fn what_is_wrong_with_a_scenario_is_named_and_nothing_is_changed() {
    let desk = Desk::new();
    let good = desk.file("a-good.toml", LABELS);
    for (right, wrong, expected) in [
        ("edge_blur = 0.2", "edge_blur = 1.2", "expected a number in [0, 1], got 1.2"),
        ("edge_blur = 0.2", "edge_blurr = 0.2", "edge_blurr"),
        ("edge_blur >= 0.5", "edge_blurr >= 0.5", "got 'edge_blurr'"),
        ("edge_blur >= 0.5", "edge_blur => 0.5", "expected <, <=, > or >=, got '=>'"),
        ("name = \"labels\"", "name = \"Wall Labels\"", "lower-case"),
    ] {
        let bad = desk.file("bad.toml", &LABELS.replace(right, wrong));
        let said = desk.run(&["scenarios", "import", &good, &bad]);
        assert!(
            said.code == 2 && said.err.contains(expected) && said.err.contains("bad.toml"),
            "{wrong}: {}",
            said.err
        );
    }
    let said = desk.run(&["scenarios", "history", "labels"]);
    assert!(said.code == 2 && said.err.contains("'labels' not found"), "{}", said.err);
    let said = desk.run(&["scenarios", "show", "general", "--revision", "99"]);
    assert!(said.code == 2 && said.err.contains("no revision 99"), "{}", said.err);
    let said = desk.run(&["scenarios", "import", &good, "--based-on", "7"]);
    assert!(said.code == 2 && said.err.contains("conflict"), "{}", said.err);
}

/// What batch would write of a picture that is good or bad at keeping its prompt.
fn result(image: &str, prompt: &str, kept: bool) -> Value {
    let (alignment, beauty) = if kept { (0.9, 0.3) } else { (0.3, 0.9) };
    json!({
        "image": image, "prompt": prompt, "measurement_id": format!("id-{image}"), "model": "m", "score": 50.0,
        "interval": [40.0, 60.0],
        "scenario": {"name": "general", "revision": 1, "distribution": {"general": 1.0}, "weights": {}},
        "components": {"global_alignment": alignment, "local_alignment": alignment, "attribute_consistency": null,
            "fidelity": 0.6, "aesthetics": beauty},
        "points_lost": {}, "descriptors": [], "attributes": [], "regions": [],
        "distortions": [{"type": "edge_blur", "severity": 0.1, "impact": 0.4, "peak": null}],
        "degraded": [], "notes": [], "models": [], "stages": []
    })
}

/// Results of twelve prompts with two pictures each, and pairs in which people prefer what keeps its prompt.
fn judged(desk: &Desk) -> (String, String) {
    let (mut results, mut pairs) = (String::new(), String::from("a,b,preferred,rater\n"));
    for number in 0..12 {
        let prompt = format!("prompt {number}");
        for kept in [true, false] {
            results += &format!("{}\n", result(&format!("{number}-{kept}.png"), &prompt, kept));
        }
        pairs += &format!("{number}-false.png,id-{number}-true.png,b,r1\n");
    }
    (desk.file("results.jsonl", &results), desk.file("pairs.csv", &pairs))
}

#[test]
fn a_scenario_is_calibrated_on_stored_measurements_and_installed_as_a_revision() {
    let desk = Desk::new();
    let beauty = LABELS.replace("global_alignment = 1.0", "aesthetics = 3.0\nglobal_alignment = 0.0");
    desk.done(&["scenarios", "import", &desk.file("labels.toml", &beauty)]);
    let (results, pairs) = judged(&desk);
    let held_out = desk.path("held-out.jsonl");
    let asked = ["calibrate", "--scenario", "labels", "--pairs", &pairs, "--measurements", &results];
    let told = desk.done(&[&asked[..], &["--dry-run", "--held-out", &held_out]].concat());
    assert!(told.contains("12 pairs") && told.contains("without global alignment"), "{told}");
    assert!(told.contains("not installed, as asked"), "{told}");
    assert_eq!(fs::read_to_string(&held_out).unwrap().lines().count(), 24);

    let found: Value =
        serde_json::from_str(&desk.done(&[&asked[..], &["--prior", "0.5", "--format", "json"]].concat())).unwrap();
    assert_eq!((found["installed"].as_u64(), found["accuracy_before"]["value"].as_f64()), (Some(2), Some(0.0)));
    assert_eq!(found["accuracy_after"]["value"], 1.0, "{found}");
    let history = desk.done(&["scenarios", "history", "labels"]);
    assert!(history.contains("calibrated on 12 pairs"), "{history}");
    // What is right by now is not made worse: nothing is left to gain, and the row only becomes surer.
    assert!(desk.done(&["scenarios", "show", "labels"]).contains("[[gates]]"), "rules stay");
}

#[test]
fn pairs_that_cannot_be_used_are_named_by_their_line() {
    let desk = Desk::new();
    let (results, _) = judged(&desk);
    for (pairs, expected) in [
        ("a,b,preferred\n0-true.png,nowhere.png,a\n", "line 2: 'nowhere.png' is not among the measurements"),
        ("a,b,preferred\n0-true.png,0-false.png,c\n", "line 2: expected the columns a, b and preferred"),
        ("a,b\n0-true.png,0-false.png\n", "expected the columns a, b and preferred"),
        ("a,b,preferred,weight\n0-true.png,0-false.png,a,-1\n", "line 2: weight: expected a number above 0"),
        ("a,b,preferred\n0-true.png,0-true.png,a\n", "expected two measurements"),
        ("a,b,preferred\n0-true.png,0-false.png,a\n", "at least two prompts"),
    ] {
        let file = desk.file("wrong.csv", pairs);
        let said = desk.run(&["calibrate", "--scenario", "general", "--pairs", &file, "--measurements", &results]);
        assert!(said.code == 2 && said.err.contains(expected), "{pairs}: {}", said.err);
    }
    let said = desk.run(&["calibrate", "--scenario", "nowhere"]);
    assert!(said.code == 2 && said.err.contains("'nowhere' not found"), "{}", said.err);
    let said = desk.run(&["calibrate", "--scenario", "general", "--prior", "0"]);
    assert!(said.code == 2 && said.err.contains("above 0"), "{}", said.err);
}

#[test]
fn stored_measurements_are_judged_under_every_scenario_without_a_model() {
    let desk = Desk::new();
    desk.done(&["scenarios", "import", &desk.file("labels.toml", LABELS)]);
    let (results, _) = judged(&desk);
    let said = desk.done(&[
        "--offline",
        "rescore",
        &results,
        "--scenario",
        "labels",
        "--scenario",
        "general",
        "--format",
        "json",
    ]);
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 48);
    assert_eq!((&lines[0]["image"], &lines[0]["model"]), (&json!("0-true.png"), &json!("m")));
    assert_eq!((&lines[0]["scenario"]["name"], &lines[0]["verdict"]["verdict"]), (&json!("labels"), &json!("accept")));
    for line in &lines {
        let lost: f64 = line["points_lost"].as_object().unwrap().values().map(|points| points.as_f64().unwrap()).sum();
        assert!((lost - (100.0 - line["score"].as_f64().unwrap())).abs() < 1e-6, "{line}");
    }
    let table = desk.done(&["rescore", &results]);
    assert!(table.starts_with("advertising") && table.contains("labels") && table.contains("11-false.png"), "{table}");
    let said = desk.run(&["rescore", &results, "--scenario", "nowhere"]);
    assert!(said.code == 2 && said.err.contains("'nowhere' not found"), "{}", said.err);
    let said = desk.run(&["rescore", &desk.file("broken.jsonl", "{\"image\": 3}\n")]);
    assert!(said.code == 2 && said.err.contains("broken.jsonl: line 1"), "{}", said.err);
}
