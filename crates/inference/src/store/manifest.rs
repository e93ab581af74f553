//! Which files there are: `config/models.toml`, read and checked.
//!
//! A manifest decides what is written below the store's folder and what is handed to `npm` and `pip` on a command
//! line, so everything in it that could leave that folder or pass for an option is refused here, once.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Component, Path};

use serde::Deserialize;

use crate::graph::Change;

/// The platform this program was built for, as manifests name it: `linux-x86_64`, `macos-aarch64`, ….
pub fn running_platform() -> String {
    format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH)
}

/// Every file the product may need, in the manifest's order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    #[serde(rename = "file", default)]
    files: Vec<File>,
}

/// One file: what it is for, where it comes from and how to know it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// What code asks for. Several entries may share a name when each is for another platform.
    pub name: String,
    /// Who uses it.
    pub role: Role,
    /// The version that answers and logs report.
    pub version: String,
    /// Where it comes from.
    pub source: Source,
    /// 64 lower-case hexadecimal digits.
    pub sha256: String,
    /// Bytes, exactly.
    pub size: u64,
    /// SPDX expression, or a name where SPDX has none.
    pub licence: String,
    /// The platform it is for, `<os>-<architecture>`; absent: any.
    #[serde(default)]
    pub platform: Option<String>,
    /// The set of files it belongs to.
    #[serde(default)]
    pub profile: Profile,
    /// Tensor names, in the order in which the code passes them; empty for what is no graph.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// Tensor names, in the order in which the code reads them; empty for what is no graph.
    #[serde(default)]
    pub outputs: Vec<String>,
}

/// Who uses a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "each is the service of that name")]
pub enum Role {
    /// The library that runs every graph.
    Runtime,
    Alignment,
    Segmentation,
    Decomposition,
    Distortion,
    Scenario,
}

impl Role {
    /// The service of that name; `None` for the runtime, which every service with a model needs.
    pub const fn service(self) -> Option<domain::roles::Role> {
        use domain::roles::Role as Service;
        match self {
            Self::Runtime => None,
            Self::Alignment => Some(Service::Alignment),
            Self::Segmentation => Some(Service::Segmentation),
            Self::Decomposition => Some(Service::Decomposition),
            Self::Distortion => Some(Service::Distortion),
            Self::Scenario => Some(Service::Scenario),
        }
    }

    /// The role's name, as it stands in the manifest.
    pub fn name(self) -> &'static str {
        self.service().map_or("runtime", domain::roles::Role::name)
    }
}

/// A set of files that is fetched together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Everything arrives inside packages; no model hub is needed.
    #[default]
    Default,
    /// Larger models from a model hub.
    Hub,
}

impl Profile {
    /// The profile's name, as it stands in the manifest.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Hub => "hub",
        }
    }
}

/// Where a file comes from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Source {
    /// A file inside an npm package.
    Npm {
        /// `name` or `@scope/name`.
        package: String,
        /// One exact version.
        version: String,
        /// Inside the package, as its documentation writes it (without the archive's leading `package/`).
        path: String,
    },
    /// A file inside a wheel. A fixed Python and platform make every user fetch the same wheel, whatever runs pip.
    Pypi {
        /// The project's name.
        package: String,
        /// One exact version.
        version: String,
        /// Inside the wheel.
        path: String,
        /// The wheel's Python, `3.12` unless told.
        #[serde(default)]
        python: Option<String>,
        /// The wheel's platform tag, such as `manylinux_2_28_x86_64`; absent: pip's own, right for `any` wheels.
        #[serde(default)]
        platform: Option<String>,
    },
    /// An address.
    Url {
        /// `https://…`; its last segment names the file in the store.
        url: String,
    },
    /// A file that is shipped with the program, in [`Options::files_dir`](super::Options::files_dir) or embedded, or one
    /// of this machine's.
    File {
        /// Relative to that folder, and the key among the embedded files; or absolute.
        path: String,
    },
    /// A graph made from another file of the manifest.
    Derived {
        /// That file's name; its entry is not derived itself.
        from: String,
        /// What the result is called in the store.
        path: String,
        /// Done in this order.
        changes: Vec<Change>,
    },
}

impl Source {
    /// The file's own name: the last segment of its path or address.
    pub fn file_name(&self) -> &str {
        let path = match self {
            Self::Npm { path, .. } | Self::Pypi { path, .. } | Self::File { path } | Self::Derived { path, .. } => {
                path.as_str()
            }
            Self::Url { url } => {
                let address = url.split(['?', '#']).next().unwrap_or_default();
                address.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path)
            }
        };
        path.rsplit('/').next().unwrap_or_default()
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Npm { package, version, path } => write!(f, "npm {package}@{version}, {path}"),
            Self::Pypi { package, version, path, .. } => write!(f, "PyPI {package}=={version}, {path}"),
            Self::Url { url } => f.write_str(url),
            Self::File { path } if Path::new(path).is_absolute() => f.write_str(path),
            Self::File { path } => write!(f, "shipped file {path}"),
            Self::Derived { from, path, .. } => write!(f, "{from}, changed to {path}"),
        }
    }
}

/// Why a manifest is refused.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not TOML, a key that is not known, or a value of the wrong kind.
    #[error("the models manifest cannot be read: {0}")]
    Syntax(#[from] toml::de::Error),
    /// Two entries would both be chosen on one platform.
    #[error("the models manifest lists {name} twice for platform {platform}; keep one")]
    Duplicate {
        /// The name both carry.
        name: String,
        /// `any` where neither names one.
        platform: String,
    },
    /// A value that is not allowed.
    #[error("the models manifest's entry {name}: {key} is {got:?}; expected {expected}")]
    Value {
        /// The entry.
        name: String,
        /// Its key.
        key: &'static str,
        /// What stands there.
        got: String,
        /// What may stand there.
        expected: &'static str,
    },
}

