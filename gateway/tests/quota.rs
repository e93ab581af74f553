//! What tenants may use, counted in memory and in Valkey alike.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

#[path = "quota/store.rs"]
mod store;
mod support;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cpaiqa_gateway::quota::{Allowance, MemoryMeter, Meter, Permit, Usage};
use domain::roles::{Answer, RoleError};
use support::{Place, eventually};

/// Makes each test one in memory and one on a Valkey server of its own.
macro_rules! on_both_meters {
    ($($(#[$doc:meta])* async fn $name:ident($place:ident: Place) $body:block)*) => {
        $($(#[$doc])* async fn $name($place: Place) $body)*

        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Place::memory()).await;
            })*
        }

        mod valkey {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Place::valkey()).await;
            })*
        }
    };
}

const ANY: Allowance = Allowance { requests_per_second: None, burst: None, concurrent: None, pictures_per_day: None };

fn pictures(limit: u64) -> Allowance {
    Allowance { pictures_per_day: Some(limit), ..ANY }
}

fn concurrent(limit: u32) -> Allowance {
    Allowance { concurrent: Some(limit), ..ANY }
}

fn rate(rate: f64, burst: u32) -> Allowance {
    Allowance { requests_per_second: Some(rate), burst: Some(burst), ..ANY }
}

/// The quota that refused, and when it says to come again.
fn refused(answer: Answer<Permit>) -> (String, Option<Duration>) {
    match answer.unwrap_err() {
        RoleError::QuotaExceeded { quota, retry_after, .. } => (quota, retry_after),
        other => panic!("{other}"),
    }
}

/// How many of `calls` at once pass, half of them at each gateway.
async fn passing(gateways: &[Arc<dyn Meter>; 2], calls: usize, allowance: Allowance, pictures: u64) -> usize {
    let taking = (0..calls).map(|call| {
        let meter = Arc::clone(&gateways[call % 2]);
        tokio::spawn(async move { meter.take("museum", &allowance, pictures).await })
    });
    let mut passed = Vec::new();
    for taken in taking.collect::<Vec<_>>() {
        match taken.await.unwrap() {
            Ok(permit) => passed.push(permit),
            Err(error) => assert!(matches!(error, RoleError::QuotaExceeded { .. }), "{error}"),
        }
    }
    passed.len()
}

/// A call's end is told to a server after the call; waits until it is known.
async fn all_ended(meter: &Arc<dyn Meter>) {
    eventually("calls end", async || meter.usage("museum").await.unwrap().running == 0).await;
}

