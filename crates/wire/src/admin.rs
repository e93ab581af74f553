//! Messages of the admin service.

use domain::{
    measurement::Components,
    ownership::{Ablation, Calibration, Change, PreferencePair, Preferred, Revision},
    score::Kept,
    statistics::Interval,
};
use proto::admin as pb;

use crate::{
    Checked, WireError, quality, required,
    scenario::{from_profile, to_profile},
};

/// Writes a change.
pub fn to_change(change: Change) -> pb::Change {
    pb::Change { author: change.author, comment: change.comment, based_on: change.based_on }
}

/// Reads a change; one that says nothing when there is none.
pub fn from_change(change: Option<pb::Change>) -> Change {
    let change = change.unwrap_or_default();
    Change { author: change.author, comment: change.comment, based_on: change.based_on }
}

/// Writes a revision.
pub fn to_revision(revision: Revision) -> pb::ScenarioRevision {
    pb::ScenarioRevision {
        profile: Some(to_profile(revision.profile)),
        author: revision.author,
        comment: revision.comment,
        created: revision.created,
    }
}

/// Reads a revision.
pub fn from_revision(revision: Option<pb::ScenarioRevision>) -> Checked<Revision> {
    let revision = required(revision, "revision")?;
    Ok(Revision {
        profile: from_profile(required(revision.profile, "revision.profile")?)?,
        author: revision.author,
        comment: revision.comment,
        created: revision.created,
    })
}

/// Writes a preference about `scenario`.
pub fn to_preference(scenario: &str, pair: PreferencePair) -> pb::AddPreferencesRequest {
    let preferred = match pair.preferred {
        Preferred::A => pb::Preferred::A,
        Preferred::B => pb::Preferred::B,
        Preferred::Tie => pb::Preferred::Tie,
    };
    pb::AddPreferencesRequest {
        scenario: scenario.to_owned(),
        id: pair.id,
        a: pair.a,
        b: pair.b,
        preferred: preferred.into(),
        rater: pair.rater,
        weight: Some(pair.weight),
    }
}

/// Reads a preference and checks it.
pub fn from_preference(request: pb::AddPreferencesRequest) -> Checked<PreferencePair> {
    let preferred = match request.preferred() {
        pb::Preferred::A => Preferred::A,
        pb::Preferred::B => Preferred::B,
        pb::Preferred::Tie => Preferred::Tie,
        pb::Preferred::Unspecified => return Err(WireError::new("preferred", "expected a, b or a tie, got none")),
    };
    let pair = PreferencePair {
        id: request.id,
        a: request.a,
        b: request.b,
        preferred,
        rater: request.rater,
        weight: request.weight.unwrap_or(1.0),
    };
    pair.check().map_err(|why| WireError::new("preference", why))?;
    Ok(pair)
}

/// Writes what a calibration found.
pub fn to_calibration(found: Calibration) -> pb::CalibrateScenarioResponse {
    let ablation = |ablation: Ablation| pb::Ablation {
        without: ablation.without,
        accuracy: Some(to_interval(ablation.accuracy)),
        change: Some(to_interval(ablation.change)),
    };
    pb::CalibrateScenarioResponse {
        pairs: found.pairs as u64,
        ties: found.ties as u64,
        left_out: found.left_out as u64,
        pictures: found.pictures as u64,
        prompts: found.prompts as u64,
        accuracy_before: Some(to_interval(found.accuracy_before)),
        accuracy_after: Some(to_interval(found.accuracy_after)),
        accuracy_gain: Some(to_interval(found.accuracy_gain)),
        log_loss_before: found.log_loss_before,
        log_loss_after: found.log_loss_after,
        ablations: found.ablations.into_iter().map(ablation).collect(),
        profile: Some(to_profile(found.profile)),
        acceptable: found.acceptable,
        installed: found.installed,
    }
}

/// Reads what a calibration found.
pub fn from_calibration(found: pb::CalibrateScenarioResponse) -> Checked<Calibration> {
    let ablation = |ablation: pb::Ablation| {
        Ok(Ablation {
            without: ablation.without,
            accuracy: from_interval(ablation.accuracy, "ablations.accuracy")?,
            change: from_interval(ablation.change, "ablations.change")?,
        })
    };
    Ok(Calibration {
        pairs: found.pairs as usize,
        ties: found.ties as usize,
        left_out: found.left_out as usize,
        pictures: found.pictures as usize,
        prompts: found.prompts as usize,
        accuracy_before: from_interval(found.accuracy_before, "accuracy_before")?,
        accuracy_after: from_interval(found.accuracy_after, "accuracy_after")?,
        accuracy_gain: from_interval(found.accuracy_gain, "accuracy_gain")?,
        log_loss_before: found.log_loss_before,
        log_loss_after: found.log_loss_after,
        ablations: found.ablations.into_iter().map(ablation).collect::<Checked<_>>()?,
        profile: from_profile(required(found.profile, "profile")?)?,
        acceptable: found.acceptable,
        installed: found.installed,
    })
}

const fn to_interval(interval: Interval) -> pb::Interval {
    pb::Interval { value: interval.value, low: interval.low, high: interval.high }
}

fn from_interval(interval: Option<pb::Interval>, field: &str) -> Checked<Interval> {
    let interval = required(interval, field)?;
    Ok(Interval { value: interval.value, low: interval.low, high: interval.high })
}

/// Writes what is to be kept.
pub fn to_kept(kept: Kept) -> pb::KeepMeasurementRequest {
    pb::KeepMeasurementRequest { prompt: kept.prompt, score: Some(quality::to_response(kept.score)) }
}

/// Reads what is to be kept, or was.
pub fn from_kept(prompt: String, score: Option<proto::quality::ScoreResponse>) -> Checked<Kept> {
    let score = quality::from_response(required(score, "score")?)?;
    if score.id.is_empty() || score.id.len() > 64 {
        return Err(WireError::new("score.id", format!("expected an id of 1 to 64 bytes, got '{}'", score.id)));
    }
    if score.components == Components::default() {
        return Err(WireError::new("score.components", "expected at least one to be judged by, got none"));
    }
    Ok(Kept { prompt, score })
}

#[cfg(test)]
mod tests {
    use proto::{common, quality as scores};

    use super::*;

    #[test]
    fn what_could_not_be_judged_again_is_not_kept() {
        let measured = |id: &str, fidelity: Option<f64>| scores::ScoreResponse {
            id: id.into(),
            scenario: Some(scores::ScoredScenario::default()),
            components: Some(common::Components { fidelity, ..Default::default() }),
            ..Default::default()
        };
        let refused = |score| from_kept("a cat".into(), score).unwrap_err().field;
        assert!(from_kept("a cat".into(), Some(measured("m1", Some(0.5)))).is_ok());
        assert_eq!(refused(Some(measured("m1", None))), "score.components");
        assert_eq!(refused(Some(measured("", Some(0.5)))), "score.id");
        assert_eq!(refused(None), "score");
    }
}
