//! Every method, with a good message for it and what its answers must keep.

use std::collections::BTreeSet;

use prost::Message;
use proto::{
    admin, alignment, common, decomposition, distortion, keys,
    quality::{self, score_progress_response},
    scenario, segmentation,
};

use crate::{
    answers::{any, preferred, ranked, rescored, score, streamed},
    maker::Maker,
};

/// Who is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum At {
    Gateway,
    Roles,
}

/// Makes a message.
type Makes = Box<dyn Fn(&mut Maker) -> Vec<u8> + Send + Sync>;
/// Reads bytes.
type Reads<T> = Box<dyn Fn(&[u8]) -> T + Send + Sync>;

/// One method.
pub struct Method {
    pub at: At,
    pub path: &'static str,
    /// How often it is called, among all.
    pub share: usize,
    /// Whether a call has several messages.
    pub streams: bool,
    /// A good message, but for its pictures.
    pub example: Makes,
    /// Whether the bytes are such a message.
    pub reads: Reads<bool>,
    /// What is wrong with an answer.
    pub check: Reads<Result<(), String>>,
}

fn method<Q, A>(
    at: At,
    share: usize,
    path: &'static str,
    example: impl Fn(&mut Maker) -> Q + Send + Sync + 'static,
    check: impl Fn(A) -> Result<(), String> + Send + Sync + 'static,
) -> Method
where
    Q: Message + Default,
    A: Message + Default,
{
    Method {
        at,
        path,
        share,
        streams: false,
        example: Box::new(move |maker| example(maker).encode_to_vec()),
        reads: Box::new(|bytes| Q::decode(bytes).is_ok()),
        check: Box::new(move |bytes| check(A::decode(bytes).map_err(|error| error.to_string())?)),
    }
}

/// The same with several messages in a call.
fn stream(method: Method) -> Method {
    Method { streams: true, ..method }
}

fn preference(m: &mut Maker) -> admin::AddPreferencesRequest {
    admin::AddPreferencesRequest {
        scenario: m.scenario(),
        id: format!("pair-{}", m.rng.u32(..500)),
        a: m.kept(),
        b: m.kept(),
        preferred: m.rng.i32(1..4),
        rater: "lin".into(),
        weight: Some(1.5),
    }
}

