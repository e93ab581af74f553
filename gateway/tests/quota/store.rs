//! Valkey as the store of what tenants use: what it holds, and what happens when it or a gateway goes away.
use std::time::Duration;

use cpaiqa_gateway::quota::{Allowance, Meter, QuotaSettings, Usage, ValkeyMeter, WhenAway};
use domain::roles::RoleError;

use crate::support::{eventually, impatient, patient, settings, valkey::Valkey};

const ANY: Allowance = Allowance { requests_per_second: None, burst: None, concurrent: None, pictures_per_day: None };
const TWO_PICTURES: Allowance = Allowance { pictures_per_day: Some(2), ..ANY };
const ONE_CALL: Allowance = Allowance { concurrent: Some(1), ..ANY };

/// Longer than any call may hang, for a busy machine.
const BOUND: Duration = Duration::from_secs(20);

fn is_quota(error: &RoleError) -> bool {
    matches!(error, RoleError::QuotaExceeded { .. })
}

#[tokio::test]
async fn the_servers_day_counts_and_everything_kept_ends_by_itself() {
    let server = Valkey::start();
    let meter = patient(&server);
    let mut yesterdays = meter.take("museum", &TWO_PICTURES, 2).await.unwrap();
    assert!(is_quota(&meter.take("museum", &TWO_PICTURES, 1).await.unwrap_err()));

    let mut keys: Vec<String> = server.ask(&["KEYS", "*"]).await;
    keys.sort();
    assert_eq!(keys, ["cpaiqa:{museum}:counts", "cpaiqa:{museum}:running"]);
    for key in &keys {
        assert!(server.ask::<i64>(&["PTTL", key]).await > 0, "{key} lasts for ever");
    }
    let seconds = server.ask::<(u64, u64)>(&["TIME"]).await.0;
    let day: u64 = server.ask(&["HGET", &keys[0], "day"]).await;
    assert!([0, 1].contains(&(seconds / 86_400 - day)), "{day}");

    // As if it had been counted the day before.
    let _: i64 = server.ask(&["HSET", &keys[0], "day", &(day - 1).to_string()]).await;
    assert_eq!(meter.usage("museum").await.unwrap().pictures_today, 0);
    drop(meter.take("museum", &TWO_PICTURES, 1).await.unwrap());
    let _: i64 = server.ask(&["HSET", &keys[0], "day", &(day + 1).to_string(), "pictures", "2"]).await;
    yesterdays.refund(2);
    drop(yesterdays);
    eventually("it is released", async || server.ask::<u64>(&["ZCARD", &keys[1]]).await == 0).await;
    assert_eq!(
        server.ask::<u64>(&["HGET", &keys[0], "pictures"]).await,
        2,
        "another day's pictures are not given back"
    );
}

