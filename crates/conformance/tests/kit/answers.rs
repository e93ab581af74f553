//! Right answers, plainly made: what the double gives where it is told nothing else.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::{
    distortion::{Distortion, DistortionType},
    fusion::{Uncertainty, fuse},
    heat_map::HeatMap,
    picture::Picture,
    region::{Mask, Region},
    roles::{Answer, Decomposed, Detection, ModelInfo, ResolvedScenario, RoleError, Segmentation},
    scenario::{Context, Profile, Selector, default_temperature},
};
use picture::{Decoder, Limits, identify};
use proto::{
    alignment::{AlignRequest, AlignResponse, DescriptorMatch, EmbedImageRequest, EmbedTextsRequest, LocalAlignment},
    common, decomposition, distortion, scenario, segmentation,
};

/// The picture in a message, decoded to its end.
pub async fn picture(message: Option<common::Picture>) -> Answer<Picture> {
    let common::Picture { data, url } = message.unwrap_or_default();
    if !url.is_empty() {
        return Err(RoleError::invalid("url", "only bytes"));
    }
    if data.is_empty() {
        return Err(RoleError::invalid("empty", "no bytes"));
    }
    let limits = Limits { max_bytes: 1 << 25, max_pixels: 1 << 25, max_side: 1 << 13, min_side: 1 };
    let picture = identify(data, &limits).map_err(|error| RoleError::invalid("text", error.to_string()))?;
    if picture.width < 2 {
        return Err(RoleError::invalid("tiny", "too small"));
    }
    let pixels = Decoder::new(0).decode(&picture).await;
    pixels.map_err(|error| RoleError::invalid("truncated", error.to_string()))?;
    Ok(picture)
}

/// What stands for a picture that should have been refused.
pub fn any_picture() -> Picture {
    let limits = Limits { max_bytes: 1 << 20, max_pixels: 1 << 20, max_side: 1 << 10, min_side: 1 };
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(100, 100).write_to(&mut png, image::ImageFormat::Png).unwrap();
    identify(Bytes::from(png.into_inner()), &limits).unwrap()
}

fn models(role: &str) -> Vec<ModelInfo> {
    let [name, version] = ["double", "1"].map(str::to_owned);
    vec![ModelInfo { role: role.to_owned(), name, version, sha256: "0a".repeat(32), ..ModelInfo::default() }]
}

fn wire_models(role: &str) -> Vec<common::ModelInfo> {
    wire::common::to_models(models(role))
}

/// The upper half and the lower right quarter.
pub fn segmented(picture: &Picture, max_regions: Option<u32>) -> segmentation::SegmentResponse {
    // A picture of 8 × 8 cells.
    let region = |area: f32, [x, y, right, bottom]: [usize; 4]| {
        let inside = |cell: usize| (x..right).contains(&(cell % 8)) && (y..bottom).contains(&(cell / 8));
        let mask = Mask::encode(8, 8, &(0..64).map(inside).collect::<Vec<_>>());
        let bbox = mask.bounding_box(picture.width, picture.height).unwrap();
        Region { bbox, mask, area, stability: 0.9, predicted_iou: 0.8 }
    };
    let mut regions = vec![region(0.5, [0, 0, 8, 4]), region(0.25, [4, 4, 8, 8])];
    regions.truncate(max_regions.unwrap_or(12) as usize);
    wire::segmentation::to_response(Segmentation { regions, models: models("segmentation") })
}

/// Two types of the twelve, worst in the lower left, and ten that are not assessed.
pub fn detected(with_maps: bool) -> distortion::DetectResponse {
    let judged = |kind: DistortionType| {
        let map = HeatMap::new(2, 2, vec![0.1, 0.2, 0.6, 0.3]).unwrap();
        let (severity, peak) = (Some(0.6), Some(map.peak()));
        Distortion { kind: kind.into(), severity, peak, map: with_maps.then_some(map) }
    };
    let distortions = DistortionType::ALL.map(|kind| match kind {
        DistortionType::AnatomicalError | DistortionType::EdgeBlur => judged(kind),
        other => Distortion::not_assessed(other.into()),
    });
    let (distortions, models) = (distortions.into(), models("distortion"));
    wire::distortion::to_response(Detection { fidelity: Some(0.7), distortions, models })
}

/// Every long word is an object.
pub fn decomposed(prompt: &str) -> Answer<decomposition::DecomposeResponse> {
    if prompt.is_empty() || prompt.len() > 8_000 {
        return Err(RoleError::invalid("prompt", "empty or too long"));
    }
    let words = prompt.split(|letter: char| !letter.is_alphanumeric()).filter(|word| word.len() > 3);
    let object = |text: &str| common::Descriptor { text: text.to_owned(), kind: 1, ..Default::default() };
    let english = prompt.is_ascii();
    let mut answer = wire::decomposition::to_response(Decomposed {
        language: if english { "en" } else { "zh" }.to_owned(),
        backend: "double".to_owned(),
        degraded: (!english).then(|| "language: not read".to_owned()),
        models: models("decomposition"),
        ..Decomposed::default()
    });
    if english {
        answer.descriptors = words.map(object).collect();
        answer.attributes = vec![common::Attribute { text: "calm".to_owned(), kind: 2, source: 2 }];
    }
    Ok(answer)
}

