//! What a generator could do about a picture: words to stress in its prompt, places to paint anew; ordered by the points
//! that each would win back.

use serde::{Deserialize, Serialize};

use crate::{
    alignment::{AttributeMatch, attribute_consistency},
    decomposition::{Attribute, AttributeSource},
    fusion::quality,
    heat_map::HeatMap,
    measurement::Measurements,
    region::{BoundingBox, Mask},
    scenario::Context,
    score::{Score, ScoredDistortion},
};

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Give more weight to what the prompt says already.
    Stress,
    /// Say in the prompt what it only implied.
    Add,
    /// Paint a place anew.
    Inpaint,
}

impl Action {
    /// The action's name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Stress => "stress",
            Self::Add => "add",
            Self::Inpaint => "inpaint",
        }
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What to do.
    pub action: Action,
    /// The phrase to stress or add, or the distortion to remove.
    pub what: String,
    /// By how much the score would rise if this alone were put right.
    pub points: f64,
    /// Where to paint, picture pixels; around the worst spot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<BoundingBox>,
    /// Where in detail to paint, over the whole picture; only where the detector gave a map.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<Mask>,
}

/// Fewer points are not worth another picture.
const LEAST_POINTS: f64 = 0.5;
/// What is likelier there than not needs no stress.
const PRESENT_FROM: f64 = 0.5;

/// What would win points back under `context`, the most first.
///
/// A descriptor's points assume that all descriptors weigh alike; the others are exact.
pub fn suggest(score: &Score, context: &Context) -> Vec<Suggestion> {
    let measured = score.measurements();
    let Some(now) = quality(context, &measured) else { return Vec::new() };
    let gain = |changed: Measurements| quality(context, &changed).map_or(0.0, |then| then - now);
    let words = descriptors(score, &measured).chain(attributes(score, &measured));
    let words =
        words.map(|(action, what, changed)| Suggestion { action, what, points: gain(changed), bbox: None, mask: None });
    let places = score.distortions.iter().filter_map(|distortion| {
        let mut changed = measured.clone();
        *changed.severities.get_mut(&distortion.kind)? = 0.0;
        Some(Suggestion {
            action: Action::Inpaint,
            what: distortion.kind.name().to_owned(),
            points: gain(changed),
            bbox: distortion.bbox.or_else(|| around_peak(distortion, score)),
            mask: distortion.map.as_ref().and_then(HeatMap::around_peak),
        })
    });
    let mut all: Vec<Suggestion> = words.chain(places).filter(|suggestion| suggestion.points >= LEAST_POINTS).collect();
    all.sort_by(|a, b| b.points.total_cmp(&a.points));
    all
}

type Changed = (Action, String, Measurements);

fn descriptors<'a>(score: &'a Score, measured: &'a Measurements) -> impl Iterator<Item = Changed> + 'a {
    let all = score.descriptors.len() as f64;
    score.descriptors.iter().filter_map(move |descriptor| {
        let presence = descriptor.presence.filter(|presence| *presence < PRESENT_FROM)?;
        let mut changed = measured.clone();
        let local = changed.components.local_alignment.as_mut()?;
        *local = (*local + (1.0 - presence) / all).min(1.0);
        Some((Action::Stress, descriptor.text.clone(), changed))
    })
}

fn attributes<'a>(score: &'a Score, measured: &'a Measurements) -> impl Iterator<Item = Changed> + 'a {
    let plain = |at: usize| {
        let attribute = &score.attributes[at];
        Attribute { text: attribute.text.clone(), kind: attribute.kind, source: attribute.source }
    };
    score.attributes.iter().enumerate().filter_map(move |(index, attribute)| {
        attribute.presence.filter(|presence| *presence < PRESENT_FROM)?;
        let all: Vec<Attribute> = (0..score.attributes.len()).map(plain).collect();
        let presence = |at: usize| if at == index { Some(1.0) } else { score.attributes[at].presence };
        let matches: Option<Vec<AttributeMatch>> =
            (0..all.len()).map(|at| Some(AttributeMatch { presence: presence(at)? })).collect();
        let mut changed = measured.clone();
        changed.components.attribute_consistency = attribute_consistency(&all, &matches?);
        let action = if attribute.source == AttributeSource::Inferred { Action::Add } else { Action::Stress };
        Some((action, attribute.text.clone(), changed))
    })
}

