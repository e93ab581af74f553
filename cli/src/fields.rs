//! What is known of fields: the packs in use, and the lexicon with their words.

use decomposition::{Lexicon, Limits, Structure};
use include_dir::File;
use packs::{Pack, PackError, Packs};

use crate::{
    defaults::{LEXICON, PACKS, SYNTAX},
    error::CliError,
    settings::PackSettings,
};

/// The packs in use: those of the binary that the settings name, and those in the settings' folders.
pub fn packs_in_use(settings: &PackSettings) -> Result<Packs, CliError> {
    let mut packs = Vec::new();
    for name in &settings.built_in {
        packs.push(built_in_pack(name)?);
    }
    for folder in &settings.folders {
        packs.push(Pack::read(folder).map_err(wrong_pack)?);
    }
    Packs::new(packs).map_err(wrong_pack)
}

/// A pack's author is to mend it.
pub fn wrong_pack(error: PackError) -> CliError {
    CliError::Usage(error.to_string())
}

fn built_in_pack(name: &str) -> Result<Pack, CliError> {
    let Some(folder) = PACKS.get_dir(name) else {
        let names: Vec<String> = PACKS.dirs().map(|folder| folder.path().display().to_string()).collect();
        return Err(CliError::Usage(format!("packs.built_in: expected some of {}, got '{name}'", names.join(", "))));
    };
    let inside = folder.files().chain(folder.dirs().flat_map(|folder| folder.files()));
    let text = |file: &File| {
        let path = file.path().strip_prefix(folder.path()).ok()?.to_str()?.to_owned();
        Some((path, file.contents_utf8()?.to_owned()))
    };
    let texts = inside.filter_map(text).filter(|(path, _)| path.ends_with(".toml")).collect();
    Pack::from_texts(&format!("config/packs/{name}"), &texts).map_err(CliError::part)
}

/// The built-in lexicon with the words of `packs`.
pub fn lexicon(packs: &Packs, limits: Limits) -> Result<Lexicon, CliError> {
    Lexicon::parse(&word_lists(packs), SYNTAX, limits).map_err(|error| CliError::Usage(error.to_string()))
}

/// What the lexicon's word lists and those of `packs` say of numbers and places.
pub fn structure(packs: &Packs) -> Result<Structure, CliError> {
    Structure::parse(&word_lists(packs)).map_err(CliError::Usage)
}

/// The built-in word lists and those of `packs`.
fn word_lists(packs: &Packs) -> Vec<(&str, &str)> {
    LEXICON.into_iter().chain(packs.cues()).collect()
}
