//! What callers see when the chat endpoint behaves well, and in each way it may not.
#![allow(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use cpaiqa_decomposition::{
    EndpointSettings, Lexicon, Limits, Settings, SetupError, decomposer,
    test_server::{self, Mode, TestServer},
};
use domain::roles::{Call, Decomposed};
use serde_json::{Value, json};

const PROMPT: &str = "a red cat on a wooden bench";

fn lexicon() -> Arc<Lexicon> {
    Arc::new(test_server::lexicon().unwrap())
}

fn settings(base_url: String) -> Settings {
    let endpoint = EndpointSettings {
        base_url,
        model: "test-model".to_owned(),
        api_key_env: Some("TEST_KEY".to_owned()),
        api_key_file: None,
        timeout_ms: 400.try_into().unwrap(),
        max_tokens: 200.try_into().unwrap(),
        min_agreement: 0.5,
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
async fn a_good_answer_is_both_and_the_request_is_repeatable() {
    let server = TestServer::start(Mode::good()).await.unwrap();
    let answer = ask(&server, Call::default()).await;
    assert_eq!((answer.backend.as_str(), answer.degraded), ("test-model+lexicon", None));
    let models: Vec<_> = answer.models.iter().map(|model| (model.role.as_str(), model.name.as_str())).collect();
    assert_eq!(models, [("decomposition", "test-model"), ("decomposition", "lexicon")]);
    assert_eq!((answer.language.as_str(), answer.english), ("en", None));

    let (key, request) = server.last_request().unwrap();
    assert_eq!(key, "Bearer sk-secret");
    assert_eq!((&request["temperature"], &request["max_tokens"]), (&0.into(), &200.into()));
    assert!(request["seed"].is_number());
    assert_eq!(request["response_format"]["json_schema"]["strict"], true);
    assert!(request["messages"][1]["content"].as_str().unwrap().ends_with(PROMPT));
}

#[tokio::test]
async fn a_slow_endpoint_costs_no_more_than_its_timeout() {
    assert!(fallen_back(Mode::Slow(Duration::from_secs(600))).await.contains("gave no answer within 400 ms"));
}

#[tokio::test]
async fn a_callers_deadline_sooner_than_the_timeout_wins_and_is_kept() {
    let server = TestServer::start(Mode::Slow(Duration::from_secs(600))).await.unwrap();
    let mut patient = settings(server.base_url());
    patient.endpoint.as_mut().unwrap().timeout_ms = 600_000.try_into().unwrap();
    let deadline = Instant::now() + Duration::from_secs(2);
    let decomposer = decomposer(&patient, lexicon(), variable).unwrap();
    let answer = decomposer.decompose(Call { deadline: Some(deadline) }, PROMPT).await.unwrap();
    let reason = assert_answered_by_lexicon(answer);
    let waited = reason.split_once("within ").unwrap().1.split_once(" ms").unwrap().0.parse::<u64>().unwrap();
    assert!(waited < 2_000, "{reason}");
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

/// An answer with these descriptors.
fn told(descriptors: Value) -> Mode {
    Mode::Good(json!({ "english": null, "descriptors": descriptors, "attributes": [] }).to_string())
}

#[tokio::test]
async fn an_answer_about_other_things_is_not_believed() {
    let object = |text: &str| json!({ "kind": "object", "text": text, "count": null });
    let unrelated = told(json!([object("dog"), object("city street")]));
    assert!(fallen_back(unrelated).await.contains("nothing usable: 0 of 2 items empty or out of bounds, 2 not in"));
    let words =
        told(json!([object("red"), object("wooden"), object("a red"), object("on wooden"), object("red wooden")]));
    assert!(fallen_back(words).await.contains("agree to 0.00"));
    assert!(fallen_back(Mode::Echo).await.contains("not in the prompt"));
    assert!(fallen_back(Mode::HalfJson).await.contains("other than the JSON"));
}

#[tokio::test]
async fn what_the_model_finds_is_added_and_nothing_of_the_lexicons_is_lost() {
    let server = TestServer::start(told(json!([
        { "kind": "object", "text": "red cat", "count": 7 },
        { "kind": "part", "text": "red bench", "count": null },
    ])))
    .await
    .unwrap();
    let answer = ask(&server, Call::default()).await;
    let (own, _) = lexicon().answer(PROMPT);
    assert_eq!(answer.decomposition.descriptors[..own.descriptors.len()], own.descriptors);
    assert_eq!(answer.decomposition.descriptors.last().unwrap().text, "red bench");
    assert_eq!(answer.decomposition.descriptors.len(), own.descriptors.len() + 1);
}

const CHINESE: &str = "红色的中国剪纸，一条龙";

async fn ask_in_chinese(mode: Mode) -> (Decomposed, TestServer) {
    let server = TestServer::start(mode).await.unwrap();
    let decomposer = decomposer(&settings(server.base_url()), lexicon(), variable).unwrap();
    let answer = decomposer.decompose(Call::default(), CHINESE).await.unwrap();
    (answer, server)
}

#[tokio::test]
async fn a_chinese_prompt_is_translated_and_its_translation_taken_apart() {
    let english = "a red Chinese paper cutting of a dragon on a lantern";
    let (answer, server) = ask_in_chinese(Mode::translation(english, &["paper cutting", "dragon", "lantern"])).await;
    assert_eq!((answer.language.as_str(), answer.english.as_deref(), answer.degraded), ("zh", Some(english), None));
    let (own, _) = lexicon().answer(english);
    assert!(!own.descriptors.is_empty());
    assert!(own.descriptors.iter().all(|descriptor| answer.decomposition.descriptors.contains(descriptor)));
    let asked = server.last_request().unwrap().1["messages"][1]["content"].as_str().unwrap().to_owned();
    assert_eq!(asked, format!("Prompt (zh): {CHINESE}"));
}

#[tokio::test]
async fn a_chinese_prompt_without_a_translation_that_can_be_one_has_no_parts_and_says_why() {
    let bad = [
        Mode::Status(503),
        Mode::EmptyStrings,
        Mode::Echo,
        Mode::translation(CHINESE, &["dragon"]),
        Mode::translation("", &["dragon"]),
        Mode::translation("a red dragon and a lantern", &["house", "tree"]),
        Mode::translation("a red dragon and a lantern", &["red"]),
    ];
    for mode in bad {
        let (answer, _server) = ask_in_chinese(mode.clone()).await;
        let why = answer.degraded.unwrap();
        assert!(why.starts_with("language: the prompt seems to be in Chinese (zh)"), "{mode:?}: {why}");
        assert!(why.contains("decomposition endpoint "), "{mode:?}: {why}");
        assert_eq!((answer.decomposition, answer.english), (Default::default(), None), "{mode:?}");
    }
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
    assert!(matches!(with("localhost:8080", Some("k")), Some(SetupError::BaseUrl)));
    assert!(matches!(with("ftp://host/v1", Some("k")), Some(SetupError::BaseUrl)));
    let secret = with("http://user:hush@host/v1", Some("k")).unwrap();
    assert!(matches!(secret, SetupError::BaseUrl) && !secret.to_string().contains("hush"));
    assert!(matches!(with("http://host/v1", None), Some(SetupError::KeyMissing(_))));
    let unusable = with("http://host/v1", Some("line\nbreak")).unwrap();
    assert!(matches!(unusable, SetupError::KeyUnusable(_)) && !unusable.to_string().contains("break"));
}

#[tokio::test]
async fn a_key_may_come_from_a_file_instead() {
    let server = TestServer::start(Mode::good()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    fs::write(&path, "sk-from-file\n").unwrap();
    let mut settings = settings(server.base_url());
    let endpoint = settings.endpoint.as_mut().unwrap();
    endpoint.api_key_file = Some(path.clone());
    let both = decomposer(&settings, lexicon(), variable).err().unwrap();
    assert!(matches!(both, SetupError::TwoKeys));

    settings.endpoint.as_mut().unwrap().api_key_env = None;
    let from_file = decomposer(&settings, lexicon(), variable).unwrap();
    from_file.decompose(Call::default(), PROMPT).await.unwrap();
    assert_eq!(server.last_request().unwrap().0, "Bearer sk-from-file");

    fs::remove_file(&path).unwrap();
    let gone = decomposer(&settings, lexicon(), variable).err().unwrap().to_string();
    assert!(gone.contains("api_key_file") && gone.contains(path.to_str().unwrap()), "{gone}");
}

#[test]
fn cache_keys_name_the_backend_and_its_version() {
    let own = decomposer(&Settings::default(), lexicon(), variable).unwrap().cache_key();
    let asked = decomposer(&settings("http://host/v1".to_owned()), lexicon(), variable).unwrap().cache_key();
    assert!(own.starts_with("lexicon/"));
    assert!(asked.contains("test-model") && asked.contains("template-") && !asked.contains("host"));
}
