//! The manifest, shipped files, checking and repairing: everything that needs no network.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use cpaiqa_inference::store::{Embedded, Fault, File, Manifest, Options, Profile, State, Store};
use support::{entry, files_below, sha256, silent, store};
use tempfile::TempDir;

const SMALL: &[u8] = b"small weights";
const EMBEDDED: Embedded = &[("heads/small.bin", SMALL)];

fn small() -> String {
    entry("small", "source.file = { path = 'heads/small.bin' }", &sha256(SMALL), SMALL.len())
}

fn refusal(manifest: &str) -> String {
    Manifest::parse(manifest).unwrap_err().to_string()
}

#[test]
fn the_shipped_manifest_is_valid_and_serves_every_platform_we_name() {
    let manifest = Manifest::parse(include_str!("../../../config/models.toml")).unwrap();
    let names = manifest.names(Profile::Default);
    assert!(names.contains(&"onnxruntime") && names.contains(&"clip-vit-b-16-image-int8"), "{names:?}");
    for platform in ["linux-x86_64", "linux-aarch64", "macos-aarch64"] {
        for name in &names {
            assert!(manifest.find(name, platform).is_some(), "{name} on {platform}");
        }
    }
}

#[test]
fn unknown_keys_are_refused() {
    assert!(refusal(&(small() + "sha512 = ''")).contains("sha512"));
    let source = "source.file = { path = 'a', url = 'b' }";
    assert!(refusal(&entry("small", source, &sha256(SMALL), 1)).contains("url"));
}

#[test]
fn a_name_twice_for_one_platform_is_refused() {
    assert!(refusal(&(small() + &small())).contains("small twice"));
    let both = small() + "platform = 'linux-x86_64'\n" + &small();
    assert!(Manifest::parse(&both).is_ok());
}

#[tokio::test]
async fn files_of_this_machine_join_the_manifest_and_replace_known_names() {
    #[derive(serde::Deserialize)]
    struct Files {
        file: Vec<File>,
    }
    let folder = TempDir::new().unwrap();
    let own = folder.path().join("own.bin");
    std::fs::write(&own, b"my own weights").unwrap();
    let source = format!("source.file = {{ path = '{}' }}", own.display());
    let added = entry("small", &source, &sha256(b"my own weights"), 14) + &entry("more", &source, &sha256(SMALL), 13);
    let manifest = Manifest::parse(&small()).unwrap().overlaid(toml::from_str::<Files>(&added).unwrap().file).unwrap();
    assert_eq!(manifest.names(Profile::Default), ["small", "more"]);

    let store = Store::open(folder.path().join("store"), manifest, Options { offline: true, ..Options::default() });
    let path = store.ensure(&["small"], &silent()).await.unwrap().remove(0);
    assert_eq!(std::fs::read(path).unwrap(), b"my own weights");
    let refused = store.pull(&["more"], &silent()).await.unwrap_err().to_string();
    assert!(refused.contains("wrong size") && refused.contains("own.bin"), "{refused}");
}

#[test]
fn a_checksum_that_is_none_is_refused() {
    let manifest = entry("small", "source.file = { path = 'a' }", "abc", 1);
    assert!(refusal(&manifest).contains("64 lower-case hexadecimal digits"));
}

#[test]
fn paths_that_leave_their_folder_are_refused() {
    for path in ["../evil", "a/../../evil", "/etc/evil", "a\\evil", "C:evil", "", "a/"] {
        for source in ["file = {", "npm = { package = 'a', version = '1',", "pypi = { package = 'a', version = '1',"] {
            let manifest = entry("small", &format!("source.{source} path = '{path}' }}"), &sha256(SMALL), 1);
            if path.starts_with('/') && source.starts_with("file") {
                continue; // a file of this machine
            }
            assert!(refusal(&manifest).contains("a relative path"), "{source} {path}");
        }
    }
    assert!(refusal(&entry("../small", "source.file = { path = 'a' }", &sha256(SMALL), 1)).contains("name"));
    assert!(refusal(&entry("small", "source.url = { url = 'https://host/..' }", &sha256(SMALL), 1)).contains("url"));
}

#[test]
fn packages_that_would_be_options_or_repositories_are_refused() {
    for package in ["--registry=x", "owner/repository", "@scope/../x", "file:x", "a b"] {
        let source = format!("source.npm = {{ package = '{package}', version = '1', path = 'a' }}");
        assert!(refusal(&entry("small", &source, &sha256(SMALL), 1)).contains("source.npm.package"), "{package}");
    }
    let source = "source.npm = { package = '@scope/a', version = '1', path = 'a' }";
    assert!(Manifest::parse(&entry("small", source, &sha256(SMALL), 1)).is_ok());
}

