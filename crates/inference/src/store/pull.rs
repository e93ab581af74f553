//! How what is missing gets into the store.
//!
//! Everything is written under a lock on the store, so two processes that start at once fetch once: the second waits,
//! looks again and finds the work done. Packages are staged below `<root>/staging` and leave it when all their files are
//! in place, so a pull that was interrupted continues with what had arrived.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::download::download;
use super::extract::{ExtractError, extract};
use super::lock::Lock;
use super::manifest::Source;
use super::package::{Package, remove_folder};
use super::part;
use super::progress::{Progress, Step};
use super::state::{State, Target};
use super::{Store, StoreError};
use crate::graph;

impl Store {
    /// Brings the named files into the store: fetches what is missing and replaces what is corrupt.
    ///
    /// Files that are there and verified are left alone. Safe to call from several tasks and processes at once, and to
    /// call again after an interruption.
    pub async fn pull(&self, names: &[&str], progress: &Arc<dyn Progress>) -> Result<(), StoreError> {
        let mut wanted = lacking(self.targets(names)?, progress).await?;
        if wanted.is_empty() {
            return Ok(());
        }
        wanted.extend(lacking(self.origins(&wanted)?, progress).await?);
        self.refuse_if_offline(&wanted)?;
        let lock = Lock::take(self.root.clone()).await?;
        // Whoever held the lock before us may have fetched the same files.
        let mut packages: Vec<(Package, Vec<Target>)> = Vec::new();
        let mut derived = Vec::new();
        for target in lacking(wanted, progress).await? {
            match (Package::of(&target.file.source), &target.file.source) {
                (Some(package), _) => match packages.iter_mut().find(|(known, _)| *known == package) {
                    Some((_, targets)) => targets.push(target),
                    None => packages.push((package, vec![target])),
                },
                (None, Source::Url { url }) => download(&target, url, &lock, progress.as_ref()).await?,
                (None, Source::Derived { .. }) => derived.push(target),
                (None, _) => self.unpack_shipped(target, &lock, progress).await?,
            }
        }
        for (package, targets) in packages {
            self.pull_package(&package, targets, &lock, progress).await?;
        }
        for target in derived {
            self.derive(target, &lock, progress).await?;
        }
        Ok(())
    }

    /// What the derived ones among `targets` are made from, where `targets` has it not.
    fn origins(&self, targets: &[Target]) -> Result<Vec<Target>, StoreError> {
        let mut origins: Vec<Target> = Vec::new();
        for target in targets {
            if let Source::Derived { from, .. } = &target.file.source {
                let origin = self.target(self.file(from)?);
                if !targets.contains(&origin) && !origins.contains(&origin) {
                    origins.push(origin);
                }
            }
        }
        Ok(origins)
    }

    /// Writes a graph made from another file, which is in place.
    async fn derive(&self, target: Target, lock: &Lock, progress: &Arc<dyn Progress>) -> Result<(), StoreError> {
        let Source::Derived { from, changes, .. } = target.file.source.clone() else { return Ok(()) };
        let origin = self.target(self.file(&from)?).path;
        let (reporter, lock) = (progress.clone(), lock.clone());
        let written = spawn_blocking(move || {
            let _held = lock;
            let step = Step::start(reporter.as_ref(), &format!("making {}", target.file.name), Some(target.file.size));
            let bytes = fs::read(&origin).map_err(|error| StoreError::folder(&origin, error))?;
            let made = graph::apply(&bytes, &changes).map_err(|source| StoreError::Change {
                name: target.file.name.clone(),
                from,
                source,
            })?;
            Ok(part::copy(made.as_slice(), &target, &step)?)
        });
        written.await.map_err(|_| StoreError::Stopped)?
    }

    async fn pull_package(
        &self,
        package: &Package,
        targets: Vec<Target>,
        lock: &Lock,
        progress: &Arc<dyn Progress>,
    ) -> Result<(), StoreError> {
        let staging = self.root.join("staging").join(package.folder());
        let archive = package.fetch(&staging, progress.as_ref()).await?;
        let (reporter, lock) = (progress.clone(), lock.clone());
        let extracted = spawn_blocking(move || {
            let _held = lock;
            targets.iter().try_for_each(|target| extract(&archive, target, reporter.as_ref()))
        });
        let result = extracted.await.map_err(|_| StoreError::Stopped)?;
        // An archive with a wrong file in it must be fetched anew; one we had no room to unpack is still good.
        let keep = matches!(&result, Err(ExtractError::Part(error)) if error.is_ours());
        if !keep {
            remove_folder(&staging).await.map_err(|source| StoreError::folder(&staging, source))?;
        }
        Ok(result?)
    }

    /// Writes a file that came with the program. A folder given on purpose wins over what is built in.
    async fn unpack_shipped(
        &self,
        target: Target,
        lock: &Lock,
        progress: &Arc<dyn Progress>,
    ) -> Result<(), StoreError> {
        let Source::File { path } = target.file.source.clone() else { return Ok(()) };
        let in_folder = match &self.options.files_dir {
            _ if Path::new(&path).is_absolute() => Some(PathBuf::from(&path)),
            folder => folder.as_ref().map(|folder| folder.join(&path)),
        };
        let embedded = self.embedded.iter().find(|(key, _)| *key == path).map(|(_, bytes)| *bytes);
        let (reporter, lock) = (progress.clone(), lock.clone());
        let copied = spawn_blocking(move || {
            let _held = lock;
            let step =
                Step::start(reporter.as_ref(), &format!("unpacking {}", target.file.name), Some(target.file.size));
            let file = in_folder.as_ref().and_then(|path| fs::File::open(path).ok());
            match (file, embedded) {
                (Some(file), _) => Ok(part::copy(file, &target, &step)?),
                (None, Some(bytes)) => Ok(part::copy(bytes, &target, &step)?),
                (None, None) => Err(StoreError::NotShipped {
                    name: target.file.name.clone(),
                    path,
                    looked_in: in_folder.map_or_else(|| "no folder".to_owned(), |path| path.display().to_string()),
                }),
            }
        });
        copied.await.map_err(|_| StoreError::Stopped)?
    }

    fn refuse_if_offline(&self, lacking: &[Target]) -> Result<(), StoreError> {
        let remote = |target: &&Target| !matches!(target.file.source, Source::File { .. } | Source::Derived { .. });
        let missing: Vec<&str> = lacking.iter().filter(remote).map(|target| target.file.name.as_str()).collect();
        if self.options.offline && !missing.is_empty() {
            return Err(StoreError::Offline { missing: missing.join(", "), root: self.root.display().to_string() });
        }
        Ok(())
    }
}

/// The targets that are not in place; one without a fitting marker is hashed to know.
async fn lacking(targets: Vec<Target>, progress: &Arc<dyn Progress>) -> Result<Vec<Target>, StoreError> {
    let reporter = progress.clone();
    let lacks = move |target: &Target| match target.glance() {
        State::Unverified => target.hash(&check_step(reporter.as_ref(), target)) != State::Present,
        state => state != State::Present,
    };
    let sift = move || targets.into_iter().filter(lacks).collect();
    spawn_blocking(sift).await.map_err(|_| StoreError::Stopped)
}

/// The step of hashing one target.
pub(super) fn check_step<'a>(progress: &'a dyn Progress, target: &Target) -> Step<'a> {
    Step::start(progress, &format!("checking {}", target.file.name), Some(target.file.size))
}
