//! The seeds of the fuzzers, and what chance makes of them. `CPAIQA_DAMAGED_COUNT` gives each kind more than its two thousand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::{collections::BTreeSet, fs, panic, path::Path};

use cpaiqa_fuzzing::{TARGETS, Target, damage::damaged};
use fastrand::Rng;

/// The seeds of one kind, by name.
fn seeds(name: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.display().to_string(), fs::read(file).unwrap())).collect()
}

/// Seeds that are to be refused.
const BAD: [&str; 3] = ["lzw.tif", "overflow", "refusal"];

/// Runs a target; `what` is said when it panics.
fn run(target: Target, bytes: &[u8], what: &str) -> bool {
    panic::catch_unwind(|| target(bytes))
        .unwrap_or_else(|_| panic!("{what}: {}", String::from_utf8_lossy(bytes).escape_debug()))
}

#[test]
fn every_kind_reads_its_seeds_and_what_chance_makes_of_them() {
    let count = std::env::var("CPAIQA_DAMAGED_COUNT").map_or(2_000, |count| count.parse().unwrap());
    let mut refused = BTreeSet::new();
    for (name, target) in TARGETS {
        let seeds = seeds(name);
        assert!(seeds.len() >= 3, "{name}: {} seeds", seeds.len());
        for (file, bytes) in &seeds {
            if !run(target, bytes, file) {
                refused.insert(file.rsplit(['/', '\\']).next().unwrap().to_owned());
            }
        }
        for number in 0..count {
            let mut rng = Rng::with_seed(number);
            let (one, other) = (&seeds[rng.usize(..seeds.len())], &seeds[rng.usize(..seeds.len())]);
            let bytes = damaged(&one.1, &other.1, &mut rng);
            run(target, &bytes, &format!("{name} {number}, of {}", one.0));
        }
    }
    assert_eq!(refused, BAD.map(str::to_owned).into(), "seeds that are refused, and those that should be");
}
