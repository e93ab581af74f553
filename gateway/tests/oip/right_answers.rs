//! What the server is sent, and what its answers come to, in every form they may have.

use bytes::Bytes;
use domain::{
    decomposition::{AttributeSource, Descriptor, DescriptorKind, Predicate},
    distortion::{Distortion, DistortionKind, DistortionType},
    region::{BoundingBox, RegionShape},
    roles::{AlignQuery, Aligner, Call, Decomposer, DistortionDetector, ModelInfo, Segmenter, TextKind},
};
use proto::inference::{InferTensorContents, ModelInferResponse, model_infer_response::InferOutputTensor};

use crate::{
    double::{Double, bytes, floats, identified, named, output, png, raw_floats},
    settings::{ALIGNMENT, DECOMPOSITION, DISTORTION, SEGMENTATION, aligner, decomposer, detector, segmenter},
};

fn told(role: &str) -> Vec<ModelInfo> {
    vec![ModelInfo { role: role.into(), name: "double".into(), version: "3".into(), ..ModelInfo::default() }]
}

#[tokio::test]
async fn masks_in_every_form_become_the_same_regions_largest_first() {
    // A cell, a half, and nothing.
    let cells = [1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0].map(|cell| cell == 1);
    let masks =
        |datatype, contents| InferOutputTensor { contents: Some(contents), ..output("masks", datatype, &[1, 3, 2, 2]) };
    let scores = floats("scores", &[1, 3], &[0.5, 0.75, 0.25]);
    let bools = InferTensorContents { bool_contents: cells.to_vec(), ..Default::default() };
    let uints =
        InferTensorContents { uint_contents: cells.map(|cell| 255 * u32::from(cell)).to_vec(), ..Default::default() };
    let bits: Vec<u8> = cells.map(u8::from).to_vec();
    let shades = cells.map(|cell| if cell { 0.9 } else { 0.1 });
    let plain = [output("masks", "UINT8", &[3, 2, 2]), output("scores", "FP32", &[3])];
    let soft = [output("masks", "FP32", &[3, 2, 2]), output("scores", "FP32", &[3])];
    let raw_scores = raw_floats(&[0.5, 0.75, 0.25]);
    for server in [
        Double::with(vec![scores.clone(), masks("BOOL", bools)]).await,
        Double::with(vec![masks("UINT8", uints), scores]).await,
        Double::raw(plain.to_vec(), vec![bits.into(), raw_scores.clone()]).await,
        Double::raw(soft.to_vec(), vec![raw_floats(&shades), raw_scores]).await,
    ] {
        let segmenter = segmenter(&SEGMENTATION.replace("ADDRESS", &server.address)).unwrap();
        let picture = png(40, 20, |_, _| [9; 3]);
        let found = segmenter.segment(Call::default(), &picture, None).await.unwrap();
        let boxes: Vec<[f32; 4]> = found.regions.iter().map(|region| region.bbox.into()).collect();
        assert_eq!(boxes, [[20.0, 0.0, 20.0, 20.0], [0.0, 0.0, 20.0, 10.0]]);
        let of = |read: fn(&domain::region::Region) -> f32| found.regions.iter().map(read).collect::<Vec<_>>();
        assert_eq!((of(|r| r.area), of(|r| r.predicted_iou)), (vec![0.5, 0.25], vec![0.75, 0.5]));
        assert_eq!(of(|r| r.stability), [1.0, 1.0]);
        assert!(found.regions.iter().all(|region| region.mask.is_consistent()));
        assert_eq!(found.models, told("segmentation"));
        assert_eq!(segmenter.segment(Call::default(), &picture, Some(1)).await.unwrap().regions.len(), 1);

        let asked = &server.asked()[0];
        assert_eq!((asked.model_name.as_str(), asked.model_version.as_str()), ("masks", "2"));
        assert_eq!(asked.outputs.iter().map(|output| output.name.as_str()).collect::<Vec<_>>(), ["masks", "scores"]);
        let input = &asked.inputs[0];
        assert_eq!((input.name.as_str(), input.datatype.as_str(), input.shape.as_slice()), ("file", "BYTES", &[1][..]));
        assert_eq!(input.contents.as_ref().unwrap().bytes_contents, [picture.bytes], "the file as it came");
    }
}

#[tokio::test]
async fn a_picture_without_things_has_no_regions() {
    let server = Double::with(vec![floats("masks", &[0, 2, 2], &[]), floats("scores", &[0], &[])]).await;
    let segmenter = segmenter(&SEGMENTATION.replace("ADDRESS", &server.address)).unwrap();
    let found = segmenter.segment(Call::default(), &png(8, 8, |_, _| [9; 3]), None).await.unwrap();
    assert!(found.regions.is_empty());
}

