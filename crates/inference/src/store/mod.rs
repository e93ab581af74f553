//! The model store: every file the models need, listed in a manifest, verified, kept below one folder.
//!
//! ```text
//! <root>/<name>/<first 16 digits of the sha256>/<file>        a file, in place and complete
//!                                               <file>.ok     noted after hashing: need not be hashed again
//!                                               <file>.part   on its way
//! <root>/staging/<package>/                                   packages whose files are not all in place
//! <root>/.lock                                                held while anything is written
//! ```
//!
//! The checksum in the path lets two versions of the program share a store without replacing each other's files.

mod download;
mod extract;
mod lock;
mod manifest;
mod package;
mod part;
mod progress;
mod pull;
mod state;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;

pub use download::DownloadError;
pub use extract::ExtractError;
pub use manifest::{File, Manifest, ManifestError, Profile, Role, Source, running_platform};
pub use package::ClientError;
pub use part::PartError;
pub use progress::{Progress, Silent};
pub use state::{Fault, State};

use crate::graph::GraphError;
use pull::check_step;
use state::Target;

/// How a store behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// Never fetch; a file that is missing is an error.
    pub offline: bool,
    /// Where [`Source::File`] entries are looked for before the embedded files.
    pub files_dir: Option<PathBuf>,
    /// Whose entries are chosen; another platform's to fill a store for another machine.
    pub platform: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { offline: false, files_dir: None, platform: running_platform() }
    }
}

/// Files compiled into the program: the path of a [`Source::File`] entry, and the bytes.
pub type Embedded = &'static [(&'static str, &'static [u8])];

/// The files of one manifest below one folder.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    manifest: Manifest,
    options: Options,
    embedded: Embedded,
}

