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
    /// Pictures of one tenant that may wait for their turn.
    pub waiting_per_tenant: usize,
    /// Longest time one may wait, milliseconds.
    pub longest_wait_ms: u64,
}

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
    state: Option<Arc<Mutex<State>>>,
    _counted: Counted,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(state) = self.state.take() {
            let mut locked = lock(&state);
            locked.leave(&self.tenant);
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
        Place { tenant: tenant.to_owned(), state: Some(Arc::clone(shared)), _counted: Counted::new(gauge!(RUNNING)) }
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

    /// A place at work for one of the tenant's pictures.
    ///
    /// # Errors
    ///
    /// [`RoleError::Overloaded`] when too many of the tenant's wait already, or it took too long.
    pub async fn enter(&self, call: Call, tenant: &str) -> Answer<Place> {
        let waiting = {
            let mut state = lock(&self.state);
            if state.running < self.settings.in_flight.max(1) {
                return Ok(state.enter(tenant, &self.state));
            }
            let line = state.lines.entry(tenant.to_owned()).or_default();
            let most = self.settings.waiting_per_tenant;
            line.waiting.retain(|waiting| !waiting.is_closed());
            if line.waiting.len() >= most {
                return Err(RoleError::Overloaded(format!(
                    "{most} pictures of this tenant wait already; send fewer at once"
                )));
            }
            let (give, waiting) = oneshot::channel();
            line.waiting.push_back(give);
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
mod tests {
    use super::*;

    fn admission(in_flight: usize, waiting_per_tenant: usize) -> Arc<Admission> {
        let settings = AdmissionSettings { in_flight, waiting_per_tenant, longest_wait_ms: 60_000 };
        Arc::new(Admission::new(settings))
    }

    /// Waits for a place and says so when it has one.
    fn queued(admission: &Arc<Admission>, tenant: &'static str) -> tokio::task::JoinHandle<Answer<Place>> {
        let admission = Arc::clone(admission);
        tokio::spawn(async move { admission.enter(Call::default(), tenant).await })
    }

    async fn waiting(admission: &Admission, tenant: &str, count: usize) {
        while lock(&admission.state).lines.get(tenant).map_or(0, |line| line.waiting.len()) < count {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_tenant_with_a_thousand_waiting_does_not_hold_up_one_that_comes_after() {
        let admission = admission(2, 2_000);
        let mut places = Vec::new();
        for _ in 0..2 {
            places.push(admission.enter(Call::default(), "greedy").await.unwrap());
        }
        let greedy: Vec<_> = (0..1_000).map(|_| queued(&admission, "greedy")).collect();
        waiting(&admission, "greedy", 1_000).await;
        let modest: Vec<_> = (0..3).map(|_| queued(&admission, "modest")).collect();
        waiting(&admission, "modest", 3).await;

        // One of greedy's is done: modest is next, and then they take turns.
        drop(places.remove(0));
        let mut order = Vec::new();
        for first in modest {
            let place = first.await.unwrap().unwrap();
            order.push(place.tenant.clone());
            drop(place);
        }
        assert_eq!(order, ["modest"; 3]);
        assert!(greedy.iter().filter(|call| call.is_finished()).count() <= 3);
        greedy.iter().for_each(|call| call.abort());
    }

    #[tokio::test]
    async fn places_are_shared_evenly_among_those_who_wait() {
        let admission = admission(6, 100);
        let first: Vec<Place> = {
            let mut places = Vec::new();
            for _ in 0..6 {
                places.push(admission.enter(Call::default(), "a").await.unwrap());
            }
            places
        };
        let tenants = ["a", "b", "c"];
        let all: Vec<_> =
            tenants.iter().flat_map(|tenant| (0..20).map(|_| queued(&admission, tenant)).collect::<Vec<_>>()).collect();
        for tenant in tenants {
            waiting(&admission, tenant, 20).await;
        }
        drop(first);
        tokio::task::yield_now().await;
        let running = tenants.map(|tenant| lock(&admission.state).lines[tenant].running);
        assert_eq!(running, [2, 2, 2]);
        all.iter().for_each(|call| call.abort());
    }

    #[tokio::test]
    async fn who_gives_up_waiting_loses_no_place_for_others() {
        let admission = admission(1, 10);
        let place = admission.enter(Call::default(), "a").await.unwrap();
        let gone = queued(&admission, "a");
        waiting(&admission, "a", 1).await;
        gone.abort();
        assert!(gone.await.is_err());
        let next = queued(&admission, "b");
        waiting(&admission, "b", 1).await;
        drop(place);
        drop(next.await.unwrap().unwrap());
        let state = lock(&admission.state);
        assert!(state.running == 0 && state.lines.is_empty(), "nothing is left of anybody");
    }

    #[tokio::test]
    async fn a_full_line_and_a_long_wait_are_refused_as_overload() {
        let admission = admission(1, 1);
        let _place = admission.enter(Call::default(), "a").await.unwrap();
        let soon = Call { deadline: Some(Instant::now() + Duration::from_millis(30)) };
        let late = admission.enter(soon, "b").await.err().unwrap();
        assert!(matches!(&late, RoleError::Overloaded(why) if why.contains("no turn within")), "{late}");
        let _waits = queued(&admission, "a");
        waiting(&admission, "a", 1).await;
        let full = admission.enter(Call::default(), "a").await.err().unwrap();
        assert!(matches!(&full, RoleError::Overloaded(why) if why.contains("wait already")), "{full}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn never_more_are_at_work_than_there_are_places() {
        let admission = admission(5, 1_000);
        let most = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let calls = (0..400_usize).map(|n| {
            let (admission, most) = (Arc::clone(&admission), Arc::clone(&most));
            tokio::spawn(async move {
                let place = admission.enter(Call::default(), ["a", "b", "c"][n % 3]).await.unwrap();
                let running = lock(&admission.state).running;
                most.fetch_max(running, std::sync::atomic::Ordering::SeqCst);
                tokio::task::yield_now().await;
                drop(place);
            })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap();
        }
        assert_eq!(most.load(std::sync::atomic::Ordering::SeqCst), 5);
        assert!(lock(&admission.state).lines.is_empty());
    }
}
