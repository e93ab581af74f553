use decomposition::test_server::{Mode, TestServer};
use proto::{
    common::Picture,
    quality::{
        Candidate, CompareRequest, RankRequest, RescoreRequest, ScoreRequest, ScoreStreamRequest,
        quality_service_client::QualityServiceClient, ranked, score_stream_response,
    },
    scenario::{ScenarioSelector, scenario_selector::Selector},
};
use serde_json::Value;
use tokio_stream::StreamExt;
use tonic::{Code, transport::Channel};

use crate::support::{CAT, CAT_PROMPT, Server, channel, example, json, json_lines, run, shared, started};

const DRAGON: &str = "pink-dragon.jpg";

fn picture(name: &str) -> Option<Picture> {
    Some(Picture { data: std::fs::read(example(name)).unwrap().into(), ..Picture::default() })
}

fn named(name: &str) -> ScenarioSelector {
    ScenarioSelector { selector: Some(Selector::Name(name.into())) }
}

async fn client() -> QualityServiceClient<Channel> {
    QualityServiceClient::new(shared().await).max_decoding_message_size(1 << 26)
}

#[test]
fn of_two_pictures_the_one_that_keeps_the_prompt_leads_and_the_reasons_sum_to_the_lead() {
    let url = Server::shared().url();
    let compared = json(&[
        "compare",
        &example(CAT),
        &example(DRAGON),
        "--prompt",
        CAT_PROMPT,
        "--format",
        "json",
        "--endpoint",
        &url,
    ]);
    let lead = compared["lead"].as_f64().unwrap();
    assert!(lead > 5.0 && compared["a_preferred"].as_f64().unwrap() > 0.5);
    let reasons: f64 = compared["reasons"].as_array().unwrap().iter().map(|r| r["points"].as_f64().unwrap()).sum();
    assert!((reasons - lead).abs() < 1e-6, "{reasons} and {lead}");
    let said = run(&["compare", &example(DRAGON), &example(CAT), "--prompt", CAT_PROMPT, "--endpoint", &url]);
    assert!(
        said.out.contains("cat-on-throne.jpg leads") && said.out.contains("for b  global alignment"),
        "{}",
        said.out
    );
}

