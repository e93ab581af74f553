//! What a tenant may use, and who counts it: this process, or several gateways together in Valkey or Redis.

mod allowance;
mod memory;
mod settings;
mod valkey;

pub use allowance::Allowance;
pub use memory::{Clock, MemoryMeter};
pub use settings::{QuotaError, QuotaSettings, WhenAway};
pub use valkey::ValkeyMeter;

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use domain::roles::Answer;

const DAY_SECONDS: u64 = 86_400;

/// Counts what tenants use.
#[async_trait]
pub trait Meter: Send + Sync {
    /// Takes one request, one running call and `pictures` pictures: all of them, or none when one of the limits is reached.
    /// What has no limit is counted too.
    ///
    /// # Errors
    ///
    /// [`QuotaExceeded`](domain::roles::RoleError::QuotaExceeded) says which limit, what is used of it, and when to come
    /// again; [`Unavailable`](domain::roles::RoleError::Unavailable) when the store is away and must not be done without.
    async fn take(&self, tenant: &str, allowance: &Allowance, pictures: u64) -> Answer<Permit>;

    /// What `tenant` uses; nothing for one that was never seen.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](domain::roles::RoleError::Unavailable) when the store is away and must not be done without.
    async fn usage(&self, tenant: &str) -> Answer<Usage>;
}

/// What a tenant uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Pictures taken since midnight UTC, less those given back.
    pub pictures_today: u64,
    /// Calls that run now.
    pub running: u64,
}

/// The meter that `settings` ask for. Call it inside a Tokio runtime; no connection is made yet.
///
/// # Errors
///
/// When the settings name no store or no usable times.
pub fn meter(settings: &QuotaSettings) -> Result<Arc<dyn Meter>, QuotaError> {
    settings.check()?;
    Ok(if settings.in_memory() { Arc::new(MemoryMeter::new()) } else { Arc::new(ValkeyMeter::new(settings)?) })
}

/// What a call has taken. Dropping it ends the call; the pictures stay counted unless they were given back.
#[must_use = "dropping it ends the call that it stands for"]
pub struct Permit {
    pictures: u64,
    unused: u64,
    release: Option<Box<dyn FnOnce(u64) + Send + Sync>>,
}

impl Permit {
    /// `release` hears how many pictures go back. Until the permit is [accepted](Self::accepted), that is all of them.
    fn new(pictures: u64, release: impl FnOnce(u64) + Send + Sync + 'static) -> Self {
        Self { pictures, unused: pictures, release: Some(Box::new(release)) }
    }

    /// In the caller's hands: from now on the pictures are used.
    fn accepted(mut self) -> Self {
        self.unused = 0;
        self
    }

    /// Gives `pictures` of those taken back, for what could not be judged: a picture that turns out to be invalid is not
    /// one of the day's. The request stays counted in the rate, so that bad requests are bounded too.
    pub fn refund(&mut self, pictures: u64) {
        self.unused = self.unused.saturating_add(pictures).min(self.pictures);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(release) = self.release.take() {
            release(self.unused);
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("pictures", &self.pictures).field("unused", &self.unused).finish()
    }
}
