//! Answers that break their promise: an error names the server, the model, the tensor, what was expected and what came.

use bytes::Bytes;
use domain::roles::{AlignQuery, Aligner, Call, Decomposer, DistortionDetector, RoleError, Segmenter};
use proto::inference::{InferTensorContents, ModelInferResponse, model_infer_response::InferOutputTensor};

use crate::{
    double::{Double, bytes, floats, named, output, png, raw_floats},
    settings::{ALIGNMENT, DECOMPOSITION, DISTORTION, SEGMENTATION, aligner, decomposer, detector, segmenter},
};

fn said(error: &RoleError, server: &Double, model: &str, tensor: &str, expected: &str) {
    let RoleError::Internal(message) = error else { panic!("{error:?}") };
    for part in [&server.address, &format!("model '{model}'"), &format!("output '{tensor}'"), expected] {
        assert!(message.contains(part), "expected '{part}' in '{message}'");
    }
}

fn uints(name: &str, shape: &[i64], values: &[u32]) -> InferOutputTensor {
    let contents = InferTensorContents { uint_contents: values.to_vec(), ..Default::default() };
    InferOutputTensor { contents: Some(contents), ..output(name, "UINT8", shape) }
}

#[tokio::test]
async fn wrong_masks_and_scores_are_refused() {
    let scores = || floats("scores", &[1], &[0.9]);
    let masks = || uints("masks", &[1, 2, 2], &[1, 0, 0, 1]);
    let typed = |outputs| Double::with(outputs);
    for (outputs, tensor, expected) in [
        (vec![scores()], "masks", "expected it in the answer, got [scores]"),
        (vec![masks()], "scores", "expected it in the answer, got [masks]"),
        (vec![output("masks", "INT64", &[1, 2, 2]), scores()], "masks", "got INT64 [1, 2, 2]"),
        (vec![output("masks", "UINT8", &[4]), scores()], "masks", "expected BOOL or UINT8 or FP32 [n, height, width]"),
        (vec![output("masks", "UINT8", &[2, 1, 2, 2]), scores()], "masks", "got UINT8 [2, 1, 2, 2]"),
        (vec![output("masks", "UINT8", &[1, -2, 2]), scores()], "masks", "got UINT8 [1, -2, 2]"),
        (vec![output("masks", "UINT8", &[i64::MAX, 1 << 40, 9]), scores()], "masks", "a shape that fits in memory"),
        (vec![output("masks", "UINT8", &[1 << 40, 1, 1]), scores()], "masks", "expected 1099511627776 values"),
        (vec![output("masks", "UINT8", &[1, 0, 2]), scores()], "masks", "expected masks of at least one cell"),
        (vec![uints("masks", &[1, 2, 2], &[1, 0, 0]), scores()], "masks", "expected 4 values for [1, 2, 2], got 3"),
        (vec![uints("masks", &[1, 2, 2], &[1, 0, 0, 256]), scores()], "masks", "256, which is no UINT8"),
        (
            vec![floats("masks", &[1, 1, 2], &[0.1, f32::NAN]), scores()],
            "masks",
            "expected finite values, got NaN at 1",
        ),
        (vec![masks(), floats("scores", &[2], &[0.9, 0.8])], "scores", "expected a score for each of 1 masks, got 2"),
        (vec![masks(), floats("scores", &[1], &[1.5])], "scores", "expected values in [0, 1], got 1.5 at 0"),
        (vec![masks(), floats("scores", &[1], &[f32::INFINITY])], "scores", "expected finite values, got inf"),
        (vec![masks(), output("scores", "FP64", &[1])], "scores", "expected FP32 [n] or [1, n], got FP64 [1]"),
    ] {
        let server = typed(outputs).await;
        let segmenter = segmenter(&SEGMENTATION.replace("ADDRESS", &server.address)).unwrap();
        let error = segmenter.segment(Call::default(), &png(8, 8, |_, _| [9; 3]), None).await.unwrap_err();
        said(&error, &server, "masks", tensor, expected);
    }
}