/// A name of the manifest and how its file stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What the manifest says.
    pub file: File,
    /// Where the file is, or will be.
    pub path: PathBuf,
    /// How it stands.
    pub state: State,
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The manifest has no such name.
    #[error("the models manifest has no file named {name}; it has: {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The manifest has the name, for other platforms only.
    #[error("{name} is not available for {platform}; the models manifest has it for: {available}")]
    Unsupported {
        /// What was asked for.
        name: String,
        /// The store's platform.
        platform: String,
        /// The manifest's platforms for it.
        available: String,
    },
    /// The file is not in place.
    #[error("{name} is {state} at {path}; run `cpaiqa models pull`")]
    NotReady {
        /// What was asked for.
        name: String,
        /// How it stands.
        state: State,
        /// Where it should be.
        path: String,
    },
    /// Files are missing and nothing may be fetched.
    #[error("offline, and not in the store at {root}: {missing}; run `cpaiqa models pull` where there is a network")]
    Offline {
        /// The names, separated by commas.
        missing: String,
        /// The store.
        root: String,
    },
    /// A shipped file is neither in the folder nor in the program.
    #[error("{name}: {path} is not built into this program, and is not there either: {looked_in}")]
    NotShipped {
        /// The file's name in the manifest.
        name: String,
        /// The manifest's path.
        path: String,
        /// The path that was tried.
        looked_in: String,
    },
    /// The system knows no cache folder for this user.
    #[error("this user has no cache folder; set CPAIQA_MODELS to the folder that shall hold the models")]
    NoCacheFolder,
    /// The store's folder cannot be used.
    #[error("cannot use the store at {folder}: {source}; see that the folder is writable")]
    Folder {
        /// Where.
        folder: String,
        /// What the system said.
        source: io::Error,
    },
    /// A package client failed.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A file was not found in its package, or refused.
    #[error(transparent)]
    Extract(#[from] ExtractError),
    /// A download failed.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// A shipped file was refused.
    #[error(transparent)]
    Part(#[from] PartError),
    /// A graph cannot be changed as the manifest says.
    #[error("{name} cannot be made from {from}: {source}")]
    Change {
        /// The file's name in the manifest.
        name: String,
        /// What it is made from.
        from: String,
        /// What is in the way.
        source: GraphError,
    },
    /// A worker thread ended early: the program is shutting down.
    #[error("the work on the store was stopped before it was done; pull again")]
    Stopped,
}

impl StoreError {
    fn folder(folder: &Path, source: io::Error) -> Self {
        Self::Folder { folder: folder.display().to_string(), source }
    }
}

impl Store {
    /// A store at a folder, which need not exist yet; nothing is read or written until something is asked for.
    pub fn open(root: PathBuf, manifest: Manifest, options: Options) -> Self {
        // The package clients run in a folder of their own, where a relative path would mean another place.
        let root = std::path::absolute(&root).unwrap_or(root);
        Self { root, manifest, options, embedded: &[] }
    }

    /// The same store, with files that are compiled into the program.
    #[must_use]
    pub fn with_embedded(self, embedded: Embedded) -> Self {
        Self { embedded, ..self }
    }

    /// `models` in this user's cache folder for this program.
    pub fn default_root() -> Result<PathBuf, StoreError> {
        let folders = directories::ProjectDirs::from("", "", "cpaiqa").ok_or(StoreError::NoCacheFolder)?;
        Ok(folders.cache_dir().join("models"))
    }

    /// The folder everything is kept in.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The names of a profile, for [`pull`](Self::pull).
    pub fn names(&self, profile: Profile) -> Vec<&str> {
        self.manifest.names(profile)
    }

    /// What the manifest says of a name on the store's platform.
    pub fn file(&self, name: &str) -> Result<&File, StoreError> {
        let platform = &self.options.platform;
        if let Some(file) = self.manifest.find(name, platform) {
            return Ok(file);
        }
        let files = self.manifest.files().iter();
        let available: Vec<&str> =
            files.clone().filter(|file| file.name == name).filter_map(|file| file.platform.as_deref()).collect();
        if available.is_empty() {
            let mut known: Vec<&str> = files.map(|file| file.name.as_str()).collect();
            // A name has an entry a platform.
            known.dedup();
            return Err(StoreError::Unknown { name: name.to_owned(), known: known.join(", ") });
        }
        let (name, platform, available) = (name.to_owned(), platform.clone(), available.join(", "));
        Err(StoreError::Unsupported { name, platform, available })
    }

    /// Every name of the manifest once, and how it stands, without reading the files themselves.
    pub fn list(&self) -> Vec<Entry> {
        self.entries(Target::glance)
    }

    /// Hashes every file that is there, whatever was noted of it before, and says how each stands.
    pub async fn verify(&self, progress: &Arc<dyn Progress>) -> Result<Vec<Entry>, StoreError> {
        let (store, progress) = (self.clone(), progress.clone());
        let hash = move || store.entries(|target| target.hash(&check_step(progress.as_ref(), target)));
        spawn_blocking(hash).await.map_err(|_| StoreError::Stopped)
    }

    /// Where a file is, once it is known to be what the manifest says. Fetches nothing.
    pub async fn path(&self, name: &str) -> Result<PathBuf, StoreError> {
        let target = self.target(self.file(name)?);
        let settle = move || match target.glance() {
            State::Unverified => (target.hash(&check_step(&Silent, &target)), target),
            state => (state, target),
        };
        match spawn_blocking(settle).await.map_err(|_| StoreError::Stopped)? {
            (State::Present, target) => Ok(target.path),
            (state, target) => {
                Err(StoreError::NotReady { name: target.file.name, state, path: target.path.display().to_string() })
            }
        }
    }

    /// The paths of the named files, in that order, fetching what is missing. Quick when nothing is.
    pub async fn ensure(&self, names: &[&str], progress: &Arc<dyn Progress>) -> Result<Vec<PathBuf>, StoreError> {
        self.pull(names, progress).await?;
        Ok(self.targets(names)?.into_iter().map(|target| target.path).collect())
    }

    fn targets(&self, names: &[&str]) -> Result<Vec<Target>, StoreError> {
        names.iter().map(|name| Ok(self.target(self.file(name)?))).collect()
    }

    fn target(&self, file: &File) -> Target {
        let version = file.sha256.get(..16).unwrap_or(&file.sha256);
        let path = self.root.join(&file.name).join(version).join(file.source.file_name());
        Target { file: file.clone(), path }
    }

    /// One entry a name: this platform's file, or that of the first platform there is, marked as unsupported.
    fn entries(&self, state: impl Fn(&Target) -> State) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::new();
        for first in self.manifest.files() {
            if entries.iter().any(|entry| entry.file.name == first.name) {
                continue;
            }
            let found = self.manifest.find(&first.name, &self.options.platform);
            let target = self.target(found.unwrap_or(first));
            let state = match found {
                Some(_) => state(&target),
                None => State::Unsupported { platform: self.options.platform.clone() },
            };
            entries.push(Entry { file: target.file, path: target.path, state });
        }
        entries
    }
}