#[test]
fn candidates_are_ranked_and_one_that_is_no_picture_comes_last() {
    let url = Server::shared().url();
    let no_picture = crate::support::root().join("README.md").display().to_string();
    let (dragon, cat) = (example(DRAGON), example(CAT));
    let ranked = json_lines(&[
        "rank",
        &no_picture,
        &dragon,
        &cat,
        "--prompt",
        CAT_PROMPT,
        "--format",
        "json",
        "--endpoint",
        &url,
    ]);
    let images: Vec<&str> = ranked.iter().map(|line| line["image"].as_str().unwrap()).collect();
    assert_eq!(images, [cat.as_str(), &dragon, &no_picture]);
    assert_eq!((ranked[0]["rank"].as_u64(), ranked[2]["rank"].as_u64()), (Some(1), None));
    let best: f64 = ranked.iter().map(|line| line["best"].as_f64().unwrap()).sum();
    assert!((best - 1.0).abs() < 1e-9);
    assert!(ranked[2]["error"].as_str().unwrap().contains("expected a picture"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ranking_takes_its_prompt_apart_once_even_when_the_endpoint_fails() {
    for mode in [Mode::good(), Mode::Status(500)] {
        let endpoint = TestServer::start(mode).await.unwrap();
        let environment = vec![
            ("CPAIQA_DECOMPOSITION__ENDPOINT__BASE_URL", endpoint.base_url()),
            ("CPAIQA_DECOMPOSITION__ENDPOINT__MODEL", "test-model".to_owned()),
        ];
        let server = started("all", environment).await;
        let mut client = QualityServiceClient::new(channel(server.url()).await);
        let candidate = |id: &str| Candidate { id: id.into(), picture: picture(id) };
        let request = RankRequest {
            candidates: vec![candidate(CAT), candidate(DRAGON), candidate("plane-in-snow.jpg")],
            prompt: "a red cat on a bench".into(),
            scenario: None,
        };
        let ranked = client.rank(request).await.unwrap().into_inner().ranked;
        assert!(ranked.iter().all(|one| matches!(one.result, Some(ranked::Result::Score(_)))), "{ranked:?}");
        assert_eq!(endpoint.requests(), 1);
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_comparison_names_its_field() {
    let mut client = client().await;
    let request = CompareRequest {
        a: picture(CAT),
        b: Some(Picture { data: "text".into(), ..Picture::default() }),
        prompt: "a cat".into(),
        scenario: None,
    };
    let status = client.compare(request.clone()).await.unwrap_err();
    assert!(
        status.code() == Code::InvalidArgument && status.message().starts_with("b: expected a picture"),
        "{status}"
    );
    let unknown = CompareRequest { scenario: Some(named("nowhere")), ..request.clone() };
    assert_eq!(client.compare(unknown).await.unwrap_err().code(), Code::NotFound);
    let empty = CompareRequest { prompt: " ".into(), ..request };
    assert!(client.compare(empty).await.unwrap_err().message().starts_with("prompt"));
    let status = client.rank(RankRequest { prompt: "a cat".into(), ..RankRequest::default() }).await.unwrap_err();
    assert!(status.message().contains("expected 1 to 64 pictures, got 0"), "{status}");
}

#[tokio::test]
async fn a_stream_answers_every_picture_by_its_id_and_goes_on_after_a_bad_one() {
    let request = |id: &str, picture| ScoreStreamRequest {
        id: id.into(),
        request: Some(ScoreRequest { picture, prompt: CAT_PROMPT.into(), ..ScoreRequest::default() }),
    };
    let rows = vec![
        request("cat", picture(CAT)),
        request("none", Some(Picture { data: "no picture".into(), ..Picture::default() })),
        request("dragon", picture(DRAGON)),
        ScoreStreamRequest { id: "empty".into(), request: None },
    ];
    let mut answers = client().await.score_stream(tokio_stream::iter(rows)).await.unwrap().into_inner();
    let mut scored = std::collections::BTreeMap::new();
    while let Some(answer) = answers.next().await {
        let answer = answer.unwrap();
        scored.insert(answer.id, answer.result.unwrap());
    }
    let score = |id: &str| match &scored[id] {
        score_stream_response::Result::Score(score) => score.score,
        score_stream_response::Result::Failure(failure) => panic!("{id}: {}", failure.message),
    };
    assert!(score("cat") > score("dragon"));
    for id in ["none", "empty"] {
        let score_stream_response::Result::Failure(failure) = &scored[id] else { panic!("{id} has a score") };
        assert_eq!(Code::from(failure.code), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn what_was_measured_is_judged_again_by_its_id_under_all_scenarios() {
    let mut client = client().await;
    let request = ScoreRequest {
        picture: picture(CAT),
        prompt: CAT_PROMPT.into(),
        scenario: Some(named("advertising")),
        ..ScoreRequest::default()
    };
    let score = client.score(request).await.unwrap().into_inner();
    assert_eq!(score.id.len(), 32);
    let rescore =
        RescoreRequest { ids: vec![score.id.clone()], scenarios: vec![named("advertising"), named("ink-wash")] };
    let again = client.rescore(rescore).await.unwrap().into_inner().scores;
    assert_eq!(again.len(), 2);
    assert!((again[0].score - score.score).abs() < 1e-9 && again[0].points_lost == score.points_lost);
    assert_ne!(again[1].score, score.score);
    assert_eq!(again[1].components, score.components);
    let all = RescoreRequest { ids: vec![score.id.clone()], scenarios: Vec::new() };
    assert!(client.rescore(all).await.unwrap().into_inner().scores.len() >= 9);

    let unknown = RescoreRequest { ids: vec!["0".repeat(32)], scenarios: Vec::new() };
    assert_eq!(client.rescore(unknown).await.unwrap_err().code(), Code::NotFound);
    let none = client.rescore(RescoreRequest::default()).await.unwrap_err();
    assert!(none.code() == Code::InvalidArgument && none.message().contains("got 0"), "{none}");

    let url = tokio::task::spawn_blocking(|| Server::shared().url()).await.unwrap();
    let said = tokio::task::spawn_blocking(move || {
        json_lines(&["rescore", "--id", &score.id, "--endpoint", &url, "--scenario", "ink-wash", "--format", "json"])
    });
    let lines: Vec<Value> = said.await.unwrap();
    assert!((lines[0]["score"].as_f64().unwrap() - again[1].score).abs() < 1e-9);
}

#[test]
fn suggestions_say_what_to_stress_and_where_to_paint_by_the_points_they_win() {
    let prompt = "A cat on a velvet throne, gloomy rainy night";
    let score = json(&[
        "score",
        &example(CAT),
        "--prompt",
        prompt,
        "--scenario",
        "advertising",
        "--suggest",
        "--format",
        "json",
        "--endpoint",
        &Server::shared().url(),
    ]);
    let suggestions = score["suggestions"].as_array().unwrap();
    let points: Vec<f64> = suggestions.iter().map(|suggestion| suggestion["points"].as_f64().unwrap()).collect();
    assert!(points.windows(2).all(|two| two[0] >= two[1]) && points.iter().all(|points| *points > 0.0), "{points:?}");
    assert!(suggestions.iter().any(|suggestion| suggestion["action"] == "stress"), "{suggestions:?}");
    let inpaint = suggestions.iter().find(|suggestion| suggestion["action"] == "inpaint").expect("nothing to paint");
    let cells: u64 = inpaint["mask"]["counts"].as_array().unwrap().iter().map(|run| run.as_u64().unwrap()).sum();
    assert_eq!(cells, inpaint["mask"]["width"].as_u64().unwrap() * inpaint["mask"]["height"].as_u64().unwrap());
    assert_eq!(inpaint["bbox"].as_array().unwrap().len(), 4);
    assert!(
        json(&["score", &example(CAT), "--prompt", prompt, "--format", "json", "--endpoint", &Server::shared().url()])
            ["suggestions"]
            .is_null(),
        "only when asked for"
    );
}
