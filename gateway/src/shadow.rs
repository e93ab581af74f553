//! Shadows: backends that are asked as well, whose answers are compared and never used.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use domain::{
    drift::{Drift, Pair},
    roles::Role,
};
use tokio::sync::Semaphore;

/// Pictures that shadows work on at once; more are skipped, because a shadow must not slow down what is answered.
const AT_ONCE: usize = 4;
/// Pairs that a report is about.
const NEWEST: usize = 2_000;

/// What was compared, by tenant and role.
pub struct Shadows {
    places: Arc<Semaphore>,
    seen: Mutex<HashMap<(String, Role), Seen>>,
}

#[derive(Default)]
struct Seen {
    compared: u64,
    failed: u64,
    skipped: u64,
    newest: VecDeque<Pair>,
}

impl Shadows {
    pub fn new() -> Self {
        Self { places: Arc::new(Semaphore::new(AT_ONCE)), seen: Mutex::default() }
    }

    /// Scores a picture again with a shadow, in the background: `rescored` gives that score.
    pub fn compare(
        self: &Arc<Self>,
        tenant: &str,
        role: Role,
        picture: String,
        answered: f64,
        rescored: impl Future<Output = Option<f64>> + Send + 'static,
    ) {
        let key = (tenant.to_owned(), role);
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            self.note(key, |seen| seen.skipped += 1);
            return;
        };
        let shadows = Arc::clone(self);
        tokio::spawn(async move {
            let _place = place;
            match rescored.await {
                Some(shadow) => shadows.note(key, |seen| {
                    seen.compared += 1;
                    seen.newest.push_back(Pair { picture, answered, shadow });
                    if seen.newest.len() > NEWEST {
                        seen.newest.pop_front();
                    }
                }),
                None => shadows.note(key, |seen| seen.failed += 1),
            }
        });
    }

    fn note(&self, key: (String, Role), note: impl FnOnce(&mut Seen)) {
        note(self.seen.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default());
    }

    /// What became of the tenant's shadows in this process.
    pub fn drift(&self, tenant: &str) -> Vec<Drift> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut own: Vec<_> = seen.iter().filter(|((of, _), _)| of == tenant).collect();
        own.sort_by_key(|((_, role), _)| *role);
        let report = |((_, role), seen): (&(String, Role), &Seen)| {
            let newest: Vec<Pair> = seen.newest.iter().cloned().collect();
            Drift::of(*role, seen.compared, seen.failed, seen.skipped, &newest)
        };
        own.into_iter().map(report).collect()
    }
}
