//! A score that is watched: its stages as they end, then the score or why there is none.

use std::sync::atomic::Ordering;

use decomposition::test_server::{Mode, TestServer};
use futures::StreamExt;
use proto::quality::{
    ScoreProgressRequest, ScoreProgressResponse, ScoreRequest, Stage, quality_service_client::QualityServiceClient,
    score_progress_response::Event,
};
use tonic::{Code, Streaming};

use crate::{
    cancellation::{decomposition, gateway, reaches},
    fake::{Does, Fake},
    pictures,
};

/// What a caller hears who watches a score by `fake` and a language model.
async fn watched(fake: &Fake, model: &TestServer) -> Streaming<ScoreProgressResponse> {
    let mut client = QualityServiceClient::connect(gateway(fake, decomposition(model).await).await).await.unwrap();
    let request = ScoreRequest {
        picture: Some(proto::common::Picture { data: pictures::numbered(1), ..Default::default() }),
        prompt: "a red cat".into(),
        ..ScoreRequest::default()
    };
    client.score_progress(ScoreProgressRequest { request: Some(request) }).await.unwrap().into_inner()
}

async fn model() -> TestServer {
    TestServer::start(Mode::good()).await.unwrap()
}

fn names<'a>(stages: impl IntoIterator<Item = &'a Stage>) -> Vec<&'a str> {
    let mut names: Vec<_> = stages.into_iter().map(|stage| &*stage.name).collect();
    names.sort_unstable();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_are_told_as_they_end_and_the_score_last() {
    let mut heard: Vec<_> =
        watched(&Fake::start(), &model().await).await.map(|message| message.unwrap().event.unwrap()).collect().await;
    let Some(Event::Score(score)) = heard.pop() else { panic!("the last is no score") };
    let told: Vec<Stage> = heard
        .into_iter()
        .map(|event| match event {
            Event::Stage(stage) => stage,
            Event::Score(_) => panic!("two scores"),
        })
        .collect();
    let (scenario, fusion) = (told.first().unwrap(), told.last().unwrap());
    assert_eq!((&*scenario.name, &*fusion.name), ("scenario", "fusion"));
    // The whole is no stage of its own, and a wait for a turn is told only when it is over.
    let in_the_answer = score.stages.iter().filter(|stage| !["total", "queue"].contains(&&*stage.name));
    assert_eq!(names(&told), names(in_the_answer));
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_are_heard_while_others_run_and_who_stops_listening_ends_those() {
    let fake = Fake::start();
    fake.now(Does::Hangs);
    let model = model().await;
    let mut heard = watched(&fake, &model).await;
    for expected in ["scenario", "decomposition"] {
        let Some(Event::Stage(stage)) = heard.next().await.unwrap().unwrap().event else { panic!("no stage") };
        assert_eq!(stage.name, expected);
    }
    // Segmentation, distortion and global alignment.
    reaches("calls to backends", 3, || fake.seen.calls.load(Ordering::SeqCst) as usize).await;
    drop(heard);
    reaches("calls to backends that end", 3, || fake.seen.given_up.load(Ordering::SeqCst) as usize).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_score_that_fails_tells_the_stages_before_and_then_why() {
    let fake = Fake::start();
    fake.now(Does::Fails);
    let mut heard: Vec<_> = watched(&fake, &model().await).await.collect().await;
    let error = heard.pop().unwrap().unwrap_err();
    assert!(error.code() == Code::Internal && error.message().contains("alignment"), "{error}");
    assert!(!heard.is_empty() && heard.iter().all(Result::is_ok));
}
