use std::sync::{Arc, OnceLock, atomic::Ordering};

use proto::quality::{Candidate, RankRequest, ScoreStreamRequest, quality_service_client::QualityServiceClient};
use serde_json::Value;

use crate::{
    PICTURE, PROMPT, alone, channel, eventually, of,
    parts::{Parts, serve, settings},
    picture, request,
    written::Written,
};

/// The process's log, in JSON.
#[derive(Clone)]
struct Log(Written);

impl Log {
    /// Empty.
    fn start() -> Self {
        static LOG: OnceLock<Log> = OnceLock::new();
        let start = || {
            let written = Written::default();
            let writer = written.clone();
            tracing_subscriber::fmt().json().with_writer(move || writer.clone()).init();
            Self(written)
        };
        let log = LOG.get_or_init(start).clone();
        log.0.clear();
        log
    }

    fn text(&self) -> String {
        self.0.text()
    }

    /// The fields of each call that was logged.
    fn calls(&self) -> Vec<Value> {
        let text = self.text();
        let events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        events.filter(|event| event["target"] == "access").map(|event| event["fields"].clone()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_one_event_that_tells_all_but_the_prompt() {
    let _alone = alone().await;
    let log = Log::start();
    let mut client = QualityServiceClient::new(channel(&serve(Arc::default(), settings(), false).await).await);
    client.score(of("museum", request("general"))).await.unwrap();
    client.score(of("museum", request("nowhere"))).await.unwrap_err();
    let calls = log.calls();
    assert_eq!(calls.len(), 2, "{calls:?}");
    let good = &calls[0];
    for (field, expected) in [
        ("tenant", "museum"),
        ("credential", "none"),
        ("method", "Score"),
        ("code", "OK"),
        ("scenario", "general"),
        ("degraded", ""),
    ] {
        assert_eq!(good[field], expected, "{field}");
    }
    assert_eq!((&good["revision"], &good["score"], &good["pictures"]), (&3.into(), &62.5.into(), &1.into()));
    let digest = domain::picture::Digest(blake3::hash(PICTURE).into()).to_string();
    assert_eq!(good["picture"], digest);
    let stages = good["stages"].as_str().unwrap();
    for stage in
        ["decomposition=", "segmentation=", "distortion=", "global_alignment=", "scenario=", "fusion=", "total="]
    {
        assert!(stages.contains(stage), "{stages}");
    }
    assert!(stages.contains("ms/ok local_alignment=0.0ms/skipped"), "{stages}");
    assert!(good["ms"].as_f64().unwrap() > 0.0);
    let bad = &calls[1];
    assert_eq!((&bad["code"], &bad["picture"]), (&"NOT_FOUND".into(), &digest.into()));
    assert!(bad.get("score").is_none() && bad.get("prompt").is_none());
    assert!(!log.text().contains("dragon"), "{}", log.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_an_event_for_each_picture_and_a_ranking_is_one() {
    let _alone = alone().await;
    let log = Log::start();
    let mut client = QualityServiceClient::new(channel(&serve(Arc::default(), settings(), true).await).await);
    let item = |id: &str| ScoreStreamRequest { id: id.into(), request: Some(request("general")) };
    let items = futures::stream::iter([item("a"), item("b"), item("c")]);
    let mut answers = client.score_stream(items).await.unwrap().into_inner();
    while answers.message().await.unwrap().is_some() {}
    let candidate = |id: &str| Candidate { id: id.into(), picture: picture() };
    let candidates = vec![candidate("a"), candidate("b")];
    client.rank(RankRequest { candidates, prompt: PROMPT.into(), scenario: None }).await.unwrap();
    let calls = log.calls();
    let methods: Vec<_> = calls.iter().map(|call| call["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["ScoreStream", "ScoreStream", "ScoreStream", "Rank"]);
    assert!(calls.iter().all(|call| call["prompt"] == PROMPT), "prompts were to be logged: {calls:?}");
    assert_eq!((&calls[3]["pictures"], &calls[3]["scenario"]), (&2.into(), &"general".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_was_given_up_is_told_too() {
    let _alone = alone().await;
    let log = Log::start();
    let parts = Arc::new(Parts::default());
    parts.hanging.store(true, Ordering::SeqCst);
    let url = serve(Arc::clone(&parts), settings(), false).await;
    let mut client = QualityServiceClient::new(channel(&url).await);
    let asked = tokio::spawn(async move { client.score(of("museum", request("general"))).await });
    eventually("the call is at work", || parts.waited_for.load(Ordering::SeqCst)).await;
    assert!(log.calls().is_empty());
    asked.abort();
    eventually("the call is told", || !log.calls().is_empty()).await;
    let calls = log.calls();
    assert_eq!((&calls[0]["code"], &calls[0]["tenant"]), (&"CANCELLED".into(), &"museum".into()));
}
