use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::support::root;

/// What each crate may import of ours; `docs/architecture.md` says why.
const ALLOWED: [(&str, &[&str]); 16] = [
    ("cpaiqa-domain", &[]),
    ("cpaiqa-proto", &[]),
    ("cpaiqa-wire", &["cpaiqa-domain", "cpaiqa-proto"]),
    ("cpaiqa-packs", &["cpaiqa-domain"]),
    ("cpaiqa-picture", &["cpaiqa-domain"]),
    ("cpaiqa-inference", &["cpaiqa-domain"]),
    ("cpaiqa-kit", &["cpaiqa-domain"]),
    ("cpaiqa-conformance", &["cpaiqa-domain", "cpaiqa-proto", "cpaiqa-wire", "cpaiqa-kit", "cpaiqa-picture"]),
    ("cpaiqa-alignment", &SERVICE),
    ("cpaiqa-segmentation", &SERVICE),
    ("cpaiqa-decomposition", &SERVICE),
    ("cpaiqa-distortion", &SERVICE),
    ("cpaiqa-scenario", &SERVICE),
    ("cpaiqa-gateway", &["cpaiqa-domain", "cpaiqa-proto", "cpaiqa-wire", "cpaiqa-kit", "cpaiqa-picture"]),
    ("cpaiqa-fuzzing", &["*"]),
    ("cpaiqa", &["*"]),
];

const SERVICE: [&str; 6] =
    ["cpaiqa-domain", "cpaiqa-proto", "cpaiqa-wire", "cpaiqa-kit", "cpaiqa-picture", "cpaiqa-inference"];

/// Crates that the domain stays free of.
const IMPURE: [&str; 5] = ["tokio", "tonic", "ort", "reqwest", "image"];

fn imports() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let normal = |package: &Value| {
        let all = package["dependencies"].as_array().unwrap().iter();
        all.filter(|d| d["kind"].is_null()).map(|d| d["name"].as_str().unwrap().to_owned()).collect()
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages.iter().map(|package| (package["name"].as_str().unwrap().to_owned(), normal(package))).collect()
}

#[test]
fn crates_import_only_what_the_architecture_allows() {
    let imports = imports();
    assert_eq!(imports.len(), ALLOWED.len(), "a crate is missing here: {:?}", imports.keys());
    for (name, allowed) in ALLOWED {
        for import in imports[name].iter().filter(|import| import.starts_with("cpaiqa")) {
            assert!(allowed.contains(&"*") || allowed.contains(&import.as_str()), "{name} imports {import}");
        }
    }
}

#[test]
fn the_domain_stays_pure() {
    let domain = &imports()["cpaiqa-domain"];
    assert!(domain.iter().all(|import| !IMPURE.contains(&import.as_str())), "{domain:?}");
}

/// Rust files below `folder`, but those that are built or hold tests alone.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !["target", "tests"].contains(&name) {
                found.extend(sources(&path));
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            found.push(path);
        }
    }
    found
}

#[test]
fn no_code_knows_a_field_that_a_pack_is_for() {
    let packs = ["heritage", "architecture"].map(|pack| root().join("config/packs").join(pack).join("scenarios"));
    let names = packs.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap());
    let names = names.map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().replace('-', " "));
    let words: Vec<String> = names.chain(["heritage", "museum"].map(str::to_owned)).collect();
    assert!(words.len() > 8, "{words:?}");
    for source in
        ["crates", "services", "gateway", "cli", "proto"].iter().flat_map(|folder| sources(&root().join(folder)))
    {
        let text = std::fs::read_to_string(&source).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap().to_lowercase().replace(['-', '_'], " ");
        let known = words.iter().find(|word| code.contains(word.as_str()));
        assert_eq!(known, None, "{}", source.display());
    }
}
