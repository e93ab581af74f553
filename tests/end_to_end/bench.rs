//! What measures speed measures it, and says when it cannot.

use crate::support::{CAT, CAT_PROMPT, Server, command, example, json, run};

#[test]
fn a_gateway_before_stubs_answers_the_load() {
    let (_stubs, gateway, _) = gateway_of_an_operator(&[], &[]);
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

/// A gateway before stubs, of which every tenant's name may be used with the key.
fn gateway_of_an_operator(stubs: &[&str], settings: &[(&str, &str)]) -> (Server, Server, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("operators.toml");
    std::fs::write(&file, "[gateway.access]\noperators = [\"ops\"]\n").unwrap();
    let listen = ["bench", "stubs", "--listen", "127.0.0.1:0", "--verbose"];
    let stubs = Server::spawn(command(&[&listen, stubs].concat()));
    let backends = stubs.url();
    let roles = ["ALIGNMENT", "SEGMENTATION", "DECOMPOSITION", "DISTORTION", "SCENARIO"];
    let names = roles.map(|role| format!("CPAIQA_BACKENDS__{role}"));
    let mut environment: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), backends.as_str())).collect();
    environment.push(("CPAIQA_CONFIG_FILE", file.to_str().unwrap()));
    environment.extend(settings);
    let gateway = Server::start("gateway", &environment);
    let made = run(&["keys", "create", "--tenant", "ops", "--endpoint", &backends]);
    assert_eq!(made.code, 0, "{}", made.err);
    (stubs, gateway, made.out.trim().to_owned())
}

#[test]
fn a_load_mixes_tenants_pictures_wrong_requests_and_callers_who_hang_up() {
    let (_stubs, gateway, key) = gateway_of_an_operator(&["--slow", "1", "--slow-ms", "20"], &[]);
    let pictures = [example(CAT), example("pink-dragon.jpg")];
    let (url, mut load) = (gateway.url(), vec!["bench", "load", "--prompt", CAT_PROMPT, "--format", "json"]);
    load.extend(pictures.iter().map(String::as_str));
    load.extend(["--endpoint", &url, "--api-key", &key, "--tenants", "museum,archive"]);
    load.extend(["--clients", "4", "--seconds", "2", "--warm-up", "0", "--wrong", "0.3", "--cancel", "0.3"]);
    let measured = json(&load);
    for count in ["answered", "expected", "cancelled"] {
        assert!(measured[count].as_u64().unwrap() > 0, "{measured}");
    }
    assert_eq!((measured["refused"].as_u64(), measured["failed"].as_u64()), (Some(0), Some(0)), "{measured}");
    for tenant in ["museum", "archive"] {
        let usage = run(&["status", "--tenant", tenant, "--endpoint", &url, "--api-key", &key]);
        assert_eq!(usage.code, 0, "{}", usage.err);
        assert!(!usage.out.contains("pictures today  0 "), "{}", usage.out);
    }
}

#[test]
fn stubs_that_fail_now_and_then_cost_some_requests_their_answer_and_none_a_clear_status() {
    let (_stubs, gateway, key) = gateway_of_an_operator(&["--failing", "0.2"], &[]);
    let (url, picture) = (gateway.url(), example(CAT));
    let measured = json(&[
        "bench",
        "load",
        &picture,
        "--prompt",
        CAT_PROMPT,
        "--endpoint",
        &url,
        "--api-key",
        &key,
        "--seconds",
        "2",
        "--warm-up",
        "0",
        "--format",
        "json",
    ]);
    assert!(measured["answered"].as_u64().unwrap() > 0 && measured["refused"].as_u64().unwrap() > 0, "{measured}");
    assert_eq!(measured["failed"].as_u64(), Some(0), "{measured}");
}

#[test]
fn who_is_too_many_is_refused_at_once_and_the_others_are_answered() {
    let settings =
        [("CPAIQA_GATEWAY__ADMISSION__IN_FLIGHT", "2"), ("CPAIQA_GATEWAY__ADMISSION__LONGEST_WAIT_MS", "2000")];
    // Two hops of 200 ms each: about five answers a second, and no turn within a second for the sixth that waits.
    let (_stubs, gateway, _) = gateway_of_an_operator(&["--slow", "1", "--slow-ms", "200"], &settings);
    let (url, picture) = (gateway.url(), example(CAT));
    let load = ["bench", "load", &picture, "--prompt", CAT_PROMPT, "--endpoint", &url, "--format", "json"];
    let measured = json(&[load.as_slice(), &["--rate", "30", "--seconds", "5", "--warm-up", "3"]].concat());
    let [answered, refused] = ["answered", "refused"].map(|name| measured[name].as_u64().unwrap());
    assert!(answered > 5 && refused > answered, "{measured}");
    assert_eq!(measured["failed"].as_u64(), Some(0), "{measured}");
    assert!(measured["refused_p50_ms"].as_f64().unwrap() < 200.0, "sooner than any stub answers: {measured}");
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
