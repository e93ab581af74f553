//! Messages of the scenario service.

use std::collections::BTreeMap;

use domain::{
    distortion::DistortionKind,
    fusion::{Fused, Loss},
    gate::{Condition, Rule, Verdict},
    measurement::{Component, Measurements},
    roles::ResolvedScenario,
    scenario::{Context, Profile, Selector, default_temperature},
};
use proto::{common, scenario as pb};

use crate::{
    Checked, WireError,
    common::{
        from_components, from_context, from_impacts, from_kind, from_unit_components, to_components, to_context,
        to_impacts, to_kind,
    },
    finite, required, unit,
};

/// Writes a selector.
pub fn to_selector(selector: Selector) -> pb::ScenarioSelector {
    let selector = match selector {
        Selector::Name(name) => pb::scenario_selector::Selector::Name(name),
        Selector::Text(text) => pb::scenario_selector::Selector::Text(text),
    };
    pb::ScenarioSelector { selector: Some(selector) }
}

/// Reads a selector; `None` when nothing was selected.
pub fn from_selector(selector: Option<pb::ScenarioSelector>) -> Option<Selector> {
    Some(match selector?.selector? {
        pb::scenario_selector::Selector::Name(name) => Selector::Name(name),
        pb::scenario_selector::Selector::Text(text) => Selector::Text(text),
    })
}

/// Writes a distribution over profiles.
pub fn to_distribution(distribution: impl IntoIterator<Item = (String, f64)>) -> Vec<pb::ScenarioProbability> {
    distribution.into_iter().map(|(name, probability)| pb::ScenarioProbability { name, probability }).collect()
}

/// Reads a distribution over profiles.
pub fn from_distribution(distribution: Vec<pb::ScenarioProbability>) -> Checked<Vec<(String, f64)>> {
    distribution.into_iter().map(|p| Ok((p.name, unit(p.probability, "distribution")?))).collect()
}

/// Writes a resolved scenario.
pub fn to_resolved(resolved: ResolvedScenario) -> pb::ResolveResponse {
    pb::ResolveResponse {
        context: Some(to_context(&resolved.context)),
        name: resolved.name,
        revision: resolved.revision,
        distribution: to_distribution(resolved.distribution),
        abstained: resolved.abstained,
        temperature: resolved.temperature,
        gates: resolved.gates.iter().map(to_rule).collect(),
    }
}

/// Reads a resolved scenario.
pub fn from_resolved(response: pb::ResolveResponse) -> Checked<ResolvedScenario> {
    Ok(ResolvedScenario {
        context: from_context(&required(response.context, "context")?)?,
        name: response.name,
        revision: response.revision,
        distribution: from_distribution(response.distribution)?,
        abstained: response.abstained,
        temperature: above_zero(response.temperature, "temperature")?,
        gates: response.gates.into_iter().map(from_rule).collect::<Checked<_>>()?,
    })
}

