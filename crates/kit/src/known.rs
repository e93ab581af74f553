//! What a store says, kept for a moment, and as it was known last while the store is away.

use std::{
    hash::Hash,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use domain::roles::{Answer, RoleError};
use moka::future::Cache;

/// How long a call waits for the store where it can do without.
const PATIENCE: Duration = Duration::from_millis(250);

/// Answers of a store that may be away.
pub struct LastKnown<K, V> {
    /// By key and generation; asked for anew after a while, because another process may have changed the store.
    fresh: Cache<(K, u64), V>,
    /// Grows with every change that this process makes, so that what was being read before a change is not taken for what
    /// is there after it.
    generation: AtomicU64,
    /// What stands in while the store cannot be reached.
    known: Cache<K, V>,
}

impl<K, V> LastKnown<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// At most `most` answers, each taken as it is for `fresh_for`, and as it was known last for `known_for` (as long as there
    /// is room, when `None`).
    pub fn new(most: u64, fresh_for: Duration, known_for: Option<Duration>) -> Self {
        let mut known = Cache::builder().max_capacity(most);
        if let Some(known_for) = known_for {
            known = known.time_to_live(known_for);
        }
        Self {
            fresh: Cache::builder().max_capacity(most).time_to_live(fresh_for).build(),
            generation: AtomicU64::new(0),
            known: known.build(),
        }
    }

    /// The answer for `key`; `load` asks the store when there is no fresh one, and concurrent callers share its answer.
    ///
    /// # Errors
    ///
    /// The store's, when nothing is known from before.
    pub async fn get(&self, key: &K, load: impl Future<Output = Answer<V>>) -> Answer<V> {
        let at = (key.clone(), self.generation.load(Ordering::Acquire));
        let asked = self.fresh.try_get_with_by_ref(&at, async {
            let answer = load.await?;
            self.known.insert(key.clone(), answer.clone()).await;
            Ok::<V, RoleError>(answer)
        });
        // Who knows an answer from before does not wait long for news of it.
        let known = self.known.get(key).await;
        let patience = if known.is_some() { PATIENCE } else { Duration::MAX };
        let failed = match tokio::time::timeout(patience, asked).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => (*error).clone(),
            Err(_) => RoleError::Unavailable("the store is slow".into()),
        };
        let Some(known) = known else { return Err(failed) };
        tracing::warn!(error = %failed, "taken as it was known last");
        // So that not every call waits for the store again.
        self.fresh.insert(at, known.clone()).await;
        Ok(known)
    }

    /// The answer for `key` as it was known last, however old.
    pub async fn last(&self, key: &K) -> Option<V> {
        self.known.get(key).await
    }

    /// This process has changed the store: what is known is asked for anew.
    pub fn changed(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> LastKnown<&'static str, u32> {
        LastKnown::new(10, Duration::from_millis(20), None)
    }

    async fn away() -> Answer<u32> {
        Err(RoleError::Unavailable("no store".into()))
    }

    #[tokio::test]
    async fn a_fresh_answer_is_not_asked_for_again_until_it_is_old_or_changed() {
        let known = LastKnown::new(10, Duration::from_secs(60), None);
        assert_eq!(known.get(&"a", async { Ok(1) }).await, Ok(1));
        assert_eq!(known.get(&"a", async { Ok(2) }).await, Ok(1));
        known.changed();
        assert_eq!(known.get(&"a", async { Ok(3) }).await, Ok(3));
    }

    #[tokio::test]
    async fn a_store_that_is_away_or_silent_leaves_what_was_known_last() {
        let known = known();
        assert!(known.get(&"a", away()).await.is_err(), "nothing is known yet");
        assert_eq!(known.get(&"a", async { Ok(1) }).await, Ok(1));
        tokio::time::sleep(Duration::from_millis(40)).await;
        assert_eq!(known.get(&"a", away()).await, Ok(1));
        tokio::time::sleep(Duration::from_millis(40)).await;
        assert_eq!(known.get(&"a", std::future::pending()).await, Ok(1));
        tokio::time::sleep(Duration::from_millis(40)).await;
        assert_eq!(known.get(&"a", async { Ok(2) }).await, Ok(2));
    }
}
