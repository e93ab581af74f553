use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::support::{CAT, CAT_PROMPT, Server, command, example, json, root};

#[derive(Deserialize)]
struct Compose {
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    command: Vec<String>,
    environment: BTreeMap<String, String>,
}

fn compose() -> Compose {
    let text = std::fs::read_to_string(root().join("docker-compose.yml")).unwrap();
    let mut value: serde_yaml_ng::Value = serde_yaml_ng::from_str(&text).unwrap();
    value.apply_merge().unwrap();
    for (_, service) in value["services"].as_mapping_mut().unwrap().iter_mut() {
        service.apply_merge().unwrap();
    }
    serde_yaml_ng::from_value(value).unwrap()
}

/// Starts one compose service as a process: its own command and environment, with addresses on this machine instead of
/// in the compose network, and this machine's model store instead of the volume.
fn start(service: &Service, running: &BTreeMap<String, Server>) -> Server {
    let arguments: Vec<&str> = service.command.iter().map(String::as_str).collect();
    let mut process = command(&arguments);
    for (name, value) in &service.environment {
        match name.as_str() {
            "CPAIQA_SERVER__LISTEN" => process.env(name, "127.0.0.1:0"),
            // This machine's model store, and a store of scenarios that ends with the test.
            "CPAIQA_MODELS__DIR" | "CPAIQA_SCENARIO__STORE__URL" => &mut process,
            _ => {
                let host = value.strip_prefix("http://").and_then(|rest| rest.strip_suffix(":50051"));
                match host.map(|host| running.get(host).unwrap_or_else(|| panic!("{name} names {host}, no service"))) {
                    Some(server) => process.env(name, server.url()),
                    None => process.env(name, value),
                }
            }
        };
    }
    Server::spawn(process)
}

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
    let compose = compose();
    let mut running = BTreeMap::new();
    let is_gateway = |name: &str| name == "gateway";
    for (name, service) in compose.services.iter().filter(|(name, _)| !is_gateway(name)) {
        running.insert(name.clone(), start(service, &running));
    }
    let gateway = start(&compose.services["gateway"], &running);
    assert_eq!(running.len() + 1, 6);

    let picture = example(CAT);
    let arguments = ["score", &picture, "--prompt", CAT_PROMPT, "--scenario", "heritage-exhibit", "--format", "json"];
    let embedded = json(&arguments);
    let split = json(&[&arguments[..], &["--endpoint", &gateway.url()]].concat());
    assert_same("score", &embedded, &split);

    // An optional role that is gone degrades the answer and says so; the score is still there.
    drop(running.remove("segmentation"));
    let prompt = "Two dragons in the sky, watercolor";
    let other = example("pink-dragon.jpg");
    let degraded = json(&["score", &other, "--prompt", prompt, "--format", "json", "--endpoint", &gateway.url()]);
    assert_eq!(degraded["degraded"][0]["stage"], "segmentation", "{degraded}");
    assert!(degraded["score"].is_number());
    // Nobody counted the dragons, so none of them is said to be missing.
    assert_eq!(degraded["components"]["local_alignment"], Value::Null);
    assert!(degraded["scenario"]["weights"].get("local_alignment").is_none());

    // A required one fails the request, and the error names the stage.
    drop(running.remove("alignment"));
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
