use serde_json::Value;

use crate::support::{CAT, CAT_PROMPT, command, compose::Split, example, json};

/// Every number within 1e-4, everything else equal; times and how they ended apart.
fn assert_same(path: &str, a: &Value, b: &Value) {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            let (x, y) = (x.as_f64().unwrap(), y.as_f64().unwrap());
            assert!((x - y).abs() <= 1e-4, "{path}: {x} and {y}");
        }
        (Value::Object(x), Value::Object(y)) => {
            let keys = |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<Vec<_>>();
            assert_eq!(keys(x), keys(y), "{path}");
            for (key, value) in x.iter().filter(|(key, _)| *key != "ms") {
                assert_same(&format!("{path}.{key}"), value, &y[key]);
            }
        }
        (Value::Array(x), Value::Array(y)) => {
            assert_eq!(x.len(), y.len(), "{path}");
            x.iter().zip(y).enumerate().for_each(|(index, (x, y))| assert_same(&format!("{path}[{index}]"), x, y));
        }
        _ => assert_eq!(a, b, "{path}"),
    }
}

#[test]
fn six_processes_as_compose_names_them_score_as_one_process_does() {
    let Split { gateway, mut services } = Split::start();
    assert_eq!(services.len() + 1, 6);

    let picture = example(CAT);
    let arguments = ["score", &picture, "--prompt", CAT_PROMPT, "--scenario", "heritage-exhibit", "--format", "json"];
    let embedded = json(&arguments);
    let split = json(&[&arguments[..], &["--endpoint", &gateway.url()]].concat());
    assert_same("score", &embedded, &split);

    // An optional role that is gone degrades the answer and says so; the score is still there.
    drop(services.remove("segmentation"));
    let prompt = "Two dragons in the sky, watercolor";
    let other = example("pink-dragon.jpg");
    let degraded = json(&["score", &other, "--prompt", prompt, "--format", "json", "--endpoint", &gateway.url()]);
    assert_eq!(degraded["degraded"][0]["stage"], "segmentation", "{degraded}");
    assert!(degraded["score"].is_number());
    // Nobody counted the dragons, so none of them is said to be missing.
    assert_eq!(degraded["components"]["local_alignment"], Value::Null);
    assert!(degraded["scenario"]["weights"].get("local_alignment").is_none());

    // A required one fails the request, and the error names the stage.
    drop(services.remove("alignment"));
    let said: crate::support::Said =
        command(&["score", &picture, "--prompt", prompt, "--endpoint", &gateway.url()]).output().unwrap().into();
    assert_eq!(said.code, 1);
    assert!(said.err.contains("alignment failed after"), "{}", said.err);
}

#[test]
fn the_gateway_alone_says_which_endpoint_it_misses() {
    let said: crate::support::Said =
        command(&["serve", "--role", "gateway"]).env("CPAIQA_SERVER__LISTEN", "127.0.0.1:0").output().unwrap().into();
    assert_eq!(said.code, 2);
    assert!(said.err.contains("CPAIQA_BACKENDS__ALIGNMENT"), "{}", said.err);
}