on_both_meters! {
    async fn exactly_the_days_pictures_pass_of_200_calls_at_once(place: Place) {
        let gateways = place.gateways();
        assert_eq!(passing(&gateways, 200, pictures(50), 1).await, 50);
        let (quota, again) = refused(gateways[0].take("museum", &pictures(50), 1).await);
        assert_eq!(quota, "pictures_per_day");
        assert!(again.unwrap() <= Duration::from_secs(86_400));
        assert_eq!(gateways[1].usage("museum").await.unwrap().pictures_today, 50);
    }

    async fn calls_for_several_pictures_get_all_of_them_or_none(place: Place) {
        let gateways = place.gateways();
        assert_eq!(passing(&gateways, 200, pictures(50), 3).await, 16, "48 pictures, and 3 more are too many");
        assert_eq!(passing(&gateways, 200, pictures(50), 2).await, 1);
        assert_eq!(passing(&gateways, 200, pictures(50), 1).await, 0);
        assert_eq!(passing(&gateways, 3, pictures(50), 0).await, 3, "calls without pictures go on");
        assert_eq!(gateways[0].usage("museum").await.unwrap().pictures_today, 50);
        let (_, again) = refused(gateways[0].take("museum", &pictures(50), 51).await);
        assert_eq!(again, None, "it never passes");
    }

    async fn no_more_calls_run_at_once_than_allowed(place: Place) {
        let gateways = place.gateways();
        let (running, most) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
        let calls = (0..200_usize).map(|call| {
            let (meter, running, most) = (Arc::clone(&gateways[call % 2]), Arc::clone(&running), Arc::clone(&most));
            tokio::spawn(async move {
                let permit = loop {
                    match meter.take("museum", &concurrent(5), 1).await {
                        Ok(permit) => break permit,
                        Err(error) => assert!(matches!(error, RoleError::QuotaExceeded { .. }), "{error}"),
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                };
                most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(2)).await;
                running.fetch_sub(1, Ordering::SeqCst);
                drop(permit);
            })
        });
        for call in calls.collect::<Vec<_>>() {
            tokio::time::timeout(Duration::from_secs(60), call).await.expect("places come back").unwrap();
        }
        let most = most.load(Ordering::SeqCst);
        assert!((2..=5).contains(&most), "{most} ran at once");
        all_ended(&gateways[0]).await;
        assert_eq!(gateways[0].usage("museum").await.unwrap().pictures_today, 200);
    }

    async fn of_200_calls_that_stay_exactly_the_allowed_run(place: Place) {
        let gateways = place.gateways();
        assert_eq!(passing(&gateways, 200, concurrent(7), 1).await, 7);
        all_ended(&gateways[0]).await;
        assert_eq!(passing(&gateways, 200, concurrent(7), 1).await, 7);
    }

    async fn a_call_that_is_dropped_or_cancelled_frees_its_place(place: Place) {
        let [meter, other] = place.gateways();
        let permit = meter.take("museum", &concurrent(1), 1).await.unwrap();
        assert_eq!(refused(other.take("museum", &concurrent(1), 1).await), ("concurrent".into(), Some(Duration::from_secs(1))));
        drop(permit);
        all_ended(&other).await;

        let holding = Arc::clone(&meter);
        let call = tokio::spawn(async move {
            let _permit = holding.take("museum", &concurrent(1), 1).await.unwrap();
            std::future::pending::<()>().await;
        });
        eventually("the call runs", async || other.usage("museum").await.unwrap().running == 1).await;
        call.abort();
        all_ended(&other).await;
        drop(other.take("museum", &concurrent(1), 1).await.unwrap());
    }

    /// What clients that hang up while it is counted leave behind.
    async fn calls_given_up_while_they_are_counted_leave_nothing_behind(place: Place) {
        let gateways = place.gateways();
        let taken = Arc::new(AtomicU64::new(0));
        for round in 0..300_u64 {
            let calls = (0..4_usize).map(|call| {
                let (meter, taken) = (Arc::clone(&gateways[call % 2]), Arc::clone(&taken));
                tokio::spawn(async move {
                    let _permit = meter.take("museum", &ANY, 3).await.unwrap();
                    taken.fetch_add(3, Ordering::SeqCst);
                    std::future::pending::<()>().await;
                })
            });
            let calls: Vec<_> = calls.collect();
            tokio::time::sleep(Duration::from_micros(round * 7)).await;
            calls.iter().for_each(|call| call.abort());
            for call in calls {
                assert!(call.await.unwrap_err().is_cancelled());
            }
        }
        let taken = taken.load(Ordering::SeqCst);
        eventually("only what calls had in hand is counted", async || {
            gateways[0].usage("museum").await.unwrap() == Usage { pictures_today: taken, running: 0 }
        })
        .await;
    }

    async fn a_burst_passes_and_the_next_call_is_told_when_to_come_again(place: Place) {
        let gateways = place.gateways();
        assert_eq!(passing(&gateways, 200, rate(0.01, 7), 1).await, 7);
        let (quota, again) = refused(gateways[0].take("museum", &rate(0.01, 7), 1).await);
        assert_eq!(quota, "requests_per_second");
        assert!((Duration::from_secs(1)..=Duration::from_secs(100)).contains(&again.unwrap()), "{again:?}");

        // Enough time between two for a slow machine to see the second refused.
        let slow = rate(0.5, 1);
        drop(gateways[0].take("shop", &slow, 1).await.unwrap());
        let (_, again) = refused(gateways[1].take("shop", &slow, 1).await);
        tokio::time::sleep(again.unwrap()).await;
        drop(gateways[1].take("shop", &slow, 1).await.unwrap());
    }

    async fn tenants_do_not_touch_each_other(place: Place) {
        let [meter, other] = place.gateways();
        let all = Allowance { requests_per_second: Some(0.01), burst: Some(1), concurrent: Some(1), pictures_per_day: Some(1) };
        let _museum = meter.take("museum", &all, 1).await.unwrap();
        let _shop = other.take("shop", &all, 1).await.unwrap();
        assert_eq!(meter.usage("shop").await.unwrap(), Usage { pictures_today: 1, running: 1 });
        assert_eq!(meter.usage("nobody").await.unwrap(), Usage::default());
        refused(other.take("museum", &all, 1).await);
    }

    async fn a_call_that_one_limit_refuses_takes_nothing_of_the_others(place: Place) {
        let [meter, other] = place.gateways();
        let all = Allowance { requests_per_second: Some(0.01), burst: Some(2), concurrent: Some(1), pictures_per_day: Some(10) };
        let first = meter.take("museum", &all, 1).await.unwrap();
        assert_eq!(refused(other.take("museum", &all, 1).await).0, "concurrent");
        assert_eq!(meter.usage("museum").await.unwrap(), Usage { pictures_today: 1, running: 1 });
        drop(first);
        all_ended(&other).await;
        assert_eq!(refused(other.take("museum", &all, 10).await).0, "pictures_per_day");
        assert_eq!(meter.usage("museum").await.unwrap(), Usage { pictures_today: 1, running: 0 });
        drop(other.take("museum", &all, 1).await.expect("the refused calls took nothing of the burst"));
        all_ended(&other).await;
        assert_eq!(refused(other.take("museum", &all, 1).await).0, "requests_per_second");
        assert_eq!(meter.usage("museum").await.unwrap(), Usage { pictures_today: 2, running: 0 });
    }

    async fn pictures_given_back_are_not_counted(place: Place) {
        let [meter, other] = place.gateways();
        let mut permit = meter.take("museum", &pictures(5), 5).await.unwrap();
        permit.refund(1);
        permit.refund(1);
        drop(permit);
        eventually("two are back", async || other.usage("museum").await.unwrap().pictures_today == 3).await;
        let mut permit = other.take("museum", &pictures(5), 2).await.unwrap();
        permit.refund(7);
        drop(permit);
        eventually("no more than were taken", async || meter.usage("museum").await.unwrap().pictures_today == 3).await;
        all_ended(&meter).await;
        assert_eq!(meter.usage("museum").await.unwrap().pictures_today, 3);
    }

    async fn a_changed_allowance_holds_from_the_next_call_on(place: Place) {
        let [meter, other] = place.gateways();
        drop(meter.take("museum", &ANY, 10).await.unwrap());
        let error = other.take("museum", &pictures(5), 1).await.unwrap_err().to_string();
        assert!(error.contains("the limit is 5 pictures a day, 10 are used, 1 were asked for"), "{error}");
        drop(other.take("museum", &pictures(11), 1).await.unwrap());
    }
}

