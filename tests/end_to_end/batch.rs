use std::{
    fs,
    path::Path,
    process::{Child, Stdio},
    time::Duration,
};

use serde_json::Value;

use crate::support::{CAT, CAT_PROMPT, Said, Server, command, example, pictures::write, run};

struct Batch {
    folder: tempfile::TempDir,
    manifest: String,
    out: String,
}

impl Batch {
    fn new(rows: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let header = "image,prompt,scenario,number\n";
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
    let numbers: Vec<&str> = lines.iter().map(|line| line["number"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["1", "2", "3", "4"], "in the manifest's order, with the other column carried through");
    assert_eq!(lines[0]["scenario"]["name"], "ink-wash");
    assert!(lines[1]["error"].as_str().unwrap().contains("missing.png") && lines[1]["score"].is_null());
    assert!(lines[2]["error"].as_str().unwrap().contains("'nowhere' not found"));
    assert_eq!(lines[3]["scenario"]["name"], "advertising");
    assert!(lines[0]["score"].as_f64().unwrap() > 0.0);
}

#[test]
fn an_interrupted_run_goes_on_and_ends_as_an_uninterrupted_one() {
    let cat = example(CAT);
    let rows: String = (0..4).map(|number| format!("{cat},猫 number {number},,{number}\n")).collect();
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
        assert_eq!((&a["number"], &a["score"]), (&b["number"], &b["score"]));
    }
}

/// Runs batch and kills it whenever `journal` has grown by one, then two, then three lines, until it ends by itself. Returns
/// how often it was killed.
fn run_with_kills(args: &[&str], journal: &Path) -> usize {
    let lines = || fs::read(journal).map_or(0, |text| text.iter().filter(|byte| **byte == b'\n').count());
    let (mut kills, mut killed): (usize, Vec<Child>) = (0, Vec::new());
    loop {
        let resume: &[&str] = if kills == 0 { &[] } else { &["--resume"] };
        let mut child = command(&[args, resume].concat()).stderr(Stdio::null()).spawn().unwrap();
        let enough = lines() + 1 + kills % 3;
        if ended(&mut child, || lines() >= enough) {
            for mut child in killed {
                child.wait().unwrap();
            }
            return kills;
        }
        // The next run begins while this one may still be dying.
        child.kill().unwrap();
        killed.push(child);
        kills += 1;
    }
}

/// Whether the process ends, and well, before `stop` holds.
fn ended(child: &mut Child, stop: impl Fn() -> bool) -> bool {
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return true;
        }
        if stop() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_run_killed_again_and_again_ends_as_an_uninterrupted_one() {
    let cat = example(CAT);
    let rows: String = (0..16).map(|number| format!("{cat},a cat with {number} crowns,,{number}\n")).collect();
    let whole = Batch::new(&rows);
    assert_eq!(whole.run(&[]).code, 0);
    let killed = Batch::new(&rows);
    let url = Server::shared().url();
    let kills =
        run_with_kills(&["batch", &killed.manifest, "--out", &killed.out, "--endpoint", &url], killed.out.as_ref());
    assert!(kills >= 3, "killed {kills} times only");
    let (whole, killed) = (whole.lines(), killed.lines());
    let told =
        |lines: &[Value]| lines.iter().map(|line| (line["number"].clone(), line["score"].clone())).collect::<Vec<_>>();
    assert_eq!(told(&whole).len(), 16);
    assert_eq!(told(&whole), told(&killed));
}

#[test]
fn a_killed_run_to_a_table_leaves_one_row_and_one_sorted_picture_for_each() {
    let cat = example(CAT);
    let rows: String = (0..12).map(|number| format!("{cat},a cat on {number} thrones,,{number}\n")).collect();
    let batch = Batch::new(&format!("{rows}missing.png,a cat,,12\n"));
    let folder = batch.folder.path();
    let (out, journal, gate) = (folder.join("out.csv"), folder.join("out.csv.journal.jsonl"), folder.join("sorted"));
    let (url, out, gate) = (Server::shared().url(), out.display().to_string(), gate.display().to_string());
    let args = ["batch", &batch.manifest, "--out", &out, "--endpoint", &url, "--gate", &gate];
    let kills = run_with_kills(&args, &journal);
    assert!(kills >= 3, "killed {kills} times only");

    let mut reader = csv::Reader::from_path(&out).unwrap();
    let numbers = reader.records().map(|record| record.unwrap()[2].parse::<usize>().unwrap()).collect::<Vec<_>>();
    assert_eq!(numbers, (0..13).collect::<Vec<_>>(), "a row each, in order");
    assert!(!journal.exists());
    let sorted =
        ["accept", "review", "reject"].iter().filter_map(|verdict| fs::read_dir(Path::new(&gate).join(verdict)).ok());
    let mut names: Vec<_> = sorted.flatten().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let mut expected: Vec<String> = (2..=12).map(|row| CAT.replace(".jpg", &format!("-{row}.jpg"))).collect();
    expected.push(CAT.to_owned());
    expected.sort();
    assert_eq!(names, expected, "each picture is in one folder");
    let failed = fs::read_to_string(Path::new(&gate).join("failed.csv")).unwrap();
    assert!(
        failed.starts_with("row,image,prompt,error\n13,missing.png,a cat,") && failed.lines().count() == 2,
        "{failed}"
    );

    // Nothing is left to do, and nothing is done.
    let before = fs::read(&out).unwrap();
    let again = run(&[&args[..], &["--resume"]].concat());
    assert!(again.code == 0 && again.err.contains("13 pictures done, 1 without a score"), "{}", again.err);
    assert_eq!(fs::read(&out).unwrap(), before);
    let refused = run(&args);
    assert!(refused.code == 2 && refused.err.contains("--resume"), "{}", refused.err);
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
    // The column `number` serves as a rating: higher where the prompt fits.
    let cat = example(CAT);
    let batch = Batch::new(&format!("{cat},a cat with a crown,,5\n{dog},a cat with a crown,,1\n{cat},a dragon,,2\n"));
    assert_eq!(batch.run(&[]).code, 0);
    let said = run(&["eval", "ratings", &batch.out, "--rating", "number", "--format", "json"]);
    let report: Value = serde_json::from_str(&said.out).unwrap();
    let compared = &report["ratings"][0];
    assert_eq!((compared["pictures"].as_u64(), compared["prompts"].as_u64()), (Some(3), Some(2)));
    let global = compared["measures"].as_array().unwrap().iter().find(|m| m["measure"] == "component global_alignment");
    assert_eq!(global.unwrap()["pairwise_accuracy"]["value"], 1.0);
    assert_eq!(compared["ablations"]["unlike"], 0, "every score is what its parts give");

    for (rating, expected) in [("opinion", "no such column"), ("prompt", "there are: number")] {
        let said = run(&["eval", "ratings", &batch.out, "--rating", rating]);
        assert!(said.code == 2 && said.err.contains(expected), "{}", said.err);
    }
    let said = run(&["eval", "ratings", "nowhere.jsonl", "--rating", "number"]);
    assert!(said.code != 0 && said.err.contains("nowhere.jsonl"), "{}", said.err);
}
