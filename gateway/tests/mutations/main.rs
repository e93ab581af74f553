//! Bad input never makes us panic, leak or hang: thousands of mutated calls to a gateway and to the services behind it, over
//! sockets.
//!
//! The calls are always the same ones. `CPAIQA_MUTATIONS_SEED` gives others, `CPAIQA_MUTATIONS_COUNT` more or fewer of them, and
//! `CPAIQA_MUTATIONS_FIRST` begins at the number that a failure named.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]
#![allow(clippy::print_stderr, reason = "what is slow or large is worth a look")]

mod answers;
mod calls;
mod fields;
mod headers;
mod maker;
mod methods;
mod odd;
mod pictures;
mod place;
mod process;
#[path = "../support/served.rs"]
mod served;
mod work;

use std::time::Duration;

use kit::metrics;
use proto::{
    admin::{self, admin_service_client::AdminServiceClient},
    common,
    quality::{ScoreRequest, ScoreResponse, quality_service_client::QualityServiceClient},
};
use tonic::{Request, transport::Channel};

use crate::{pictures::Corpus, place::Place, work::Work};

/// A number from the environment.
fn given(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name}: expected a number")))
}

/// The judge's score of a good picture, without times.
async fn judged(place: &Place, picture: bytes::Bytes) -> ScoreResponse {
    let mut request = Request::new(ScoreRequest {
        picture: Some(common::Picture { data: picture, ..Default::default() }),
        prompt: "two red cats on a wooden bench, watercolor".into(),
        include_maps: true,
        include_suggestions: true,
        ..ScoreRequest::default()
    });
    request.metadata_mut().insert("authorization", format!("Bearer {}", place.key).parse().unwrap());
    let mut score = QualityServiceClient::new(place.gateway.clone()).score(request).await.unwrap().into_inner();
    score.stages.clear();
    score
}

/// Measurements that later calls speak of: two pictures of each of two prompts.
async fn kept(gateway: &Channel, corpus: &Corpus) -> Vec<String> {
    let mut ids = Vec::new();
    for prompt in ["two red cats", "a dragon over a city"] {
        for picture in &corpus.pictures[..2] {
            let picture = Some(common::Picture { data: picture.clone(), ..Default::default() });
            let request = ScoreRequest { picture, prompt: prompt.into(), ..ScoreRequest::default() };
            ids.push(QualityServiceClient::new(gateway.clone()).score(request).await.unwrap().into_inner().id);
        }
    }
    ids
}

/// Gauges of work that is going on, of those with this name.
fn going_on(name: &str) -> f64 {
    let text = metrics::record().unwrap().render();
    let lines = text.lines().filter(|line| line.starts_with(name));
    lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()).sum()
}

/// Waits until nothing is going on any more: calls that were hung up on end a little later.
async fn quiet(gateway: &Channel) {
    let mut left = String::new();
    for _ in 0..1_000 {
        let usage = AdminServiceClient::new(gateway.clone()).get_usage(admin::GetUsageRequest {}).await.unwrap();
        let [running, waiting, calls] = [metrics::RUNNING, metrics::WAITING, metrics::ACTIVE_CALLS].map(going_on);
        let counted = usage.into_inner().running;
        if (running, waiting, calls, counted) == (0.0, 0.0, 0.0, 0) {
            return;
        }
        left = format!("{running} pictures at work, {waiting} waiting, {calls} calls, {counted} in the quota");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("there should be nothing left: {left}");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_thousand_mutated_calls_are_answered_and_leave_nothing_behind() {
    let seed = given("CPAIQA_MUTATIONS_SEED", 20_260_101);
    let count = given("CPAIQA_MUTATIONS_COUNT", 20_000);
    let first = given("CPAIQA_MUTATIONS_FIRST", 0);
    process::watch_panics();
    // As a server does, which now and then sorts what was measured into buckets.
    metrics::serve(([127, 0, 0, 1], 0).into()).await.unwrap();
    let telemetry = toml::from_str("log = 'off'\njson = false\nlog_prompts = false").unwrap();
    let _telemetry = kit::telemetry::start("mutations", &telemetry).unwrap();

    let (place, corpus) = (Place::open().await, Corpus::new());
    let good = corpus.pictures[0].clone();
    let before = judged(&place, good.clone()).await;
    let kept = kept(&place.gateway, &corpus).await;
    let key = AdminServiceClient::new(place.gateway.clone()).create_key(admin::CreateKeyRequest::default()).await;
    let key = key.unwrap().into_inner().key.unwrap().id;
    let work = Work::new(seed, &place, corpus, kept, key);

    // What is kept for a while, by us and by the libraries, is there after a part of the calls.
    let warm = first + count / 2;
    work.run(first..warm).await;
    quiet(&place.gateway).await;
    let (files, (memory, _)) = (process::open_files(), process::memory());
    work.run(warm..first + count).await;
    quiet(&place.gateway).await;
    eprintln!("{}", work.told());
    let (files_after, (memory_after, most)) = (process::open_files(), process::memory());
    eprintln!(
        "{files} files and {memory} MiB after half of the calls, {files_after} and {memory_after} at the end; {most} MiB at most"
    );

    let panics = process::panics();
    assert!(panics.is_empty(), "seed {seed}: {} panics:\n{}", panics.len(), panics.join("\n"));
    let faults = work.faults();
    assert!(faults.is_empty(), "{} calls were answered wrongly:\n{}", faults.len(), faults.join("\n"));
    let after = judged(&place, good).await;
    assert_eq!(before, after, "seed {seed}: a good picture is judged otherwise than before");
    assert!(files_after <= files + 8, "seed {seed}: {files_after} open files, {files} before");
    assert!(memory_after <= memory + 64, "seed {seed}: {memory_after} MiB in use, {memory} before");
}
