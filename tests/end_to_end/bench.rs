//! What measures speed measures it, and says when it cannot.

use crate::support::{CAT, CAT_PROMPT, Server, command, example, json, run};

#[test]
fn a_gateway_before_stubs_answers_the_load() {
    let stubs = Server::spawn(command(&["bench", "stubs", "--listen", "127.0.0.1:0", "--verbose"]));
    let backends = stubs.url();
    let roles = ["ALIGNMENT", "SEGMENTATION", "DECOMPOSITION", "DISTORTION", "SCENARIO"];
    let names = roles.map(|role| format!("CPAIQA_BACKENDS__{role}"));
    let environment: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), backends.as_str())).collect();
    let gateway = Server::start("gateway", &environment);
    let (url, picture) = (gateway.url(), example(CAT));
    let load = ["bench", "load", &picture, "--prompt", CAT_PROMPT, "--endpoint", &url, "--format", "json"];
    for how in [["--clients", "2"], ["--rate", "20"]] {
        let measured = json(&[load.as_slice(), &how, &["--seconds", "1", "--warm-up", "0"]].concat());
        assert!(measured["answered"].as_u64().unwrap() > 0, "{measured}");
        assert_eq!((measured["refused"].as_u64(), measured["failed"].as_u64()), (Some(0), Some(0)), "{measured}");
        let [middle, longest] = ["p50_ms", "max_ms"].map(|name| measured[name].as_f64().unwrap());
        assert!(0.0 < middle && middle <= longest, "{measured}");
    }
}

#[test]
fn what_cannot_be_answered_is_told_before_there_is_any_load() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let load = |picture: &str, url: &str| run(&["bench", "load", picture, "--prompt", "a cat", "--endpoint", url]);
    let said = load(&example(CAT), &url);
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
    assert!(said.err.contains(&url), "{}", said.err);
    let said = load(&example("manifest.csv"), &Server::shared().url());
    assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
    assert!(said.err.contains("expected a picture"), "{}", said.err);
}

#[test]
fn a_score_is_told_role_by_role_and_its_models_take_no_longer_than_it() {
    let measured =
        json(&["bench", "score", &example(CAT), "--prompt", CAT_PROMPT, "--rounds", "1", "--format", "json"]);
    let rows = measured["rows"].as_array().unwrap();
    assert_eq!(rows.len(), 5, "{measured}");
    for row in &rows[..4] {
        let [took, models] = ["took_ms", "models_ms"].map(|name| row[name].as_f64().unwrap());
        assert!(0.0 < models && models <= took, "{row}");
    }
}

#[test]
fn what_a_gateway_knows_is_told_faster_than_what_it_does_not() {
    let url = Server::shared().url();
    let prompt = "a cat whose prompt no other test has";
    let repeat = ["bench", "repeat", &example(CAT), "--prompt", prompt, "--endpoint", &url, "--rounds", "3"];
    let measured = json(&[repeat.as_slice(), &["--format", "json"]].concat());
    let rows = measured.as_array().unwrap();
    let names: Vec<&str> = rows.iter().map(|row| row["what"].as_str().unwrap()).collect();
    assert_eq!(names, ["a new score", "the same again", "its decomposition", "under another scenario"]);
    assert!(rows.iter().all(|row| row["p50_ms"].as_f64() <= row["p99_ms"].as_f64()), "{measured}");
    assert!(rows[1]["p50_ms"].as_f64() < rows[0]["p50_ms"].as_f64(), "{measured}");
}
