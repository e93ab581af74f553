//! What a cached answer belongs to.

use std::sync::Arc;

/// Part of every name: gateways of another version keep and find answers of their own.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Whose answer, from which backend, and to what.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Tenants with the same partition share answers.
    pub partition: Arc<str>,
    /// What tells the tenant's backend from the gateway's own; empty for that one.
    pub label: Box<str>,
    /// The backend with its model and version.
    pub backend: String,
    /// What was asked.
    pub asked: String,
}

/// Where a shared answer is.
pub struct Place {
    /// For the server; it shows operators the version, the partition and the cache, and nothing of what was asked.
    pub name: String,
    /// Differs where anything of the key does.
    pub digest: [u8; 32],
}

impl Key {
    /// Where gateways find the answer that this key has in `cache`.
    pub fn place(&self, cache: &str) -> Place {
        let Self { partition, label, backend, asked } = self;
        let mut hasher = blake3::Hasher::new();
        for part in [VERSION, cache, partition, label, backend, asked] {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        }
        let digest = hasher.finalize();
        Place { name: format!("cpaiqa:cache:{VERSION}:{partition}:{cache}:{digest}"), digest: digest.into() }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn key(partition: &str, label: &str, backend: &str, asked: &str) -> Key {
        Key { partition: partition.into(), label: label.into(), backend: backend.into(), asked: asked.into() }
    }

    #[test]
    fn keys_that_differ_in_any_part_have_places_of_their_own_and_tell_no_prompt() {
        let keys = [
            key("museum", "", "lexicon", "a cat"),
            key("shop", "", "lexicon", "a cat"),
            key("museum", "own", "lexicon", "a cat"),
            key("museum", "", "lexicon/2", "a cat"),
            key("museum", "", "lexicon", "a dog"),
            // The same letters, parted elsewhere.
            key("museum", "l", "exicon", "a cat"),
            key("museu", "m", "lexicon", "a cat"),
        ];
        let caches = ["decompositions", "segmentations"];
        let places: Vec<Place> = caches.iter().flat_map(|cache| keys.iter().map(|key| key.place(cache))).collect();
        let digests: BTreeSet<[u8; 32]> = places.iter().map(|place| place.digest).collect();
        assert_eq!(digests.len(), caches.len() * keys.len());
        assert!(places.iter().all(|place| !place.name.contains("cat")));
        assert_eq!(keys[0].place("distortions").name, key("museum", "", "lexicon", "a cat").place("distortions").name);
    }
}
