//! Answers that gateways keep together in Valkey or Redis. Whatever is wrong with it, an answer is only not there.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use kit::metrics::SHARED_CACHE_LOOKUPS;
use metrics::counter;
use prost::Message;
use redis::{Cmd, FromRedisValue};
use tokio::time::timeout;

use super::{
    key::{Key, Place},
    message::Sent,
    settings::{SharedCacheError, SharedCacheSettings},
};
use crate::valkey::{Valkey, is_full};

/// How long a server that did not answer is left alone, so that not every call waits for it.
const REST: Duration = Duration::from_secs(1);

/// A message's checksum, which stands before it.
const CHECKSUM: usize = 32;

/// A server with answers.
pub struct SharedCache {
    server: Valkey,
    timeout: Duration,
    max_bytes: usize,
    rests_until: Mutex<Option<Instant>>,
}

impl SharedCache {
    /// The one that `settings` name, if they name one. Call it inside a Tokio runtime; no connection is made yet.
    ///
    /// # Errors
    ///
    /// When the URL is none or the bounds let nothing through.
    pub fn new(settings: &SharedCacheSettings) -> Result<Option<Self>, SharedCacheError> {
        let SharedCacheSettings { url, timeout_ms, max_bytes } = settings;
        let Some(url) = url else { return Ok(None) };
        if *timeout_ms == 0 || *max_bytes == 0 {
            return Err(SharedCacheError::Bounds { timeout_ms: *timeout_ms, max_bytes: *max_bytes });
        }
        let timeout = Duration::from_millis(*timeout_ms);
        let server = Valkey::new(url, timeout, timeout).map_err(SharedCacheError::Url)?;
        Ok(Some(Self { server, timeout, max_bytes: *max_bytes, rests_until: Mutex::default() }))
    }

    /// The answer that `key` has in `cache`; `None` when there is none, when it cannot be read, or when the server is away.
    pub async fn find<V: Sent>(&self, cache: &'static str, key: &Key) -> Option<V> {
        let place = key.place(cache);
        // No more than was ever written, whoever wrote it.
        let last = CHECKSUM.saturating_add(self.max_bytes) - 1;
        let mut question = redis::cmd("GETRANGE");
        question.arg(&place.name).arg(0).arg(last);
        let asked = self.ask::<Vec<u8>>(&question).await;
        let found = asked.as_ref().map(|bytes| read(&place, bytes));
        let result = match found {
            None => "away",
            Some(None) => "miss",
            Some(Some(_)) => "hit",
        };
        counter!(SHARED_CACHE_LOOKUPS, "cache" => cache, "result" => result).increment(1);
        found.flatten()
    }

    /// Keeps the answer for so many `seconds`, where it is small enough and the server takes it.
    pub async fn keep<V: Sent>(&self, cache: &'static str, key: &Key, value: V, seconds: u64) {
        let message = value.to_message();
        let size = message.encoded_len();
        if size > self.max_bytes {
            let most = self.max_bytes;
            return tracing::debug!(cache, size, most, "an answer is too large for the shared cache");
        }
        let place = key.place(cache);
        let mut question = redis::cmd("SET");
        question.arg(&place.name).arg(written(&place, &message)).arg("EX").arg(seconds);
        self.ask::<()>(&question).await;
    }

    /// The server's answer, if it gives one in time.
    async fn ask<T: FromRedisValue>(&self, question: &Cmd) -> Option<T> {
        if self.rests_until().is_some_and(|until| Instant::now() < until) {
            return None;
        }
        let asked = self.server.ask(|mut connection| async move { question.query_async(&mut connection).await });
        let (why, full) = match timeout(self.timeout, asked).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => (error.to_string(), is_full(&error)),
            Err(_) => (format!("no answer within {} ms", self.timeout.as_millis()), false),
        };
        if !full {
            // A full server still tells what it has.
            *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + REST);
        }
        if self.server.is_time_to_warn() {
            let cache = self.server.address();
            tracing::warn!(cache, "the shared cache is away or full, this gateway does without: {why}");
        }
        None
    }

    fn rests_until(&self) -> Option<Instant> {
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A message behind its checksum, which holds for this place only.
fn written(place: &Place, message: &impl Message) -> Vec<u8> {
    let message = message.encode_to_vec();
    let checksum = blake3::keyed_hash(&place.digest, &message);
    [checksum.as_bytes().as_slice(), &message].concat()
}

/// What was written there, if it is whole and can be read.
fn read<V: Sent>(place: &Place, bytes: &[u8]) -> Option<V> {
    let (checksum, message) = bytes.split_at_checked(CHECKSUM)?;
    if blake3::keyed_hash(&place.digest, message) != *<&[u8; CHECKSUM]>::try_from(checksum).ok()? {
        return None;
    }
    V::from_message(V::Message::decode(message).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use domain::roles::{Decomposed, Detection};

    use super::*;

    fn place(asked: &str) -> Place {
        let key = Key { partition: "museum".into(), label: "".into(), backend: "b".into(), asked: asked.into() };
        key.place("decompositions")
    }

    fn decomposed() -> Decomposed {
        Decomposed { backend: "lexicon".into(), language: "en".into(), ..Decomposed::default() }
    }

    #[test]
    fn what_was_written_is_read_and_nothing_that_was_damaged_or_put_elsewhere() {
        let here = place("a cat");
        let whole = written(&here, &decomposed().to_message());
        assert_eq!(read(&here, &whole), Some(decomposed()));
        assert_eq!(read::<Decomposed>(&place("a dog"), &whole), None);
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1;
            assert_eq!(read::<Decomposed>(&here, &flipped), None, "bit {at}");
            assert_eq!(read::<Decomposed>(&here, &whole[..at]), None, "the first {at} bytes");
        }
    }

    #[test]
    fn a_message_that_breaks_its_promises_is_not_read_however_whole_it_is() {
        let message = Detection { fidelity: Some(1.5), ..Detection::default() }.to_message();
        assert_eq!(read::<Detection>(&place("a cat"), &written(&place("a cat"), &message)), None);
    }

    fn settings(url: &str) -> SharedCacheSettings {
        SharedCacheSettings { url: Some(url.into()), timeout_ms: 50, max_bytes: 1 << 20 }
    }

    #[tokio::test]
    async fn settings_that_cannot_be_used_say_what_is_expected_and_tell_no_password() {
        let said = |settings: &SharedCacheSettings| SharedCache::new(settings).err().unwrap().to_string();
        let wrong = said(&settings("http://me:secret@host"));
        assert!(wrong.contains("gateway.shared_cache.url: expected redis://") && !wrong.contains("secret"), "{wrong}");
        assert!(!format!("{:?}", settings("redis://me:secret@host")).contains("secret"));
        let none = said(&SharedCacheSettings { timeout_ms: 0, ..settings("redis://host") });
        assert!(none.contains("got 0 and 1048576"), "{none}");
        assert!(SharedCache::new(&SharedCacheSettings { max_bytes: 0, ..settings("redis://host") }).is_err());
        assert!(SharedCache::new(&settings("redis://me:secret@host:6379/1")).unwrap().is_some());
        assert!(SharedCache::new(&SharedCacheSettings { url: None, ..settings("") }).unwrap().is_none());
    }
}
