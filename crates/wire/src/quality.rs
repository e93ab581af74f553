//! Messages of the gateway's quality service.

use std::collections::BTreeMap;

use domain::{
    comparison::{Comparison, Reason},
    decomposition::{Attribute, Descriptor},
    gate::Decision,
    measurement::Component,
    score::{
        Degradation, Outcome, Score, ScoredAttribute, ScoredDescriptor, ScoredDistortion, ScoredRegion, ScoredScenario,
        Stage,
    },
    suggestion::{Action, Suggestion},
};
use proto::{common, quality as pb};

use crate::{
    Checked, WireError,
    common::{
        from_bbox, from_kind, from_map, from_mask, from_models, from_point, from_unit_components, to_bbox,
        to_components, to_kind, to_map, to_mask, to_models,
    },
    finite,
    prompt::{from_attribute, from_descriptor, from_judge, to_attribute, to_descriptor, to_judge},
    required,
    scenario::{from_distribution, from_verdict, to_distribution, to_points, to_verdict},
    unit,
};

/// Writes a score.
pub fn to_response(score: Score) -> pb::ScoreResponse {
    pb::ScoreResponse {
        score: score.score,
        interval_low: score.interval[0],
        interval_high: score.interval[1],
        scenario: Some(to_scenario(score.scenario)),
        components: Some(to_components(score.components)),
        points_lost: to_points(score.points_lost.iter().map(|(name, points)| (name.as_str(), *points))),
        descriptors: score.descriptors.into_iter().map(to_scored_descriptor).collect(),
        attributes: score.attributes.into_iter().map(to_scored_attribute).collect(),
        regions: score.regions.into_iter().map(to_region).collect(),
        distortions: score.distortions.iter().map(to_distortion).collect(),
        degraded: score.degraded.into_iter().map(|d| pb::Degradation { stage: d.stage, reason: d.reason }).collect(),
        notes: score.notes,
        models: to_models(score.models),
        stages: score.stages.into_iter().map(to_stage).collect(),
        id: score.id,
        decision: score.verdict.map(to_decision),
        suggestions: score.suggestions.into_iter().map(to_suggestion).collect(),
    }
}

/// Writes a comparison.
pub fn to_comparison(compared: Comparison) -> pb::CompareResponse {
    let reason = |reason: Reason| pb::Reason { name: reason.name, points: reason.points };
    pb::CompareResponse {
        a: Some(to_response(compared.a)),
        b: Some(to_response(compared.b)),
        lead: compared.lead,
        a_preferred: compared.a_preferred,
        reasons: compared.reasons.into_iter().map(reason).collect(),
    }
}

/// Reads a comparison.
pub fn from_comparison(response: pb::CompareResponse) -> Checked<Comparison> {
    let reason =
        |reason: pb::Reason| Ok(Reason { points: finite(reason.points, "reasons.points")?, name: reason.name });
    Ok(Comparison {
        lead: finite(response.lead, "lead")?,
        a_preferred: unit(response.a_preferred, "a_preferred")?,
        reasons: response.reasons.into_iter().map(reason).collect::<Checked<_>>()?,
        a: from_response(required(response.a, "a")?)?,
        b: from_response(required(response.b, "b")?)?,
    })
}

/// Reads a score.
pub fn from_response(response: pb::ScoreResponse) -> Checked<Score> {
    let components = required(response.components, "components")?;
    Ok(Score {
        score: finite(response.score, "score")?,
        interval: [finite(response.interval_low, "interval_low")?, finite(response.interval_high, "interval_high")?],
        scenario: from_scenario(required(response.scenario, "scenario")?)?,
        components: from_unit_components(&components, "components")?,
        points_lost: response
            .points_lost
            .into_iter()
            .map(|lost| Ok((lost.name, finite(lost.points, "points_lost.points")?)))
            .collect::<Checked<_>>()?,
        descriptors: response.descriptors.into_iter().map(from_scored_descriptor).collect::<Checked<_>>()?,
        attributes: response.attributes.into_iter().map(from_scored_attribute).collect::<Checked<_>>()?,
        regions: response.regions.into_iter().map(from_region).collect::<Checked<_>>()?,
        distortions: response.distortions.iter().map(from_distortion).collect::<Checked<_>>()?,
        degraded: response.degraded.into_iter().map(|d| Degradation { stage: d.stage, reason: d.reason }).collect(),
        notes: response.notes,
        models: from_models(response.models),
        stages: response.stages.into_iter().map(from_stage).collect::<Checked<_>>()?,
        id: response.id,
        verdict: response.decision.map(from_decision).transpose()?,
        suggestions: response.suggestions.into_iter().map(from_suggestion).collect::<Checked<_>>()?,
    })
}

fn to_scenario(scenario: ScoredScenario) -> pb::ScoredScenario {
    let weights = Component::ALL.map(|component| scenario.weights.get(component.name()).copied());
    pb::ScoredScenario {
        name: scenario.name,
        revision: scenario.revision,
        distribution: to_distribution(scenario.distribution),
        weights: Some(to_components(weights.into())),
        temperature: scenario.temperature,
    }
}

