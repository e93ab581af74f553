//! A circuit breaker: a backend that fails again and again is left alone for a while.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use metrics::Gauge;
use serde::Deserialize;

/// When a backend is left alone, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakerSettings {
    /// Failures in a row after which it rests.
    pub failures: u32,
    /// Its first rest, milliseconds; each further one is twice as long.
    pub rest_ms: u64,
    /// Its longest rest, milliseconds.
    pub longest_rest_ms: u64,
    /// A call that ran out of time counts as a failure when it had at least this long, milliseconds: an impatient caller
    /// says nothing about the backend.
    pub hung_after_ms: u64,
}

/// Whether a backend may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BreakerState {
    /// It may.
    Closed,
    /// It rests.
    Open,
    /// One call finds out whether it is back.
    Probing,
}

#[derive(Clone, Copy)]
enum Inner {
    Closed { failures: u32 },
    Open { until: Instant, rest: Duration },
    Probing { rest: Duration },
}

/// Counts failures in a row.
pub struct Breaker {
    settings: BreakerSettings,
    inner: Mutex<Inner>,
    /// Goes up by one while it is not closed.
    open: Gauge,
}

impl Drop for Breaker {
    fn drop(&mut self) {
        if !matches!(*self.inner(), Inner::Closed { .. }) {
            self.open.decrement(1.0);
        }
    }
}

impl Breaker {
    /// A closed one; `open` shows when it is not.
    pub fn new(settings: BreakerSettings, open: Gauge) -> Self {
        // An address that never failed is to be seen too.
        open.increment(0.0);
        Self { settings, inner: Mutex::new(Inner::Closed { failures: 0 }), open }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // What is behind it is a plain value, whole at any time.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn state(&self, now: Instant) -> BreakerState {
        match *self.inner() {
            Inner::Closed { .. } => BreakerState::Closed,
            Inner::Open { until, .. } if until > now => BreakerState::Open,
            Inner::Open { .. } | Inner::Probing { .. } => BreakerState::Probing,
        }
    }

    /// Whether a call may be made now; if not, how long the backend rests on. After a rest one call may be made, and the
    /// others wait for what becomes of it.
    pub fn permit(&self, now: Instant) -> Result<(), Duration> {
        let mut inner = self.inner();
        match *inner {
            Inner::Closed { .. } => Ok(()),
            Inner::Open { until, rest } => match until.checked_duration_since(now) {
                Some(left) if !left.is_zero() => Err(left),
                _ => {
                    *inner = Inner::Probing { rest };
                    Ok(())
                }
            },
            Inner::Probing { rest } => Err(rest),
        }
    }

    /// A call was answered.
    pub fn succeeded(&self) {
        let mut inner = self.inner();
        // An answer from before the rest says nothing about now.
        if matches!(*inner, Inner::Open { .. }) {
            return;
        }
        if matches!(*inner, Inner::Probing { .. }) {
            self.open.decrement(1.0);
        }
        *inner = Inner::Closed { failures: 0 };
    }

    /// A call failed; `true` when the backend rests from now on.
    pub fn failed(&self, now: Instant) -> bool {
        let BreakerSettings { failures: most, rest_ms, longest_rest_ms, .. } = self.settings;
        let mut inner = self.inner();
        let rest = match *inner {
            Inner::Closed { failures } if failures + 1 < most => {
                *inner = Inner::Closed { failures: failures + 1 };
                return false;
            }
            Inner::Closed { .. } => {
                self.open.increment(1.0);
                Duration::from_millis(rest_ms)
            }
            Inner::Probing { rest } => (rest * 2).min(Duration::from_millis(longest_rest_ms)),
            Inner::Open { .. } => return false,
        };
        *inner = Inner::Open { until: now + rest, rest };
        true
    }

    /// A call ended without telling anything, as when its caller went away.
    pub fn abandoned(&self, now: Instant) {
        let mut inner = self.inner();
        if let Inner::Probing { rest } = *inner {
            *inner = Inner::Open { until: now, rest };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: BreakerSettings =
        BreakerSettings { failures: 3, rest_ms: 100, longest_rest_ms: 300, hung_after_ms: 1_000 };

    fn after(start: Instant, ms: u64) -> Instant {
        start + Duration::from_millis(ms)
    }

    /// A breaker that has just opened.
    fn open(start: Instant) -> Breaker {
        let breaker = Breaker::new(SETTINGS, Gauge::noop());
        assert_eq!([breaker.failed(start), breaker.failed(start), breaker.failed(start)], [false, false, true]);
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_an_answer_between_starts_the_count_anew() {
        let (breaker, start) = (Breaker::new(SETTINGS, Gauge::noop()), Instant::now());
        for _ in 0..5 {
            breaker.failed(start);
            breaker.failed(start);
            breaker.succeeded();
        }
        assert_eq!(breaker.permit(start), Ok(()));
        assert_eq!(open(start).permit(after(start, 40)), Err(Duration::from_millis(60)));
    }

    #[test]
    fn after_its_rest_one_call_finds_out_and_its_answer_closes_it() {
        let start = Instant::now();
        let breaker = open(start);
        assert_eq!(breaker.permit(after(start, 100)), Ok(()));
        assert!(breaker.permit(after(start, 101)).is_err());
        breaker.succeeded();
        assert_eq!(breaker.state(after(start, 102)), BreakerState::Closed);
    }

    #[test]
    fn each_failed_try_doubles_the_rest_up_to_the_longest() {
        let mut now = Instant::now();
        let breaker = open(now);
        for rest in [200, 300, 300] {
            now = after(now, 300);
            assert_eq!(breaker.permit(now), Ok(()));
            assert!(breaker.failed(now));
            assert_eq!(breaker.permit(now), Err(Duration::from_millis(rest)));
        }
    }

    #[test]
    fn a_try_that_was_given_up_lets_the_next_caller_try_and_late_news_change_nothing() {
        let start = Instant::now();
        let breaker = open(start);
        breaker.succeeded();
        assert_eq!(breaker.state(after(start, 50)), BreakerState::Open, "an answer from before the rest");
        assert_eq!(breaker.permit(after(start, 100)), Ok(()));
        breaker.abandoned(after(start, 110));
        assert_eq!(breaker.permit(after(start, 110)), Ok(()));
    }
}
