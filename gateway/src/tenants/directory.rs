//! Tenants' files, read again when they change.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use domain::ownership::check_tenant;
use tokio::task::JoinHandle;

use super::{Tenant, TenantSettings};
use crate::{
    backends::{Backends, Connector},
    settings::GatewaySettings,
};

/// A tenant's file, or their folder, that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TenantError {
    /// It cannot be read.
    #[error("{path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It says what cannot be.
    #[error("{path}: {message}")]
    Wrong {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
}

/// All tenants. Those without a file are as everybody is.
pub struct Tenants {
    known: Arc<Known>,
    watch: Option<JoinHandle<()>>,
}

/// What tenants are made from, and those that have a file.
struct Known {
    backends: Backends,
    connector: Connector,
    settings: GatewaySettings,
    from_files: RwLock<BTreeMap<String, FromFile>>,
}

#[derive(Clone)]
struct FromFile {
    text: String,
    tenant: Arc<Tenant>,
}

impl Drop for Tenants {
    fn drop(&mut self) {
        if let Some(watch) = &self.watch {
            watch.abort();
        }
    }
}

impl Tenants {
    /// Tenants with the files that `settings` name, which are looked at again and again.
    ///
    /// # Errors
    ///
    /// When a file is broken. Later on a broken file is refused, and the tenant stays as it was.
    pub fn new(backends: Backends, connector: Connector, settings: GatewaySettings) -> Result<Self, TenantError> {
        let directory = settings.tenants.clone();
        let known = Arc::new(Known { backends, connector, settings, from_files: RwLock::default() });
        let Some(dir) = directory.dir else { return Ok(Self { known, watch: None }) };
        if let Some(error) = known.read(&dir)?.into_iter().next() {
            return Err(error);
        }
        let (watched, interval) = (Arc::clone(&known), Duration::from_millis(directory.reload_ms.max(10)));
        let watch = tokio::spawn(async move {
            // What is wrong is said once, not at every look.
            let mut said = Vec::new();
            loop {
                tokio::time::sleep(interval).await;
                let wrong: Vec<String> = match watched.read(&dir) {
                    Ok(errors) => errors.iter().map(ToString::to_string).collect(),
                    Err(error) => vec![error.to_string()],
                };
                for error in wrong.iter().filter(|error| !said.contains(*error)) {
                    tracing::warn!(error, "a tenant's file is refused; the tenant stays as it was");
                }
                said = wrong;
            }
        });
        Ok(Self { known, watch: Some(watch) })
    }

    /// The tenant of that name.
    pub fn get(&self, name: &str) -> Arc<Tenant> {
        let from_files = self.known.from_files.read().unwrap_or_else(PoisonError::into_inner);
        match from_files.get(name) {
            Some(file) => Arc::clone(&file.tenant),
            None => Arc::new(Tenant::plain(name, &self.known.backends, &self.known.settings)),
        }
    }

    /// What reaches backends at endpoints.
    pub fn connector(&self) -> &Connector {
        &self.known.connector
    }

    /// What everybody's calls are answered by.
    pub fn backends(&self) -> &Backends {
        &self.known.backends
    }
}

impl Known {
    /// Reads what has changed; gives what is wrong with single files.
    fn read(&self, dir: &Path) -> Result<Vec<TenantError>, TenantError> {
        let before = self.from_files.read().unwrap_or_else(PoisonError::into_inner).clone();
        let (mut after, mut errors) = (BTreeMap::new(), Vec::new());
        for path in toml_files(dir)? {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let old = before.get(&name);
            match self.one(&path, &name, old) {
                Ok(Some(file)) => {
                    if old.is_none_or(|old| old.text != file.text) {
                        tracing::info!(tenant = name, "a tenant's file is read");
                    }
                    after.insert(name, file);
                }
                // It went away between the look into the folder and now.
                Ok(None) => {}
                Err(error) => {
                    errors.push(error);
                    after.extend(old.map(|old| (name, old.clone())));
                }
            }
        }
        *self.from_files.write().unwrap_or_else(PoisonError::into_inner) = after;
        Ok(errors)
    }

    fn one(&self, path: &Path, name: &str, old: Option<&FromFile>) -> Result<Option<FromFile>, TenantError> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(TenantError::Io { path: path.to_owned(), source }),
        };
        if let Some(old) = old.filter(|old| old.text == text) {
            return Ok(Some(old.clone()));
        }
        let wrong = |message: String| TenantError::Wrong { path: path.to_owned(), message };
        check_tenant(name).map_err(|why| wrong(format!("the file's name is the tenant's: {why}")))?;
        let settings: TenantSettings = toml::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let tenant = settings.tenant(name, &self.backends, &self.connector, &self.settings).map_err(wrong)?;
        Ok(Some(FromFile { text, tenant: Arc::new(tenant) }))
    }
}

fn toml_files(dir: &Path) -> Result<Vec<PathBuf>, TenantError> {
    let failed = |source| TenantError::Io { path: dir.to_owned(), source };
    let mut files = Vec::new();
    for entry in fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        // Configuration maps in containers have folders and links whose names begin with a dot.
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
