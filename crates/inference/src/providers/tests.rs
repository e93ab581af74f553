use std::cell::RefCell;

use Provider::{Cuda, OpenVino, TensorRt};

use super::*;

/// Opens "sessions" that say what they were opened with, unless `refuses` is part of it.
fn opening(
    refuses: Option<Provider>,
    tried: &RefCell<Vec<Vec<Provider>>>,
) -> impl Fn(&[Provider]) -> Result<Vec<Provider>, String> {
    move |with| {
        tried.borrow_mut().push(with.to_vec());
        match refuses {
            Some(provider) if with.contains(&provider) => Err("no device".to_owned()),
            _ => Ok(with.to_vec()),
        }
    }
}

#[test]
fn a_model_that_opens_with_all_providers_is_opened_once() {
    let tried = RefCell::default();
    assert_eq!(open_with(&[TensorRt, Cuda], "m", opening(None, &tried)), Ok(vec![TensorRt, Cuda]));
    assert_eq!(tried.take().len(), 1);
}

#[test]
fn a_provider_that_a_model_does_not_open_with_is_left_out_and_the_others_stay() {
    for (refuses, rest) in [(TensorRt, [Cuda, OpenVino]), (Cuda, [TensorRt, OpenVino]), (OpenVino, [TensorRt, Cuda])] {
        let opened = open_with(&[TensorRt, Cuda, OpenVino], "m", opening(Some(refuses), &RefCell::default()));
        assert_eq!(opened, Ok(rest.to_vec()));
    }
}

#[test]
fn a_model_that_opens_nowhere_is_an_error() {
    let broken = |with: &[Provider]| -> Result<(), String> { Err(format!("broken with {with:?}")) };
    assert_eq!(open_with(&[Cuda], "m", broken), Err("broken with []".to_owned()));
    assert_eq!(open_with(&[], "m", broken), Err("broken with []".to_owned()));
}

/// What an answer says of a session that asked for `asked`, after ONNX Runtime said `told`.
fn said(asked: &[Provider], told: &[&str]) -> String {
    let placement = Placement { asked: asked.to_vec(), ..Placement::default() };
    told.iter().for_each(|message| placement.hear(message));
    placement.provider()
}

#[test]
fn a_model_that_providers_share_is_said_to_run_on_each_of_them_the_preferred_first() {
    let placed = [
        "Node placements",
        " Node(s) placed on [CPUExecutionProvider]. Number of nodes: 7",
        " Node(s) placed on [CUDAExecutionProvider]. Number of nodes: 301",
    ];
    assert_eq!(said(&[TensorRt, Cuda], &placed), "cuda+cpu");
    assert_eq!(
        said(&[OpenVino], &[" All nodes placed on [OpenVINOExecutionProvider]. Number of nodes: 1"]),
        "openvino"
    );
    assert_eq!(said(&[OpenVino], &[" All nodes placed on [CPUExecutionProvider]. Number of nodes: 308"]), "cpu");
    assert_eq!(said(&[OpenVino], &["Node placements"]), "");
}

#[test]
fn a_name_that_no_provider_has_is_told_those_that_there_are() {
    assert_eq!(Provider::ALL.map(|provider| provider.name().parse()), Provider::ALL.map(Ok));
    let error = "gpu".parse::<Provider>().unwrap_err().to_string();
    assert!(error.contains("'gpu'") && error.contains("tensorrt, cuda, openvino, coreml"), "{error}");
}
