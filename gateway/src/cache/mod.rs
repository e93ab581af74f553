//! A cache in front of a role: bounded, with a time to live, and concurrent misses share one call. Behind it there may be one
//! that several gateways share.

mod key;
mod layered;
mod message;
mod settings;
mod shared;

pub use key::Key;
pub use layered::Layered;
pub use settings::{CacheSettings, SharedCacheError, SharedCacheSettings};
pub use shared::SharedCache;

use std::{hash::Hash, time::Duration};

use domain::roles::{Answer, RoleError};
use kit::metrics::CACHE_LOOKUPS;
use metrics::counter;
use moka::future::Cache as Moka;

/// Answers by key. Errors are not kept.
#[derive(Clone)]
pub struct Cache<K, V> {
    name: &'static str,
    inner: Moka<K, V>,
}

/// An answer, and whether it was there already.
pub struct Cached<V> {
    /// The answer.
    pub value: V,
    /// No backend was asked for it, or another request's question was shared.
    pub hit: bool,
}

impl<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Cache<K, V> {
    /// An empty cache; `name` is for metrics.
    pub fn new(name: &'static str, settings: CacheSettings) -> Self {
        let lifetime = Duration::from_secs(settings.seconds);
        Self { name, inner: Moka::builder().max_capacity(settings.entries).time_to_live(lifetime).build() }
    }

    /// Keeps what is known already.
    pub async fn put(&self, key: K, value: V) {
        self.inner.insert(key, value).await;
    }

    /// The answer for `key`, asked for with `ask` when it is not there; kept only when `keep` says so.
    ///
    /// A caller whose `ask` was shared with an impatient caller's gets that caller's error; when it is about that
    /// caller's own time, it is asked once more.
    pub async fn get<F>(&self, key: K, keep: impl Fn(&V) -> bool, ask: impl Fn() -> F) -> Answer<Cached<V>>
    where
        K: Clone,
        F: Future<Output = Answer<V>>,
    {
        let mut answered = self.inner.entry_by_ref(&key).or_try_insert_with(ask()).await;
        if let Err(error) = &answered
            && matches!(**error, RoleError::DeadlineExceeded(_) | RoleError::Cancelled(_))
        {
            answered = self.inner.entry_by_ref(&key).or_try_insert_with(ask()).await;
        }
        let hit = answered.as_ref().is_ok_and(|entry| !entry.is_fresh());
        counter!(CACHE_LOOKUPS, "cache" => self.name, "result" => if hit { "hit" } else { "miss" }).increment(1);
        let entry = answered.map_err(|error| (*error).clone())?;
        let value = entry.into_value();
        if !keep(&value) {
            self.inner.invalidate(&key).await;
        }
        Ok(Cached { value, hit })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const SETTINGS: CacheSettings = CacheSettings { entries: 10, seconds: 60 };

    #[tokio::test]
    async fn concurrent_misses_share_one_call_and_later_ones_hit() {
        let (cache, calls) = (Cache::new("test", SETTINGS), AtomicU32::new(0));
        let ask = || async {
            calls.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(7)
        };
        let (a, b) = tokio::join!(cache.get("k", |_| true, ask), cache.get("k", |_| true, ask));
        assert_eq!((a.unwrap().value, b.unwrap().value), (7, 7));
        assert!(cache.get("k", |_| true, ask).await.unwrap().hit);
        assert_eq!(calls.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn errors_and_unkept_answers_are_asked_for_again() {
        let cache: Cache<&str, u32> = Cache::new("test", SETTINGS);
        let failed = cache.get("k", |_| true, || async { Err(RoleError::Unavailable("down".into())) }).await;
        assert!(failed.is_err());
        assert!(!cache.get("k", |_| false, || async { Ok(1) }).await.unwrap().hit);
        let again = cache.get("k", |_| true, || async { Ok(2) }).await.unwrap();
        assert_eq!((again.value, again.hit), (2, false));
    }
}