/// A unit vector that depends on `seed`.
fn embedding(seed: usize) -> proto::alignment::Embedding {
    let angle = seed as f32;
    proto::alignment::Embedding { values: vec![angle.cos(), angle.sin()] }
}

pub fn embedded(request: &EmbedImageRequest, picture: &Picture) -> Answer<proto::alignment::EmbedImageResponse> {
    regions(request.regions.clone(), request.masks.clone(), picture)?;
    let embeddings = (0..=request.regions.len()).map(embedding).collect();
    Ok(proto::alignment::EmbedImageResponse { embeddings, models: wire_models("alignment") })
}

fn regions(boxes: Vec<common::BoundingBox>, masks: Vec<common::Mask>, picture: &Picture) -> Answer<()> {
    let regions = wire::alignment::from_regions(boxes, masks)
        .map_err(|error| RoleError::invalid(if error.field == "bbox" { "region" } else { "masks" }, error.message))?;
    match regions.iter().find(|region| region.bbox.clipped(picture.width, picture.height).area() <= 0.0) {
        Some(_) => Err(RoleError::invalid("region", "outside the picture")),
        None => Ok(()),
    }
}

pub fn read(request: &EmbedTextsRequest) -> Answer<proto::alignment::EmbedTextsResponse> {
    if request.texts.iter().any(|text| text.is_empty() || text.len() > 8_000) {
        return Err(RoleError::invalid("prompt", "empty or too long"));
    }
    let embeddings = request.texts.iter().map(|text| embedding(text.len())).collect();
    Ok(proto::alignment::EmbedTextsResponse { embeddings, models: wire_models("alignment") })
}

pub fn aligned(request: &AlignRequest, picture: &Picture) -> Answer<AlignResponse> {
    regions(request.regions.clone(), request.masks.clone(), picture)?;
    let columns = request.descriptors.len();
    let found = DescriptorMatch { presence: 0.6, regions: Vec::new(), judged_by: 1, counted: None };
    let local = LocalAlignment {
        score: 0.5,
        matches: vec![found; columns],
        cosines: vec![0.2; columns * (request.regions.len() + 1)],
    };
    Ok(AlignResponse {
        global: request.prompt.is_some().then_some(proto::alignment::Similarity { cosine: 0.3, calibrated: 0.8 }),
        local: (columns > 0).then_some(local),
        attributes: vec![proto::alignment::AttributeMatch { presence: 0.4 }; request.attributes.len()],
        aesthetics: request.aesthetics.then_some(0.5),
        models: wire_models("alignment"),
    })
}

fn profiles() -> [Profile; 2] {
    ["plain", "fancy"].map(|name| Profile {
        name: name.to_owned(),
        revision: 1,
        description: String::new(),
        phrases: Vec::new(),
        temperature: default_temperature(),
        gates: Vec::new(),
        logits: BTreeMap::new(),
        impacts: [(DistortionType::EdgeBlur, 0.5)].into(),
        other_impacts: BTreeMap::new(),
    })
}

pub fn listed() -> scenario::ListScenariosResponse {
    scenario::ListScenariosResponse { scenarios: profiles().map(wire::scenario::to_profile).into() }
}

pub fn resolved(request: &scenario::ResolveRequest) -> Answer<scenario::ResolveResponse> {
    let nothing = || RoleError::invalid("selector", "neither name nor text");
    let (profile, distribution) = match wire::scenario::from_selector(request.scenario.clone()).ok_or_else(nothing)? {
        Selector::Name(name) => {
            let Some(profile) = profiles().into_iter().find(|profile| profile.name == name) else {
                return Err(RoleError::NotFound { kind: "scenario".into(), name, message: "there is none".into() });
            };
            (profile, vec![(name, 1.0)])
        }
        Selector::Text(text) if text.is_empty() || text.len() > 2_000 => {
            return Err(RoleError::invalid("free", "empty or too long"));
        }
        Selector::Text(_) => {
            let [plain, fancy] = profiles();
            let distribution = vec![(plain.name.clone(), 0.75), (fancy.name, 0.25)];
            (plain, distribution)
        }
    };
    Ok(wire::scenario::to_resolved(ResolvedScenario {
        context: Context::mix([(&profile, 1.0)]),
        name: profile.name,
        revision: 1,
        distribution,
        abstained: false,
        temperature: 10.0,
        gates: Vec::new(),
    }))
}

pub fn fused(request: &scenario::FuseRequest) -> Answer<scenario::FuseResponse> {
    let read = wire::scenario::from_fuse_request(request);
    let of = |field: &str| if field.starts_with("context") { "context" } else { "values" };
    let (context, measured) = read.map_err(|error| RoleError::invalid(of(&error.field), error.message))?;
    let uncertainty = Uncertainty {
        components: [0.1; 5],
        missing_component: 0.3,
        severity: 0.1,
        unassessed_severity: 0.1,
        deviations: 1.645,
    };
    let fused = fuse(&context, &measured, &uncertainty);
    fused.map(|fused| wire::scenario::to_fused(&fused)).map_err(|_| RoleError::invalid("unmeasured", "no component"))
}