#[tokio::test]
async fn raw_contents_that_are_too_short_or_too_few_are_refused() {
    let outputs = || vec![output("masks", "FP32", &[1, 1, 2]), output("scores", "FP32", &[1])];
    for (raw, tensor, expected) in [
        (
            vec![raw_floats(&[1.0]), raw_floats(&[0.5])],
            "masks",
            "expected 2 values of 4 bytes for [1, 1, 2], got 4 bytes",
        ),
        (vec![raw_floats(&[1.0, 0.0]), Bytes::from_static(b"abc")], "scores", "got 3 bytes"),
        (vec![raw_floats(&[1.0, 0.0])], "scores", "expected raw contents for each of 2 outputs, got 1"),
        (vec![raw_floats(&[1.0, f32::NEG_INFINITY]), raw_floats(&[0.5])], "masks", "got -inf at 1"),
    ] {
        let server = Double::raw(outputs(), raw).await;
        let segmenter = segmenter(&SEGMENTATION.replace("ADDRESS", &server.address)).unwrap();
        let error = segmenter.segment(Call::default(), &png(8, 8, |_, _| [9; 3]), None).await.unwrap_err();
        said(&error, &server, "masks", tensor, expected);
    }
}

#[tokio::test]
async fn wrong_severities_maps_and_fidelities_are_refused() {
    let right = || {
        [
            floats("severities", &[1, 2], &[0.1, 0.2]),
            floats("maps", &[2, 1, 2], &[0.1, 0.0, 0.2, 0.0]),
            floats("fidelity", &[1], &[0.7]),
        ]
    };
    for (wrong, tensor, expected) in [
        (floats("severities", &[3], &[0.1, 0.2, 0.3]), "severities", "expected a severity for each of 2 types, got 3"),
        (floats("severities", &[2], &[0.1, -0.2]), "severities", "expected values in [0, 1], got -0.2 at 1"),
        (output("severities", "BYTES", &[2]), "severities", "expected FP32 [k] or [1, k], got BYTES [2]"),
        (floats("maps", &[1, 1, 2], &[0.1, 0.0]), "maps", "expected a map for each of 2 types, got [1, 1, 2]"),
        (floats("maps", &[2, 0, 2], &[]), "maps", "expected a map for each of 2 types"),
        (floats("maps", &[2, 1, 1], &[0.1, 3.0]), "maps", "expected values in [0, 1], got 3 at 1"),
        (floats("fidelity", &[2], &[0.1, 0.2]), "fidelity", "expected one value, got 2"),
        (floats("fidelity", &[1], &[f32::NAN]), "fidelity", "expected finite values, got NaN"),
    ] {
        let outputs = right().map(|output| if output.name == wrong.name { wrong.clone() } else { output });
        let server = Double::with(outputs.to_vec()).await;
        let detector = detector(&DISTORTION.replace("ADDRESS", &server.address)).unwrap();
        let error = detector.detect(Call::default(), &png(8, 8, |_, _| [9; 3]), true).await.unwrap_err();
        said(&error, &server, "faults", tensor, expected);
    }
}

#[tokio::test]
async fn wrong_embeddings_are_refused() {
    let query = AlignQuery { prompt: Some("a cat".into()), ..AlignQuery::default() };
    let embedding = |shape: &[i64], values: &[f32]| floats("embedding", shape, values);
    for (picture, text, model, expected) in [
        (embedding(&[2, 1], &[1.0, 2.0]), embedding(&[1, 1], &[1.0]), "pictures", "expected 1 embeddings, got [2, 1]"),
        (embedding(&[1, 0], &[]), embedding(&[1, 1], &[1.0]), "pictures", "expected 1 embeddings, got [1, 0]"),
        (embedding(&[1, 2], &[0.0, 0.0]), embedding(&[1, 2], &[1.0, 1.0]), "pictures", "got one of zeros"),
        (embedding(&[1, 2], &[1.0, 1.0]), embedding(&[1, 2], &[f32::NAN, 1.0]), "texts", "got NaN at 0"),
        (embedding(&[1, 2], &[1.0, 1.0]), output("embedding", "FP16", &[1, 2]), "texts", "got FP16 [1, 2]"),
        (embedding(&[1, 2], &[1.0, 1.0]), embedding(&[2, 2], &[1.0; 4]), "texts", "expected 1 embeddings, got [2, 2]"),
    ] {
        let server = Double::new(move |request| {
            let output = if request.model_name == "texts" { text.clone() } else { picture.clone() };
            Ok(ModelInferResponse { outputs: vec![output], ..named() })
        })
        .await;
        let aligner = aligner(&ALIGNMENT.replace("ADDRESS", &server.address)).unwrap();
        let error = aligner.align(Call::default(), &png(8, 8, |_, _| [9; 3]), &query).await.unwrap_err();
        said(&error, &server, model, "embedding", expected);
    }
    let server = Double::new(|request| {
        let width = if request.model_name == "texts" { 3 } else { 2 };
        Ok(ModelInferResponse {
            outputs: vec![floats("embedding", &[1, width], &vec![1.0; width as usize])],
            ..named()
        })
    })
    .await;
    let aligner = aligner(&ALIGNMENT.replace("ADDRESS", &server.address)).unwrap();
    let error = aligner.align(Call::default(), &png(8, 8, |_, _| [9; 3]), &query).await.unwrap_err().to_string();
    assert!(error.contains("one joint space") && error.contains("'pictures' and 3 from"), "{error}");
}