#[tokio::test]
async fn severities_are_told_by_type_and_what_is_not_judged_is_not_zero() {
    let server = Double::with(vec![
        floats("severities", &[1, 2], &[0.25, 0.5]),
        floats("maps", &[1, 2, 1, 2], &[0.0, 0.25, 0.5, 0.0]),
        floats("fidelity", &[1, 1], &[0.75]),
    ])
    .await;
    let detector = detector(&DISTORTION.replace("ADDRESS", &server.address)).unwrap();
    let picture = png(8, 8, |_, _| [9; 3]);
    let found = detector.detect(Call::default(), &picture, true).await.unwrap();
    assert_eq!((found.fidelity, found.models), (Some(0.75), told("distortion")));
    assert_eq!(found.distortions.len(), 13);
    let [blur, glaze] = [&found.distortions[7], &found.distortions[12]];
    assert_eq!(blur.kind, DistortionKind::Known(DistortionType::EdgeBlur));
    assert_eq!((blur.severity, blur.peak), (Some(0.25), Some((0.75, 0.5))));
    assert_eq!((glaze.kind.name(), glaze.severity), ("cracked_glaze", Some(0.5)));
    assert_eq!(glaze.map.as_ref().unwrap().cells, [0.5, 0.0]);
    assert_eq!(found.distortions[0], Distortion::not_assessed(DistortionType::AnatomicalError.into()));
    let without = detector.detect(Call::default(), &picture, false).await.unwrap();
    assert!(without.distortions.iter().all(|distortion| distortion.map.is_none()));
    assert_eq!(without.distortions[7].peak, Some((0.75, 0.5)), "the worst spot is told all the same");
}

#[tokio::test]
async fn a_prompts_parts_are_read_as_a_chat_endpoint_writes_them_and_as_descriptors_are_written() {
    let chat = r#"{"english":null,"descriptors":[{"kind":"object","text":"two cats","count":2}],
        "attributes":[{"kind":"mood","text":"calm","source":"inferred"}]}"#;
    let own = r#"{"descriptors":[{"text":"cat","kind":"object","count":null},{"text":"mat","kind":"object","count":1},
        {"text":"cat on mat","kind":"relation","count":null,"relation":{"subject":0,"predicate":"on","object":1}}],
        "attributes":[]}"#;
    let raw = [&(own.len() as u32).to_le_bytes()[..], own.as_bytes()].concat();
    let server = Double::with(vec![bytes("json", &[chat])]).await;
    let decomposer_of = |server: &Double| decomposer(&DECOMPOSITION.replace("ADDRESS", &server.address)).unwrap();
    let found = decomposer_of(&server).decompose(Call::default(), "two cats").await.unwrap();
    assert_eq!(found.decomposition.descriptors, [Descriptor::new(DescriptorKind::Object, "two cats".into(), Some(2))]);
    assert_eq!(found.decomposition.attributes[0].source, AttributeSource::Inferred);
    assert_eq!((found.language.as_str(), found.backend.as_str()), ("en", "double"));
    assert_eq!((found.english, found.degraded, found.models), (None, None, told("decomposition")));
    let asked = server.asked().remove(0).inputs.remove(0);
    assert_eq!((asked.name.as_str(), asked.shape), ("prompt", vec![1]));
    assert_eq!(asked.contents.unwrap().bytes_contents, ["two cats"]);

    let server = Double::raw(vec![output("json", "BYTES", &[1, 1])], vec![raw.into()]).await;
    let found = decomposer_of(&server).decompose(Call::default(), "cat on a mat").await.unwrap();
    assert_eq!(found.decomposition.descriptors[2].relation.unwrap().predicate, Predicate::On);
}

#[tokio::test]
async fn a_prompt_in_another_language_comes_back_with_its_translation() {
    let json = r#"{"english":"a red paper-cut of a dragon","descriptors":[{"kind":"object","text":"dragon"}],"attributes":[]}"#;
    let server = Double::with(vec![bytes("json", &[json])]).await;
    let decomposer = decomposer(&DECOMPOSITION.replace("ADDRESS", &server.address)).unwrap();
    let found = decomposer.decompose(Call::default(), "红色的中国剪纸，一条龙").await.unwrap();
    assert_eq!((found.language.as_str(), found.english.as_deref()), ("zh", Some("a red paper-cut of a dragon")));
    let found = decomposer.decompose(Call::default(), "a paper-cut of a dragon").await.unwrap();
    assert_eq!((found.language.as_str(), found.english), ("en", None));
}

/// A server whose picture embeddings are the means of the red and the blue plane, and whose texts all lie on the first axis.
async fn colors() -> Double {
    Double::new(|request| {
        let input = &request.inputs[0];
        let contents = input.contents.as_ref().unwrap();
        let values = if request.model_name == "texts" {
            contents.bytes_contents.iter().flat_map(|_| [2.0, 0.0]).collect::<Vec<f32>>()
        } else {
            let mean = |plane: &[f32]| plane.iter().sum::<f32>() / plane.len() as f32;
            contents.fp32_contents.chunks(48).flat_map(|view| [mean(&view[..16]), mean(&view[32..])]).collect()
        };
        let outputs = vec![floats("embedding", &[input.shape[0], 2], &values)];
        Ok(ModelInferResponse { outputs, ..named() })
    })
    .await
}

