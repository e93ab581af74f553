//! Files from packages, through the real clients and the registry they are set up for.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use std::process::Command;
use std::sync::Arc;

use cpaiqa_inference::store::{Options, Profile, Progress, State};
use support::{Recorder, entry, files_below, silent, store};
use tempfile::TempDir;

const PACKAGE_JSON: (&str, usize) = ("51c133f4e41df982aef69027249ff9d7262645029f437d079adc7c83328fb620", 1599);
const INDEX_JS: (&str, usize) = ("04255e482e181687823a95b207802ddd32e746c65dce4c95a5176fc192735960", 411);
const SIX_PY: (&str, usize) = ("4ce39f422ee71467ccac8bed76beb05f8c321c7f0ceda9279ae2dfa3670106b3", 34549);

fn npm(name: &str, path: &str, (sha256, size): (&str, usize)) -> String {
    let source = format!("source.npm = {{ package = 'is-number', version = '7.0.0', path = '{path}' }}");
    entry(name, &source, sha256, size)
}

fn wheel(name: &str, path: &str, (sha256, size): (&str, usize)) -> String {
    let source = format!("source.pypi = {{ package = 'six', version = '1.16.0', path = '{path}' }}");
    entry(name, &source, sha256, size)
}

#[tokio::test]
async fn two_files_of_one_npm_package_fetch_it_once() {
    let root = TempDir::new().unwrap();
    let manifest = npm("description", "package.json", PACKAGE_JSON) + &npm("code", "index.js", INDEX_JS);
    let store = store(root.path(), &manifest, Options::default());
    let recorder = Arc::new(Recorder::default());
    let progress: Arc<dyn Progress> = recorder.clone();
    let paths = store.ensure(&["description", "code"], &progress).await.unwrap();
    assert!(std::fs::read_to_string(&paths[0]).unwrap().contains("\"version\": \"7.0.0\""));
    assert!(paths[1].ends_with("index.js"));
    assert_eq!(recorder.count("fetching is-number@7.0.0"), 1);
    assert!(recorder.bytes("fetching is-number@7.0.0") > 0);
    let kept = files_below(root.path());
    assert_eq!(kept, [".lock", "index.js", "index.js.ok", "package.json", "package.json.ok"]);
}

#[tokio::test]
async fn a_file_of_a_wheel_is_fetched() {
    let root = TempDir::new().unwrap();
    let store = store(root.path(), &wheel("six", "six.py", SIX_PY), Options::default());
    let paths = store.ensure(&["six"], &silent()).await.unwrap();
    assert!(std::fs::read_to_string(&paths[0]).unwrap().contains("__version__ = \"1.16.0\""));
}

#[tokio::test]
async fn a_wrong_checksum_in_a_package_is_named_and_leaves_nothing() {
    let root = TempDir::new().unwrap();
    let other = "0".repeat(64);
    let store = store(root.path(), &wheel("six", "six.py", (&other, SIX_PY.1)), Options::default());
    let error = store.pull(&["six"], &silent()).await.unwrap_err().to_string();
    for told in ["six", &other, SIX_PY.0, "PyPI six==1.16.0, six.py"] {
        assert!(error.contains(told), "{told} is not in: {error}");
    }
    assert_eq!(files_below(root.path()), [".lock"]);
}

#[tokio::test]
async fn a_path_that_the_package_lacks_is_named() {
    let root = TempDir::new().unwrap();
    let store = store(root.path(), &npm("description", "absent.onnx", PACKAGE_JSON), Options::default());
    let error = store.pull(&["description"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains("npm is-number@7.0.0, absent.onnx"), "{error}");
}

#[tokio::test]
async fn a_file_larger_than_the_manifest_says_is_refused() {
    let root = TempDir::new().unwrap();
    let store = store(root.path(), &npm("description", "package.json", (PACKAGE_JSON.0, 1000)), Options::default());
    let error = store.pull(&["description"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains("expected 1000 bytes, got more"), "{error}");
    assert_eq!(files_below(root.path()), [".lock"]);
}

#[tokio::test]
async fn a_package_that_had_arrived_is_not_fetched_again() {
    let root = TempDir::new().unwrap();
    let staging = root.path().join("staging/npm-is-number-7.0.0");
    std::fs::create_dir_all(&staging).unwrap();
    // Were it fetched again, this would be replaced by an archive that can be read.
    std::fs::write(staging.join("archive"), "not an archive").unwrap();
    let store = store(root.path(), &npm("description", "package.json", PACKAGE_JSON), Options::default());
    let error = store.pull(&["description"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains("cannot be read") && error.contains("pull again"), "{error}");
    // The unreadable archive is gone, so the next pull is whole.
    store.pull(&["description"], &silent()).await.unwrap();
}

#[tokio::test]
async fn a_client_that_fails_is_quoted() {
    let root = TempDir::new().unwrap();
    let source = "source.pypi = { package = 'six', version = '0.0.0.1', path = 'six.py' }";
    let store = store(root.path(), &entry("six", source, SIX_PY.0, SIX_PY.1), Options::default());
    let error = store.pull(&["six"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains("six==0.0.0.1") && error.contains("No matching distribution"), "{error}");
}

#[tokio::test]
#[ignore = "fetches 200 MB; run it when config/models.toml changes"]
async fn the_shipped_manifest_can_be_pulled_for_every_platform() {
    let root = TempDir::new().unwrap();
    for platform in ["linux-x86_64", "linux-aarch64", "macos-aarch64"] {
        let options = Options {
            files_dir: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models").into()),
            platform: platform.to_owned(),
            ..Options::default()
        };
        let store = store(root.path(), include_str!("../../../config/models.toml"), options);
        store.pull(&store.names(Profile::Default), &silent()).await.unwrap();
        for entry in store.verify(&silent()).await.unwrap() {
            assert_eq!(entry.state, State::Present, "{} on {platform}", entry.file.name);
        }
    }
}

/// Run by the next test in a process without a PATH, since a test must not change its own.
#[tokio::test]
#[ignore = "a child of a_missing_client_is_named"]
async fn pull_without_clients() {
    let root = TempDir::new().unwrap();
    let manifest = npm("description", "package.json", PACKAGE_JSON) + &wheel("six", "six.py", SIX_PY);
    let store = store(root.path(), &manifest, Options::default());
    for name in ["description", "six"] {
        println!("{}", store.pull(&[name], &silent()).await.unwrap_err());
    }
}

#[test]
fn a_missing_client_is_named() {
    let nothing = TempDir::new().unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "pull_without_clients", "--ignored", "--nocapture"])
        .env("PATH", nothing.path())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("npm is needed to fetch is-number@7.0.0") && told.contains("install Node.js"), "{told}");
    assert!(told.contains("pip is needed to fetch six==1.16.0") && told.contains("install Python 3"), "{told}");
}
