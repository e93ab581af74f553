//! A file on its way into the store: `<file>.part`, hashed while it is written, renamed when it is right.
//!
//! Nobody ever sees a file under its final name that is incomplete or not what the manifest says.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::progress::Step;
use super::state::{Target, beside, hex};

/// Why a file was not put in place.
#[derive(Debug, thiserror::Error)]
pub enum PartError {
    /// The content is not the manifest's. Nothing of it is kept.
    #[error(
        "{name} from {origin} has the wrong checksum: expected sha256 {expected}, got {got}; \
         nothing was kept. Pull again; if it stays, the source has changed: do not use it, and check the manifest"
    )]
    Checksum {
        /// The file's name in the manifest.
        name: String,
        /// Where it came from.
        origin: String,
        /// The manifest's sha256.
        expected: String,
        /// What came.
        got: String,
    },
    /// More or fewer bytes than the manifest says. Nothing of it is kept.
    #[error(
        "{name} from {origin} has the wrong size: expected {expected} bytes, got {got}; \
         nothing was kept. If this stays, the source has changed: check the manifest"
    )]
    Size {
        /// The file's name in the manifest.
        name: String,
        /// Where it came from.
        origin: String,
        /// The manifest's size.
        expected: u64,
        /// What came; where more came, `more` or the announced size.
        got: String,
    },
    /// The source broke off.
    #[error("{name} cannot be read from {origin}: {source}")]
    Read {
        /// The file's name in the manifest.
        name: String,
        /// Where it comes from.
        origin: String,
        /// What the system said.
        source: io::Error,
    },
    /// The store's disk refused.
    #[error("cannot write {path}: {source}; see that the folder is writable and the disk not full")]
    Write {
        /// The file being written.
        path: String,
        /// What the system said.
        source: io::Error,
    },
}

impl PartError {
    /// Whether the store, not the source, was at fault, so that what was fetched is still good.
    pub(super) fn is_ours(&self) -> bool {
        matches!(self, Self::Write { .. })
    }
}

/// The `.part` file of one target, open for writing.
pub(super) struct Part {
    target: Target,
    path: PathBuf,
    file: fs::File,
    hasher: Sha256,
    written: u64,
}

impl Part {
    /// Begins anew.
    pub(super) fn create(target: Target) -> Result<Self, PartError> {
        let part = Self::open(target)?;
        part.file.set_len(0).map_err(|error| write_error(&part.path, error))?;
        Ok(part)
    }

    /// Continues what an interrupted pull left, having hashed it.
    pub(super) fn resume(target: Target) -> Result<Self, PartError> {
        let mut part = Self::open(target)?;
        let mut buffer = vec![0; 256 * 1024];
        loop {
            match part.file.read(&mut buffer).map_err(|error| write_error(&part.path, error))? {
                0 => return Ok(part),
                read => {
                    part.hasher.update(&buffer[..read]);
                    part.written += read as u64;
                }
            }
        }
    }

    fn open(target: Target) -> Result<Self, PartError> {
        let path = part_path(&target.path);
        let open = || {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::File::options().read(true).write(true).create(true).truncate(false).open(&path)
        };
        let file = open().map_err(|error| write_error(&path, error))?;
        Ok(Self { target, path, file, hasher: Sha256::new(), written: 0 })
    }

    /// Appends a piece. A piece that goes beyond the manifest's size is refused before it is written.
    pub(super) fn write(&mut self, piece: &[u8]) -> Result<(), PartError> {
        if self.written + piece.len() as u64 > self.target.file.size {
            self.discard();
            return Err(size_error(&self.target, "more".to_owned()));
        }
        self.file.write_all(piece).map_err(|error| write_error(&self.path, error))?;
        self.hasher.update(piece);
        self.written += piece.len() as u64;
        Ok(())
    }

    /// Compares, and either puts the file in place or deletes it.
    pub(super) fn finish(self) -> Result<(), PartError> {
        if self.written != self.target.file.size {
            self.discard();
            return Err(size_error(&self.target, self.written.to_string()));
        }
        let got = hex(&self.hasher.clone().finalize());
        if got != self.target.file.sha256 {
            self.discard();
            let file = &self.target.file;
            let (name, origin) = (file.name.clone(), file.source.to_string());
            return Err(PartError::Checksum { name, origin, expected: file.sha256.clone(), got });
        }
        let place = || {
            // The content must be on the disk before the name is, or a power cut could leave the name alone.
            self.file.sync_all()?;
            fs::rename(&self.path, &self.target.path)?;
            self.target.mark_verified()
        };
        place().map_err(|error| write_error(&self.target.path, error))
    }

    fn discard(&self) {
        // What cannot be deleted is overwritten by the next pull.
        fs::remove_file(&self.path).ok();
    }
}

/// Copies one file into the store from anything that can be read.
pub(super) fn copy(mut from: impl Read, target: &Target, step: &Step<'_>) -> Result<(), PartError> {
    let mut part = Part::create(target.clone())?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return part.finish(),
            Ok(read) => {
                part.write(&buffer[..read])?;
                step.advance(read as u64);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => {
                part.discard();
                let (name, origin) = (target.file.name.clone(), target.file.source.to_string());
                return Err(PartError::Read { name, origin, source });
            }
        }
    }
}

/// Where a target is written until it is complete.
pub(super) fn part_path(path: &Path) -> PathBuf {
    beside(path, ".part")
}

pub(super) fn size_error(target: &Target, got: String) -> PartError {
    let (name, origin) = (target.file.name.clone(), target.file.source.to_string());
    PartError::Size { name, origin, expected: target.file.size, got }
}

fn write_error(path: &Path, source: io::Error) -> PartError {
    PartError::Write { path: path.display().to_string(), source }
}
