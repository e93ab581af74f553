//! What three gateways count and know together, while all is well.

use kit::metrics;
use proto::{
    quality::RescoreRequest,
    scenario::{ScenarioSelector, scenario_selector::Selector},
};
use tonic::Code;

use crate::{
    fake::Does,
    fleet::{Fleet, cached, calls, client, of, score},
};

const CACHED: [&str; 3] = ["decomposition", "distortion", "segmentation"];

#[tokio::test(flavor = "multi_thread")]
async fn of_300_calls_at_once_through_the_balancer_exactly_the_days_pictures_are_scored() {
    let fleet = Fleet::start(&[("museum", "[allowance]\npictures_per_day = 100\n")], |_| {}).await;
    let calling = (0..300_u64).map(|number| {
        let url = fleet.balancer.url.clone();
        tokio::spawn(async move { score(url, "museum", number % 10, "a cat").await })
    });
    let mut scored = 0;
    for call in calling.collect::<Vec<_>>() {
        match call.await.unwrap() {
            Ok(answer) => {
                assert!(answer.degraded.is_empty(), "{:?}", answer.degraded);
                scored += 1;
            }
            Err(status) => {
                assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
                assert!(status.message().contains("the limit is 100 pictures a day"), "{status}");
            }
        }
    }
    assert_eq!(scored, 100);
    assert_eq!(fleet.balancer.connections(), [100; 3]);
    // What the others may use is untouched, at each gateway.
    for url in &fleet.gateways {
        fleet.score(url, "shop", 1).await.unwrap();
        assert_eq!(fleet.score(url, "museum", 1).await.unwrap_err().code(), Code::ResourceExhausted);
    }
}

