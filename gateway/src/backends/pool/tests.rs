use std::sync::{Mutex, atomic::AtomicU32};

use async_trait::async_trait;

use super::*;

/// What an address does with its next call.
#[derive(Clone)]
enum Does {
    Answers,
    Fails(RoleError),
    Hangs,
}

/// An address that does as it is told, and counts.
struct Scripted {
    does: Mutex<Does>,
    well: AtomicBool,
    calls: AtomicU32,
    given_up: AtomicU32,
}

/// Counts a call that nobody waits for any more.
struct Waited<'a>(&'a Scripted, bool);

impl Drop for Waited<'_> {
    fn drop(&mut self) {
        if !self.1 {
            self.0.given_up.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Scripted {
    fn new(does: Does) -> Arc<Self> {
        let (well, calls, given_up) = (AtomicBool::new(true), AtomicU32::new(0), AtomicU32::new(0));
        Arc::new(Self { does: Mutex::new(does), well, calls, given_up })
    }

    fn now(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    async fn call(&self) -> Answer<u32> {
        let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
        let mut waited = Waited(self, false);
        let does = self.does.lock().unwrap().clone();
        let answer = match does {
            Does::Answers => Ok(number),
            Does::Fails(error) => Err(error),
            Does::Hangs => std::future::pending().await,
        };
        waited.1 = true;
        answer
    }
}

#[async_trait]
impl Probe for Scripted {
    async fn is_well(&self) -> bool {
        self.well.load(Ordering::SeqCst)
    }
}

fn settings() -> ResilienceSettings {
    ResilienceSettings {
        max_in_flight: 4,
        retries: 2,
        retry_pause_ms: 1,
        retry_share: 0.0,
        retry_floor: 1_000,
        hedge_after_ms: [(Role::Segmentation, 20)].into(),
        health_interval_ms: 5,
        breaker: BreakerSettings { failures: 3, rest_ms: 50, longest_rest_ms: 100, hung_after_ms: 0 },
    }
}

fn pool_of(role: Role, members: &[&Arc<Scripted>], settings: ResilienceSettings) -> Pool<Scripted> {
    let address = |(number, member): (usize, &&Arc<Scripted>)| {
        let probe: Arc<dyn Probe> = Arc::<Scripted>::clone(member);
        Address { name: format!("http://{number}"), backend: Arc::clone(member), probe }
    };
    Pool::new(role, members.iter().enumerate().map(address).collect(), settings)
}

fn pool(members: &[&Arc<Scripted>]) -> Pool<Scripted> {
    pool_of(Role::Alignment, members, settings())
}

async fn ask(pool: &Pool<Scripted>) -> Answer<u32> {
    pool.ask(Call::default(), |at| async move { at.call().await }).await
}

fn away() -> Does {
    Does::Fails(RoleError::Unavailable("no connection".into()))
}

#[tokio::test]
async fn a_call_that_found_nobody_is_made_again_elsewhere() {
    let (down, up) = (Scripted::new(away()), Scripted::new(Does::Answers));
    let pool = pool(&[&down, &up]);
    for _ in 0..6 {
        ask(&pool).await.unwrap();
    }
    assert_eq!(up.calls(), 6);
    assert_eq!(down.calls(), 3, "after three failures it is left alone");
    assert_eq!(pool.states()[0].breaker, BreakerState::Open);
}

#[tokio::test]
async fn only_unavailable_is_asked_again() {
    let errors = [
        RoleError::Internal("garbage".into()),
        RoleError::Overloaded("busy".into()),
        RoleError::DeadlineExceeded("late".into()),
        RoleError::invalid("picture", "truncated"),
    ];
    for error in errors {
        let (bad, other) = (Scripted::new(Does::Fails(error.clone())), Scripted::new(Does::Fails(error.clone())));
        assert_eq!(ask(&pool(&[&bad, &other])).await, Err(error));
        assert_eq!(bad.calls() + other.calls(), 1);
    }
}

#[tokio::test]
async fn a_service_in_trouble_gets_no_more_than_its_budget_of_repeated_calls() {
    let down = Scripted::new(away());
    let breaker = BreakerSettings { failures: 1_000, ..settings().breaker };
    let settings = ResilienceSettings { retry_floor: 1, breaker, ..settings() };
    let pool = pool_of(Role::Alignment, &[&down], settings);
    for _ in 0..100 {
        assert!(ask(&pool).await.is_err());
    }
    // One a second over the ten seconds that the budget remembers.
    assert!((101..=112).contains(&down.calls()), "{}", down.calls());
}

#[tokio::test]
async fn one_that_rests_is_not_asked_and_comes_back_by_itself() {
    let one = Scripted::new(away());
    let pool = pool(&[&one]);
    assert!(ask(&pool).await.is_err());
    let calls = one.calls();
    assert_eq!(calls, 3);
    let error = ask(&pool).await.unwrap_err().to_string();
    assert!(error.contains("alignment at http://0 failed again and again"), "{error}");
    assert_eq!(one.calls(), calls, "nobody asked it");
    one.now(Does::Answers);
    let mut recovered = false;
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        recovered |= ask(&pool).await.is_ok();
    }
    assert!(recovered && pool.states()[0].breaker == BreakerState::Closed);
}

#[tokio::test]
async fn wrong_answers_and_hanging_count_as_failures_and_bad_input_does_not() {
    let expectations = [
        (RoleError::Internal("NaN".into()), BreakerState::Open),
        (RoleError::DeadlineExceeded("hung".into()), BreakerState::Open),
        (RoleError::invalid("picture", "truncated"), BreakerState::Closed),
        (RoleError::Overloaded("busy".into()), BreakerState::Closed),
        (RoleError::Cancelled("left".into()), BreakerState::Closed),
    ];
    for (error, expected) in expectations {
        let pool = pool(&[&Scripted::new(Does::Fails(error.clone()))]);
        for _ in 0..3 {
            let _ = ask(&pool).await;
        }
        assert_eq!(pool.states()[0].breaker, expected, "{error}");
    }
}

#[tokio::test]
async fn a_call_that_takes_long_is_made_a_second_time_elsewhere_where_the_role_allows_it() {
    let (slow, quick) = (Scripted::new(Does::Hangs), Scripted::new(Does::Answers));
    let hedged = pool_of(Role::Segmentation, &[&slow, &quick], settings());
    for _ in 0..4 {
        hedged.ask(Call::default(), |at| async move { at.call().await }).await.unwrap();
    }
    assert!(slow.calls() >= 1 && slow.given_up.load(Ordering::SeqCst) == slow.calls(), "the loser is given up");

    let (slow, other) = (Scripted::new(Does::Hangs), Scripted::new(Does::Hangs));
    let plain = pool_of(Role::Decomposition, &[&slow, &other], settings());
    let waited = tokio::time::timeout(Duration::from_millis(200), ask(&plain)).await;
    assert!(waited.is_err());
    assert_eq!(slow.calls() + other.calls(), 1, "a language model is asked once");
}

#[tokio::test]
async fn the_least_busy_one_is_asked_and_one_with_too_much_to_do_refuses() {
    let (a, b) = (Scripted::new(Does::Hangs), Scripted::new(Does::Hangs));
    let pool = Arc::new(pool(&[&a, &b]));
    let waiting: Vec<_> = (0..8)
        .map(|_| {
            let pool = Arc::clone(&pool);
            tokio::spawn(async move { ask(&pool).await })
        })
        .collect();
    while a.calls() + b.calls() < 8 {
        tokio::task::yield_now().await;
    }
    assert_eq!((a.calls(), b.calls()), (4, 4));
    let error = ask(&pool).await.unwrap_err();
    assert!(matches!(&error, RoleError::Overloaded(message) if message.contains("has 4 calls running")), "{error}");
    waiting.iter().for_each(|call| call.abort());
    while pool.states().iter().any(|state| state.running > 0) {
        tokio::task::yield_now().await;
    }
    assert_eq!((a.given_up.load(Ordering::SeqCst), b.given_up.load(Ordering::SeqCst)), (4, 4));
}

#[tokio::test]
async fn one_that_does_not_call_itself_well_is_asked_last() {
    let (ill, well) = (Scripted::new(Does::Answers), Scripted::new(Does::Answers));
    ill.well.store(false, Ordering::SeqCst);
    let pool = pool(&[&ill, &well]);
    while pool.states()[0].well {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    for _ in 0..5 {
        ask(&pool).await.unwrap();
    }
    assert_eq!((ill.calls(), well.calls()), (0, 5));
    well.well.store(false, Ordering::SeqCst);
    ill.well.store(true, Ordering::SeqCst);
    while !pool.states()[0].well {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    ask(&pool).await.unwrap();
    assert_eq!(ill.calls(), 1);
}

#[tokio::test]
async fn a_pause_is_not_begun_where_the_deadline_comes_first() {
    let down = Scripted::new(away());
    let pool = pool_of(Role::Alignment, &[&down], ResilienceSettings { retry_pause_ms: 60_000, ..settings() });
    let call = Call { deadline: Some(Instant::now() + Duration::from_secs(5)) };
    let answer = pool.ask(call, |at| async move { at.call().await }).await;
    assert!(matches!(answer, Err(RoleError::Unavailable(_))));
    assert_eq!(down.calls(), 1);
}

#[test]
fn settings_that_cannot_be_kept_say_what_is_expected() {
    let wrong = |change: fn(&mut ResilienceSettings)| {
        let mut changed = settings();
        change(&mut changed);
        changed.check().unwrap_err()
    };
    assert!(wrong(|s| s.retry_share = f64::NAN).contains("[0, 1]"));
    assert!(wrong(|s| s.max_in_flight = 0).contains("at least 1"));
    assert!(wrong(|s| s.breaker.longest_rest_ms = 1).contains("at least rest_ms (50), got 1"));
    let asked_twice = wrong(|s| s.hedge_after_ms = [(Role::Decomposition, 5)].into());
    assert!(asked_twice.contains("got decomposition"));
    assert_eq!(settings().check(), Ok(()));
}
