//! Who may write to a store: one pull at a time, among tasks and among processes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::StoreError;

/// Held by a pull, and by every thread that writes for it: when a pull is cancelled its threads run on for a moment,
/// and nobody else may write until the last of them is done. The system releases it when the process dies.
#[derive(Clone)]
pub(super) struct Lock {
    _file: Arc<fs::File>,
}

impl Lock {
    /// Waits for the lock of the store at `root`, making the folder if need be.
    pub(super) async fn take(root: PathBuf) -> Result<Self, StoreError> {
        let take = move || {
            let file = wait(&root).map_err(|source| StoreError::folder(&root, source))?;
            Ok(Self { _file: Arc::new(file) })
        };
        spawn_blocking(take).await.map_err(|_| StoreError::Stopped)?
    }
}

fn wait(root: &Path) -> io::Result<fs::File> {
    fs::create_dir_all(root)?;
    let file = fs::File::options().write(true).create(true).truncate(false).open(root.join(".lock"))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(fs::TryLockError::WouldBlock) => {
            tracing::info!(root = %root.display(), "another pull is filling the store; waiting for it");
            file.lock()?;
        }
        Err(fs::TryLockError::Error(error)) => return Err(error),
    }
    Ok(file)
}