/// The value of a series of the shared cache, 0 when it is not there.
fn lookups(cache: &str, result: &str) -> f64 {
    let series = format!(r#"cpaiqa_shared_cache_lookups_total{{cache="{cache}",result="{result}"}} "#);
    let text = metrics::record().unwrap().render();
    text.lines().find_map(|line| line.strip_prefix(&series)?.parse().ok()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_gateway_asked_for_is_found_by_the_others() {
    metrics::record().unwrap();
    let fleet = Fleet::start(&[], |_| {}).await;
    let before = ["decompositions", "segmentations", "distortions"]
        .map(|cache| (cache, lookups(cache, "hit"), lookups(cache, "miss")));
    let first = fleet.score(&fleet.balancer.url, "museum", 1).await.unwrap();
    assert_eq!(cached(&first), [""; 0]);
    for _ in 0..2 {
        let next = fleet.score(&fleet.balancer.url, "museum", 1).await.unwrap();
        assert_eq!(cached(&next), CACHED);
        assert_eq!((&next.id, next.score, &next.models), (&first.id, first.score, &first.models));
        assert_eq!((&next.regions, &next.distortions), (&first.regions, &first.distortions));
        assert_eq!(next.descriptors, first.descriptors);
    }
    assert_eq!(fleet.balancer.connections(), [1; 3], "each gateway was asked");
    assert_eq!(fleet.asked(), [1, 1, 1]);
    assert_eq!(calls(&fleet.aligner), 6, "nobody keeps alignments: twice for each score");
    for (cache, hits, misses) in before {
        // Other tests of this process count here too.
        assert!(lookups(cache, "hit") >= hits + 2.0 && lookups(cache, "miss") >= misses + 1.0, "{cache}");
    }

    let entries: Vec<String> = fleet.valkey.ask(&["KEYS", "cpaiqa:cache:*"]).await;
    assert_eq!(entries.len(), 3, "{entries:?}");
    for entry in &entries {
        assert!(entry.contains(":museum:") && !entry.contains("cat"), "{entry}");
        assert!(fleet.valkey.ask::<i64>(&["PTTL", entry]).await > 0, "{entry} lasts for ever");
    }
    // From now on each gateway has it itself.
    let _: String = fleet.valkey.ask(&["FLUSHALL"]).await;
    for url in &fleet.gateways {
        assert_eq!(cached(&fleet.score(url, "museum", 1).await.unwrap()), CACHED);
    }
    assert_eq!(fleet.asked(), [1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn prompts_and_pictures_are_found_apart() {
    let fleet = Fleet::start(&[], |_| {}).await;
    let [first, second, _] = &fleet.gateways[..] else { panic!() };
    fleet.score(first, "museum", 1).await.unwrap();
    let other_prompt = score(second.clone(), "museum", 1, "a dog").await.unwrap();
    assert_eq!(cached(&other_prompt), ["distortion", "segmentation"]);
    let other_picture = fleet.score(second, "museum", 2).await.unwrap();
    assert_eq!(cached(&other_picture), ["decomposition"]);
    assert_eq!(fleet.asked(), [2, 2, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_finds_what_another_ones_gateway_asked_for_only_where_both_files_say_so() {
    let both = "cache_partition = \"both\"\n";
    let fleet = Fleet::start(&[("a", both), ("b", both)], |_| {}).await;
    let [first, second, third] = &fleet.gateways[..] else { panic!() };
    fleet.score(first, "a", 1).await.unwrap();
    assert_eq!(cached(&fleet.score(second, "b", 1).await.unwrap()), CACHED);
    assert_eq!(fleet.asked(), [1, 1, 1]);
    for (asked_before, tenant) in ["museum", "shop"].into_iter().enumerate() {
        assert_eq!(cached(&fleet.score(third, tenant, 1).await.unwrap()), [""; 0], "{tenant}");
        assert_eq!(fleet.asked(), [asked_before as u64 + 2; 3], "{tenant}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn gateways_with_other_backends_do_not_find_the_answers_of_these() {
    let fleet = Fleet::start(&[], |_| {}).await;
    let other = Fleet::start(&[], |settings| settings.shared_cache.url = Some(fleet.valkey.url())).await;
    fleet.score(&fleet.balancer.url, "museum", 1).await.unwrap();
    assert_eq!(cached(&other.score(&other.balancer.url, "museum", 1).await.unwrap()), [""; 0]);
    assert_eq!(cached(&other.score(&other.balancer.url, "museum", 1).await.unwrap()), CACHED);
    assert_eq!((fleet.asked(), other.asked()), ([1; 3], [1; 3]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_from_one_gateway_is_judged_again_at_the_others() {
    let fleet = Fleet::start(&[], |_| {}).await;
    let scored = fleet.score(&fleet.balancer.url, "museum", 1).await.unwrap();
    let before = (fleet.asked(), calls(&fleet.aligner));
    let advertising = ScenarioSelector { selector: Some(Selector::Name("advertising".into())) };
    let general = ScenarioSelector { selector: Some(Selector::Name("general".into())) };
    let again = RescoreRequest { ids: vec![scored.id.clone()], scenarios: vec![general, advertising] };
    for _ in 0..2 {
        let mut client = client(fleet.balancer.url.clone()).await;
        let scores = client.rescore(of("museum", again.clone())).await.unwrap().into_inner().scores;
        assert_eq!(scores.len(), 2);
        assert!((scores[0].score - scored.score).abs() < 1e-9, "{} and {}", scores[0].score, scored.score);
        assert_eq!(scores[1].scenario.as_ref().unwrap().name, "advertising");
        assert_eq!(client.rescore(of("shop", again.clone())).await.unwrap_err().code(), Code::NotFound);
    }
    assert_eq!(fleet.balancer.connections(), [1; 3]);
    assert_eq!((fleet.asked(), calls(&fleet.aligner)), before, "no model is asked");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stood_in_for_an_answer_is_not_found_by_the_others() {
    let fleet = Fleet::start(&[], |_| {}).await;
    let [first, second, third] = &fleet.gateways[..] else { panic!() };
    fleet.decomposer.now(Does::StandsIn);
    assert_eq!(fleet.score(first, "museum", 1).await.unwrap().degraded[0].stage, "decomposition");
    fleet.decomposer.now(Does::Answers);
    let whole = fleet.score(second, "museum", 1).await.unwrap();
    assert!(whole.degraded.is_empty());
    assert_eq!(cached(&whole), ["distortion", "segmentation"]);
    assert_eq!(cached(&fleet.score(third, "museum", 1).await.unwrap()), CACHED);
    assert_eq!(fleet.asked(), [2, 1, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_url_each_gateway_has_its_own_answers_only() {
    let fleet = Fleet::start(&[], |settings| settings.shared_cache.url = None).await;
    for url in &fleet.gateways {
        assert_eq!(cached(&fleet.score(url, "museum", 1).await.unwrap()), [""; 0]);
        assert_eq!(cached(&fleet.score(url, "museum", 1).await.unwrap()), CACHED);
    }
    assert_eq!(fleet.asked(), [3, 3, 3]);
    assert_eq!(fleet.valkey.ask::<Vec<String>>(&["KEYS", "cpaiqa:cache:*"]).await, [""; 0]);
}
