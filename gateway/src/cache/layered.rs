//! A cache of this process in front of one that gateways share.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use domain::roles::Answer;

use super::{Cache, CacheSettings, Cached, key::Key, message::Sent, shared::SharedCache};

/// Answers looked up in this process, then among those that gateways share.
pub struct Layered<V> {
    name: &'static str,
    process: Cache<Key, V>,
    shared: Option<Arc<SharedCache>>,
    seconds: u64,
}

impl<V: Sent> Layered<V> {
    /// An empty cache in front of `shared`, if there is one; `name` is for metrics and for what is shared.
    pub fn new(name: &'static str, settings: CacheSettings, shared: Option<Arc<SharedCache>>) -> Self {
        let CacheSettings { seconds, .. } = settings;
        Self { name, process: Cache::new(name, settings), shared: shared.filter(|_| seconds > 0), seconds }
    }

    /// The answer for `key`, asked for with `ask` when it is nowhere; kept only when `keep` says so.
    pub async fn get<F>(&self, key: Key, keep: impl Fn(&V) -> bool, ask: impl Fn() -> F) -> Answer<Cached<V>>
    where
        F: Future<Output = Answer<V>>,
    {
        let Some(shared) = &self.shared else { return self.process.get(key, keep, ask).await };
        let found = AtomicBool::new(false);
        let look = || async {
            if let Some(value) = shared.find(self.name, &key).await.filter(&keep) {
                found.store(true, Ordering::Relaxed);
                return Ok(value);
            }
            let value = ask().await?;
            if keep(&value) {
                shared.keep(self.name, &key, value.clone(), self.seconds).await;
            }
            Ok(value)
        };
        let Cached { value, hit } = self.process.get(key.clone(), &keep, look).await?;
        Ok(Cached { value, hit: hit || found.into_inner() })
    }
}
