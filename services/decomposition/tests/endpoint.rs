//! What callers see when the chat endpoint behaves well, and in each way it may not.
#![allow(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

use std::time::{Duration, Instant};

use cpaiqa_decomposition::{
    EndpointSettings, Lexicon, Limits, Settings, SetupError, decomposer,
    test_server::{Mode, TestServer},
};
use domain::{
    decomposition::AttributeSource,
    roles::{Call, Decomposed},
};

const PROMPT: &str = "a red cat on a wooden bench";

fn lexicon() -> Lexicon {
    let files = [
        ("colors.toml", include_str!("../../../config/lexicon/colors.toml")),
        ("materials.toml", include_str!("../../../config/lexicon/materials.toml")),
        ("relations.toml", include_str!("../../../config/lexicon/relations.toml")),
        ("grammar.toml", include_str!("../../../config/lexicon/grammar.toml")),
    ];
    let weights = include_bytes!("../../../models/english-syntax.safetensors");
    Lexicon::parse(&files, weights, Limits::default()).unwrap()
}

fn settings(base_url: String) -> Settings {
    let endpoint = EndpointSettings {
        base_url,
        model: "test-model".to_owned(),
        api_key_env: Some("TEST_KEY".to_owned()),
        timeout_ms: 400.try_into().unwrap(),
        max_tokens: 200.try_into().unwrap(),
    };
    Settings { limits: Limits::default(), endpoint: Some(endpoint) }
}

fn variable(name: &str) -> Option<String> {
    (name == "TEST_KEY").then(|| "sk-secret".to_owned())
}

async fn ask(server: &TestServer, call: Call) -> Decomposed {
    let decomposer = decomposer(&settings(server.base_url()), lexicon(), variable).unwrap();
    decomposer.decompose(call, PROMPT).await.unwrap()
}

/// The lexicon's answer, with the reason given.
async fn fallen_back(mode: Mode) -> String {
    let server = TestServer::start(mode).await.unwrap();
    let answer = ask(&server, Call::default()).await;
    assert_eq!(server.requests(), 1, "a failed request is not repeated");
    assert_answered_by_lexicon(answer)
}

fn assert_answered_by_lexicon(answer: Decomposed) -> String {
    assert_eq!(answer.backend, "lexicon");
    assert_eq!(answer.models[0].name, "lexicon");
    assert_eq!(answer.decomposition.descriptors[0].text, "cat");
    let degraded = answer.degraded.unwrap();
    assert!(degraded.starts_with("decomposition endpoint ") && degraded.ends_with("; the lexicon answered"));
    assert!(!degraded.contains("sk-secret"));
    degraded
}

#[tokio::test]
async fn a_good_answer_is_the_endpoints_and_the_request_is_repeatable() {
    let server = TestServer::start(Mode::good()).await.unwrap();
    let answer = ask(&server, Call::default()).await;
    assert_eq!((answer.backend.as_str(), answer.degraded), ("test-model", None));
    assert_eq!(answer.models[0].role, "decomposition");
    assert_eq!(answer.decomposition.descriptors[0].text, "red cat");
    assert_eq!(answer.decomposition.attributes[0].source, AttributeSource::Prompt);

    let (key, request) = server.last_request().unwrap();
    assert_eq!(key, "Bearer sk-secret");
    assert_eq!((&request["temperature"], &request["max_tokens"]), (&0.into(), &200.into()));
    assert!(request["seed"].is_number());
    assert_eq!(request["response_format"]["json_schema"]["strict"], true);
    assert!(request["messages"][1]["content"].as_str().unwrap().ends_with(PROMPT));
}

