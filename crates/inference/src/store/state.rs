//! Is this file what the manifest says?
//!
//! Hashing 180 MB at every start would cost a second, so a file that was hashed once gets a marker beside it
//! (`<file>.ok`: checksum, size and time of last change). As long as the marker fits, the file is trusted; a marker that
//! does not fit only means that the file is hashed again.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::{Digest, Sha256};

use super::manifest::File;
use super::progress::Step;

/// A file of the manifest and its place in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) file: File,
    pub(super) path: PathBuf,
}

/// How a file of the manifest stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There, and hashed since it last changed.
    Present,
    /// Not there.
    Missing,
    /// There with the right size, but not hashed since it last changed.
    Unverified,
    /// There, and not what the manifest says; the next pull replaces it.
    Corrupt(Fault),
    /// The manifest has no entry of that name for this platform.
    Unsupported {
        /// The platform that was looked for.
        platform: String,
    },
}

/// How a file differs from its entry in the manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Wrong number of bytes.
    Size {
        /// The manifest's.
        expected: u64,
        /// The file's.
        got: u64,
    },
    /// Right number of bytes, wrong content.
    Checksum {
        /// The manifest's sha256.
        expected: String,
        /// The file's sha256.
        got: String,
    },
    /// The system would not let it be read.
    Unreadable(String),
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("present"),
            Self::Missing => f.write_str("missing"),
            Self::Unverified => f.write_str("not verified since it changed"),
            Self::Corrupt(fault) => write!(f, "corrupt: {fault}"),
            Self::Unsupported { platform } => write!(f, "not available for {platform}"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size { expected, got } => write!(f, "expected {expected} bytes, got {got}"),
            Self::Checksum { expected, got } => write!(f, "expected sha256 {expected}, got {got}"),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
        }
    }
}

impl Target {
    /// What can be told without reading the file.
    pub(super) fn glance(&self) -> State {
        let metadata = match fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return State::Missing,
            Err(error) => return State::Corrupt(Fault::Unreadable(error.to_string())),
        };
        if metadata.len() != self.file.size {
            return State::Corrupt(Fault::Size { expected: self.file.size, got: metadata.len() });
        }
        match fs::read_to_string(marker_path(&self.path)) {
            Ok(marker) if marker == self.marker(&metadata) => State::Present,
            _ => State::Unverified,
        }
    }

    /// Hashes the file, whatever its marker says, and writes or removes the marker by the outcome.
    pub(super) fn hash(&self, step: &Step<'_>) -> State {
        let state = match self.glance() {
            State::Present | State::Unverified => {
                self.read_and_compare(step).unwrap_or_else(|error| State::Corrupt(Fault::Unreadable(error.to_string())))
            }
            other => other,
        };
        if state != State::Present {
            // Failing to remove a marker that is not there, or in a store that is read-only, changes no answer.
            fs::remove_file(marker_path(&self.path)).ok();
        }
        state
    }

    fn read_and_compare(&self, step: &Step<'_>) -> io::Result<State> {
        let mut file = fs::File::open(&self.path)?;
        // Taken before reading: a change while we read makes the marker stale, not wrong.
        let marker = self.marker(&file.metadata()?);
        let got = sha256(&mut file, step)?;
        if got != self.file.sha256 {
            return Ok(State::Corrupt(Fault::Checksum { expected: self.file.sha256.clone(), got }));
        }
        if let Err(error) = fs::write(marker_path(&self.path), marker) {
            // A store in a read-only image still works; it is hashed at every start.
            tracing::debug!(path = %self.path.display(), %error, "cannot note that the file was verified");
        }
        Ok(State::Present)
    }

    /// Whole seconds, since container layers and many file systems keep no finer time.
    fn marker(&self, metadata: &fs::Metadata) -> String {
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        format!("{} {} {}\n", self.file.sha256, metadata.len(), changed.map_or(0, |time| time.as_secs()))
    }

    /// Notes that the file now in place was hashed while it was written.
    pub(super) fn mark_verified(&self) -> io::Result<()> {
        fs::write(marker_path(&self.path), self.marker(&fs::metadata(&self.path)?))
    }
}

fn marker_path(path: &Path) -> PathBuf {
    beside(path, ".ok")
}

/// The path with something appended to its file name.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn sha256(reader: &mut impl Read, step: &Step<'_>) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(hex(&hasher.finalize())),
            read => {
                hasher.update(&buffer[..read]);
                step.advance(read as u64);
            }
        }
    }
}

pub(super) fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