#[tokio::test]
async fn wrong_parts_of_prompts_are_refused() {
    let cat = r#"{"text":"cat","kind":"object"}"#;
    let long = "x".repeat(121);
    for (json, expected) in [
        ("", "expected JSON with descriptors and attributes"),
        ("{}", "missing field `descriptors`"),
        (r#"{"descriptors":[{"text":"cat","kind":"smell"}],"attributes":[]}"#, "unknown variant `smell`"),
        (r#"{"descriptors":[{"text":" ","kind":"object"}],"attributes":[]}"#, "expected texts of 1 to 120 characters"),
        (
            &format!(r#"{{"descriptors":[],"attributes":[{{"text":"{long}","kind":"mood","source":"prompt"}}]}}"#),
            "got 121",
        ),
        (
            r#"{"descriptors":[{"text":"cat","kind":"object","count":0}],"attributes":[]}"#,
            "expected counts of at least 1",
        ),
        (r#"{"descriptors":[{"text":"cat","kind":"object","count":-1}],"attributes":[]}"#, "expected JSON"),
        (
            r#"{"descriptors":[{"text":"cat on mat","kind":"relation",
                "relation":{"subject":0,"predicate":"on","object":1}}],"attributes":[]}"#,
            "expected relations between the 1 descriptors, got the index 1",
        ),
        (
            &format!(r#"{{"descriptors":[{}],"attributes":[]}}"#, [cat; 33].join(",")),
            "expected at most 32 descriptors, got 33",
        ),
    ] {
        let server = Double::with(vec![bytes("json", &[json])]).await;
        let decomposer = decomposer(&DECOMPOSITION.replace("ADDRESS", &server.address)).unwrap();
        let error = decomposer.decompose(Call::default(), "a cat").await.unwrap_err();
        said(&error, &server, "parts", "json", expected);
    }
}

#[tokio::test]
async fn wrong_bytes_tensors_are_refused() {
    let one = || vec![output("json", "BYTES", &[1])];
    for (outputs, raw, expected) in [
        (
            one(),
            Bytes::from_static(b"\x05\0\0\0{}"),
            "expected each element after its length in four bytes, got 6 bytes",
        ),
        (one(), Bytes::from_static(b"\xff\xff\xff\xff{}"), "expected each element after its length"),
        (one(), Bytes::from_static(b"\x01\0\0"), "expected each element after its length"),
        (one(), Bytes::from_static(b"\x01\0\0\0{\x01\0\0\0}"), "expected one element, got [1] with 2"),
        (one(), Bytes::new(), "expected one element, got [1] with 0"),
        (vec![output("json", "BYTES", &[2])], Bytes::new(), "expected one element, got [2] with 0"),
        (vec![output("json", "FP32", &[1])], Bytes::new(), "expected BYTES [1] or [1, 1], got FP32 [1]"),
    ] {
        let server = Double::raw(outputs, vec![raw]).await;
        let decomposer = decomposer(&DECOMPOSITION.replace("ADDRESS", &server.address)).unwrap();
        let error = decomposer.decompose(Call::default(), "a cat").await.unwrap_err();
        said(&error, &server, "parts", "json", expected);
    }
    let server = Double::with(vec![bytes("json", &["{}", "{}"])]).await;
    let decomposer = decomposer(&DECOMPOSITION.replace("ADDRESS", &server.address)).unwrap();
    let error = decomposer.decompose(Call::default(), "a cat").await.unwrap_err();
    said(&error, &server, "parts", "json", "expected one element, got [2] with 2");
}
