//! Several addresses of one backend: the one with least to do is asked, one that is in trouble is left alone, and a call that
//! found nobody is made again.

mod breaker;
mod health;
mod roles;
mod settings;

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use breaker::Breaker;
pub use breaker::{BreakerSettings, BreakerState};
use domain::roles::{Answer, Call, Role, RoleError};
use futures::future::{Either, select};
pub use health::Probe;
use health::Watch;
use kit::{
    deadline::remaining,
    metrics::{BREAKER_OPEN, EXTRA_CALLS},
};
use metrics::{counter, gauge};
pub use settings::ResilienceSettings;
use tower::retry::budget::{Budget, TpsBudget};

/// How long a call weighs in the budget of extra calls.
const BUDGET_MEMORY: Duration = Duration::from_secs(10);

/// One role's addresses.
pub struct Pool<B: ?Sized> {
    role: Role,
    members: Vec<Arc<Member<B>>>,
    settings: ResilienceSettings,
    budget: TpsBudget,
    /// Where the search for the least busy one begins, so that equals take turns.
    turn: AtomicUsize,
    _watch: Watch,
}

/// One address.
struct Member<B: ?Sized> {
    name: String,
    backend: Arc<B>,
    breaker: Breaker,
    running: AtomicUsize,
    /// What it said of itself last.
    well: Arc<AtomicBool>,
}

/// One address, as it is seen at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberState {
    /// The address.
    pub name: String,
    /// Whether it says that it serves.
    pub well: bool,
    /// Calls it has at the moment.
    pub running: usize,
    /// Whether it is asked at all.
    pub breaker: BreakerState,
}

/// An address and how to ask it.
pub struct Address<B: ?Sized> {
    /// For people.
    pub name: String,
    /// The role there.
    pub backend: Arc<B>,
    /// Its health.
    pub probe: Arc<dyn Probe>,
}

/// A call under way.
struct Running<'a, B: ?Sized> {
    member: &'a Member<B>,
    judged: bool,
}

impl<B: ?Sized> Drop for Running<'_, B> {
    fn drop(&mut self) {
        self.member.running.fetch_sub(1, Ordering::AcqRel);
        if !self.judged {
            self.member.breaker.abandoned(Instant::now());
        }
    }
}