#[tokio::test]
async fn a_server_whose_clock_was_set_back_lets_nobody_wait_for_the_old_time() {
    let server = Valkey::start();
    let meter = patient(&server);
    let ten_a_second = Allowance { requests_per_second: Some(10.0), burst: Some(5), ..ANY };
    drop(meter.take("museum", &ten_a_second, 1).await.unwrap());
    let in_an_hour = (server.ask::<(u64, u64)>(&["TIME"]).await.0 + 3_600) * 1_000_000;
    let _: i64 = server.ask(&["HSET", "cpaiqa:{museum}:counts", "empty", &in_an_hour.to_string()]).await;
    let error = meter.take("museum", &ten_a_second, 1).await.unwrap_err();
    assert!(matches!(&error, RoleError::QuotaExceeded { retry_after: Some(wait), .. } if wait.as_millis() <= 100));
    eventually("the rate goes on", async || meter.take("museum", &ten_a_second, 1).await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_store_is_done_without_where_each_gateway_may_count_and_used_again_when_it_is_back() {
    let mut server = Valkey::start();
    let meter = impatient(&server, WhenAway::Local);
    eventually("counted by the server", async || {
        drop(meter.take("museum", &TWO_PICTURES, 1).await);
        server.ask::<u64>(&["EXISTS", "cpaiqa:{museum}:counts"]).await == 1
    })
    .await;
    server.kill();
    for _ in 0..2 {
        drop(meter.take("shop", &TWO_PICTURES, 1).await.unwrap());
    }
    assert!(is_quota(&meter.take("shop", &TWO_PICTURES, 1).await.unwrap_err()), "limits hold in this process");
    assert_eq!(meter.usage("shop").await.unwrap().pictures_today, 2);

    server.serve();
    eventually("counted by the server again", async || {
        drop(meter.take("shop", &ANY, 1).await.unwrap());
        server.ask::<u64>(&["EXISTS", "cpaiqa:{shop}:counts"]).await == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_killed_store_limited_calls_are_refused_where_that_is_asked_for_until_it_is_back() {
    let mut server = Valkey::start();
    let meter = impatient(&server, WhenAway::Refuse);
    eventually("the first picture", async || meter.take("museum", &TWO_PICTURES, 1).await.is_ok()).await;
    server.kill();
    for _ in 0..3 {
        let taken = tokio::time::timeout(BOUND, meter.take("museum", &TWO_PICTURES, 1)).await.expect("it hangs");
        let error = taken.unwrap_err();
        assert!(matches!(&error, RoleError::Unavailable(why) if why.contains("the quota store 127.0.0.1:")), "{error}");
    }
    assert!(matches!(meter.usage("museum").await.unwrap_err(), RoleError::Unavailable(_)));
    drop(meter.take("free", &ANY, 1).await.expect("nothing can be refused to a tenant without limits"));

    server.serve();
    eventually("counted again", async || meter.take("museum", &TWO_PICTURES, 1).await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_restarted_between_two_calls_fails_neither() {
    let mut server = Valkey::start();
    let meter = patient(&server);
    drop(meter.take("museum", &TWO_PICTURES, 1).await.unwrap());
    server.kill();
    server.serve();
    drop(meter.take("museum", &TWO_PICTURES, 1).await.unwrap());
    assert_eq!(meter.usage("museum").await.unwrap().pictures_today, 1, "the restart forgot the first");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_hangs_holds_no_call_and_gives_back_what_nobody_waited_for() {
    let server = Valkey::start();
    let meter = impatient(&server, WhenAway::Refuse);
    eventually("the server answers", async || meter.usage("museum").await.is_ok()).await;
    server.hang();
    for _ in 0..3 {
        let taken = tokio::time::timeout(BOUND, meter.take("museum", &TWO_PICTURES, 1)).await.expect("it hangs");
        let error = taken.unwrap_err();
        assert!(matches!(&error, RoleError::Unavailable(why) if why.contains("no answer within 250 ms")), "{error}");
    }
    server.go_on();
    let counted = async || server.ask::<Option<u64>>(&["HGET", "cpaiqa:{museum}:counts", "pictures"]).await;
    eventually("the late calls were counted and given back", async || counted().await == Some(0)).await;
    eventually("the late calls ended", async || meter.usage("museum").await.ok() == Some(Usage::default())).await;
    eventually("both pictures are there", async || meter.take("museum", &TWO_PICTURES, 2).await.is_ok()).await;
}

#[tokio::test]
async fn the_places_of_a_gateway_that_died_come_back() {
    let server = Valkey::start();
    let settings = QuotaSettings { lease_ms: 3_000, timeout_ms: 2_500, ..settings(&server, WhenAway::Refuse) };
    // A gateway is what runs in this runtime; with it end all its tasks, without a word to the server.
    let of_the_dead = settings.clone();
    let dying = std::thread::spawn(move || {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(async {
            let meter = ValkeyMeter::new(&of_the_dead).unwrap();
            for _ in 0..100 {
                if let Ok(permit) = meter.take("museum", &ONE_CALL, 1).await {
                    return std::mem::forget(permit);
                }
            }
            panic!("no permit");
        });
        runtime.shutdown_background();
    });
    dying.join().unwrap();
    assert_eq!(server.ask::<u64>(&["ZCARD", "cpaiqa:{museum}:running"]).await, 1, "its place is still taken");
    let meter = ValkeyMeter::new(&settings).unwrap();
    eventually("its place is free", async || meter.take("museum", &ONE_CALL, 1).await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_call_keeps_its_place_longer_than_a_lease_and_after_a_restart_of_the_store() {
    let mut server = Valkey::start();
    let meter = ValkeyMeter::new(&QuotaSettings { lease_ms: 3_000, ..settings(&server, WhenAway::Refuse) }).unwrap();
    let mut permit = None;
    eventually("a place", async || {
        permit = meter.take("museum", &ONE_CALL, 1).await.ok();
        permit.is_some()
    })
    .await;
    let running = async || {
        server.ask::<Vec<(String, f64)>>(&["ZRANGE", "cpaiqa:{museum}:running", "0", "-1", "WITHSCORES"]).await
    };
    let first = running().await;
    eventually("the lease is longer by itself", async || {
        let now = running().await;
        assert_eq!(now[0].0, first[0].0, "it is the same lease");
        now[0].1 > first[0].1 + 3_000_000.0
    })
    .await;
    server.kill();
    server.serve();
    let running = async || server.ask::<u64>(&["ZCARD", "cpaiqa:{museum}:running"]).await;
    eventually("the new server knows the running call", async || running().await == 1).await;
    assert!(is_quota(&meter.take("museum", &ONE_CALL, 1).await.unwrap_err()));
    drop(permit);
    eventually("it ends", async || running().await == 0).await;
}

#[tokio::test]
async fn a_store_that_refuses_the_password_is_used_once_it_takes_it_and_the_password_is_not_told() {
    let server = Valkey::start();
    let store = server.url().replace("redis://", "redis://:open-sesame@");
    let meter = ValkeyMeter::new(&QuotaSettings { store, ..settings(&server, WhenAway::Refuse) }).unwrap();
    let mut said = String::new();
    eventually("the server refuses", async || {
        said = meter.take("museum", &ONE_CALL, 1).await.unwrap_err().to_string();
        said.contains("assword")
    })
    .await;
    assert!(said.starts_with("unavailable: the quota store 127.0.0.1:") && !said.contains("sesame"), "{said}");
    let _: String = server.ask(&["CONFIG", "SET", "requirepass", "open-sesame"]).await;
    eventually("it is used", async || meter.take("museum", &ONE_CALL, 1).await.is_ok()).await;
}
