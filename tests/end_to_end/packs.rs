use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{Said, command, root, run};

const SCENARIO: &str = "name = \"toy-box\"\ndescription = \"The box of a toy.\"\nphrases = [\"toy box\", \"玩具盒\"]\n\n\
                        [logits]\nfidelity = 1.0\n\n[impacts]\nedge_blur = 0.5\n\n[other_impacts]\nmelted_joint = 0.8\n";
const CUES: &str = "materials = [\"tinplate\"]\nmedia = [\"packshot\"]\n";

/// A pack of one scenario and one word list.
fn toys(scenario: &str, cues: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write(
        "pack.toml",
        "schema = 1\nname = \"toys\"\nversion = \"0.1\"\ndescription = \"Toys.\"\n\
         [distortions.melted_joint]\ndescription = \"A joint that could not turn.\"\n",
    );
    write("scenarios/toy-box.toml", scenario);
    write("cues/words.toml", cues);
    folder
}

/// `cpaiqa` with `args` and the pack in `folder` in use.
fn with(folder: &Path, args: &[&str]) -> Said {
    command(args).env("CPAIQA_PACKS__FOLDERS", folder).output().unwrap().into()
}

fn check(folder: &Path) -> Said {
    run(&["packs", "check", &folder.display().to_string()])
}

#[test]
fn the_shipped_packs_are_in_use_and_pass_their_own_check() {
    let listed = run(&["packs", "list"]);
    for name in ["general", "heritage", "architecture"] {
        assert!(listed.out.contains(name), "{}", listed.out);
        let said = check(&root().join("config/packs").join(name));
        assert_eq!((said.code, said.err.as_str()), (0, ""), "{name}");
    }
}

#[test]
fn the_binary_carries_every_file_of_every_pack() {
    let listed = run(&["packs", "list"]).out;
    for pack in fs::read_dir(root().join("config/packs")).unwrap().map(|pack| pack.unwrap()) {
        let count = |folder: &str| fs::read_dir(pack.path().join(folder)).map_or(0, Iterator::count).to_string();
        let name = pack.file_name().into_string().unwrap();
        let line: Vec<&str> = listed.lines().find(|line| line.starts_with(&name)).unwrap().split_whitespace().collect();
        assert_eq!(line[2..4], [count("scenarios"), count("cues")], "{name}");
    }
}

#[test]
fn a_checked_pack_says_what_it_holds() {
    let said = check(toys(SCENARIO, CUES).path());
    assert_eq!(said.code, 0, "{}", said.err);
    for part in ["toys 0.1", "scenario toy-box: 2 phrases", "distortion melted_joint: weighed by 1", "cues/words.toml"]
    {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
}

#[test]
fn a_pack_in_use_brings_its_scenario_and_its_words() {
    let toys = toys(SCENARIO, CUES);
    let store = ("CPAIQA_SCENARIO__STORE__URL", "sqlite::memory:");
    let listed =
        command(&["scenarios", "list"]).env("CPAIQA_PACKS__FOLDERS", toys.path()).env(store.0, store.1).output();
    let listed = Said::from(listed.unwrap());
    assert!(listed.out.contains("toy-box") && listed.out.contains("heritage-exhibit"), "{}", listed.out);
    let said = with(toys.path(), &["decompose", "packshot of a tinplate robot"]);
    let found: Value = serde_json::from_str(&said.out).unwrap();
    let texts = found.to_string();
    assert!(texts.contains("tinplate robot") && texts.contains("\"medium\""), "{texts}");
    let without = run(&["decompose", "packshot of a tinplate robot"]).out;
    assert!(!without.contains("\"medium\""), "{without}");
}

#[test]
fn without_a_pack_nothing_of_its_field_is_known() {
    let general = |args: &[&str]| {
        let store = ("CPAIQA_SCENARIO__STORE__URL", "sqlite::memory:");
        Said::from(command(args).env("CPAIQA_PACKS__BUILT_IN", "general").env(store.0, store.1).output().unwrap())
    };
    let listed = general(&["scenarios", "list"]).out;
    assert!(listed.contains("advertising") && !listed.contains("ink-wash"), "{listed}");
    let heritage = command(&["scenarios", "list"]).env("CPAIQA_PACKS__BUILT_IN", "heritage").output().unwrap();
    let heritage = Said::from(heritage);
    assert!(heritage.code == 2 && heritage.err.contains("default scenario 'general'"), "{}", heritage.err);
}

#[test]
fn a_mistake_is_named_with_its_file_and_line() {
    let refused = |scenario: &str, cues: &str, place: &str, why: &str| {
        let toys = toys(scenario, cues);
        for said in [check(toys.path()), with(toys.path(), &["packs", "check", &toys.path().display().to_string()])] {
            let place = format!("{}/{place}", toys.path().display());
            assert!(said.code == 2 && said.err.contains(&place) && said.err.contains(why), "{}", said.err);
        }
    };
    let wrong = SCENARIO.replace("edge_blur = 0.5", "edge_blur = 1.5");
    refused(&wrong, CUES, "scenarios/toy-box.toml line 9: ", "impacts.edge_blur: expected a number in [0, 1], got 1.5");
    refused(SCENARIO, "\nmaterial = ['tin']", "cues/words.toml line 2: ", "unknown field `material`");
    refused(SCENARIO, "colors = ['silk']", "cues/words.toml line 1", "materials in config/lexicon/materials.toml line");
    let twice = SCENARIO.replace("toy-box", "advertising");
    refused(&twice, CUES, "scenarios/toy-box.toml", "config/packs/general/scenarios/advertising.toml");
}

#[test]
fn a_process_with_a_broken_pack_does_not_start() {
    let toys = toys(&SCENARIO.replace("0.8", "8"), CUES);
    for role in ["scenario", "decomposition"] {
        let said = with(toys.path(), &["serve", "--role", role]);
        assert!(
            said.code == 2 && said.err.contains("toy-box.toml line 12: other_impacts.melted_joint"),
            "{}",
            said.err
        );
    }
}
