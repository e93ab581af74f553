use serde_json::Value;

use crate::support::{CAT, Server, example, json, json_lines, pictures::write, run};

const HERITAGE: [&str; 3] = ["红色的中国剪纸，一条龙", "敦煌壁画风格的飞天，矿物颜料", "宋代水墨山水画，远山与孤舟"];

/// Nothing was compared with the prompt, the answer says so, and the interval shows it.
pub fn assert_not_compared(score: &Value) {
    for component in ["global_alignment", "local_alignment", "attribute_consistency"] {
        assert!(score["components"][component].is_null(), "{component}: {score}");
    }
    assert!(score["components"]["fidelity"].is_number() && score["components"]["aesthetics"].is_number(), "{score}");
    let degraded = score["degraded"].as_array().unwrap();
    let stages: Vec<&Value> = degraded.iter().map(|degraded| &degraded["stage"]).collect();
    assert_eq!(stages, ["decomposition"], "{score}");
    let reason = degraded[0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("language: the prompt seems to be in Chinese (zh)") && reason.contains("endpoint"));
    assert!(score["descriptors"].as_array().unwrap().is_empty() && score["attributes"].as_array().unwrap().is_empty());
}

fn width(score: &Value) -> f64 {
    score["interval"][1].as_f64().unwrap() - score["interval"][0].as_f64().unwrap()
}

#[test]
fn chinese_prompts_without_a_language_model_are_not_compared_and_it_is_said() {
    let (url, picture) = (Server::shared().url(), example(CAT));
    let english = json(&["score", &picture, "--prompt", "a red Chinese paper-cut", "--format", "json"]);
    for prompt in HERITAGE {
        let arguments = ["score", &picture, "--prompt", prompt, "--format", "json"];
        let served = json(&[&arguments[..], &["--endpoint", &url]].concat());
        assert_not_compared(&served);
        assert!(width(&served) > width(&english), "{served}");
    }
    let embedded = json(&["score", &picture, "--prompt", HERITAGE[0], "--format", "json"]);
    assert_not_compared(&embedded);
}

#[test]
fn a_decomposition_service_of_its_own_tells_the_gateway_the_language() {
    let decomposition = Server::start("decomposition", &[]);
    let gateway = Server::start("all", &[("CPAIQA_BACKENDS__DECOMPOSITION", &decomposition.url())]);
    let split =
        json(&["score", &example(CAT), "--prompt", HERITAGE[0], "--format", "json", "--endpoint", &gateway.url()]);
    assert_not_compared(&split);
}

#[test]
fn an_english_prompt_that_shows_chinese_writing_stays_english() {
    let url = Server::shared().url();
    let prompt = "a poster of a cat with the text 福";
    let score = json(&["score", &example(CAT), "--prompt", prompt, "--format", "json", "--endpoint", &url]);
    assert!(score["degraded"].as_array().unwrap().is_empty(), "{score}");
    assert!(score["components"]["global_alignment"].is_number() && score["components"]["local_alignment"].is_number());
    assert!(score["notes"].to_string().contains("letters of another script in it (1) were not read"), "{score}");
}

#[test]
fn decompose_names_the_language_and_align_warns_of_texts_it_cannot_read() {
    let folder = tempfile::tempdir().unwrap();
    let both = write(folder.path(), "texts.txt", format!("a cat\n{}\n", HERITAGE[0]).as_bytes());
    let lines = json_lines(&["decompose", "--file", &both]);
    assert_eq!((&lines[0]["language"], &lines[0]["degraded"]), (&"en".into(), &Value::Null));
    assert_eq!((&lines[1]["language"], &lines[1]["english"]), (&"zh".into(), &Value::Null));
    assert!(lines[1]["degraded"].as_str().unwrap().starts_with("language: "));

    let said = run(&["align", &example(CAT), "--texts", &both]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(
        said.err.contains("warning: language: '红色的中国剪纸，一条龙' seems to be in Chinese (zh)"),
        "{}",
        said.err
    );
    let line: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(line["notes"].as_array().unwrap().len(), 1, "{line}");
}
