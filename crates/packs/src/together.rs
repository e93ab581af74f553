//! Several packs in use together.

use std::collections::BTreeMap;

use domain::scenario::Profile;

use crate::{
    error::PackError,
    pack::{Cues, Pack},
};

/// Packs of which no two have a name in common, nor two scenarios.
#[derive(Clone, Debug, Default)]
pub struct Packs(Vec<Pack>);

impl Packs {
    /// `packs`, together.
    ///
    /// # Errors
    ///
    /// When a pack's or a scenario's name is there twice; the error names both files.
    pub fn new(packs: Vec<Pack>) -> Result<Self, PackError> {
        let (mut names, mut scenarios) = (BTreeMap::new(), BTreeMap::new());
        let twice = |file: &str, what: &str, name: &str, other: &str| {
            let message = format!("{what} '{name}' is there twice, here and in {other}; give one of them another name");
            PackError::of_file(file, message)
        };
        for pack in &packs {
            if let Some(other) = names.insert(&pack.name, &pack.folder) {
                return Err(twice(&pack.folder, "pack", &pack.name, other));
            }
            for scenario in &pack.scenarios {
                if let Some(other) = scenarios.insert(&scenario.profile.name, &scenario.file) {
                    return Err(twice(&scenario.file, "scenario", &scenario.profile.name, other));
                }
            }
        }
        Ok(Self(packs))
    }

    /// The packs, in the order given.
    pub fn all(&self) -> &[Pack] {
        &self.0
    }

    /// All their scenario profiles, by name.
    pub fn profiles(&self) -> Vec<Profile> {
        let scenarios = self.0.iter().flat_map(|pack| &pack.scenarios);
        let mut profiles: Vec<Profile> = scenarios.map(|scenario| scenario.profile.clone()).collect();
        profiles.sort_by(|a, b| a.name.cmp(&b.name));
        profiles
    }

    /// All their word lists, as (file, text).
    pub fn cues(&self) -> impl Iterator<Item = (&str, &str)> {
        let cues = self.0.iter().flat_map(|pack| &pack.cues);
        cues.map(|Cues { file, text }| (file.as_str(), text.as_str()))
    }
}
