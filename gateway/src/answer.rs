//! From stages' answers to the score that a caller reads.

use std::collections::BTreeSet;

use domain::{
    alignment::{LocalAlignment, attribute_consistency},
    distortion::{DistortionKind, DistortionType},
    language::letters_of_other_scripts,
    measurement::{Components, Measurements},
    roles::ModelInfo,
    score::{Degradation, Outcome, Score, ScoredAttribute, ScoredDescriptor, ScoredDistortion, ScoredRegion, Stage},
};

use crate::{fan_out::Measured, request::Checked};

/// What fusion needs of the stages' answers.
pub fn measurements(measured: &Measured) -> Measurements {
    let global = measured.global.value.as_ref();
    let local = measured.local.value.as_ref();
    let attributes = measured.decomposition.value.as_ref().map(|d| &d.decomposition.attributes);
    let detection = measured.detection.value.as_ref();
    Measurements {
        components: Components {
            global_alignment: global.and_then(|alignment| alignment.global).map(|s| s.calibrated),
            local_alignment: local.and_then(|alignment| alignment.local.as_ref()).map(|l| l.score),
            attribute_consistency: local
                .zip(attributes)
                .and_then(|(alignment, attributes)| attribute_consistency(attributes, &alignment.attributes)),
            fidelity: detection.and_then(|detection| detection.fidelity),
            aesthetics: global.and_then(|alignment| alignment.aesthetics),
        },
        severities: detection.map(|d| Measurements::severities_of(&d.distortions)).unwrap_or_default(),
    }
}

/// Whether a stage failed, so that something is missing that could have been measured.
pub fn failed(measured: &Measured) -> bool {
    let Measured { decomposition, segmentation, detection, global, local } = measured;
    [&decomposition.stage, &segmentation.stage, &detection.stage, &global.stage, &local.stage]
        .into_iter()
        .any(|stage| stage.outcome == Outcome::Failed)
}

/// Puts together what does not depend on a scenario; [`Score::judged`] adds the rest.
pub fn facts(request: &Checked, measured: &Measured, values: &Measurements) -> Score {
    let local = measured.local.value.as_ref().and_then(|alignment| alignment.local.as_ref());
    let mut notes = request.picture.notes.clone();
    notes.extend(language(request, measured));
    notes.extend(unmeasured(request, measured, values));
    let (models, degraded) = (models(measured), degraded(measured));
    Score {
        id: id(request, &models, &degraded),
        components: values.components,
        descriptors: descriptors(measured, local),
        attributes: attributes(measured),
        regions: regions(measured, local, request.include_maps),
        distortions: distortions(measured, request),
        degraded,
        notes,
        models,
        ..Score::default()
    }
}

/// Names what was measured: a digest of the picture, the prompt, the models, and what had to be done without.
fn id(request: &Checked, models: &[ModelInfo], degraded: &[Degradation]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |part: &str| {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    };
    add(&request.picture.digest.to_string());
    add(&request.prompt);
    for model in models {
        [&model.role, &model.name, &model.version, &model.sha256].into_iter().for_each(|part| add(part));
    }
    degraded.iter().for_each(|degradation| add(&degradation.stage));
    hasher.finalize().to_hex()[..32].to_owned()
}

/// What was read in place of the prompt, or what of it was not read.
fn language(request: &Checked, measured: &Measured) -> Option<String> {
    let language = request.language;
    if language.is_english() {
        let unread = letters_of_other_scripts(&request.prompt);
        return (unread > 0).then(|| {
            format!(
                "language: the prompt was read as English; letters of another script in it ({unread}) were not read"
            )
        });
    }
    let english = measured.decomposition.value.as_ref()?.english.as_ref()?;
    Some(format!("language: the prompt seems to be in {language}; it was compared by its translation: {english}"))
}

/// Components that had nothing to measure: not a fault, but their weight went to the others.
fn unmeasured(request: &Checked, measured: &Measured, values: &Measurements) -> Vec<String> {
    let mut notes = Vec::new();
    if measured.global.value.is_some() && values.components.aesthetics.is_none() {
        notes.push("aesthetics: the alignment model does not judge it; its weight went to the other components".into());
    }
    let Some(decomposed) = &measured.decomposition.value else { return notes };
    if !request.language.is_english() && decomposed.english.is_none() {
        // The prompt could not be read at all: that is a fault, and said as one.
        return notes;
    }
    let parts = &decomposed.decomposition;
    if parts.descriptors.is_empty() && values.components.local_alignment.is_none() {
        notes
            .push("local_alignment: no object was found in the prompt; its weight went to the other components".into());
    }
    if parts.attributes.is_empty() && values.components.attribute_consistency.is_none() {
        notes.push(
            "attribute_consistency: no attribute was found in the prompt; its weight went to the other components"
                .into(),
        );
    }
    notes
}