impl Manifest {
    /// Reads and checks a manifest in TOML.
    pub fn parse(text: &str) -> Result<Self, ManifestError> {
        let manifest: Self = toml::from_str(text)?;
        manifest.checked()
    }

    /// The same manifest with more entries. A name that is already there takes the new entries' meaning altogether.
    pub fn overlaid(mut self, files: Vec<File>) -> Result<Self, ManifestError> {
        self.files.retain(|known| files.iter().all(|file| file.name != known.name));
        self.files.extend(files);
        self.checked()
    }

    fn checked(self) -> Result<Self, ManifestError> {
        let mut seen = BTreeSet::new();
        let fetched: BTreeSet<&String> = self
            .files
            .iter()
            .filter(|file| !matches!(file.source, Source::Derived { .. }))
            .map(|file| &file.name)
            .collect();
        for file in &self.files {
            file.check().map_err(|(key, got, expected)| ManifestError::Value {
                name: file.name.clone(),
                key,
                got: got.to_owned(),
                expected,
            })?;
            if !seen.insert((&file.name, &file.platform)) {
                let platform = file.platform.clone().unwrap_or_else(|| "any".to_owned());
                return Err(ManifestError::Duplicate { name: file.name.clone(), platform });
            }
            if let Source::Derived { from, .. } = &file.source
                && !fetched.contains(from)
            {
                let (name, got) = (file.name.clone(), from.clone());
                let expected = "the name of an entry that is not derived itself";
                return Err(ManifestError::Value { name, key: "source.derived.from", got, expected });
            }
        }
        Ok(self)
    }

    /// Every entry, of every platform and profile.
    pub fn files(&self) -> &[File] {
        &self.files
    }

    /// The names of a profile, each once, in the manifest's order.
    pub fn names(&self, profile: Profile) -> Vec<&str> {
        let mut names = Vec::new();
        for file in self.files.iter().filter(|file| file.profile == profile) {
            if !names.contains(&file.name.as_str()) {
                names.push(&file.name);
            }
        }
        names
    }

    /// The entry of that name for a platform: the one that names the platform, or else the one that names none.
    pub fn find(&self, name: &str, platform: &str) -> Option<&File> {
        let of = |wanted: Option<&str>| {
            self.files.iter().find(|file| file.name == name && file.platform.as_deref() == wanted)
        };
        of(Some(platform)).or_else(|| of(None))
    }
}

/// A key, what stands there, and what may stand there.
type Refusal<'a> = (&'static str, &'a str, &'static str);

impl File {
    fn check(&self) -> Result<(), Refusal<'_>> {
        plain("name", &self.name)?;
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(("sha256", &self.sha256, "64 lower-case hexadecimal digits"));
        }
        if self.size == 0 {
            return Err(("size", "0", "the file's size in bytes"));
        }
        self.source.check()
    }
}

impl Source {
    fn check(&self) -> Result<(), Refusal<'_>> {
        match self {
            Self::Npm { package, version, path } => {
                // Without its scope, `a/b` would mean a Git repository to npm.
                match package.strip_prefix('@').and_then(|rest| rest.split_once('/')) {
                    Some((scope, name)) => plain("source.npm.package", scope).and(plain("source.npm.package", name))?,
                    None => plain("source.npm.package", package)?,
                }
                plain("source.npm.version", version)?;
                inside("source.npm.path", path)
            }
            Self::Pypi { package, version, path, python, platform } => {
                plain("source.pypi.package", package)?;
                plain("source.pypi.version", version)?;
                plain("source.pypi.python", python.as_deref().unwrap_or(DEFAULT_PYTHON))?;
                plain("source.pypi.platform", platform.as_deref().unwrap_or("any"))?;
                inside("source.pypi.path", path)
            }
            Self::Url { url } if !url.starts_with("https://") && !url.starts_with("http://") => {
                Err(("source.url.url", url, "an http or https address"))
            }
            Self::Url { url } => match inside("source.url.url", self.file_name()) {
                Ok(()) => Ok(()),
                Err((key, ..)) => Err((key, url, "an address whose last segment is a file's name")),
            },
            Self::File { path } if Path::new(path).is_absolute() => Ok(()),
            Self::File { path } => inside("source.file.path", path),
            Self::Derived { from, path, .. } => {
                plain("source.derived.from", from).and(plain("source.derived.path", path))
            }
        }
    }
}

/// The Python whose wheels are fetched where an entry names none.
pub(super) const DEFAULT_PYTHON: &str = "3.12";

/// Safe as the name of a folder and as an argument: no separator, no leading dash or dot, no space.
fn plain<'a>(key: &'static str, text: &'a str) -> Result<(), Refusal<'a>> {
    let fits = text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-+!".contains(c));
    if fits {
        return Ok(());
    }
    Err((key, text, "letters, digits and . _ - + ! only, beginning with a letter or digit"))
}

/// A path that stays inside the folder it is joined to, on every system.
fn inside<'a>(key: &'static str, path: &'a str) -> Result<(), Refusal<'a>> {
    let fits = !path.is_empty()
        && !path.ends_with('/')
        && !path.contains(['\\', ':', '\0'])
        && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
    if fits {
        return Ok(());
    }
    Err((key, path, "a relative path with '/' between its parts and no '..'"))
}