#[test]
fn a_relative_root_is_made_absolute() {
    assert!(store("models".as_ref(), &small(), Options::default()).root().is_absolute());
}

#[tokio::test]
async fn embedded_files_are_written_and_verified_also_offline() {
    let root = TempDir::new().unwrap();
    let options = Options { offline: true, ..Options::default() };
    let store = store(root.path(), &small(), options).with_embedded(EMBEDDED);
    let paths = store.ensure(&["small"], &silent()).await.unwrap();
    assert_eq!(std::fs::read(&paths[0]).unwrap(), SMALL);
    assert_eq!(store.list()[0].state, State::Present);
}

#[tokio::test]
async fn embedded_bytes_that_are_not_the_manifests_are_refused() {
    let root = TempDir::new().unwrap();
    let store =
        store(root.path(), &small(), Options::default()).with_embedded(&[("heads/small.bin", b"other weights")]);
    let error = store.ensure(&["small"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains("shipped file heads/small.bin") && error.contains("wrong checksum"), "{error}");
    assert_eq!(files_below(root.path()), [".lock"]);
}

#[tokio::test]
async fn a_shipped_file_is_found_in_the_folder_or_its_absence_told() {
    let (root, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let options = Options { files_dir: Some(folder.path().to_owned()), ..Options::default() };
    let store = store(root.path(), &small(), options);
    let error = store.ensure(&["small"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains(&folder.path().join("heads/small.bin").display().to_string()), "{error}");
    std::fs::create_dir(folder.path().join("heads")).unwrap();
    std::fs::write(folder.path().join("heads/small.bin"), SMALL).unwrap();
    store.ensure(&["small"], &silent()).await.unwrap();
}

#[tokio::test]
async fn a_corrupt_file_is_found_by_verify_and_repaired_by_pull() {
    let root = TempDir::new().unwrap();
    let store = store(root.path(), &small(), Options::default()).with_embedded(EMBEDDED);
    let path = store.ensure(&["small"], &silent()).await.unwrap().remove(0);
    // Same size and time, so that only hashing can tell.
    let time = std::fs::metadata(&path).unwrap().modified().unwrap();
    std::fs::write(&path, b"SMALL WEIGHTS").unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    assert_eq!(store.list()[0].state, State::Present);
    let found = store.verify(&silent()).await.unwrap().remove(0).state;
    assert_eq!(found, State::Corrupt(Fault::Checksum { expected: sha256(SMALL), got: sha256(b"SMALL WEIGHTS") }));
    assert!(store.path("small").await.unwrap_err().to_string().contains("corrupt"));
    store.pull(&["small"], &silent()).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), SMALL);
    assert_eq!(store.verify(&silent()).await.unwrap()[0].state, State::Present);
}

#[tokio::test]
async fn a_file_without_a_marker_is_hashed_and_then_trusted() {
    let root = TempDir::new().unwrap();
    let store = store(root.path(), &small(), Options::default()).with_embedded(EMBEDDED);
    let path = store.ensure(&["small"], &silent()).await.unwrap().remove(0);
    std::fs::remove_file(path.with_file_name("small.bin.ok")).unwrap();
    assert_eq!(store.list()[0].state, State::Unverified);
    assert_eq!(store.path("small").await.unwrap(), path);
    assert_eq!(store.list()[0].state, State::Present);
}

#[tokio::test]
async fn a_truncated_file_is_seen_at_once_and_replaced() {
    let root = TempDir::new().unwrap();
    let store = store(root.path(), &small(), Options::default()).with_embedded(EMBEDDED);
    let path = store.ensure(&["small"], &silent()).await.unwrap().remove(0);
    std::fs::write(&path, b"small").unwrap();
    assert_eq!(store.list()[0].state, State::Corrupt(Fault::Size { expected: 13, got: 5 }));
    store.ensure(&["small"], &silent()).await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), SMALL);
}

#[tokio::test]
async fn names_and_platforms_that_are_not_there_are_told_with_those_that_are() {
    let root = TempDir::new().unwrap();
    let manifest = small() + "platform = 'plan9-sparc'";
    let store = store(root.path(), &manifest, Options::default());
    let error = store.ensure(&["small"], &silent()).await.unwrap_err().to_string();
    assert!(error.contains("plan9-sparc") && error.contains(std::env::consts::ARCH), "{error}");
    assert!(matches!(store.list()[0].state, State::Unsupported { .. }));
    let error = store.path("smalll").await.unwrap_err().to_string();
    assert!(error.contains("no file named smalll") && error.contains("it has: small"), "{error}");
}
