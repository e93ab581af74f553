//! What models run on: as it is asked for, as far as this machine and the shipped ONNX Runtime can.

use serde_json::Value;

use crate::support::{CAT, CAT_PROMPT, Said, command, example};

fn score(providers: &str) -> Said {
    let picture = example(CAT);
    let mut command = command(&["score", &picture, "--prompt", CAT_PROMPT, "--format", "json", "--verbose"]);
    command.env("CPAIQA_RUNTIME__PROVIDERS", providers).output().unwrap().into()
}

#[test]
fn providers_that_are_not_there_are_warned_of_and_the_answer_says_that_models_ran_on_the_cpu() {
    let said = score("cuda, openvino");
    assert_eq!(said.code, 0, "{}", said.err);
    let warnings: Vec<&str> = said.err.lines().filter(|line| line.contains("runtime.providers asks for")).collect();
    assert_eq!(warnings.len(), 2, "{}", said.err);
    assert!(warnings[0].contains("cuda") && warnings[1].contains("openvino"), "{warnings:?}");

    let answer: Value = serde_json::from_str(&said.out).unwrap();
    let models = answer["models"].as_array().unwrap();
    for (name, provider) in
        [("mobile-sam-encoder", Some("cpu")), ("distortion-network", Some("cpu")), ("lexicon", None)]
    {
        let model = models.iter().find(|model| model["name"] == name).unwrap();
        assert_eq!(model["provider"].as_str(), provider, "{model}");
    }
}

#[test]
fn an_unknown_provider_is_an_error_that_names_those_that_there_are() {
    let said = score("cuda,gpu");
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("'gpu'") && said.err.contains("tensorrt, cuda, openvino, coreml"), "{}", said.err);
}
