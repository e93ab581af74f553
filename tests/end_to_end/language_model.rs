use std::{fs, path::Path, time::Duration};

use decomposition::test_server::{Mode, TestServer};
use serde_json::Value;

use crate::support::{CAT, Said, Server, command, example, place::Place};

const PROMPT: &str = "a red cat on a bench, watercolor";

/// The environment that points the decomposition role at `server`.
fn environment(server: &TestServer) -> [(&'static str, String); 3] {
    [
        ("CPAIQA_DECOMPOSITION__ENDPOINT__BASE_URL", server.base_url()),
        ("CPAIQA_DECOMPOSITION__ENDPOINT__MODEL", "test-model".to_owned()),
        ("CPAIQA_DECOMPOSITION__ENDPOINT__TIMEOUT_MS", "400".to_owned()),
    ]
}

async fn start(mode: Mode) -> TestServer {
    TestServer::start(mode).await.unwrap()
}

/// Runs `cpaiqa` off this thread, so that the test's own server can answer it.
async fn decompose(server: &TestServer) -> Value {
    let mut process = command(&["decompose", PROMPT]);
    process.envs(environment(server));
    let said: Said = tokio::task::spawn_blocking(move || process.output().unwrap().into()).await.unwrap();
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_answer_is_used() {
    let server = start(Mode::good()).await;
    let answer = decompose(&server).await;
    assert!(answer["backend"].as_str().unwrap().contains("test-model"), "{answer}");
    assert_eq!(answer["degraded"], Value::Null);
    assert_eq!(server.requests(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_the_endpoint_the_lexicon_answers_and_says_so() {
    let bad = [
        Mode::Slow(Duration::from_secs(5)),
        Mode::Status(500),
        Mode::Status(401),
        Mode::MalformedBody,
        Mode::MalformedContent,
        Mode::EmptyStrings,
        Mode::Truncated,
    ];
    for mode in bad {
        let server = start(mode.clone()).await;
        let answer = decompose(&server).await;
        assert_eq!(answer["backend"], "lexicon", "{mode:?}");
        let why = answer["degraded"].as_str().unwrap();
        assert!(why.contains("endpoint") && why.contains("the lexicon answered"), "{mode:?}: {why}");
        assert!(answer["descriptors"].to_string().contains("cat"), "{mode:?}: {answer}");
        assert_eq!(server.requests(), 1, "{mode:?}: asked more than once");
    }
}

/// Scores through `gateway` and returns the answer and how its decomposition stage ended.
async fn score(gateway: &Server) -> (Value, String) {
    let mut process =
        command(&["score", &example(CAT), "--prompt", PROMPT, "--format", "json", "--endpoint", &gateway.url()]);
    let said: Said = tokio::task::spawn_blocking(move || process.output().unwrap().into()).await.unwrap();
    assert_eq!(said.code, 0, "{}", said.err);
    let score: Value = serde_json::from_str(&said.out).unwrap();
    let stages = score["stages"].as_array().unwrap();
    let stage = stages.iter().find(|stage| stage["name"] == "decomposition").unwrap();
    let outcome = stage["outcome"].as_str().unwrap().to_owned();
    (score, outcome)
}

async fn serve(server: &TestServer) -> Server {
    let environment = environment(server);
    let serve = move || {
        let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Server::start("all", &environment)
    };
    tokio::task::spawn_blocking(serve).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_keeps_a_good_decomposition() {
    let server = start(Mode::good()).await;
    let gateway = serve(&server).await;
    assert_eq!(score(&gateway).await.1, "ok");
    let (again, outcome) = score(&gateway).await;
    assert_eq!(outcome, "cached");
    assert_eq!(server.requests(), 1);
    assert!(again["degraded"].as_array().unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_marks_a_stand_ins_answer_and_asks_again_next_time() {
    let server = start(Mode::Status(503)).await;
    let gateway = serve(&server).await;
    for asked in 1..=2 {
        let (degraded, outcome) = score(&gateway).await;
        assert_eq!(outcome, "degraded");
        assert_eq!(degraded["degraded"][0]["stage"], "decomposition");
        assert_eq!(server.requests(), asked);
    }
}

const CHINESE: &str = "红色的中国剪纸，一条龙";

async fn score_chinese(server: &TestServer) -> Value {
    let gateway = serve(server).await;
    let mut process =
        command(&["score", &example(CAT), "--prompt", CHINESE, "--format", "json", "--endpoint", &gateway.url()]);
    let said: Said = tokio::task::spawn_blocking(move || process.output().unwrap().into()).await.unwrap();
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str(&said.out).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chinese_prompt_is_scored_by_the_endpoints_translation() {
    let english = "a red cat on a bench, watercolor";
    let server = start(Mode::translation(english, &["red cat", "bench"])).await;
    let score = score_chinese(&server).await;
    assert!(score["degraded"].as_array().unwrap().is_empty(), "{score}");
    for component in ["global_alignment", "local_alignment", "attribute_consistency"] {
        assert!(score["components"][component].is_number(), "{component}: {score}");
    }
    assert!(score["descriptors"].to_string().contains("red cat"));
    let note =
        format!("language: the prompt seems to be in Chinese (zh); it was compared by its translation: {english}");
    assert!(score["notes"].as_array().unwrap().contains(&note.clone().into()), "no {note} in {}", score["notes"]);

    // The translation is what is compared: the same number as for the English prompt itself.
    let own = crate::support::json(&["score", &example(CAT), "--prompt", english, "--format", "json"]);
    let global = |score: &Value| score["components"]["global_alignment"].as_f64().unwrap();
    assert!((global(&own) - global(&score)).abs() < 1e-4, "{own} {score}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chinese_prompt_whose_endpoint_fails_is_not_compared() {
    for mode in [Mode::Status(503), Mode::EmptyStrings] {
        let server = start(mode).await;
        let score = score_chinese(&server).await;
        crate::language::assert_not_compared(&score);
        assert!(score["degraded"].to_string().contains("decomposition endpoint"), "{score}");
    }
}

/// A tenant's file, which names a language model with its key and shares cached answers with all tenants like it.
fn write_tenant(folder: &Path, tenant: &str, model: &TestServer, key: &str) {
    let (key_file, draft) = (folder.join(format!("{tenant}.key")), folder.join("draft"));
    fs::write(&key_file, key).unwrap();
    let text = format!(
        "cache_partition = \"all\"\n\n[backends.decomposition]\nprotocol = \"openai\"\nbase_url = \"{}\"\n\
         model = \"test-model\"\napi_key_file = \"{}\"\n",
        model.base_url(),
        key_file.display()
    );
    fs::write(&draft, text).unwrap();
    fs::rename(draft, folder.join(format!("{tenant}.toml"))).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn each_tenant_has_its_own_language_model_and_key() {
    let (museum, shop) = (start(Mode::good()).await, start(Mode::good()).await);
    let tenants = tempfile::tempdir().unwrap();
    write_tenant(tenants.path(), "museum", &museum, "sk-museum");
    write_tenant(tenants.path(), "shop", &shop, "sk-shop");
    let more = format!("\n[gateway.tenants]\ndir = \"{}\"\nreload_ms = 50\n", tenants.path().display());
    let place = tokio::task::spawn_blocking(move || Place::with(&more)).await.unwrap();
    let score = async |tenant: &'static str, prompt: &'static str| {
        let score = || {
            let key = place.key(tenant, &[]);
            place.ask(&key, &["score", &example(CAT), "--prompt", prompt, "--format", "json"])
        };
        let said = tokio::task::block_in_place(score);
        assert_eq!(said.code, 0, "{}", said.err);
        said.out
    };

    for tenant in ["museum", "shop", "nobody"] {
        let answer = score(tenant, PROMPT).await;
        assert_eq!(answer.contains("test-model"), tenant != "nobody", "{answer}");
    }
    assert_eq!((museum.requests(), shop.requests()), (1, 1), "each asked its own, though they share cached answers");
    let shown = |model: &TestServer| model.last_request().unwrap().0;
    assert_eq!((shown(&museum), shown(&shop)), ("Bearer sk-museum".to_owned(), "Bearer sk-shop".to_owned()));

    // The museum moves to another model, while all runs.
    let moved = start(Mode::good()).await;
    write_tenant(tenants.path(), "museum", &moved, "sk-new");
    let prompts = ["a red cat", "a red cat on a mat", "a red cat on a rug", "a red cat on a bed", "a red cat outside"];
    for prompt in prompts {
        score("museum", prompt).await;
        if moved.requests() > 0 {
            break;
        }
    }
    assert_eq!(shown(&moved), "Bearer sk-new");
}