/// Writes what is to be fused.
pub fn to_fuse_request(context: &Context, measurements: &Measurements) -> pb::FuseRequest {
    let severity = |(kind, severity): (&DistortionKind, &f64)| {
        let (r#type, other_type) = to_kind(kind);
        common::DistortionSeverity { r#type, severity: *severity, other_type }
    };
    pb::FuseRequest {
        context: Some(to_context(context)),
        components: Some(to_components(measurements.components)),
        severities: measurements.severities.iter().map(severity).collect(),
    }
}

/// Reads what is to be fused.
pub fn from_fuse_request(request: &pb::FuseRequest) -> Checked<(Context, Measurements)> {
    let context = from_context(required(request.context.as_ref(), "context")?)?;
    let components = from_unit_components(&request.components.unwrap_or_default(), "components")?;
    let mut measurements = Measurements { components, ..Measurements::default() };
    for severity in &request.severities {
        let kind = from_kind(severity.r#type, &severity.other_type)?;
        measurements.severities.insert(kind, unit(severity.severity, "severities")?);
    }
    Ok((context, measurements))
}

/// Writes points lost.
pub fn to_points<'a>(points: impl IntoIterator<Item = (&'a str, f64)>) -> Vec<pb::PointsLost> {
    points.into_iter().map(|(name, points)| pb::PointsLost { name: name.to_owned(), points }).collect()
}

/// Writes a fused score.
pub fn to_fused(fused: &Fused) -> pb::FuseResponse {
    pb::FuseResponse {
        score: fused.score,
        interval_low: fused.interval.0,
        interval_high: fused.interval.1,
        weights: Some(to_components(fused.weights.map(Some).into())),
        points_lost: to_points(fused.points_lost.iter().map(Loss::named)),
    }
}

/// Reads a fused score.
pub fn from_fused(response: pb::FuseResponse) -> Checked<Fused> {
    let loss = |lost: pb::PointsLost| {
        let points = finite(lost.points, "points_lost.points")?;
        let component = Component::ALL.into_iter().find(|c| c.name() == lost.name);
        match component {
            Some(component) => Ok(Loss::Component(component, points)),
            None => DistortionKind::from_name(&lost.name)
                .map(|kind| Loss::Distortion(kind, points))
                .map_err(|why| WireError::new("points_lost.name", why)),
        }
    };
    let weights = response.weights.as_ref().map(from_components);
    Ok(Fused {
        score: unit(response.score / 100.0, "score / 100")? * 100.0,
        interval: (finite(response.interval_low, "interval_low")?, finite(response.interval_high, "interval_high")?),
        weights: required(weights, "weights")?.map(|weight| weight.unwrap_or(0.0)),
        points_lost: response.points_lost.into_iter().map(loss).collect::<Checked<_>>()?,
    })
}

/// Writes an acceptance rule.
pub fn to_rule(rule: &Rule) -> pb::GateRule {
    pb::GateRule { verdict: to_verdict(rule.verdict).into(), when: rule.when.text().to_owned() }
}

/// Reads an acceptance rule.
pub fn from_rule(rule: pb::GateRule) -> Checked<Rule> {
    let verdict = from_verdict(rule.verdict(), "gates.verdict")?;
    let when = Condition::try_from(rule.when).map_err(|why| WireError::new("gates.when", why))?;
    Ok(Rule { verdict, when })
}

/// Writes a verdict.
pub const fn to_verdict(verdict: Verdict) -> pb::Verdict {
    match verdict {
        Verdict::Accept => pb::Verdict::Accept,
        Verdict::Review => pb::Verdict::Review,
        Verdict::Reject => pb::Verdict::Reject,
    }
}

/// Reads a verdict.
pub fn from_verdict(verdict: pb::Verdict, field: &str) -> Checked<Verdict> {
    match verdict {
        pb::Verdict::Accept => Ok(Verdict::Accept),
        pb::Verdict::Review => Ok(Verdict::Review),
        pb::Verdict::Reject => Ok(Verdict::Reject),
        pb::Verdict::Unspecified => Err(WireError::new(field, "expected a named value, got none")),
    }
}

fn above_zero(value: f64, field: &str) -> Checked<f64> {
    if finite(value, field)? > 0.0 {
        Ok(value)
    } else {
        Err(WireError::new(field, format!("expected a number above 0, got {value}")))
    }
}

/// Writes a profile.
pub fn to_profile(profile: Profile) -> pb::ScenarioProfile {
    let logits = Component::ALL.map(|component| profile.logits.get(&component).copied());
    pb::ScenarioProfile {
        logits: Some(to_components(logits.into())),
        impacts: to_impacts(profile.all_impacts()),
        temperature: Some(profile.temperature),
        gates: profile.gates.iter().map(to_rule).collect(),
        name: profile.name,
        revision: profile.revision,
        description: profile.description,
        phrases: profile.phrases,
    }
}

/// Reads a profile and checks it.
pub fn from_profile(profile: pb::ScenarioProfile) -> Checked<Profile> {
    let logits = Component::ALL.into_iter().zip(from_components(&profile.logits.unwrap_or_default()));
    let (mut impacts, mut other_impacts) = (BTreeMap::new(), BTreeMap::new());
    for (kind, impact) in from_impacts(&profile.impacts)? {
        match kind {
            DistortionKind::Known(kind) => impacts.insert(kind, impact),
            DistortionKind::Other(name) => other_impacts.insert(name, impact),
        };
    }
    let profile = Profile {
        logits: logits.filter_map(|(component, logit)| Some((component, logit?))).collect(),
        impacts,
        other_impacts,
        temperature: profile.temperature.unwrap_or(default_temperature()),
        gates: profile.gates.into_iter().map(from_rule).collect::<Checked<_>>()?,
        name: profile.name,
        revision: profile.revision,
        description: profile.description,
        phrases: profile.phrases,
    };
    profile.check().map_err(|message| WireError::new("scenario", message))?;
    Ok(profile)
}
