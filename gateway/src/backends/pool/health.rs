//! What addresses say of their own health.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use tokio::task::JoinHandle;

/// Longest time an answer about health may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// Can be asked whether it is well.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Whether it says that it serves. One that knows no such question is taken at its answers.
    async fn is_well(&self) -> bool;
}

/// Questions that are asked in the background, as long as this lives.
pub struct Watch(JoinHandle<()>);

impl Watch {
    /// Asks each of `watched` (name, whom, where the answer goes) every `interval`.
    pub fn over(watched: Vec<(String, Arc<dyn Probe>, Arc<AtomicBool>)>, interval: Duration) -> Self {
        Self(tokio::spawn(async move {
            loop {
                let asked = watched.iter().map(|(name, probe, well)| async move {
                    let now = tokio::time::timeout(PATIENCE, probe.is_well()).await.unwrap_or(false);
                    if well.swap(now, Ordering::AcqRel) != now {
                        let state = if now { "well again" } else { "not well: others are asked first" };
                        tracing::info!(endpoint = name, "{state}");
                    }
                });
                futures::future::join_all(asked).await;
                tokio::time::sleep(interval).await;
            }
        }))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}