fn descriptors(measured: &Measured, local: Option<&LocalAlignment>) -> Vec<ScoredDescriptor> {
    let regions = measured.segmentation.value.as_ref().map(|s| s.regions.as_slice()).unwrap_or_default();
    let all = measured.decomposition.value.iter().flat_map(|d| &d.decomposition.descriptors).enumerate();
    all.map(|(index, descriptor)| {
        let found = local.and_then(|local| local.matches.get(index));
        let best = found.and_then(|found| found.regions.first());
        ScoredDescriptor {
            text: descriptor.text.clone(),
            kind: descriptor.kind,
            count: descriptor.count,
            at_least: descriptor.at_least,
            presence: found.map(|found| found.presence),
            bbox: best.and_then(|&best| regions.get(best)).map(|region| region.bbox),
            judged_by: found.map(|found| found.judged_by),
            counted: found.and_then(|found| found.counted),
        }
    })
    .collect()
}

fn attributes(measured: &Measured) -> Vec<ScoredAttribute> {
    let matches = measured.local.value.as_ref().map(|alignment| alignment.attributes.as_slice()).unwrap_or_default();
    let all = measured.decomposition.value.iter().flat_map(|d| &d.decomposition.attributes).enumerate();
    all.map(|(index, attribute)| ScoredAttribute {
        text: attribute.text.clone(),
        kind: attribute.kind,
        presence: matches.get(index).map(|found| found.presence),
        source: attribute.source,
    })
    .collect()
}

fn regions(measured: &Measured, local: Option<&LocalAlignment>, with_masks: bool) -> Vec<ScoredRegion> {
    let descriptors =
        measured.decomposition.value.as_ref().map(|d| d.decomposition.descriptors.as_slice()).unwrap_or_default();
    let holder = |region: usize| {
        let holds = local?.matches.iter().zip(descriptors).filter(|(found, _)| found.regions.contains(&region));
        let surest = holds.max_by(|a, b| a.0.presence.total_cmp(&b.0.presence))?;
        Some(surest.1.text.clone())
    };
    let all = measured.segmentation.value.iter().flat_map(|s| &s.regions).enumerate();
    all.map(|(index, region)| ScoredRegion {
        bbox: region.bbox,
        area: region.area,
        stability: region.stability,
        descriptor: holder(index),
        mask: with_masks.then(|| region.mask.clone()),
    })
    .collect()
}

/// One entry for each of the twelve, also for those the detector did not name, then what it reports beyond them.
fn distortions(measured: &Measured, request: &Checked) -> Vec<ScoredDistortion> {
    let (width, height) = (request.picture.width, request.picture.height);
    let found = measured.detection.value.as_ref().map(|d| d.distortions.as_slice()).unwrap_or_default();
    let one = |kind: DistortionKind| {
        let found = found.iter().find(|distortion| distortion.kind == kind);
        let map = found.and_then(|d| d.map.clone());
        ScoredDistortion {
            kind,
            severity: found.and_then(|d| d.severity).map(f64::from),
            impact: 0.0,
            peak: found.and_then(|d| d.peak).map(|(x, y)| [x * width as f32, y * height as f32]),
            bbox: map.as_ref().and_then(|map| map.around_peak()?.bounding_box(width, height)),
            map,
        }
    };
    let others = found.iter().map(|d| &d.kind).filter(|kind| matches!(kind, DistortionKind::Other(_))).cloned();
    let others: BTreeSet<DistortionKind> = others.collect();
    DistortionType::ALL.into_iter().map(DistortionKind::Known).chain(others).map(one).collect()
}

/// Why stages gave nothing, in one line.
pub fn reasons(measured: &Measured) -> String {
    let reason = |degradation: &Degradation| format!("{}: {}", degradation.stage, degradation.reason);
    degraded(measured).iter().map(reason).collect::<Vec<_>>().join("; ")
}

fn degraded(measured: &Measured) -> Vec<Degradation> {
    let Measured { decomposition, segmentation, detection, global, local } = measured;
    let all = [&decomposition.degraded, &segmentation.degraded, &detection.degraded, &global.degraded, &local.degraded];
    all.into_iter().flatten().cloned().collect()
}

/// How every stage went, in the order of their start.
pub fn stages(measured: &Measured, last: Vec<Stage>) -> Vec<Stage> {
    let Measured { decomposition, segmentation, detection, global, local } = measured;
    let all = [&decomposition.stage, &segmentation.stage, &detection.stage, &global.stage, &local.stage];
    all.into_iter().cloned().chain(last).collect()
}

/// Every model once.
fn models(measured: &Measured) -> Vec<ModelInfo> {
    let Measured { decomposition, segmentation, detection, global, local } = measured;
    let mut models: Vec<ModelInfo> = Vec::new();
    let all = [
        decomposition.value.as_ref().map(|v| &v.models),
        segmentation.value.as_ref().map(|v| &v.models),
        detection.value.as_ref().map(|v| &v.models),
        global.value.as_ref().map(|v| &v.models),
        local.value.as_ref().map(|v| &v.models),
    ];
    for model in all.into_iter().flatten().flatten() {
        if !models.contains(model) {
            models.push(model.clone());
        }
    }
    models
}