/// A clock that tests set, milliseconds since 1970.
fn set_clock(start: u64) -> (Arc<AtomicU64>, MemoryMeter) {
    let time = Arc::new(AtomicU64::new(start));
    let told = Arc::clone(&time);
    (time, MemoryMeter::with_clock(Arc::new(move || Duration::from_millis(told.load(Ordering::SeqCst)))))
}

const DAY_MS: u64 = 86_400_000;

#[tokio::test]
async fn a_new_day_begins_at_midnight_utc_and_yesterdays_pictures_do_not_come_back() {
    let (time, meter) = set_clock(20_000 * DAY_MS - 1);
    let mut permit = meter.take("museum", &pictures(2), 2).await.unwrap();
    let (_, again) = refused(meter.take("museum", &pictures(2), 1).await);
    assert_eq!(again, Some(Duration::from_millis(1)));
    time.fetch_add(1, Ordering::SeqCst);
    assert_eq!(meter.usage("museum").await.unwrap(), Usage { pictures_today: 0, running: 1 });
    drop(meter.take("museum", &pictures(2), 1).await.unwrap());
    permit.refund(2);
    drop(permit);
    assert_eq!(meter.usage("museum").await.unwrap(), Usage { pictures_today: 1, running: 0 });
}

#[tokio::test]
async fn the_rate_is_exact_by_the_clock_even_where_the_clock_is_set_back() {
    let (time, meter) = set_clock(20_000 * DAY_MS);
    let allowance = rate(2.0, 3);
    let passing = async || {
        let mut passed = 0;
        while let Ok(permit) = meter.take("museum", &allowance, 0).await {
            drop(permit);
            passed += 1;
        }
        passed
    };
    assert_eq!(passing().await, 3);
    let (_, again) = refused(meter.take("museum", &allowance, 0).await);
    assert_eq!(again, Some(Duration::from_millis(500)));
    time.fetch_add(499, Ordering::SeqCst);
    assert_eq!(passing().await, 0);
    time.fetch_add(1, Ordering::SeqCst);
    assert_eq!(passing().await, 1);
    time.fetch_add(60_000, Ordering::SeqCst);
    assert_eq!(passing().await, 3, "no more than a burst after a pause");
    time.fetch_sub(3_600_000, Ordering::SeqCst);
    assert_eq!(passing().await, 0);
    time.fetch_add(500, Ordering::SeqCst);
    assert_eq!(passing().await, 1, "an hour back is not an hour to wait");
}
