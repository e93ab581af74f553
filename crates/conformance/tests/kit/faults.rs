//! What can be wrong with a backend, one fault at a time.

use proto::{
    alignment::{AlignResponse, EmbedImageResponse, EmbedTextsResponse},
    common::{Descriptor, ModelInfo},
    decomposition::DecomposeResponse,
    distortion::{DetectResponse, Distortion},
    scenario::{FuseResponse, ListScenariosResponse, ResolveResponse},
    segmentation::SegmentResponse,
};
use tonic::Code;

use crate::{
    Outcome,
    double::Does::{self, *},
};

/// The rule that is broken, how that ends, a piece of what is said about it, and what the backend does.
pub type Fault = (&'static str, Outcome, &'static str, Does);

pub const FAILED: Outcome = Outcome::Failed;
const WARNING: Outcome = Outcome::Warning;

macro_rules! changes {
    ($($name:ident: $answer:ty;)*) => {$(
        fn $name(change: impl Fn(&mut $answer) + Send + Sync + 'static) -> Does {
            Does::change(change)
        }
    )*};
}

changes! {
    segmented: SegmentResponse;
    detected: DetectResponse;
    embedded: EmbedImageResponse;
    read: EmbedTextsResponse;
    aligned: AlignResponse;
    decomposed: DecomposeResponse;
    listed: ListScenariosResponse;
    resolved: ResolveResponse;
    fused: FuseResponse;
}

/// What can be wrong with every backend, whatever it judges.
pub fn serving() -> Vec<Fault> {
    vec![
        ("health", WARNING, "serve grpc.health.v1.Health", WithoutHealth),
        (
            "serving",
            FAILED,
            "the server: expected SERVING for cpaiqa.distortion.v1.DistortionService, got NOT_SERVING",
            Unwell,
        ),
        ("reflection", Outcome::Note, "got UNIMPLEMENTED", WithoutReflection),
        ("after-bad-input", FAILED, "got INTERNAL (\"broken before\")", BreaksAtBadInput),
        ("deterministic", WARNING, "the one time and", Wavers),
        ("concurrent", FAILED, "0.7 the one time and 0.1 the other", MixesUp),
        ("deadline", FAILED, "after 8 calls with 20 ms each", BreaksAtShortDeadlines),
        ("cancelled", FAILED, "after 8 calls that were given up", BreaksWhenLeft),
    ]
}

/// What can be wrong with every backend that looks at pictures.
fn looking() -> Vec<Fault> {
    vec![
        ("answered", FAILED, "97 × 61 WebP: expected an answer, got UNKNOWN (\"no such codec\")", FailsAt("webp")),
        ("large-message", WARNING, "raise the server's limit of message sizes", TakesLittle),
        ("tiny-picture", FAILED, "PNG of one pixel: expected an answer or", Instead("tiny", Some(Code::Internal))),
        ("refuses-empty", FAILED, "no bytes: expected INVALID_ARGUMENT, got", Instead("empty", Some(Code::Internal))),
        ("refuses-url", FAILED, "a URL: expected", Instead("url", Some(Code::Unavailable))),
        ("refuses-text", FAILED, "a text: expected INVALID_ARGUMENT, got an answer", Instead("text", None)),
        (
            "refuses-text",
            FAILED,
            "a text: expected INVALID_ARGUMENT, got CANCELLED (\"h2 protocol error",
            PanicsAt("text"),
        ),
        (
            "refuses-truncated",
            FAILED,
            "half of the 240 × 180 PNG: expected INVALID_ARGUMENT, got an answer (and 1 more",
            Instead("truncated", None),
        ),
    ]
}

pub fn segmenting() -> Vec<Fault> {
    let mut faults = looking();
    faults.extend([
        ("models", FAILED, "got 'sam'", segmented(|a| a.models[0].role = "sam".into())),
        ("readable", FAILED, "region.mask: expected a value", segmented(|a| a.regions[0].mask = None)),
        ("readable", FAILED, "sum to width × height = 64", segmented(|a| runs(a).push(7))),
        (
            "readable",
            FAILED,
            "region.stability: expected a number in [0, 1], got NaN",
            segmented(|a| a.regions[0].stability = f32::NAN),
        ),
        ("regions", WARNING, "expected at least one region", segmented(|a| a.regions.clear())),
        ("inside", FAILED, "got 0 to 242", segmented(|a| a.regions[0].bbox.as_mut().unwrap().width += 2.0)),
        ("box-of-mask", WARNING, "regions[0].bbox", segmented(|a| a.regions[0].bbox.as_mut().unwrap().height /= 9.0)),
        (
            "area",
            FAILED,
            "regions[0].area 0.5000, as 32 of",
            segmented(|a| a.regions.iter_mut().for_each(|r| r.area *= 0.1)),
        ),
        ("area", FAILED, "got 1365.0000", segmented(|a| a.regions.iter_mut().for_each(|r| r.area = 1365.0))),
        ("area", FAILED, "expected cells inside regions[0].mask, got none", segmented(|a| *runs(a) = vec![64])),
        ("largest-first", FAILED, "got 0.25 in regions[0] and 0.5 after it", segmented(|a| a.regions.reverse())),
        (
            "max-regions",
            FAILED,
            "expected at most 1 regions, got 2",
            segmented(|a| a.regions.push(a.regions[a.regions.len() - 1].clone())),
        ),
        (
            "default-regions",
            WARNING,
            "expected at most 128 regions, got 129",
            segmented(|a| {
                let last = a.regions[a.regions.len() - 1].clone();
                if a.regions.len() > 1 {
                    a.regions.resize(129, last);
                }
            }),
        ),
    ] as [Fault; 13]);
    faults
}

