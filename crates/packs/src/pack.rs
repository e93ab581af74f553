//! One pack.

use std::{collections::BTreeMap, fs, path::Path};

use domain::{distortion::DistortionKind, scenario::Profile};
use serde::Deserialize;

use crate::{document::Document, error::PackError};

/// The version of a pack's shape that this code reads.
pub const SCHEMA: u32 = 1;

const MANIFEST: &str = "pack.toml";
const LONGEST_VERSION: usize = 32;

/// What a pack holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Pack {
    /// Where it was read.
    pub folder: String,
    /// Unique, lower case with hyphens.
    pub name: String,
    /// Its authors' own count.
    pub version: String,
    /// One sentence for people.
    pub description: String,
    /// The distortion types beyond the twelve that its scenarios may weigh, with what they are.
    pub distortions: BTreeMap<String, String>,
    /// Its scenario profiles.
    pub scenarios: Vec<Scenario>,
    /// Its word lists.
    pub cues: Vec<Cues>,
}

/// A scenario profile and its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// The file.
    pub file: String,
    /// The profile, checked.
    pub profile: Profile,
}

/// Word lists for decomposition, in the form of `config/lexicon/*.toml`; whoever reads them checks them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cues {
    /// The file.
    pub file: String,
    /// Its text.
    pub text: String,
}

#[derive(Deserialize)]
struct Version {
    schema: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[serde(rename = "schema")]
    _schema: u32,
    name: String,
    version: String,
    description: String,
    #[serde(default)]
    distortions: BTreeMap<String, Described>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    description: String,
}

impl Pack {
    /// Reads the pack in `folder`.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or is not what it should be.
    pub fn read(folder: &Path) -> Result<Self, PackError> {
        let mut texts = BTreeMap::new();
        for path in toml_files(folder)? {
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string().replace('\\', "/");
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
            texts.insert(name, text);
        }
        Self::from_texts(&folder.display().to_string(), &texts)
    }

    /// The pack whose files, by their path within `folder`, have these texts.
    ///
    /// # Errors
    ///
    /// When a file is not what it should be.
    pub fn from_texts(folder: &str, texts: &BTreeMap<String, String>) -> Result<Self, PackError> {
        let folder = folder.trim_end_matches('/');
        let file = |name: &str| format!("{folder}/{name}");
        let Some(manifest) = texts.get(MANIFEST) else {
            return Err(PackError::of_file(folder, format!("expected a pack with a {MANIFEST}, got none")));
        };
        let Manifest { name, version, description, distortions, .. } = read_manifest(&file(MANIFEST), manifest)?;
        let distortions = distortions.into_iter().map(|(name, told)| (name, told.description)).collect();
        let (mut scenarios, mut cues) = (Vec::new(), Vec::new());
        for (name, text) in texts.iter().filter(|(name, _)| *name != MANIFEST) {
            let file = file(name);
            match name.split_once('/') {
                Some(("scenarios", _)) => {
                    let profile = read_scenario(&file, text, &distortions)?;
                    scenarios.push(Scenario { file, profile });
                }
                Some(("cues", _)) => cues.push(Cues { file, text: text.clone() }),
                _ => {
                    let message = format!("expected {MANIFEST}, scenarios/*.toml and cues/*.toml, got {name}");
                    return Err(PackError::of_file(file, message));
                }
            }
        }
        if scenarios.is_empty() && cues.is_empty() {
            return Err(PackError::of_file(folder, "expected scenarios/*.toml or cues/*.toml, got neither"));
        }
        Ok(Self { folder: folder.to_owned(), name, version, description, distortions, scenarios, cues })
    }
}

/// Reads one scenario profile that stands in `file`.
///
/// # Errors
///
/// When the text is no profile; the error names the line.
pub fn read_profile(file: &str, text: &str) -> Result<Profile, PackError> {
    let document = Document::parse(file, text)?;
    let profile: Profile = document.read()?;
    profile.check().map_err(|why| document.wrong(why))?;
    Ok(profile)
}

fn read_scenario(file: &str, text: &str, distortions: &BTreeMap<String, String>) -> Result<Profile, PackError> {
    let mut profile = read_profile(file, text)?;
    if let Some(name) = profile.other_impacts.keys().find(|name| !distortions.contains_key(*name)) {
        let known = if distortions.is_empty() {
            "the pack declares none".to_owned()
        } else {
            let names: Vec<&str> = distortions.keys().map(String::as_str).collect();
            format!("the pack declares {}", names.join(", "))
        };
        let message = format!(
            "other_impacts.{name}: expected a distortion type that {MANIFEST} declares under [distortions.NAME], got \
             '{name}'; {known}"
        );
        return Err(Document::parse(file, text)?.wrong(message));
    }
    profile.revision = profile.revision.max(1);
    Ok(profile)
}

fn read_manifest(file: &str, text: &str) -> Result<Manifest, PackError> {
    let document = Document::parse(file, text)?;
    // Another schema may have other keys: what matters then is that it is another.
    let Version { schema } = document.read()?;
    if schema != SCHEMA {
        return Err(
            document.wrong(format!("schema: expected {SCHEMA}, which is all that this version reads, got {schema}"))
        );
    }
    let manifest: Manifest = document.read()?;
    check(&manifest).map_err(|why| document.wrong(why))?;
    Ok(manifest)
}

fn check(Manifest { name, version, description, distortions, .. }: &Manifest) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(format!("name: expected lower-case letters, digits and hyphens, got '{name}'"));
    }
    if version.trim().is_empty() || version.chars().count() > LONGEST_VERSION {
        return Err(format!("version: expected 1 to {LONGEST_VERSION} characters, such as 1.0.0, got '{version}'"));
    }
    if description.trim().is_empty() {
        return Err("description: expected a sentence for people, got nothing".into());
    }
    distortions.iter().try_for_each(|(name, told)| match DistortionKind::from_name(name) {
        Err(why) => Err(format!("distortions: {why}")),
        Ok(DistortionKind::Known(_)) => {
            Err(format!("distortions.{name}: expected a type beyond the twelve, got one of them; leave it out"))
        }
        Ok(DistortionKind::Other(_)) if told.description.trim().is_empty() => {
            Err(format!("distortions.{name}.description: expected what can be seen of it, got nothing"))
        }
        Ok(DistortionKind::Other(_)) => Ok(()),
    })
}

/// The TOML files in `folder` and in the folders in it.
fn toml_files(folder: &Path) -> Result<Vec<std::path::PathBuf>, PackError> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for path in entries(folder)? {
        if path.is_dir() { folders.push(path) } else { files.push(path) }
    }
    for folder in folders {
        files.extend(entries(&folder)?);
    }
    let shown = |path: &Path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    files.retain(|path| shown(path) && path.extension().is_some_and(|extension| extension == "toml"));
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, PackError> {
    let failed = |error| unreadable(folder, &error);
    fs::read_dir(folder).map_err(failed)?.map(|entry| Ok(entry.map_err(failed)?.path())).collect()
}

fn unreadable(path: &Path, error: &std::io::Error) -> PackError {
    PackError::of_file(path.display().to_string(), format!("cannot be read: {error}"))
}