/// All methods of all services.
pub fn all() -> Vec<Method> {
    use At::{Gateway, Roles};
    let mut methods = vec![
        method(Gateway, 20, "/cpaiqa.quality.v1.QualityService/Score", |m| m.score(), score),
        method(
            Gateway,
            4,
            "/cpaiqa.quality.v1.QualityService/ScoreProgress",
            |m| quality::ScoreProgressRequest { request: Some(m.score()) },
            |answer: quality::ScoreProgressResponse| match answer.event.ok_or("neither stage nor score")? {
                score_progress_response::Event::Stage(_) => Ok(()),
                score_progress_response::Event::Score(one) => score(one),
            },
        ),
        stream(method(
            Gateway,
            8,
            "/cpaiqa.quality.v1.QualityService/ScoreStream",
            |m| quality::ScoreStreamRequest { id: m.number.to_string(), request: Some(m.score()) },
            streamed,
        )),
        method(
            Gateway,
            6,
            "/cpaiqa.quality.v1.QualityService/Compare",
            |m| quality::CompareRequest { a: m.picture(), b: m.picture(), prompt: m.prompt(), scenario: m.selector() },
            |answer: quality::CompareResponse| {
                wire::quality::from_comparison(answer).map(drop).map_err(|error| error.to_string())
            },
        ),
        method(
            Gateway,
            6,
            "/cpaiqa.quality.v1.QualityService/Rank",
            |m| {
                let candidates =
                    (0..m.rng.usize(..4)).map(|id| quality::Candidate { id: id.to_string(), picture: m.picture() });
                quality::RankRequest { candidates: candidates.collect(), prompt: m.prompt(), scenario: m.selector() }
            },
            ranked,
        ),
        method(
            Gateway,
            4,
            "/cpaiqa.quality.v1.QualityService/Rescore",
            |m| quality::RescoreRequest {
                ids: (0..m.rng.usize(1..4)).map(|_| m.kept()).collect(),
                scenarios: (0..m.rng.usize(..3)).filter_map(|_| m.selector()).collect(),
            },
            |answer: quality::RescoreResponse| answer.scores.into_iter().try_for_each(rescored),
        ),
        method(
            Gateway,
            1,
            "/cpaiqa.quality.v1.QualityService/ListScenarios",
            |_| quality::ListScenariosRequest {},
            any::<quality::ListScenariosResponse>,
        ),
        method(
            Gateway,
            1,
            "/cpaiqa.admin.v1.AdminService/GetUsage",
            |_| admin::GetUsageRequest {},
            any::<admin::GetUsageResponse>,
        ),
        method(
            Gateway,
            1,
            "/cpaiqa.admin.v1.AdminService/GetDrift",
            |_| admin::GetDriftRequest {},
            any::<admin::GetDriftResponse>,
        ),
        method(
            Gateway,
            1,
            "/cpaiqa.admin.v1.AdminService/ListBackends",
            |_| admin::ListBackendsRequest {},
            any::<admin::ListBackendsResponse>,
        ),
        method(
            Roles,
            3,
            "/cpaiqa.alignment.v1.AlignmentService/EmbedImage",
            |m| {
                let (regions, masks) = m.regions();
                alignment::EmbedImageRequest { picture: m.picture(), regions, masks }
            },
            any::<alignment::EmbedImageResponse>,
        ),
        method(
            Roles,
            2,
            "/cpaiqa.alignment.v1.AlignmentService/EmbedTexts",
            |m| alignment::EmbedTextsRequest { texts: vec![m.prompt(), m.prompt()], kind: m.rng.i32(..3) },
            any::<alignment::EmbedTextsResponse>,
        ),
        method(
            Roles,
            6,
            "/cpaiqa.alignment.v1.AlignmentService/Align",
            |m| {
                let (regions, masks) = m.regions();
                alignment::AlignRequest {
                    picture: m.picture(),
                    prompt: Some(m.prompt()),
                    regions,
                    descriptors: (0..3).map(|_| m.descriptor()).collect(),
                    attributes: vec![m.attribute()],
                    aesthetics: m.rng.bool(),
                    masks,
                }
            },
            |answer| wire::alignment::from_response(answer).map(drop).map_err(|error| error.to_string()),
        ),
        method(
            Roles,
            3,
            "/cpaiqa.segmentation.v1.SegmentationService/Segment",
            |m| segmentation::SegmentRequest { picture: m.picture(), max_regions: Some(m.rng.u32(..4)) },
            |answer| wire::segmentation::from_response(answer).map(drop).map_err(|error| error.to_string()),
        ),
        method(
            Roles,
            4,
            "/cpaiqa.distortion.v1.DistortionService/Detect",
            |m| distortion::DetectRequest { picture: m.picture(), include_maps: m.rng.bool() },
            |answer| wire::distortion::from_response(answer).map(drop).map_err(|error| error.to_string()),
        ),
        method(
            Roles,
            5,
            "/cpaiqa.decomposition.v1.DecompositionService/Decompose",
            |m| decomposition::DecomposeRequest { prompt: m.prompt() },
            |answer| wire::decomposition::from_response(answer).map(drop).map_err(|error| error.to_string()),
        ),
        method(
            Roles,
            3,
            "/cpaiqa.scenario.v1.ScenarioService/Resolve",
            |m| scenario::ResolveRequest { scenario: m.selector() },
            |answer| wire::scenario::from_resolved(answer).map(drop).map_err(|error| error.to_string()),
        ),
        method(
            Roles,
            4,
            "/cpaiqa.scenario.v1.ScenarioService/Fuse",
            |m| scenario::FuseRequest {
                context: Some(common::ContextVector {
                    weights: Some(common::Components { fidelity: Some(1.0), ..common::Components::default() }),
                    impacts: m.impacts(),
                }),
                components: Some(m.components()),
                severities: vec![common::DistortionSeverity {
                    r#type: m.rng.i32(1..13),
                    severity: m.rng.f64(),
                    other_type: String::new(),
                }],
            },
            |answer| wire::scenario::from_fused(answer).map(drop).map_err(|error| error.to_string()),
        ),
        method(
            Roles,
            1,
            "/cpaiqa.scenario.v1.ScenarioService/ListScenarios",
            |_| scenario::ListScenariosRequest {},
            any::<scenario::ListScenariosResponse>,
        ),
        method(
            Roles,
            1,
            "/cpaiqa.keys.v1.KeyService/FindKey",
            |m| keys::FindKeyRequest { id: m.key.into() },
            any::<keys::FindKeyResponse>,
        ),
        method(
            Roles,
            1,
            "/cpaiqa.keys.v1.KeyService/ListKeys",
            |_| keys::ListKeysRequest {},
            any::<keys::ListKeysResponse>,
        ),
        method(
            Roles,
            2,
            "/cpaiqa.keys.v1.KeyService/AddKey",
            |m| keys::AddKeyRequest {
                key: Some(keys::StoredKey {
                    id: format!("{:012x}", m.rng.u64(..400)),
                    tenant: "museum".into(),
                    hash: "ab".repeat(32),
                    comment: "uploader".into(),
                    created: 5,
                    ends: Some(9),
                }),
            },
            any::<keys::AddKeyResponse>,
        ),
        method(
            Roles,
            1,
            "/cpaiqa.keys.v1.KeyService/EndKey",
            |m| keys::EndKeyRequest { id: m.key.into(), ends: i64::MAX - 5 },
            any::<keys::EndKeyResponse>,
        ),
    ];
    // The one service that is served in both places.
    methods.extend(admin(Gateway));
    methods.extend(admin(Roles));
    methods
}

