//! Counts in this process.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use domain::roles::Answer;

use super::{
    Allowance, DAY_SECONDS, Meter, Permit, Usage,
    allowance::{Bucket, Refused},
};

/// Tells the time since 1970 UTC.
pub type Clock = Arc<dyn Fn() -> Duration + Send + Sync>;

/// Counts in this process; a restart forgets all.
pub struct MemoryMeter {
    clock: Clock,
    tenants: Arc<Mutex<Tenants>>,
}

#[derive(Default)]
struct Tenants {
    /// The UTC day, since 1970, in which quiet tenants were last forgotten.
    swept: u64,
    counts: HashMap<String, Counts>,
}

#[derive(Default)]
struct Counts {
    day: u64,
    pictures: u64,
    running: u64,
    /// When the bucket of the rate is empty, microseconds since 1970.
    empty: u64,
}

impl Counts {
    fn pictures_on(&self, day: u64) -> u64 {
        if self.day == day { self.pictures } else { 0 }
    }
}

impl MemoryMeter {
    /// Nothing is used yet.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(|| SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()))
    }

    /// One that asks `clock` for the time.
    pub fn with_clock(clock: Clock) -> Self {
        Self { clock, tenants: Arc::default() }
    }

    /// Takes all or nothing.
    fn decide(&self, tenant: &str, allowance: &Allowance, pictures: u64) -> Result<Permit, Refused> {
        let now = (self.clock)();
        let (day, micros) = (now.as_secs() / DAY_SECONDS, now.as_micros() as u64);
        let mut tenants = lock(&self.tenants);
        tenants.sweep(day, micros);
        let counts = tenants.counts.entry(tenant.to_owned()).or_default();

        let used = counts.pictures_on(day);
        let wanted = used.saturating_add(pictures);
        if pictures > 0 && allowance.pictures_per_day.is_some_and(|limit| wanted > limit) {
            let again = Duration::from_secs((day + 1) * DAY_SECONDS).saturating_sub(now);
            return Err(Refused::Pictures { used, asked: pictures, again });
        }
        let running = counts.running;
        if allowance.concurrent.is_some_and(|limit| running >= u64::from(limit)) {
            return Err(Refused::Concurrent { running });
        }
        if let Some(Bucket { interval, window }) = allowance.bucket() {
            // A clock that was set back, or a narrower limit than before, leaves no more than a full bucket.
            let full = micros + window;
            counts.empty = counts.empty.clamp(micros, full);
            if counts.empty + interval > full {
                return Err(Refused::Rate { again: Duration::from_micros(counts.empty + interval - full) });
            }
            counts.empty += interval;
        }
        (counts.day, counts.pictures) = (day, wanted);
        counts.running += 1;
        drop(tenants);

        let (tenants, tenant) = (Arc::clone(&self.tenants), tenant.to_owned());
        let release = move |unused| {
            if let Some(counts) = lock(&tenants).counts.get_mut(&tenant) {
                counts.running -= 1;
                if counts.day == day {
                    counts.pictures -= unused;
                }
            }
        };
        Ok(Permit::new(pictures, release).accepted())
    }
}

impl Tenants {
    /// Once a day, forgets who has no call running and waits for nothing.
    fn sweep(&mut self, day: u64, micros: u64) {
        if self.swept != day {
            self.swept = day;
            self.counts.retain(|_, counts| counts.day == day || counts.running > 0 || counts.empty > micros);
        }
    }
}

impl Default for MemoryMeter {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Meter for MemoryMeter {
    async fn take(&self, tenant: &str, allowance: &Allowance, pictures: u64) -> Answer<Permit> {
        self.decide(tenant, allowance, pictures).map_err(|refused| allowance.refusal(refused))
    }

    async fn usage(&self, tenant: &str) -> Answer<Usage> {
        let day = (self.clock)().as_secs() / DAY_SECONDS;
        let tenants = lock(&self.tenants);
        let usage = |counts: &Counts| Usage { pictures_today: counts.pictures_on(day), running: counts.running };
        Ok(tenants.counts.get(tenant).map(usage).unwrap_or_default())
    }
}

/// The counts are whole between any two statements, so a thread that died with the lock leaves them usable.
fn lock(tenants: &Mutex<Tenants>) -> MutexGuard<'_, Tenants> {
    tenants.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    const ANY: Allowance =
        Allowance { requests_per_second: None, burst: None, concurrent: None, pictures_per_day: None };

    #[tokio::test]
    async fn quiet_tenants_are_forgotten_the_next_day_and_busy_ones_are_not() {
        let time = Arc::new(AtomicU64::new(20_000 * DAY_SECONDS));
        let seconds = Arc::clone(&time);
        let meter = MemoryMeter::with_clock(Arc::new(move || Duration::from_secs(seconds.load(Ordering::SeqCst))));
        for tenant in 0..1_000 {
            drop(meter.take(&format!("quiet-{tenant}"), &ANY, 1).await.unwrap());
        }
        let running = meter.take("busy", &ANY, 1).await.unwrap();
        time.fetch_add(DAY_SECONDS, Ordering::SeqCst);
        drop(meter.take("new", &ANY, 1).await.unwrap());
        let mut left: Vec<String> = lock(&meter.tenants).counts.keys().cloned().collect();
        left.sort();
        assert_eq!(left, ["busy", "new"]);
        drop(running);
        assert_eq!(meter.usage("busy").await.unwrap(), Usage::default());
        meter.usage("never-seen").await.unwrap();
        assert_eq!(lock(&meter.tenants).counts.len(), 2);
    }
}
