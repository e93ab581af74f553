//! What three gateways do while what they share is away, slow, full or damaged.

use std::time::{Duration, Instant};

use cpaiqa_gateway::GatewaySettings;

use crate::{
    fleet::{Fleet, cached, calls, eventually},
    log::Log,
};

/// Longer than a score may take here, for a busy machine.
const BOUND: Duration = Duration::from_secs(20);

/// Counts stay at each gateway, so that only the cache is away.
fn only_the_cache(settings: &mut GatewaySettings) {
    settings.quota.store = "memory".into();
}

/// As [`only_the_cache`], with the shipped patience.
fn impatient(settings: &mut GatewaySettings) {
    only_the_cache(settings);
    settings.shared_cache.timeout_ms = 50;
}

async fn is_used_again(fleet: &Fleet) {
    let mut number = 1_000;
    eventually("the cache is used again", async || {
        number += 1;
        fleet.shares("museum", number).await
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_cache_is_done_without_said_once_and_used_again_when_it_is_back() {
    let log = Log::start();
    let mut fleet = Fleet::start(&[], only_the_cache).await;
    assert!(fleet.shares("museum", 1).await);
    let address = fleet.valkey.address();
    assert_eq!(log.lines(&["shared cache", &address]), [""; 0]);
    fleet.valkey.kill();
    let start = Instant::now();
    for number in 2..12 {
        assert!(!fleet.shares("museum", number).await, "each gateway asks for itself");
        for url in &fleet.gateways[..2] {
            let answer = fleet.score(url, "museum", number).await.unwrap();
            assert!(answer.degraded.is_empty(), "{:?}", answer.degraded);
            assert!(cached(&answer).contains(&"segmentation"), "and has it itself then");
        }
    }
    assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
    let said = log.lines(&["the shared cache is away or full, this gateway does without", &address]);
    assert_eq!(said.len(), 2, "once by each of the two gateways that were asked: {said:?}");
    fleet.valkey.serve();
    is_used_again(&fleet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_hangs_holds_no_call_and_is_used_again_when_it_answers() {
    let fleet = Fleet::start(&[], impatient).await;
    is_used_again(&fleet).await;
    fleet.valkey.hang();
    for number in 1..6 {
        for url in &fleet.gateways {
            let scored = tokio::time::timeout(BOUND, fleet.score(url, "museum", number)).await.expect("it hangs");
            assert!(scored.unwrap().degraded.is_empty());
        }
    }
    fleet.valkey.go_on();
    is_used_again(&fleet).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_cache_still_tells_what_it_has_and_takes_more_when_there_is_room() {
    let fleet = Fleet::start(&[], only_the_cache).await;
    let [first, second, third] = &fleet.gateways[..] else { panic!() };
    fleet.score(first, "museum", 1).await.unwrap();
    let _: String = fleet.valkey.ask(&["CONFIG", "SET", "maxmemory", "1"]).await;
    assert!(!fleet.shares("museum", 2).await, "nothing is taken");
    for url in [second, third] {
        assert!(cached(&fleet.score(url, "museum", 1).await.unwrap()).contains(&"segmentation"), "the old is found");
    }
    let _: String = fleet.valkey.ask(&["CONFIG", "SET", "maxmemory", "0"]).await;
    assert!(fleet.shares("museum", 3).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_too_large_stays_with_the_gateway_that_asked_for_it() {
    let fleet = Fleet::start(&[], |settings| settings.shared_cache.max_bytes = 4).await;
    assert!(!fleet.shares("museum", 1).await);
    assert_eq!(fleet.valkey.ask::<Vec<String>>(&["KEYS", "cpaiqa:cache:*"]).await, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_entry_is_asked_for_anew_and_whole_again_for_the_next() {
    let fleet = Fleet::start(&[], |_| {}).await;
    let [first, second, third] = &fleet.gateways[..] else { panic!() };
    for (number, damage) in ["", "nonsense", "cut off", "another entry's"].into_iter().enumerate() {
        let tenant = format!("tenant-{number}");
        let whole = fleet.score(first, &tenant, 1).await.unwrap();
        let entries: Vec<String> = fleet.valkey.ask(&["KEYS", &format!("cpaiqa:cache:*:{tenant}:*")]).await;
        assert_eq!(entries.len(), 3, "{entries:?}");
        for entry in &entries {
            match damage {
                "cut off" => {
                    let most = fleet.valkey.ask::<u64>(&["STRLEN", entry]).await / 2;
                    let script = "return redis.call('SET', KEYS[1], redis.call('GETRANGE', KEYS[1], 0, ARGV[1]))";
                    let _: String = fleet.valkey.ask(&["EVAL", script, "1", entry, &most.to_string()]).await;
                }
                "another entry's" => {
                    let kind = entry.split(':').nth(4).unwrap();
                    let others: Vec<String> =
                        fleet.valkey.ask(&["KEYS", &format!("cpaiqa:cache:*:tenant-0:{kind}:*")]).await;
                    let _: u64 = fleet.valkey.ask(&["COPY", &others[0], entry, "REPLACE"]).await;
                }
                damage => {
                    let _: String = fleet.valkey.ask(&["SET", entry, damage]).await;
                }
            }
        }
        let before = fleet.asked();
        let anew = fleet.score(second, &tenant, 1).await.unwrap();
        assert_eq!((cached(&anew), &anew.id, anew.score), (vec![], &whole.id, whole.score), "{damage}");
        assert_eq!(fleet.asked(), before.map(|calls| calls + 1), "{damage}");
        let found = fleet.score(third, &tenant, 1).await.unwrap();
        assert_eq!(cached(&found).len(), 3, "{damage}");
        assert_eq!(fleet.asked(), before.map(|calls| calls + 1), "{damage}");
    }
    assert_eq!(calls(&fleet.aligner), 4 * 3 * 2);
}
