//! How many pictures are worked on at once, and whose turn is next: a tenant that asks for much waits for itself, not the others
//! for it.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use domain::roles::{Answer, Call, RoleError};
use kit::metrics::{Counted, RUNNING, WAITING};
use metrics::gauge;
use serde::Deserialize;
use tokio::sync::oneshot;

/// How much is taken on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdmissionSettings {
    /// Pictures that are worked on at once.
    pub in_flight: usize,
    /// As many at most where models compute in the gateway's own process.
    pub in_flight_beside_models: usize,
    /// Pictures of one tenant that may wait for their turn.
    pub waiting_per_tenant: usize,
    /// Longest time one may wait, milliseconds.
    pub longest_wait_ms: u64,
}

impl AdmissionSettings {
    /// As they are for a gateway whose own process computes models: a model takes one picture after the other, and pictures
    /// that wait for it inside wait in no tenant's line.
    #[must_use]
    pub fn beside_models(self) -> Self {
        Self { in_flight: self.in_flight.min(self.in_flight_beside_models), ..self }
    }
}

/// A place's newest keeper weighs this much in how long places are kept.
const NEWEST: f64 = 1.0 / 8.0;
/// How much of the time that a picture may wait its turn may be away when it comes: turns are foretold no better.
const FORETOLD: f64 = 0.5;

/// Places at work, given to tenants in turn.
pub struct Admission {
    settings: AdmissionSettings,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    running: usize,
    lines: HashMap<String, Line>,
    /// Counts places given, to tell whose turn was longest ago.
    turns: u64,
    /// How long places were kept lately, on average; zero before the first was given back.
    kept: Duration,
}

/// One tenant's pictures.
#[derive(Default)]
struct Line {
    running: usize,
    waiting: VecDeque<oneshot::Sender<Place>>,
    last_turn: u64,
}

/// A place at work; dropping it gives it to the next.
#[must_use = "the place is given up when this is dropped"]
pub struct Place {
    tenant: String,
    since: Instant,
    state: Option<Arc<Mutex<State>>>,
    _counted: Counted,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            let mut locked = lock(&state);
            locked.leave(&self.tenant);
            locked.learn(self.since.elapsed());
            locked.give(&state);
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Counters are changed together, without anything between that could panic.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    fn leave(&mut self, tenant: &str) {
        self.running -= 1;
        if let Some(line) = self.lines.get_mut(tenant) {
            line.running -= 1;
            if line.running == 0 && line.waiting.is_empty() {
                self.lines.remove(tenant);
            }
        }
    }

    fn enter(&mut self, tenant: &str, shared: &Arc<Mutex<Self>>) -> Place {
        self.running += 1;
        self.turns += 1;
        let turn = self.turns;
        let line = self.lines.entry(tenant.to_owned()).or_default();
        line.running += 1;
        line.last_turn = turn;
        Place {
            tenant: tenant.to_owned(),
            since: Instant::now(),
            state: Some(Arc::clone(shared)),
            _counted: Counted::new(gauge!(RUNNING)),
        }
    }

    fn learn(&mut self, kept: Duration) {
        let weight = if self.kept.is_zero() { 1.0 } else { NEWEST };
        self.kept = self.kept.mul_f64(1.0 - weight) + kept.mul_f64(weight);
    }

    /// How long one more picture of the tenant would wait: until those before it have had a place, which are its tenant's own
    /// and, since tenants take turns, as many of each other one.
    fn wait(&self, tenant: &str, places: usize) -> Duration {
        let own = self.lines.get(tenant).map_or(0, |line| line.waiting.len());
        let others = self.lines.iter().filter(|(name, _)| *name != tenant);
        let before: usize = own + others.map(|(_, line)| line.waiting.len().min(own + 1)).sum::<usize>();
        self.kept.mul_f64((before + 1) as f64 / places as f64)
    }

    /// Gives the free place to the tenant with the least at work; among equals, to the one whose turn was longest ago.
    fn give(&mut self, shared: &Arc<Mutex<Self>>) {
        loop {
            let waiting = self.lines.iter().filter(|(_, line)| !line.waiting.is_empty());
            let Some(next) = waiting.min_by_key(|(_, line)| (line.running, line.last_turn)) else { return };
            let name = next.0.clone();
            let Some(first) = self.lines.get_mut(&name).and_then(|line| line.waiting.pop_front()) else { return };
            let Err(mut place) = first.send(self.enter(&name, shared)) else { return };
            // It waits no more. Its place is taken back here, where everything is locked already.
            place.state = None;
            self.leave(&name);
        }
    }
}

impl Admission {
    pub fn new(settings: AdmissionSettings) -> Self {
        Self { settings, state: Arc::default() }
    }

    fn places(&self) -> usize {
        self.settings.in_flight.max(1)
    }

    /// Whether a picture of the tenant that came now would have its turn, so that one that would not is refused before anything
    /// is done for it.
    ///
    /// # Errors
    ///
    /// [`RoleError::Overloaded`] as from [`Self::enter`], but for a turn that did not come although it was foretold.
    pub fn check(&self, call: Call, tenant: &str) -> Answer<()> {
        let mut state = lock(&self.state);
        if state.running < self.places() { Ok(()) } else { self.may_wait(&mut state, call, tenant) }
    }

    fn may_wait(&self, state: &mut State, call: Call, tenant: &str) -> Answer<()> {
        let most = self.settings.waiting_per_tenant;
        if let Some(line) = state.lines.get_mut(tenant) {
            line.waiting.retain(|waiting| !waiting.is_closed());
        }
        if state.lines.get(tenant).map_or(0, |line| line.waiting.len()) >= most {
            return Err(RoleError::Overloaded(format!(
                "{most} pictures of this tenant wait already; send fewer at once"
            )));
        }
        let longest = Duration::from_millis(self.settings.longest_wait_ms);
        // Once it has its turn it needs time for itself.
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now()).saturating_sub(state.kept);
        let patience = call.deadline.map_or(longest, |deadline| left(deadline).min(longest));
        let wait = state.wait(tenant, self.places());
        if wait > patience.mul_f64(FORETOLD) {
            let seconds = wait.as_secs_f64();
            return Err(RoleError::Overloaded(format!(
                "the next turn is {seconds:.1} s away, which is too long; the gateway has too much to do"
            )));
        }
        Ok(())
    }

    /// A place at work for one of the tenant's pictures.
    ///
    /// # Errors
    ///
    /// [`RoleError::Overloaded`] when too many of the tenant's wait already, or its turn is too far away or did not come.
    pub async fn enter(&self, call: Call, tenant: &str) -> Answer<Place> {
        let waiting = {
            let mut state = lock(&self.state);
            if state.running < self.places() {
                return Ok(state.enter(tenant, &self.state));
            }
            self.may_wait(&mut state, call, tenant)?;
            let (give, waiting) = oneshot::channel();
            state.lines.entry(tenant.to_owned()).or_default().waiting.push_back(give);
            waiting
        };
        let _counted = Counted::new(gauge!(WAITING));
        let start = Instant::now();
        let longest = start + Duration::from_millis(self.settings.longest_wait_ms);
        let until = call.deadline.map_or(longest, |deadline| deadline.min(longest));
        match tokio::time::timeout_at(until.into(), waiting).await {
            Ok(Ok(place)) => Ok(place),
            _ => {
                let ms = start.elapsed().as_millis();
                Err(RoleError::Overloaded(format!("no turn within {ms} ms; the gateway has too much to do")))
            }
        }
    }
}

#[cfg(test)]
mod tests;