fn admin(at: At) -> [Method; 12] {
    [
        method(
            at,
            3,
            "/cpaiqa.admin.v1.AdminService/ReviseScenario",
            |m| admin::ReviseScenarioRequest { profile: Some(m.profile()), change: m.change() },
            |answer: admin::ReviseScenarioResponse| {
                wire::admin::from_revision(answer.revision).map(drop).map_err(|error| error.to_string())
            },
        ),
        method(
            at,
            1,
            "/cpaiqa.admin.v1.AdminService/RollBackScenario",
            |m| admin::RollBackScenarioRequest { name: m.scenario(), revision: m.rng.u32(..9), change: m.change() },
            any::<admin::RollBackScenarioResponse>,
        ),
        method(
            at,
            1,
            "/cpaiqa.admin.v1.AdminService/ListScenarioRevisions",
            |m| admin::ListScenarioRevisionsRequest { name: m.scenario() },
            any::<admin::ListScenarioRevisionsResponse>,
        ),
        stream(method(at, 3, "/cpaiqa.admin.v1.AdminService/AddPreferences", preference, preferred)),
        method(
            at,
            2,
            "/cpaiqa.admin.v1.AdminService/AddPreference",
            |m| admin::AddPreferenceRequest { preference: Some(preference(m)) },
            |answer: admin::AddPreferenceResponse| preferred(answer.answer.ok_or("no answer")?),
        ),
        method(
            at,
            1,
            "/cpaiqa.admin.v1.AdminService/CalibrateScenario",
            |m| admin::CalibrateScenarioRequest {
                scenario: m.scenario(),
                prior: Some(2.0),
                install: m.rng.bool(),
                change: m.change(),
            },
            |answer| wire::admin::from_calibration(answer).map(drop).map_err(|error| error.to_string()),
        ),
        method(
            at,
            4,
            "/cpaiqa.admin.v1.AdminService/KeepMeasurement",
            |m| admin::KeepMeasurementRequest { prompt: m.prompt(), score: Some(m.measured()) },
            any::<admin::KeepMeasurementResponse>,
        ),
        method(
            at,
            1,
            "/cpaiqa.admin.v1.AdminService/GetMeasurement",
            |m| admin::GetMeasurementRequest { id: m.kept() },
            |answer: admin::GetMeasurementResponse| {
                wire::admin::from_kept(answer.prompt, answer.score).map(drop).map_err(|error| error.to_string())
            },
        ),
        method(
            at,
            1,
            "/cpaiqa.admin.v1.AdminService/CreateKey",
            |m| admin::CreateKeyRequest { comment: "uploader".into(), lives_seconds: Some(m.rng.u64(..99)) },
            any::<admin::CreateKeyResponse>,
        ),
        method(
            at,
            1,
            "/cpaiqa.admin.v1.AdminService/ListKeys",
            |_| admin::ListKeysRequest {},
            any::<admin::ListKeysResponse>,
        ),
        method(
            at,
            1,
            "/cpaiqa.admin.v1.AdminService/RotateKey",
            |m| admin::RotateKeyRequest { id: m.key.into(), overlap_seconds: Some(5), lives_seconds: Some(9) },
            any::<admin::RotateKeyResponse>,
        ),
        method(
            at,
            1,
            "/cpaiqa.admin.v1.AdminService/RevokeKey",
            |m| admin::RevokeKeyRequest { id: m.key.into() },
            any::<admin::RevokeKeyResponse>,
        ),
    ]
}

#[test]
fn no_method_of_ours_is_left_out() {
    let files = prost_types::FileDescriptorSet::decode(proto::DESCRIPTORS).unwrap().file;
    let ours = files.iter().filter(|file| file.package().starts_with("cpaiqa."));
    let there: BTreeSet<String> = ours
        .flat_map(|file| file.service.iter().map(move |service| (file.package(), service)))
        .flat_map(|(package, service)| {
            service.method.iter().map(move |method| format!("/{package}.{}/{}", service.name(), method.name()))
        })
        .collect();
    let called: BTreeSet<String> = all().into_iter().map(|method| method.path.to_owned()).collect();
    assert_eq!(called, there);
}