impl<B: ?Sized + Send + Sync + 'static> Pool<B> {
    /// A pool of `addresses`, of which there is at least one. Their health is watched from now on.
    pub fn new(role: Role, addresses: Vec<Address<B>>, settings: ResilienceSettings) -> Self {
        let (mut members, mut watched) = (Vec::new(), Vec::new());
        for Address { name, backend, probe } in addresses {
            let well = Arc::new(AtomicBool::new(true));
            watched.push((name.clone(), probe, Arc::clone(&well)));
            let open = gauge!(BREAKER_OPEN, "role" => role.name(), "address" => name.clone());
            let breaker = Breaker::new(settings.breaker, open);
            members.push(Arc::new(Member { name, backend, breaker, running: AtomicUsize::new(0), well }));
        }
        Self {
            role,
            members,
            budget: TpsBudget::new(BUDGET_MEMORY, settings.retry_floor, settings.retry_share as f32),
            turn: AtomicUsize::new(0),
            _watch: Watch::over(watched, Duration::from_millis(settings.health_interval_ms)),
            settings,
        }
    }

    /// The addresses, as they are now.
    pub fn states(&self) -> Vec<MemberState> {
        let now = Instant::now();
        let state = |member: &Arc<Member<B>>| MemberState {
            name: member.name.clone(),
            well: member.well.load(Ordering::Acquire),
            running: member.running.load(Ordering::Acquire),
            breaker: member.breaker.state(now),
        };
        self.members.iter().map(state).collect()
    }

    /// The addresses' names.
    fn label(&self) -> String {
        self.members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>().join(",")
    }

    /// What `key` makes of each backend, for keys of caches.
    fn joined(&self, key: impl Fn(&B) -> String) -> String {
        self.members.iter().map(|member| key(&member.backend)).collect::<Vec<_>>().join(",")
    }

    /// Asks one of the addresses. A call that found nobody is made again while the budget and the deadline allow it; where the role
    /// is hedged, a call that takes long is made a second time elsewhere, and the first answer counts.
    pub async fn ask<T, F>(&self, call: Call, ask: impl Fn(Arc<B>) -> F) -> Answer<T>
    where
        F: Future<Output = Answer<T>>,
    {
        self.budget.deposit();
        let (mut tried, mut attempt) = (Vec::new(), 0);
        loop {
            let error = match self.hedged(call, &ask, &mut tried).await {
                Err(error @ RoleError::Unavailable(_)) => error,
                answered => return answered,
            };
            if attempt >= self.settings.retries || !self.budget.withdraw() {
                return Err(error);
            }
            if tried.len() >= self.members.len() {
                tried.clear();
                let pause = self.pause(attempt);
                if remaining(call).is_ok_and(|left| left.is_none_or(|left| left > pause)) {
                    tokio::time::sleep(pause).await;
                } else {
                    return Err(error);
                }
            }
            attempt += 1;
            self.count_extra("retry");
            tracing::debug!(role = self.role.name(), attempt, %error, "asking again");
        }
    }

    /// As [`Self::ask`], but once: for what must not be done twice.
    pub async fn ask_once<T, F>(&self, ask: impl Fn(Arc<B>) -> F) -> Answer<T>
    where
        F: Future<Output = Answer<T>>,
    {
        self.run(self.choose(&[])?.1, &ask).await
    }

    async fn hedged<T, F>(&self, call: Call, ask: &impl Fn(Arc<B>) -> F, tried: &mut Vec<usize>) -> Answer<T>
    where
        F: Future<Output = Answer<T>>,
    {
        let (index, running) = self.choose(tried)?;
        tried.push(index);
        let first = self.run(running, ask);
        let Some(patience) = self.settings.hedge_after(self.role).filter(|_| self.members.len() > 1) else {
            return first.await;
        };
        let mut first = pin!(first);
        if let Ok(answered) = tokio::time::timeout(patience, &mut first).await {
            return answered;
        }
        // A second call is worth it only where somebody else can take it and there is time for it.
        let elsewhere = self.choose(tried).ok().filter(|(index, _)| !tried.contains(index));
        let Some((index, running)) = elsewhere.filter(|_| remaining(call).is_ok() && self.budget.withdraw()) else {
            return first.await;
        };
        tried.push(index);
        self.count_extra("hedge");
        match select(first, pin!(self.run(running, ask))).await {
            Either::Left((Ok(answer), _)) | Either::Right((Ok(answer), _)) => Ok(answer),
            Either::Left((Err(_), second)) => second.await,
            Either::Right((Err(_), first)) => first.await,
        }
    }

    /// The least busy of those that may be asked; one that says it is well before one that does not, one that was not
    /// tried before one that was.
    fn choose(&self, tried: &[usize]) -> Answer<(usize, Running<'_, B>)> {
        let (now, count) = (Instant::now(), self.members.len());
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let mut order: Vec<usize> = (0..count).map(|step| (turn + step) % count).collect();
        order.sort_by_key(|index| {
            let member = &self.members[*index];
            let away = !member.well.load(Ordering::Acquire);
            (tried.contains(index), away, member.running.load(Ordering::Acquire))
        });
        let (mut full, mut resting) = (None, Duration::MAX);
        for index in order {
            let member = &self.members[index];
            let most = self.settings.max_in_flight;
            let one_more = |running| (running < most).then_some(running + 1);
            if member.running.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_err() {
                full = Some(member);
                continue;
            }
            // From here on a call is counted until it is dropped.
            let mut running = Running { member, judged: true };
            match member.breaker.permit(now) {
                Ok(()) => {
                    running.judged = false;
                    return Ok((index, running));
                }
                Err(left) => resting = resting.min(left),
            }
        }
        let role = self.role.name();
        match full {
            Some(member) => {
                let most = self.settings.max_in_flight;
                Err(RoleError::Overloaded(format!("{role} at {} has {most} calls running", member.name)))
            }
            None => {
                let (names, seconds) = (self.label(), resting.as_secs_f64());
                Err(RoleError::Unavailable(format!(
                    "{role} at {names} failed again and again; it is asked again in {seconds:.1} s"
                )))
            }
        }
    }

    async fn run<T, F>(&self, mut running: Running<'_, B>, ask: &impl Fn(Arc<B>) -> F) -> Answer<T>
    where
        F: Future<Output = Answer<T>>,
    {
        let (start, member) = (Instant::now(), running.member);
        let answered = ask(Arc::clone(&member.backend)).await;
        let hung = start.elapsed() >= Duration::from_millis(self.settings.breaker.hung_after_ms);
        match &answered {
            Err(RoleError::Unavailable(_) | RoleError::Internal(_)) => running.judged = self.failed(member),
            Err(RoleError::DeadlineExceeded(_)) if hung => running.judged = self.failed(member),
            // Neither says whether the backend is well.
            Err(RoleError::DeadlineExceeded(_) | RoleError::Cancelled(_)) => {}
            _ => {
                member.breaker.succeeded();
                running.judged = true;
            }
        }
        answered
    }

    fn failed(&self, member: &Member<B>) -> bool {
        if member.breaker.failed(Instant::now()) {
            tracing::warn!(role = self.role.name(), endpoint = member.name, "left alone for a while: it keeps failing");
        }
        true
    }

    fn count_extra(&self, kind: &'static str) {
        counter!(EXTRA_CALLS, "role" => self.role.name(), "kind" => kind).increment(1);
    }

    fn pause(&self, attempt: u32) -> Duration {
        let longest = self.settings.retry_pause_ms.saturating_mul(1 << attempt.min(10));
        Duration::from_millis(longest).mul_f64(0.5 + fastrand::f64())
    }
}

#[cfg(test)]
mod tests;
