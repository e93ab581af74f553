//! What a question to the chat endpoint tells of itself.
#![allow(clippy::unwrap_used, reason = "a test's helpers may fail the test")]

use cpaiqa_decomposition::{
    ChatEndpoint, EndpointSettings, Limits,
    test_server::{Mode, TestServer},
};
use kit::{
    metrics,
    telemetry::{TelemetrySettings, start, trace_id},
};
use tracing::Instrument;

async fn ask(server: &TestServer, model: &str) -> bool {
    let settings = EndpointSettings {
        base_url: server.base_url(),
        model: model.to_owned(),
        api_key_env: None,
        api_key_file: None,
        timeout_ms: 20_000.try_into().unwrap(),
        max_tokens: 200.try_into().unwrap(),
        min_agreement: 0.5,
    };
    let endpoint = ChatEndpoint::new(&settings, Limits::default(), |_| None).unwrap();
    endpoint.ask(None, "a red cat on a wooden bench").await.is_ok()
}

fn has(series: &str, value: &str) -> bool {
    metrics::record().unwrap().render().lines().any(|line| line == format!("{series} {value}"))
}

#[tokio::test]
async fn tokens_are_counted_by_the_configured_model_and_failures_by_their_kind() {
    metrics::record().unwrap();
    let chat = r#"gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="counted""#;
    assert!(ask(&TestServer::start(Mode::good()).await.unwrap(), "counted").await);
    for (kind, tokens) in [("input", "321"), ("output", "45")] {
        assert!(
            has(&format!(r#"gen_ai_client_token_usage_sum{{{chat},gen_ai_token_type="{kind}"}}"#), tokens),
            "{kind}"
        );
    }
    let seconds =
        |error: &str| format!(r#"gen_ai_client_operation_duration_seconds_count{{{chat},error_type="{error}"}}"#);
    assert!(has(&seconds(""), "1"));
    let failures = [
        (Mode::Status(503), "http_5xx"),
        (Mode::Status(401), "http_4xx"),
        (Mode::Truncated, "truncated"),
        (Mode::MalformedBody, "malformed"),
        (Mode::EmptyStrings, "unusable"),
    ];
    for (mode, kind) in failures {
        assert!(!ask(&TestServer::start(mode).await.unwrap(), "counted").await, "{kind}");
        assert!(has(&seconds(kind), "1"), "{kind}");
    }
    // What the endpoint calls its model is its own choice, and no label.
    assert!(!metrics::record().unwrap().render().contains("test-model-2026"));
}

#[tokio::test]
async fn the_trace_goes_on_to_the_endpoint() {
    let settings = TelemetrySettings { log: "off".into(), json: false, log_prompts: false, metrics: None };
    let _guard = start("test", &settings).unwrap();
    let server = TestServer::start(Mode::good()).await.unwrap();
    let asked = async {
        assert!(ask(&server, "traced").await);
        trace_id().unwrap()
    };
    let trace = asked.instrument(tracing::info_span!("caller")).await;
    let sent = server.last_trace().unwrap();
    assert!(sent.starts_with(&format!("00-{trace}-")), "{sent} is not of {trace}");
}