/// The smallest region that holds the worst spot, where nothing tells more exactly.
fn around_peak(distortion: &ScoredDistortion, score: &Score) -> Option<BoundingBox> {
    let [x, y] = distortion.peak?;
    let holds = |b: &BoundingBox| (b.x..=b.x + b.width).contains(&x) && (b.y..=b.y + b.height).contains(&y);
    let boxes = score.regions.iter().map(|region| region.bbox).filter(holds);
    boxes.min_by(|a, b| a.area().total_cmp(&b.area()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::{
        decomposition::AttributeKind, distortion::DistortionType, measurement::Components, score::ScoredAttribute,
    };

    fn context() -> Context {
        Context {
            weights: [0.4, 0.2, 0.2, 0.1, 0.1],
            impacts: BTreeMap::from([
                (DistortionType::AnatomicalError.into(), 0.8),
                (DistortionType::EdgeBlur.into(), 0.2),
            ]),
        }
    }

    fn distortion(kind: DistortionType, severity: f64) -> ScoredDistortion {
        ScoredDistortion { kind: kind.into(), severity: Some(severity), impact: 0.0, peak: None, bbox: None, map: None }
    }

    fn attribute(text: &str, source: AttributeSource, presence: f64) -> ScoredAttribute {
        ScoredAttribute { text: text.into(), kind: AttributeKind::Mood, presence: Some(presence), source }
    }

    fn score() -> Score {
        let mut cells = vec![0.0; 16];
        (cells[5], cells[6], cells[15]) = (0.9, 0.6, 0.5);
        let map = HeatMap::new(4, 4, cells).unwrap();
        Score {
            components: Components::from([Some(0.9), Some(0.8), Some(0.3), Some(0.7), Some(0.7)]),
            attributes: vec![
                attribute("calm", AttributeSource::Prompt, 0.1),
                attribute("foggy", AttributeSource::Inferred, 0.4),
                attribute("blue", AttributeSource::Prompt, 0.9),
            ],
            distortions: vec![
                ScoredDistortion { map: Some(map), ..distortion(DistortionType::AnatomicalError, 0.9) },
                distortion(DistortionType::EdgeBlur, 0.01),
            ],
            ..Score::default()
        }
    }

    #[test]
    fn what_wins_most_comes_first_and_trifles_are_left_out() {
        let all = suggest(&score(), &context());
        let told: Vec<(Action, &str)> = all.iter().map(|s| (s.action, s.what.as_str())).collect();
        let expected = [(Action::Inpaint, "anatomical_error"), (Action::Stress, "calm"), (Action::Add, "foggy")];
        assert_eq!(told, expected);
        assert!(all.windows(2).all(|two| two[0].points >= two[1].points));
    }

    #[test]
    fn the_points_are_those_that_the_score_would_rise_by() {
        let (before, context) = (score(), context());
        let mended =
            Measurements { severities: [(DistortionType::EdgeBlur.into(), 0.01)].into(), ..before.measurements() };
        let gain = quality(&context, &mended).unwrap() - quality(&context, &before.measurements()).unwrap();
        assert!((suggest(&before, &context)[0].points - gain).abs() < 1e-9);
    }

    #[test]
    fn a_place_to_paint_is_what_hangs_together_around_the_worst_spot() {
        let inpaint = suggest(&score(), &context()).remove(0);
        let cells = inpaint.mask.unwrap().decode();
        let painted: Vec<usize> = (0..16).filter(|&cell| cells[cell]).collect();
        assert_eq!(painted, [5, 6], "the far corner is as bad, but does not touch");
    }
}