fn runs(answer: &mut SegmentResponse) -> &mut Vec<u32> {
    &mut answer.regions[0].mask.as_mut().unwrap().counts
}

pub fn detecting() -> Vec<Fault> {
    let mut faults = looking();
    faults.extend([
        ("models", FAILED, "expected at least one in models", detected(|a| a.models.clear())),
        (
            "readable",
            FAILED,
            "distortions.severity: expected a number in [0, 1], got 60",
            detected(|a| a.distortions[0].severity = Some(60.0)),
        ),
        ("readable", FAILED, "fidelity: expected a number in [0, 1], got 1.2", detected(|a| a.fidelity = Some(1.2))),
        ("readable", FAILED, "distortion type: expected", detected(|a| a.distortions[1].r#type = 13)),
        (
            "readable",
            FAILED,
            "map.cells: expected width × height = 2 × 2 cells",
            detected(|a| a.distortions[0].map.iter_mut().for_each(|map| map.cells.push(0))),
        ),
        ("once", FAILED, "expected edge_blur once", detected(|a| a.distortions.push(a.distortions[7].clone()))),
        ("other-types", WARNING, "got 17", detected(|a| a.distortions.extend((0..17).map(other)))),
        ("peak", FAILED, "got 120, 0.75", detected(|a| a.distortions[0].peak.as_mut().unwrap().x = 120.0)),
        (
            "maps",
            WARNING,
            "expected a map of anatomical_error",
            detected(|a| a.distortions.iter_mut().for_each(|d| d.map = None)),
        ),
        (
            "peak-in-map",
            FAILED,
            "expected the peak of edge_blur at 0.25, 0.75, where its map is 0.60, got 0.75, 0.25, where it is 0.20",
            detected(|a| {
                let peak = a.distortions[7].peak.as_mut().unwrap();
                (peak.x, peak.y) = (peak.y, peak.x);
            }),
        ),
    ] as [Fault; 10]);
    faults
}

fn other(number: usize) -> Distortion {
    Distortion { other_type: format!("other_{number}"), ..Distortion::default() }
}

pub fn aligning() -> Vec<Fault> {
    let mut faults = looking();
    faults.extend([
        ("models", FAILED, "64 hexadecimal digits", read(|a| a.models[0].sha256 = "x".into())),
        (
            "readable",
            FAILED,
            "expected 1 finite rows of one length, got 2 rows",
            embedded(|a| a.embeddings.push(a.embeddings[0].clone())),
        ),
        ("readable", FAILED, "finite rows of one length", embedded(|a| a.embeddings[0].values[0] = f32::NAN)),
        (
            "readable",
            FAILED,
            "global.calibrated: expected a number in [0, 1], got 34",
            aligned(|a| a.global.iter_mut().for_each(|global| global.calibrated = 34.0)),
        ),
        (
            "readable",
            FAILED,
            "local.matches.regions: expected an index below 2, got 5",
            aligned(|a| a.local.iter_mut().for_each(|local| local.matches[0].regions.push(5))),
        ),
        (
            "normalised",
            FAILED,
            "expected embeddings[0] of length 1, got 3.0000",
            read(|a| a.embeddings.iter_mut().flat_map(|row| &mut row.values).for_each(|v| *v *= 3.0)),
        ),
        ("parts", FAILED, "expected 1 in global, got 0", aligned(|a| a.global = None)),
        ("parts", FAILED, "expected no aesthetics", aligned(|a| a.aesthetics = Some(0.5))),
        (
            "cosines",
            FAILED,
            "expected 3 rows of 2 local.cosines, 6 in all, got 5",
            aligned(|a| a.local.iter_mut().for_each(|local| local.cosines.truncate(5))),
        ),
        ("cosine-range", FAILED, "got 25.5", aligned(|a| a.global.iter_mut().for_each(|global| global.cosine = 25.5))),
        (
            "refuses-masks",
            FAILED,
            "one mask for two regions: expected INVALID_ARGUMENT, got an answer",
            Instead("masks", None),
        ),
        ("odd-regions", FAILED, "outside the picture: expected", Instead("region", Some(Code::Unknown))),
        ("odd-prompt", FAILED, "an empty prompt: expected", Instead("prompt", Some(Code::Internal))),
    ] as [Fault; 13]);
    faults
}

pub fn decomposing() -> Vec<Fault> {
    vec![
        ("answered", FAILED, "got UNKNOWN (\"no such word\")", FailsAt("astronaut")),
        (
            "readable",
            FAILED,
            "descriptor.kind: expected a named value, got 0",
            decomposed(|a| a.descriptors.iter_mut().for_each(|d| d.kind = 0)),
        ),
        (
            "readable",
            FAILED,
            "index of one of the",
            decomposed(|a| a.descriptors.iter_mut().for_each(relate_to_nothing)),
        ),
        ("models", FAILED, "expected models.name and version", decomposed(|a| a.models = vec![nameless()])),
        ("parts", WARNING, "expected at least one descriptor", decomposed(|a| a.descriptors.clear())),
        (
            "grounded",
            FAILED,
            "got 'unicorn'",
            decomposed(|a| a.descriptors.iter_mut().take(1).for_each(|d| d.text = "unicorn".into())),
        ),
        (
            "number-of-parts",
            WARNING,
            "expected at most 127 parts, got 128",
            decomposed(|a| {
                if let Some(first) = a.descriptors.first().cloned() {
                    a.descriptors.resize(127, first);
                }
            }),
        ),
        ("language", WARNING, "expected english, or degraded and no parts", decomposed(|a| a.degraded = None)),
        ("backend-name", WARNING, "expected backend and language, got '' and 'en'", decomposed(|a| a.backend.clear())),
        ("odd-prompt", FAILED, "expected an answer or INVALID_ARGUMENT, got", Instead("prompt", Some(Code::Internal))),
    ]
}

fn relate_to_nothing(descriptor: &mut Descriptor) {
    descriptor.relation = Some(proto::common::Relation { subject: 0, predicate: 1, object: 99, other: None });
}

fn nameless() -> ModelInfo {
    ModelInfo { role: "decomposition".into(), ..ModelInfo::default() }
}

pub fn deciding() -> Vec<Fault> {
    vec![
        ("answered", FAILED, "the list: expected an answer, got UNKNOWN", FailsAt("list")),
        (
            "readable",
            FAILED,
            "'plain': scenario: temperature: expected points in (0, 100], got 0",
            listed(|a| a.scenarios[0].temperature = Some(0.0)),
        ),
        ("readable", FAILED, "temperature: expected a number above 0", resolved(|a| a.temperature = 0.0)),
        (
            "readable",
            FAILED,
            "points_lost.name: expected a distortion's name",
            fused(|a| a.points_lost.iter_mut().for_each(|lost| lost.name = "Blur!".into())),
        ),
        ("profiles", FAILED, "got 3 with 2 names", listed(|a| a.scenarios.push(a.scenarios[0].clone()))),
        ("resolved-name", FAILED, "expected 'fancy' for certain, got 'plain'", resolved(|a| a.name = "plain".into())),
        (
            "probabilities",
            FAILED,
            "got 2 unsorted ones that sum to 1 with 'fancy' first",
            resolved(|a| a.distribution.reverse()),
        ),
        ("probabilities", FAILED, "got none", resolved(|a| a.distribution.truncate(0))),
        ("interval", FAILED, "expected 0 ≤ interval_low", fused(|a| a.interval_high = a.score - 1.0)),
        (
            "weights",
            FAILED,
            "expected weights of at least 0",
            fused(|a| a.weights.as_mut().unwrap().fidelity = Some(0.01)),
        ),
        ("points-lost", FAILED, "expected points_lost that sum to", fused(|a| a.points_lost[0].points += 0.5)),
        ("not-found-details", WARNING, "got none", Terse),
        ("unknown-scenario", FAILED, "expected NOT_FOUND, got INTERNAL", Instead("scenario", Some(Code::Internal))),
        ("refuses-no-selector", FAILED, "no selector: expected", Instead("selector", None)),
        ("refuses-context", FAILED, "weights that sum to 3: expected", Instead("context", None)),
        ("refuses-values", FAILED, "a component of 1.5: expected", Instead("values", Some(Code::Unknown))),
        ("refuses-unmeasured", FAILED, "no component: expected", Instead("unmeasured", None)),
        ("odd-text", FAILED, "a text of 0 letters: expected", Instead("free", Some(Code::Internal))),
    ]
}
