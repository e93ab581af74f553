//! The feedback loop of `examples/closed_loop`, with a generator that hands out prepared files.

use std::{fs, path::Path, process::Command};

use serde_json::Value;

use crate::support::{CAT, CAT_PROMPT, Said, Server, example, pictures::write, root};

const PLANE: &str = "plane-in-snow.jpg";

/// Answers each round with the next of the files that it was started with, and fails when there are no more.
const GENERATOR: &[u8] = b"
import json, shutil, sys
request, files = json.load(sys.stdin), sys.argv[1:]
if request['seed'] > len(files):
    sys.exit('out of memory')
shutil.copyfile(files[request['seed'] - 1], request['out'])
";

/// Runs the loop from the example `start` in `folder`, with a generator that gives `files`: what was said, and the log.
fn looped(folder: &Path, start: &str, files: &[String], endpoint: &str, rounds: &str) -> (Said, Vec<Value>) {
    let quoted = |path: &str| format!("'{path}'");
    let script = write(folder, "generator.py", GENERATOR);
    let given: String = [script].iter().chain(files).map(|path| format!(" {}", quoted(path))).collect();
    let mut python = Command::new("python3");
    python.arg(root().join("examples/closed_loop/loop.py"));
    python.args(["--cpaiqa", &quoted(env!("CARGO_BIN_EXE_cpaiqa")), "--endpoint", endpoint]);
    python.args(["--prompt", CAT_PROMPT, "--scenario", "education-poster", "--start", &example(start)]);
    python.args(["--generator", &format!("python3{given}"), "--rounds", rounds, "--out"]).arg(folder.join("out"));
    let said = python.env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap().into();
    let log = fs::read_to_string(folder.join("out/log.jsonl")).unwrap_or_default();
    (said, log.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// Whether the best picture, which the loop has named `best`, is the example `name`.
fn is_best(folder: &Path, best: &str, name: &str) -> bool {
    fs::read(folder.join("out").join(best)).unwrap() == fs::read(example(name)).unwrap()
}

#[test]
fn the_loop_keeps_a_better_picture_and_neither_a_worse_one_nor_none() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    // The loop names its pictures .png; what they are is told by their bytes.
    let files = [example(CAT), example(PLANE)];
    let (said, log) = looped(folder, PLANE, &files, &Server::shared().url(), "3");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("3 rounds are used up"), "{}", said.out);

    let kept: Vec<bool> = log.iter().map(|line| line["kept"].as_bool().unwrap()).collect();
    assert_eq!(kept, [true, true, false, false], "{}", said.out);
    let score = |round: usize| log[round]["score"].as_f64().unwrap();
    assert!(score(1) > score(0) && score(1) > score(2));
    assert!(is_best(folder, "best.png", CAT));

    assert_eq!(log[2]["refused"], "not better");
    let error = log[3]["error"].as_str().unwrap();
    assert_eq!(error, "the generator ended with 1: out of memory");
    assert!(said.out.contains(error), "{}", said.out);
}

#[test]
fn what_a_picture_misses_is_stressed_and_what_is_wrong_in_it_is_painted_over() {
    let temporary = tempfile::tempdir().unwrap();
    let (_, log) = looped(temporary.path(), PLANE, &[example(CAT)], &Server::shared().url(), "2");
    let words = &log[1]["request"];
    let stressed: Vec<&str> =
        words["emphasis"].as_array().unwrap().iter().map(|word| word["phrase"].as_str().unwrap()).collect();
    assert!(stressed.contains(&"cat"), "{stressed:?}");
    assert_eq!(words["prompt"], CAT_PROMPT);
    assert!(words["mask"].is_null() && words["box"].is_null());

    let place = &log[2]["request"];
    let mask = image::open(place["mask"].as_str().unwrap()).unwrap().into_luma8();
    let white = mask.pixels().filter(|pixel| pixel.0 == [255]).count();
    let black = mask.pixels().filter(|pixel| pixel.0 == [0]).count();
    assert!(white > 0 && black > white && white + black == mask.pixels().count(), "{white} white, {black} black");
    assert_eq!(place["box"].as_array().unwrap().len(), 4);
}

#[test]
fn a_generator_that_keeps_failing_is_given_up_and_the_best_picture_stays() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let files = [write(folder, "broken.png", b"no picture")];
    let (said, log) = looped(folder, CAT, &files, &Server::shared().url(), "5");
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.err.contains("failed 2 times in a row"), "{}", said.err);
    assert_eq!(log.len(), 3, "{}", said.out);
    let errors: Vec<&str> = log[1..].iter().map(|line| line["error"].as_str().unwrap()).collect();
    assert!(errors[0].contains("cannot be scored") && errors[1].contains("out of memory"), "{errors:?}");
    assert!(is_best(folder, "best.jpg", CAT));
}

#[test]
fn the_loop_passes_on_why_nothing_can_be_scored() {
    let temporary = tempfile::tempdir().unwrap();
    let (said, log) = looped(temporary.path(), CAT, &[], "http://127.0.0.1:1", "1");
    assert_eq!((said.code, log.len()), (1, 0), "{}", said.out);
    assert!(said.err.contains("unavailable") && said.err.contains("127.0.0.1:1"), "{}", said.err);
}