#[tokio::test]
async fn pixels_are_cropped_scaled_and_normalised_and_regions_go_in_batches() {
    let server = colors().await;
    let aligner = aligner(&ALIGNMENT.replace("ADDRESS", &server.address)).unwrap();
    // Red in the middle, from beyond what scaling smooths over at the crop's edges; blue at both ends, which are cut off.
    let picture = png(160, 40, |x, _| if (40..120).contains(&x) { [255, 0, 0] } else { [0, 0, 255] });
    let at = |x| RegionShape::from(BoundingBox { x, y: 10.0, width: 16.0, height: 16.0 });
    let query = AlignQuery {
        prompt: Some("red".into()),
        regions: vec![at(0.0), at(80.0)],
        descriptors: vec![Descriptor::new(DescriptorKind::Object, "red".into(), None)],
        ..AlignQuery::default()
    };
    let found = aligner.align(Call::default(), &picture, &query).await.unwrap();

    let shapes: Vec<Vec<i64>> = server.asked().into_iter().map(|asked| asked.inputs[0].shape.clone()).collect();
    assert!(shapes.contains(&vec![2, 3, 4, 4]) && shapes.contains(&vec![1, 3, 4, 4]) && shapes.contains(&vec![2]));
    let asked = server.asked().into_iter().find(|asked| asked.inputs[0].shape == [2, 3, 4, 4]).unwrap();
    let values = &asked.inputs[0].contents.as_ref().unwrap().fp32_contents;
    assert_eq!((values[0], values[16], values[32]), (1.0, -1.0, -2.0), "(value - mean) / std of red, green, blue");

    // Red is (1, -2) and blue (-1, 2), before they are scaled to length 1.
    let red = 1.0 / 5.0_f64.sqrt();
    let (global, local) = (found.global.unwrap(), found.local.unwrap());
    assert!((global.cosine - red).abs() < 1e-6, "{}", global.cosine);
    assert!((global.calibrated - 1.0 / (1.0 + (-10.0 * (red - 0.5)).exp())).abs() < 1e-6, "{}", global.calibrated);
    let expected = [-red, red, red];
    assert!(local.cosines.iter().zip(expected).all(|(row, cosine)| (f64::from(row[0]) - cosine).abs() < 1e-6));
    assert_eq!(local.matches[0].regions, [1]);
    let presence = 1.0 / (1.0 + (-20.0 * (red - 0.25)).exp());
    assert!((local.matches[0].presence - presence).abs() < 1e-6);
    assert_eq!(found.aesthetics, None);
    assert_eq!(found.models.len(), 2);
}

#[tokio::test]
async fn encoded_regions_travel_as_files_of_their_own() {
    let server = Double::with(vec![floats("embedding", &[1, 2], &[3.0, 4.0])]).await;
    let (table, _) = ALIGNMENT.split_once("[input]").unwrap();
    let table = format!("{table}[input]\nform = \"encoded\"\nname = \"file\"").replace("batch = 2", "");
    let aligner = aligner(&table.replace("ADDRESS", &server.address)).unwrap();
    let picture = png(80, 40, |x, _| if x < 40 { [255, 0, 0] } else { [0, 0, 255] });
    let region = BoundingBox { x: 50.0, y: 10.0, width: 20.0, height: 10.0 };
    let found = aligner.embed_image(Call::default(), &picture, &[region.into()]).await.unwrap();
    assert_eq!(found.rows, [[0.6, 0.8], [0.6, 0.8]], "scaled to length 1");
    let sent: Vec<Bytes> = server
        .asked()
        .into_iter()
        .map(|asked| asked.inputs[0].contents.clone().unwrap().bytes_contents.remove(0))
        .collect();
    assert!(sent.contains(&picture.bytes));
    let crop = sent.into_iter().find(|file| *file != picture.bytes).unwrap();
    let decoded = image::load_from_memory(&crop).unwrap().into_rgb8();
    assert_eq!(decoded.dimensions(), (20, 20), "the square around the region");
    assert!(decoded.pixels().all(|pixel| pixel.0 == [0, 0, 255]));
    assert_eq!(identified(crop.to_vec()).format, "png");
}

#[tokio::test]
async fn where_nothing_is_to_be_compared_nobody_is_asked() {
    let server = colors().await;
    let aligner = aligner(&ALIGNMENT.replace("ADDRESS", &server.address)).unwrap();
    let query = AlignQuery { aesthetics: true, ..AlignQuery::default() };
    let found = aligner.align(Call::default(), &png(8, 8, |_, _| [9; 3]), &query).await.unwrap();
    assert_eq!((found.global, found.aesthetics), (None, None));
    assert!(aligner.embed_texts(Call::default(), &[], TextKind::Phrase).await.unwrap().rows.is_empty());
    assert!(server.asked().is_empty());
}
