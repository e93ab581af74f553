//! `cpaiqa scenarios`

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::{
    ownership::{Change, Revision},
    roles::{Answer, Call, ScenarioKeeper, ScenarioScorer},
    scenario::Profile,
};
use packs::read_profile;
use scenario::ScenarioLibrary;

use crate::{
    args::{ChangeArgs, Scenarios},
    error::CliError,
    fields::wrong_pack,
    output::{self, scenarios as shown},
    parts::Parts,
    scorer::{Remote, remote_at},
    settings::Settings,
};

/// Lists, shows, changes or exchanges scenarios.
pub async fn run(settings: Settings, command: Scenarios) -> Result<(), CliError> {
    match command {
        Scenarios::List { at } => output::print(&shown::list(&Shelf::at(settings, at.endpoint)?.list().await?)),
        Scenarios::Show { name, revision, at } => {
            let history = Shelf::at(settings, at.endpoint)?.history(&name).await?;
            output::print(&to_toml(&chosen(history, &name, revision)?.profile)?)
        }
        Scenarios::History { name, at } => {
            output::print(&shown::history(&Shelf::at(settings, at.endpoint)?.history(&name).await?))
        }
        Scenarios::Diff { name, from, to, at } => {
            let history = Shelf::at(settings, at.endpoint)?.history(&name).await?;
            let later = chosen(history.clone(), &name, to)?;
            let before = later.profile.revision.saturating_sub(1);
            let earlier = chosen(history, &name, Some(from.unwrap_or(before)))?;
            output::print(&shown::diff(&earlier, &later, &to_toml(&earlier.profile)?, &to_toml(&later.profile)?))
        }
        Scenarios::Import { paths, change, based_on, at } => {
            let shelf = Shelf::at(settings, at.endpoint)?;
            import(&shelf, &paths, change.with(based_on)).await
        }
        Scenarios::Export { out, names, at } => {
            let all = Shelf::at(settings, at.endpoint)?.list().await?;
            export(&out, all, &names)
        }
        Scenarios::Rollback { name, to, change, at } => {
            let shelf = Shelf::at(settings, at.endpoint)?;
            let revision = shelf.keeper.roll_back(Call::default(), &shelf.tenant, &name, to, change.with(None)).await?;
            output::print(&format!("{name} is at revision {}, as revision {to} was\n", revision.profile.revision))
        }
    }
}

impl ChangeArgs {
    /// The change that the arguments describe.
    pub fn with(self, based_on: Option<u32>) -> Change {
        Change { author: self.author, comment: self.comment, based_on }
    }
}

/// One tenant's scenarios, wherever they are kept.
struct Shelf {
    keeper: Arc<dyn ScenarioKeeper>,
    tenant: String,
    list: List,
}

enum List {
    Here(Arc<ScenarioLibrary>),
    There(Box<Remote>),
}

impl Shelf {
    fn at(settings: Settings, endpoint: Option<String>) -> Result<Self, CliError> {
        let tenant = settings.gateway.tenant.clone();
        let Some(endpoint) = endpoint else {
            let library = Parts::new(settings)?.library()?;
            return Ok(Self { keeper: library.clone(), tenant, list: List::Here(library) });
        };
        Ok(Self {
            keeper: Arc::new(remote_at(&settings, &endpoint)?),
            tenant,
            list: List::There(Box::new(Remote::new(&settings, &endpoint)?)),
        })
    }

    async fn list(&self) -> Answer<Vec<Profile>> {
        match &self.list {
            List::Here(library) => library.list(Call::default(), &self.tenant).await,
            List::There(remote) => remote.scenarios().await,
        }
    }

    async fn history(&self, name: &str) -> Answer<Vec<Revision>> {
        self.keeper.history(Call::default(), &self.tenant, name).await
    }
}

/// One revision of a scenario's history: the newest when none is named.
fn chosen(history: Vec<Revision>, name: &str, revision: Option<u32>) -> Result<Revision, CliError> {
    let numbers: Vec<String> = history.iter().map(|one| one.profile.revision.to_string()).collect();
    let found = history.into_iter().rev().find(|one| revision.is_none_or(|wanted| one.profile.revision == wanted));
    found.ok_or_else(|| {
        let wanted = revision.unwrap_or(0);
        CliError::Usage(format!("{name} has no revision {wanted}; expected one of {}", numbers.join(", ")))
    })
}

/// The profile as a file that leaves revisions to the store.
fn to_toml(profile: &Profile) -> Result<String, CliError> {
    let text = toml::to_string(&Profile { revision: 0, ..profile.clone() }).map_err(CliError::part)?;
    Ok(format!("{}\n", text.trim_end()))
}

fn export(out: &Path, all: Vec<Profile>, names: &[String]) -> Result<(), CliError> {
    if let Some(unknown) = names.iter().find(|name| !all.iter().any(|profile| profile.name == **name)) {
        let known: Vec<&str> = all.iter().map(|profile| profile.name.as_str()).collect();
        return Err(CliError::Usage(format!("no scenario '{unknown}'; expected one of {}", known.join(", "))));
    }
    std::fs::create_dir_all(out).map_err(|error| CliError::io("creating", out, error))?;
    for profile in all.iter().filter(|profile| names.is_empty() || names.contains(&profile.name)) {
        let path = out.join(format!("{}.toml", profile.name));
        std::fs::write(&path, to_toml(profile)?).map_err(|error| CliError::io("writing", &path, error))?;
        output::print(&format!("{}\n", path.display()))?;
    }
    Ok(())
}

/// Reads all files first, so that a broken one changes nothing.
async fn import(shelf: &Shelf, paths: &[PathBuf], change: Change) -> Result<(), CliError> {
    let mut profiles: Vec<Profile> = Vec::new();
    for path in files(paths)? {
        let text = std::fs::read_to_string(&path).map_err(|error| CliError::io("reading", &path, error))?;
        let profile = read_profile(&path.display().to_string(), &text).map_err(wrong_pack)?;
        if profiles.iter().any(|other| other.name == profile.name) {
            return Err(CliError::Usage(format!("{}: scenario '{}' is there twice", path.display(), profile.name)));
        }
        profiles.push(profile);
    }
    if change.based_on.is_some() && profiles.len() != 1 {
        return Err(CliError::Usage(format!("--based-on goes with one file, got {}", profiles.len())));
    }
    let known = shelf.list().await?;
    for profile in profiles {
        let today = known.iter().find(|other| other.name == profile.name);
        let same = |other: &&Profile| Profile { revision: other.revision, ..profile.clone() } == **other;
        if let Some(today) = today.filter(same) {
            output::print(&format!("{}: unchanged, revision {}\n", profile.name, today.revision))?;
            continue;
        }
        let revised = shelf.keeper.revise(Call::default(), &shelf.tenant, profile, change.clone()).await?;
        output::print(&format!("{}: revision {}\n", revised.profile.name, revised.profile.revision))?;
    }
    Ok(())
}

/// The files themselves, and the TOML files of folders, sorted.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CliError> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = |error| CliError::io("reading the folder", path, error);
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path).map_err(failed)? {
            let entry = entry.map_err(failed)?.path();
            if entry.extension().is_some_and(|extension| extension == "toml") {
                found.push(entry);
            }
        }
        if found.is_empty() {
            return Err(CliError::Usage(format!("{}: expected a folder with .toml files, got none", path.display())));
        }
        found.sort();
        files.extend(found);
    }
    Ok(files)
}