#[tokio::test]
async fn a_slow_endpoint_costs_no_more_than_its_timeout() {
    let started = Instant::now();
    assert!(fallen_back(Mode::Slow(Duration::from_secs(20))).await.contains("gave no answer within 400 ms"));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_callers_deadline_sooner_than_the_timeout_wins_and_is_kept() {
    let server = TestServer::start(Mode::Slow(Duration::from_secs(20))).await.unwrap();
    let deadline = Instant::now() + Duration::from_millis(150);
    let answer = ask(&server, Call { deadline: Some(deadline) }).await;
    assert!(Instant::now() < deadline + Duration::from_millis(200));
    assert!(assert_answered_by_lexicon(answer).contains("gave no answer within"));
}

#[tokio::test]
async fn a_deadline_that_has_passed_asks_nobody_and_still_answers() {
    let server = TestServer::start(Mode::good()).await.unwrap();
    let answer = ask(&server, Call { deadline: Some(Instant::now()) }).await;
    assert!(assert_answered_by_lexicon(answer).contains("the deadline had passed"));
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn error_statuses_are_named_and_their_bodies_are_not_repeated() {
    for status in [400, 401, 404, 429, 500, 503] {
        assert!(fallen_back(Mode::Status(status)).await.contains(&format!("HTTP status {status}")));
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    assert!(fallen_back(Mode::Status(307)).await.contains("HTTP status 307"));
}

#[tokio::test]
async fn answers_that_are_not_the_json_asked_for_are_refused() {
    for mode in [Mode::MalformedContent, Mode::MalformedBody] {
        assert!(fallen_back(mode).await.contains("other than the JSON asked for"));
    }
}

#[tokio::test]
async fn empty_strings_are_no_answer() {
    assert!(fallen_back(Mode::EmptyStrings).await.contains("nothing usable: 2 of 2 items empty"));
}

#[tokio::test]
async fn a_truncated_answer_is_no_answer() {
    assert!(fallen_back(Mode::Truncated).await.contains("cut off at 200 tokens"));
}

#[tokio::test]
async fn an_endless_answer_is_not_read_to_its_end() {
    assert!(fallen_back(Mode::Endless).await.contains("sent more than"));
}

#[tokio::test]
async fn a_refused_connection_falls_back() {
    let server = TestServer::start(Mode::good()).await.unwrap();
    let settings = settings(server.base_url());
    drop(server);
    tokio::task::yield_now().await;
    let decomposer = decomposer(&settings, lexicon(), variable).unwrap();
    let answer = decomposer.decompose(Call::default(), PROMPT).await.unwrap();
    assert!(assert_answered_by_lexicon(answer).contains("could not be reached"));
}

#[tokio::test]
async fn an_empty_prompt_asks_nobody() {
    let server = TestServer::start(Mode::good()).await.unwrap();
    let decomposer = decomposer(&settings(server.base_url()), lexicon(), variable).unwrap();
    let answer = decomposer.decompose(Call::default(), " \n ").await.unwrap();
    assert!(answer.decomposition.descriptors.is_empty() && answer.degraded.is_none());
    assert_eq!(server.requests(), 0);
}

#[test]
fn settings_that_cannot_work_are_refused_at_the_start() {
    let with = |base_url: &str, key: Option<&str>| {
        let key = key.map(str::to_owned);
        decomposer(&settings(base_url.to_owned()), lexicon(), move |_| key.clone()).err()
    };
    assert!(matches!(with("localhost:8080", Some("k")), Some(SetupError::BaseUrl(_))));
    assert!(matches!(with("ftp://host/v1", Some("k")), Some(SetupError::BaseUrl(_))));
    assert!(matches!(with("http://host/v1", None), Some(SetupError::KeyMissing(_))));
    let unusable = with("http://host/v1", Some("line\nbreak")).unwrap();
    assert!(matches!(unusable, SetupError::KeyUnusable(_)) && !unusable.to_string().contains("break"));
}

#[test]
fn cache_keys_name_the_backend_and_its_version() {
    let own = decomposer(&Settings::default(), lexicon(), variable).unwrap().cache_key();
    let asked = decomposer(&settings("http://host/v1".to_owned()), lexicon(), variable).unwrap().cache_key();
    assert!(own.starts_with("lexicon/"));
    assert!(asked.contains("test-model") && asked.contains("template-") && !asked.contains("host"));
}