fn from_scenario(scenario: pb::ScoredScenario) -> Checked<ScoredScenario> {
    let weights = from_unit_components(&scenario.weights.unwrap_or_default(), "scenario.weights")?.to_array();
    let named = Component::ALL.into_iter().zip(weights).filter_map(|(c, weight)| Some((c.name().to_owned(), weight?)));
    Ok(ScoredScenario {
        name: scenario.name,
        revision: scenario.revision,
        distribution: BTreeMap::from_iter(from_distribution(scenario.distribution)?),
        weights: named.collect(),
        temperature: finite(scenario.temperature, "scenario.temperature")?,
    })
}

fn to_scored_descriptor(scored: ScoredDescriptor) -> pb::ScoredDescriptor {
    let descriptor =
        Descriptor { at_least: scored.at_least, ..Descriptor::new(scored.kind, scored.text, scored.count) };
    pb::ScoredDescriptor {
        descriptor: Some(to_descriptor(descriptor)),
        presence: scored.presence,
        bbox: scored.bbox.map(to_bbox),
        judged_by: scored.judged_by.map_or(common::Judge::Unspecified, to_judge).into(),
        counted: scored.counted,
    }
}

fn from_scored_descriptor(scored: pb::ScoredDescriptor) -> Checked<ScoredDescriptor> {
    let judged_by = from_judge(scored.judged_by());
    let Descriptor { text, kind, count, at_least, .. } =
        from_descriptor(required(scored.descriptor, "descriptors.descriptor")?)?;
    Ok(ScoredDescriptor {
        text,
        kind,
        count,
        at_least,
        presence: scored.presence.map(|presence| unit(presence, "descriptors.presence")).transpose()?,
        bbox: scored.bbox.map(from_bbox).transpose()?,
        judged_by,
        counted: scored.counted,
    })
}

fn to_scored_attribute(scored: ScoredAttribute) -> pb::ScoredAttribute {
    let attribute = Attribute { text: scored.text, kind: scored.kind, source: scored.source };
    pb::ScoredAttribute { attribute: Some(to_attribute(attribute)), presence: scored.presence }
}

fn from_scored_attribute(scored: pb::ScoredAttribute) -> Checked<ScoredAttribute> {
    let Attribute { text, kind, source } = from_attribute(required(scored.attribute, "attributes.attribute")?)?;
    let presence = scored.presence.map(|presence| unit(presence, "attributes.presence")).transpose()?;
    Ok(ScoredAttribute { text, kind, source, presence })
}

fn to_region(region: ScoredRegion) -> pb::ScoredRegion {
    pb::ScoredRegion {
        bbox: Some(to_bbox(region.bbox)),
        area: region.area,
        stability: region.stability,
        descriptor: region.descriptor,
        mask: region.mask.map(to_mask),
    }
}

fn from_region(region: pb::ScoredRegion) -> Checked<ScoredRegion> {
    unit(region.area.into(), "regions.area")?;
    unit(region.stability.into(), "regions.stability")?;
    Ok(ScoredRegion {
        bbox: from_bbox(required(region.bbox, "regions.bbox")?)?,
        area: region.area,
        stability: region.stability,
        descriptor: region.descriptor,
        mask: region.mask.map(from_mask).transpose()?,
    })
}

