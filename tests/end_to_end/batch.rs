use std::fs;

use serde_json::Value;

use crate::support::{CAT, CAT_PROMPT, Said, Server, example, pictures::write, run};

struct Batch {
    folder: tempfile::TempDir,
    manifest: String,
    out: String,
}

impl Batch {
    fn new(rows: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let header = "image,prompt,scenario,id\n";
        let manifest = write(folder.path(), "manifest.csv", format!("{header}{rows}").as_bytes());
        let out = folder.path().join("results.jsonl").display().to_string();
        Self { folder, manifest, out }
    }

    fn run(&self, more: &[&str]) -> Said {
        let url = Server::shared().url();
        run(&[&["batch", &self.manifest, "--out", &self.out, "--endpoint", &url], more].concat())
    }

    fn lines(&self) -> Vec<Value> {
        fs::read_to_string(&self.out).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

#[test]
fn every_row_gets_a_line_and_a_bad_one_does_not_stop_the_others() {
    let cat = example(CAT);
    let batch = Batch::new(&format!(
        "{cat},{CAT_PROMPT},ink-wash,1\nmissing.png,a cat,,2\n{cat},a dog,nowhere,3\n{cat},a dog,,4\n"
    ));
    let said = batch.run(&["--scenario", "advertising"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("2 without a score"), "{}", said.err);
    let lines = batch.lines();
    let ids: Vec<&str> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["1", "2", "3", "4"], "in the manifest's order, with the other column carried through");
    assert_eq!(lines[0]["scenario"]["name"], "ink-wash");
    assert!(lines[1]["error"].as_str().unwrap().contains("missing.png") && lines[1]["score"].is_null());
    assert!(lines[2]["error"].as_str().unwrap().contains("'nowhere' not found"));
    assert_eq!(lines[3]["scenario"]["name"], "advertising");
    assert!(lines[0]["score"].as_f64().unwrap() > 0.0);
}

#[test]
fn an_interrupted_run_goes_on_and_ends_as_an_uninterrupted_one() {
    let cat = example(CAT);
    let rows: String = (0..4).map(|id| format!("{cat},猫 number {id},,{id}\n")).collect();
    let batch = Batch::new(&rows);
    assert_eq!(batch.run(&[]).code, 0);
    let whole = batch.lines();

    // Cut off in the middle of the third line, inside a character.
    let text = fs::read_to_string(&batch.out).unwrap();
    let third: usize = text.lines().take(2).map(|line| line.len() + 1).sum();
    let inside = third + text[third..].find('猫').unwrap() + 1;
    fs::write(&batch.out, &text.as_bytes()[..inside]).unwrap();
    let said = batch.run(&["--resume"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let resumed = batch.lines();
    assert_eq!(resumed.len(), 4);
    for (a, b) in whole.iter().zip(&resumed) {
        assert_eq!((&a["id"], &a["score"]), (&b["id"], &b["score"]));
    }
}

#[test]
fn a_gateway_that_is_gone_stops_the_run_and_loses_no_row() {
    let batch = Batch::new(&format!("{},a cat,,1\n", example(CAT)));
    let gone = run(&["batch", &batch.manifest, "--out", &batch.out, "--endpoint", "http://127.0.0.1:9"]);
    assert!(gone.code == 1 && gone.err.contains("127.0.0.1:9") && gone.err.contains("--resume"), "{}", gone.err);
    assert!(batch.lines().is_empty());
    assert_eq!(batch.run(&["--resume"]).code, 0);
    assert_eq!(batch.lines().len(), 1);
}

#[test]
fn results_are_never_overwritten_nor_mixed_with_another_manifests() {
    let batch = Batch::new("a.png,a cat,,1\n");
    let kept = "{\"image\":\"other.png\",\"prompt\":\"x\"}\n";
    fs::write(&batch.out, kept).unwrap();
    let again = batch.run(&[]);
    assert!(again.code == 2 && again.err.contains("--resume"), "{}", again.err);
    let other = batch.run(&["--resume"]);
    assert!(other.code == 2 && other.err.contains("belong to another manifest"), "{}", other.err);
    assert_eq!(fs::read_to_string(&batch.out).unwrap(), kept);
    drop(batch.folder);
}

#[test]
fn ratings_carried_by_the_manifest_are_compared_with_scores() {
    let dog = example("pink-dragon.jpg");
    // The column `id` serves as a rating: higher where the prompt fits.
    let cat = example(CAT);
    let batch = Batch::new(&format!("{cat},a cat with a crown,,5\n{dog},a cat with a crown,,1\n{cat},a dragon,,2\n"));
    assert_eq!(batch.run(&[]).code, 0);
    let said = run(&["eval", "ratings", &batch.out, "--rating", "id", "--format", "json"]);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let compared = &report["ratings"][0];
    assert_eq!((compared["pictures"].as_u64(), compared["prompts"].as_u64()), (Some(3), Some(2)));
    let global = compared["measures"].as_array().unwrap().iter().find(|m| m["measure"] == "component global_alignment");
    assert_eq!(global.unwrap()["pairwise_accuracy"]["value"], 1.0);
    assert_eq!(compared["ablations"]["unlike"], 0, "every score is what its parts give");

    for (rating, expected) in [("opinion", "no such column"), ("prompt", "there are: id")] {
        let said = run(&["eval", "ratings", &batch.out, "--rating", rating]);
        assert!(said.code == 2 && said.err.contains(expected), "{}", said.err);
    }
    let said = run(&["eval", "ratings", "nowhere.jsonl", "--rating", "id"]);
    assert!(said.code != 0 && said.err.contains("nowhere.jsonl"), "{}", said.err);
}
