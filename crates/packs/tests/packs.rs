//! Packs as their authors write them: in folders, with mistakes.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

use std::{
    fs,
    path::{Path, PathBuf},
};

use cpaiqa_packs::{Pack, PackError, Packs};

const MANIFEST: &str = "schema = 1\nname = \"toys\"\nversion = \"1.0.0\"\ndescription = \"Pictures of toys.\"\n\n\
                        [distortions.melted_joint]\ndescription = \"A joint that could not turn.\"\n";
const SCENARIO: &str = "name = \"toy-box\"\ndescription = \"The box of a toy.\"\nphrases = [\"toy box\"]\n\n\
                        [[gates]]\nverdict = \"reject\"\nwhen = \"melted_joint >= 0.5\"\n\n[logits]\nfidelity = 1.0\n\n\
                        [impacts]\nedge_blur = 0.5\n\n[other_impacts]\nmelted_joint = 0.8\n";

/// A pack in a folder of its own, with some of its text changed.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        Self(folder)
    }

    fn toys(from: &str, to: &str) -> Self {
        let changed = |text: &str| text.replace(from, to);
        Self::new(&[("pack.toml", &changed(MANIFEST)), ("scenarios/box.toml", &changed(SCENARIO))])
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn error(&self) -> PackError {
        Pack::read(self.path()).unwrap_err()
    }
}

/// The line and message with which a pack is refused in which `from` became `to`; the file must be the right one.
fn refused(file: &str, from: &str, to: &str) -> (usize, String) {
    let folder = Folder::toys(from, to);
    let PackError { file: named, line, message } = folder.error();
    assert_eq!(PathBuf::from(named), folder.path().join(file));
    assert!(line.is_some(), "{message}");
    (line.unwrap_or_default(), message)
}

#[test]
fn a_pack_is_read_with_all_that_it_holds() {
    let folder = Folder::toys("", "");
    fs::create_dir(folder.path().join("cues")).unwrap();
    fs::write(folder.path().join("cues/words.toml"), "materials = ['tinplate']").unwrap();
    fs::write(folder.path().join("README.md"), "for people").unwrap();
    let pack = Pack::read(folder.path()).unwrap();
    assert_eq!((pack.name.as_str(), pack.version.as_str()), ("toys", "1.0.0"));
    assert_eq!(pack.distortions["melted_joint"], "A joint that could not turn.");
    assert_eq!(pack.scenarios[0].profile.other_impacts["melted_joint"], 0.8);
    assert_eq!(
        pack.scenarios[0].profile.revision, 1,
        "a pack's profile is its first revision unless it says otherwise"
    );
    assert_eq!(pack.cues[0].text, "materials = ['tinplate']");
}

#[test]
fn what_is_wrong_in_a_scenario_is_named_with_its_line() {
    let scenario = |from: &str, to: &str| refused("scenarios/box.toml", from, to);
    let range = "expected a number in [0, 1], got 1.5";
    assert_eq!(scenario("edge_blur = 0.5", "edge_blur = 1.5"), (13, format!("impacts.edge_blur: {range}")));
    let (line, message) = scenario("edge_blur = 0.5", "edge_blurr = 0.5");
    assert!(line == 13 && message.contains("edge_blurr"), "{line}: {message}");
    let (line, message) = scenario("fidelity = 1.0", "fidelity = 100");
    assert!(line == 10 && message.starts_with("logits.fidelity: expected"), "{line}: {message}");
    let (line, message) = scenario("\"melted_joint >= 0.5\"", "\"melted_joint>=0.5\"");
    assert!(line == 7 && message.contains("each apart"), "{line}: {message}");
    let (line, message) = scenario("\"melted_joint >= 0.5\"", "\"cracked >= 0.5\"");
    assert!(line == 7 && message.contains("got 'cracked'"), "{line}: {message}");
    let (line, message) = scenario("melted_joint = 0.8", "melted_joint = 8");
    assert!(line == 16 && message.contains("got 8"), "{line}: {message}");
    let (line, message) = scenario("toy-box", "Toy Box");
    assert!(line == 1 && message.contains("'Toy Box'"), "{line}: {message}");
}

#[test]
fn a_scenario_weighs_only_types_that_its_pack_declares() {
    let (line, message) = refused("scenarios/box.toml", "melted_joint = 0.8", "melted_joint = 0.8\nbent_axle = 0.3");
    assert_eq!(line, 17);
    assert!(message.starts_with("other_impacts.bent_axle: expected") && message.contains("declares melted_joint"));
}

#[test]
fn what_is_wrong_in_the_manifest_is_named_with_its_line() {
    let manifest = |from: &str, to: &str| refused("pack.toml", from, to);
    let (line, message) = manifest("schema = 1", "schema = 2\nnew_key = true");
    assert_eq!((line, message.contains("expected 1") && message.contains("got 2")), (1, true), "{message}");
    let (line, message) = manifest("\"toys\"", "\"Toys!\"");
    assert!(line == 2 && message.contains("got 'Toys!'"), "{message}");
    let (line, message) = manifest("distortions.melted_joint", "distortions.edge_blur");
    assert!(line == 6 && message.contains("beyond the twelve"), "{line}: {message}");
    let (line, message) = manifest("distortions.melted_joint", "distortions.Joint");
    assert!(line == 6 && message.contains("got 'Joint'"), "{line}: {message}");
    assert!(manifest("version = \"1.0.0\"\n", "").1.contains("missing field `version`"));
}

#[test]
fn a_folder_that_is_no_pack_says_what_it_lacks() {
    assert!(Folder::new(&[("readme.txt", "")]).error().message.contains("pack.toml"));
    assert!(Folder::new(&[("pack.toml", MANIFEST)]).error().message.contains("got neither"));
    let misplaced = Folder::new(&[("pack.toml", MANIFEST), ("scenario/box.toml", SCENARIO)]).error();
    assert!(misplaced.message.ends_with("got scenario/box.toml"), "{misplaced}");
    assert!(
        Pack::read(Path::new("no/such/folder")).unwrap_err().to_string().starts_with("no/such/folder: cannot be read")
    );
}

#[test]
fn a_name_that_is_there_twice_is_refused_with_both_files() {
    let (one, other) = (Folder::toys("", ""), Folder::toys("\"toys\"", "\"more-toys\""));
    let read = |folder: &Folder| Pack::read(folder.path()).unwrap();
    let scenario = Packs::new(vec![read(&one), read(&other)]).unwrap_err().to_string();
    let files = [&one, &other].map(|folder| folder.path().join("scenarios/box.toml").display().to_string());
    assert!(files.iter().all(|file| scenario.contains(file)) && scenario.contains("'toy-box'"), "{scenario}");
    let pack = Packs::new(vec![read(&one), read(&one)]).unwrap_err();
    assert!(pack.message.starts_with("pack 'toys' is there twice"), "{pack}");
}
