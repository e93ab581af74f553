//! `cpaiqa packs`

use std::path::Path;

use packs::{Pack, Packs};

use crate::{
    args,
    error::CliError,
    fields::{lexicon, packs_in_use, structure, wrong_pack},
    output::{self, packs as shown},
    settings::Settings,
};

/// Lists the packs in use, or checks one.
pub fn run(settings: &Settings, command: args::Packs) -> Result<(), CliError> {
    match command {
        args::Packs::List => output::print(&shown::list(packs_in_use(&settings.packs)?.all())),
        args::Packs::Check { dir } => {
            let pack = check(settings, &dir)?;
            output::print(&shown::pack(&pack))
        }
    }
}

/// Reads the pack in `dir` beside those in use; one of its own name makes way for it.
fn check(settings: &Settings, dir: &Path) -> Result<Pack, CliError> {
    let pack = Pack::read(dir).map_err(wrong_pack)?;
    let others = packs_in_use(&settings.packs)?;
    let others = others.all().iter().filter(|other| other.name != pack.name).cloned();
    let together = Packs::new(others.chain([pack.clone()]).collect()).map_err(wrong_pack)?;
    lexicon(&together, settings.decomposition.limits)?;
    structure(&together)?;
    Ok(pack)
}