fn to_distortion(distortion: &ScoredDistortion) -> pb::ScoredDistortion {
    let (r#type, other_type) = to_kind(&distortion.kind);
    pb::ScoredDistortion {
        r#type,
        other_type,
        bbox: distortion.bbox.map(to_bbox),
        severity: distortion.severity,
        impact: distortion.impact,
        peak: distortion.peak.map(|[x, y]| common::Point { x, y }),
        map: distortion.map.as_ref().map(to_map),
    }
}

fn from_distortion(distortion: &pb::ScoredDistortion) -> Checked<ScoredDistortion> {
    Ok(ScoredDistortion {
        kind: from_kind(distortion.r#type, &distortion.other_type)?,
        bbox: distortion.bbox.map(from_bbox).transpose()?,
        severity: distortion.severity.map(|severity| unit(severity, "distortions.severity")).transpose()?,
        impact: unit(distortion.impact, "distortions.impact")?,
        peak: distortion.peak.map(|point| from_point(point, "distortions.peak")).transpose()?,
        map: distortion.map.as_ref().map(from_map).transpose()?,
    })
}

fn to_decision(decision: Decision) -> pb::Decision {
    pb::Decision { verdict: to_verdict(decision.verdict).into(), rules: decision.rules }
}

fn from_decision(decision: pb::Decision) -> Checked<Decision> {
    Ok(Decision { verdict: from_verdict(decision.verdict(), "decision.verdict")?, rules: decision.rules })
}

fn to_suggestion(suggestion: Suggestion) -> pb::Suggestion {
    let action = match suggestion.action {
        Action::Stress => pb::Action::Stress,
        Action::Add => pb::Action::Add,
        Action::Inpaint => pb::Action::Inpaint,
    };
    pb::Suggestion {
        action: action.into(),
        what: suggestion.what,
        points: suggestion.points,
        bbox: suggestion.bbox.map(to_bbox),
        mask: suggestion.mask.map(to_mask),
    }
}

fn from_suggestion(suggestion: pb::Suggestion) -> Checked<Suggestion> {
    let action = match suggestion.action() {
        pb::Action::Stress => Action::Stress,
        pb::Action::Add => Action::Add,
        pb::Action::Inpaint => Action::Inpaint,
        pb::Action::Unspecified => {
            return Err(WireError::new("suggestions.action", "expected a named value, got none"));
        }
    };
    Ok(Suggestion {
        action,
        what: suggestion.what,
        points: finite(suggestion.points, "suggestions.points")?,
        bbox: suggestion.bbox.map(from_bbox).transpose()?,
        mask: suggestion.mask.map(from_mask).transpose()?,
    })
}

/// Writes a stage.
pub fn to_stage(stage: Stage) -> pb::Stage {
    let outcome = match stage.outcome {
        Outcome::Ok => pb::Outcome::Ok,
        Outcome::Cached => pb::Outcome::Cached,
        Outcome::Degraded => pb::Outcome::Degraded,
        Outcome::Failed => pb::Outcome::Failed,
        Outcome::Skipped => pb::Outcome::Skipped,
    };
    pb::Stage { name: stage.name, milliseconds: stage.ms, outcome: outcome.into() }
}

fn from_stage(stage: pb::Stage) -> Checked<Stage> {
    let outcome = match stage.outcome() {
        pb::Outcome::Ok => Outcome::Ok,
        pb::Outcome::Cached => Outcome::Cached,
        pb::Outcome::Degraded => Outcome::Degraded,
        pb::Outcome::Failed => Outcome::Failed,
        pb::Outcome::Skipped => Outcome::Skipped,
        pb::Outcome::Unspecified => return Err(WireError::new("stages.outcome", "expected a named value, got none")),
    };
    Ok(Stage { name: stage.name, ms: finite(stage.milliseconds, "stages.milliseconds")?, outcome })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured() -> pb::ScoreResponse {
        let bbox = Some(common::BoundingBox { x: 1.0, y: 2.0, width: 3.0, height: 4.0 });
        let descriptor = common::Descriptor { text: "cat".into(), kind: 1, ..Default::default() };
        let attribute = common::Attribute { text: "moody".into(), kind: 2, source: 1 };
        pb::ScoreResponse {
            scenario: Some(pb::ScoredScenario { temperature: 10.0, ..Default::default() }),
            components: Some(common::Components::default()),
            descriptors: vec![pb::ScoredDescriptor { descriptor: Some(descriptor), bbox, ..Default::default() }],
            attributes: vec![pb::ScoredAttribute { attribute: Some(attribute), presence: Some(0.5) }],
            regions: vec![pb::ScoredRegion { bbox, area: 0.5, stability: 0.9, ..Default::default() }],
            distortions: vec![pb::ScoredDistortion {
                r#type: 8,
                peak: Some(common::Point { x: 1.0, y: 2.0 }),
                ..Default::default()
            }],
            suggestions: vec![pb::Suggestion { action: 1, ..Default::default() }],
            stages: vec![pb::Stage { outcome: 1, ..Default::default() }],
            ..Default::default()
        }
    }

    /// JSON has no such number: what is kept as JSON could not be read again.
    #[test]
    fn a_score_with_a_number_that_is_none_is_refused_wherever_it_stands() {
        type Spoil = fn(&mut pb::ScoreResponse, f64);
        let spoils: [(&str, Spoil); 14] = [
            ("score", |score, number| score.score = number),
            ("interval_low", |score, number| score.interval_low = number),
            ("components", |score, number| score.components.as_mut().unwrap().fidelity = Some(number)),
            ("scenario.temperature", |score, number| score.scenario.as_mut().unwrap().temperature = number),
            ("scenario.weights", |score, number| {
                let weights = common::Components { fidelity: Some(number), ..Default::default() };
                score.scenario.as_mut().unwrap().weights = Some(weights);
            }),
            ("descriptors.presence", |score, number| score.descriptors[0].presence = Some(number)),
            ("attributes.presence", |score, number| score.attributes[0].presence = Some(number)),
            ("regions.area", |score, number| score.regions[0].area = number as f32),
            ("regions.stability", |score, number| score.regions[0].stability = number as f32),
            ("bbox", |score, number| score.regions[0].bbox.as_mut().unwrap().x = number as f32),
            ("distortions.severity", |score, number| score.distortions[0].severity = Some(number)),
            ("distortions.peak", |score, number| score.distortions[0].peak.as_mut().unwrap().y = number as f32),
            ("suggestions.points", |score, number| score.suggestions[0].points = number),
            ("stages.milliseconds", |score, number| score.stages[0].milliseconds = number),
        ];
        assert!(from_response(measured()).is_ok());
        for (field, spoil) in spoils {
            for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                let mut score = measured();
                spoil(&mut score, number);
                assert_eq!(from_response(score).unwrap_err().field, field, "{number}");
            }
        }
    }
}
