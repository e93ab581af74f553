//! Fusion: Q = 100 · Σ w·s · Π (1 − ω·y), split exactly over what took it below 100.

use serde::{Deserialize, Serialize};

use crate::{
    ablation::{self, Minded, Weighted, Without},
    distortion::DistortionKind,
    measurement::{Component, Measurements},
    scenario::Context,
};

/// How uncertain each input is, as a standard deviation, until a calibration gives better ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uncertainty {
    /// Of each measured component, in the order of [`Component::ALL`].
    pub components: [f64; 5],
    /// Of a component that was not measured.
    pub missing_component: f64,
    /// Of an assessed severity.
    pub severity: f64,
    /// Of a severity that was not assessed.
    pub unassessed_severity: f64,
    /// Half the interval's width in standard deviations (1.645 covers 90 % of a normal error).
    pub deviations: f64,
}

/// One input's share of 100 − Q.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// A component below 1.
    Component(Component, f64),
    /// A severity above 0.
    Distortion(DistortionKind, f64),
}

impl Loss {
    /// The name and the points.
    pub fn named(&self) -> (&str, f64) {
        match self {
            Self::Component(component, points) => (component.name(), *points),
            Self::Distortion(kind, points) => (kind.name(), *points),
        }
    }
}

/// A fused score.
#[derive(Clone, Debug, PartialEq)]
pub struct Fused {
    /// Q, [0, 100].
    pub score: f64,
    /// An interval around Q within [0, 100].
    pub interval: (f64, f64),
    /// The weights in use, renormalised over the measured components; 0 for the others.
    pub weights: [f64; 5],
    /// What took the score below 100; the points sum to 100 − Q.
    pub points_lost: Vec<Loss>,
}

/// Nothing was measured that the scenario weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no component was measured, so there is nothing to score")]
pub struct NothingMeasured;

/// Nodes and weights of the 16-point Gauss–Legendre rule on [0, 1]: exact for polynomials up to degree 31, and the path
/// integrals below have the degree of the number of types: twelve and [`crate::scenario::MOST_OTHER_TYPES`] at most.
const GAUSS: [(f64, f64); 16] = [
    (0.005_299_532_504_175_03, 0.013_576_229_705_877_03),
    (0.027_712_488_463_383_7, 0.031_126_761_969_323_89),
    (0.067_184_398_806_084_12, 0.047_579_255_841_246_45),
    (0.122_297_795_822_498_5, 0.062_314_485_627_766_97),
    (0.191_061_877_798_678_11, 0.074_797_994_408_288_41),
    (0.270_991_611_171_386_3, 0.084_578_259_697_501_28),
    (0.359_198_224_610_370_54, 0.091_301_707_522_461_8),
    (0.452_493_745_081_181_3, 0.094_725_305_227_534_24),
    (0.547_506_254_918_818_8, 0.094_725_305_227_534_24),
    (0.640_801_775_389_629_5, 0.091_301_707_522_461_8),
    (0.729_008_388_828_613_6, 0.084_578_259_697_501_28),
    (0.808_938_122_201_321_9, 0.074_797_994_408_288_41),
    (0.877_702_204_177_501_6, 0.062_314_485_627_766_97),
    (0.932_815_601_193_915_9, 0.047_579_255_841_246_45),
    (0.972_287_511_536_616_3, 0.031_126_761_969_323_89),
    (0.994_700_467_495_825, 0.013_576_229_705_877_03),
];

/// Fuses `measurements` under `context`.
///
/// Q never rises when a severity rises nor falls when a component rises. A component that was not measured gives its
/// weight to the others in proportion and widens the interval.
pub fn fuse(
    context: &Context,
    measurements: &Measurements,
    uncertainty: &Uncertainty,
) -> Result<Fused, NothingMeasured> {
    let values = measurements.components.to_array();
    let weights = renormalised(context.weights, values.map(|v| v.is_some())).ok_or(NothingMeasured)?;
    let path = Path {
        weights,
        values: values.map(|value| value.map(|v| v.clamp(0.0, 1.0))),
        strengths: measurements.severities.iter().map(|(kind, y)| context.impact(kind) * y.clamp(0.0, 1.0)).collect(),
    };
    let (base, kept) = (1.0 - path.shortfall(), path.kept(1.0, None));
    let score = (100.0 * base * kept).clamp(0.0, 100.0);
    let half_width = uncertainty.deviations * path.deviation(context, measurements, uncertainty);
    Ok(Fused {
        score,
        interval: ((score - half_width).max(0.0), (score + half_width).min(100.0)),
        weights,
        points_lost: path.points_lost(measurements),
    })
}

/// Q without its parts, [0, 100]; `None` when nothing was measured that the scenario weighs.
pub fn quality(context: &Context, measurements: &Measurements) -> Option<f64> {
    quality_without(context, measurements, Without::Nothing)
}

/// As [`quality`], less what is left out; components are counted as in [`Component::ALL`], distortions as the severities are.
pub fn quality_without(context: &Context, measurements: &Measurements, without: Without) -> Option<f64> {
    let values = measurements.components.to_array().into_iter().zip(context.weights);
    // What was not measured weighs nothing.
    let weighted: Vec<Weighted> = values.map(|(s, w)| s.map_or((0.0, 0.0), |s| (w, s))).collect();
    let minded: Vec<Minded> = measurements.severities.iter().map(|(kind, y)| (context.impact(kind), *y)).collect();
    ablation::score(&weighted, &minded, without)
}

/// The weights over the measured components only, summing to 1.
fn renormalised(weights: [f64; 5], measured: [bool; 5]) -> Option<[f64; 5]> {
    let mut kept = weights;
    for (weight, measured) in kept.iter_mut().zip(measured) {
        if !measured {
            *weight = 0.0;
        }
    }
    let sum: f64 = kept.iter().sum();
    (sum > 0.0).then(|| kept.map(|weight| weight / sum))
}

/// The straight path from the ideal (every component 1, every severity 0) to the measured point.
struct Path {
    weights: [f64; 5],
    values: [Option<f64>; 5],
    /// ω·y of each assessed type, in the order of the measured severities.
    strengths: Vec<f64>,
}

impl Path {
    /// What the components take of the base quality at the path's end.
    fn shortfall(&self) -> f64 {
        self.weights.iter().zip(self.values).map(|(w, s)| w * (1.0 - s.unwrap_or(1.0))).sum()
    }

    /// Π (1 − ω·y·t) over all types but `except`.
    fn kept(&self, t: f64, except: Option<usize>) -> f64 {
        let others = self.strengths.iter().enumerate().filter(|(i, _)| Some(*i) != except);
        others.map(|(_, strength)| 1.0 - strength * t).product()
    }

    /// Integrates Q's gradient along the path: each input gets what it cost on the way, and the parts sum to 100 − Q.
    fn points_lost(&self, measurements: &Measurements) -> Vec<Loss> {
        let shortfall = self.shortfall();
        let kept_on_path: f64 = GAUSS.iter().map(|&(t, g)| g * self.kept(t, None)).sum();
        let components = Component::ALL.into_iter().enumerate().filter_map(|(i, component)| {
            let points = 100.0 * self.weights[i] * (1.0 - self.values[i]?) * kept_on_path;
            Some(Loss::Component(component, points))
        });
        let distortions =
            measurements.severities.keys().zip(&self.strengths).enumerate().map(|(i, (kind, strength))| {
                let on_path: f64 = GAUSS.iter().map(|&(t, g)| g * (1.0 - shortfall * t) * self.kept(t, Some(i))).sum();
                Loss::Distortion(kind.clone(), 100.0 * strength * on_path)
            });
        components.chain(distortions).collect()
    }

    /// Q's standard deviation by first-order propagation of independent errors.
    fn deviation(&self, context: &Context, measurements: &Measurements, uncertainty: &Uncertainty) -> f64 {
        let (base, kept) = (1.0 - self.shortfall(), self.kept(1.0, None));
        let components = (0..5).map(|i| match self.values[i] {
            Some(_) => self.weights[i] * kept * uncertainty.components[i],
            None => context.weights[i] * kept * uncertainty.missing_component,
        });
        let assessed = measurements
            .severities
            .keys()
            .enumerate()
            .map(|(i, kind)| base * context.impact(kind) * self.kept(1.0, Some(i)) * uncertainty.severity);
        let unassessed = context.impacts.iter().filter(|(kind, _)| !measurements.severities.contains_key(kind));
        let unassessed = unassessed.map(|(_, impact)| base * impact * kept * uncertainty.unassessed_severity);
        100.0 * components.chain(assessed).chain(unassessed).map(|part| part * part).sum::<f64>().sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    use crate::{distortion::DistortionType, measurement::Components};
    use proptest::prelude::*;

    const UNCERTAINTY: Uncertainty = Uncertainty {
        components: [0.1; 5],
        missing_component: 0.25,
        severity: 0.05,
        unassessed_severity: 0.1,
        deviations: 1.645,
    };

    /// The twelve and two beyond them.
    fn kinds() -> impl Iterator<Item = DistortionKind> {
        let others = ["cracked_glaze", "warped_facade"].map(|name| DistortionKind::from_name(name).unwrap());
        DistortionType::ALL.into_iter().map(DistortionKind::Known).chain(others)
    }

    prop_compose! {
        fn contexts()(raw in proptest::array::uniform5(0.01..1.0f64), impacts in proptest::collection::vec(0.0..=1.0f64, 14)) -> Context {
            let sum: f64 = raw.iter().sum();
            Context { weights: raw.map(|w| w / sum), impacts: kinds().zip(impacts).collect() }
        }
    }

    prop_compose! {
        fn measurements()(
            first in 0.0..=1.0f64,
            others in proptest::array::uniform4(proptest::option::of(0.0..=1.0f64)),
            severities in proptest::collection::vec(proptest::option::of(0.0..=1.0f64), 14),
        ) -> Measurements {
            let [a, b, c, d] = others;
            let severities = kinds().zip(severities).filter_map(|(kind, severity)| Some((kind, severity?))).collect();
            Measurements { components: Components::from([Some(first), a, b, c, d]), severities }
        }
    }

    proptest! {
        #[test]
        fn the_score_and_its_interval_stay_in_range(context in contexts(), m in measurements()) {
            let fused = fuse(&context, &m, &UNCERTAINTY).unwrap();
            let (low, high) = fused.interval;
            prop_assert!(0.0 <= low && low <= fused.score && fused.score <= high && high <= 100.0);
            prop_assert!((fused.weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!((quality(&context, &m).unwrap() - fused.score).abs() < 1e-9);
        }

        #[test]
        fn points_lost_sum_to_what_is_missing(context in contexts(), m in measurements()) {
            let fused = fuse(&context, &m, &UNCERTAINTY).unwrap();
            let lost: f64 = fused.points_lost.iter().map(|loss| loss.named().1).sum();
            prop_assert!((lost - (100.0 - fused.score)).abs() < 1e-6, "{} against {}", lost, 100.0 - fused.score);
            prop_assert!(fused.points_lost.iter().all(|loss| loss.named().1 >= -1e-12));
        }

        #[test]
        fn a_rising_severity_never_raises_the_score(context in contexts(), m in measurements(), kind in 0..14usize, by in 0.0..1.0f64) {
            let mut worse = m.clone();
            let severity = worse.severities.entry(kinds().nth(kind).unwrap()).or_insert(0.0);
            *severity = (*severity + by).min(1.0);
            prop_assert!(fuse(&context, &worse, &UNCERTAINTY).unwrap().score <= fuse(&context, &m, &UNCERTAINTY).unwrap().score + 1e-9);
        }

        #[test]
        fn a_rising_component_never_lowers_the_score(context in contexts(), m in measurements(), by in 0.0..1.0f64) {
            let mut better = m.clone();
            better.components.global_alignment = m.components.global_alignment.map(|s| (s + by).min(1.0));
            prop_assert!(fuse(&context, &better, &UNCERTAINTY).unwrap().score >= fuse(&context, &m, &UNCERTAINTY).unwrap().score - 1e-9);
        }

        #[test]
        fn a_missing_component_hands_its_weight_on_in_proportion(context in contexts()) {
            let m = Measurements { components: Components::from([Some(0.5), Some(0.7), None, None, None]), ..Default::default() };
            let weights = fuse(&context, &m, &UNCERTAINTY).unwrap().weights;
            prop_assert!((weights[0] / weights[1] - context.weights[0] / context.weights[1]).abs() < 1e-9);
            prop_assert_eq!(&weights[2..], &[0.0; 3]);
        }
    }

    #[test]
    fn a_missing_component_widens_the_interval() {
        let context = Context { weights: [0.2; 5], impacts: BTreeMap::new() };
        let width = |last| {
            let components = Components::from([Some(0.5), Some(0.5), Some(0.5), Some(0.5), last]);
            let fused = fuse(&context, &Measurements { components, ..Default::default() }, &UNCERTAINTY).unwrap();
            fused.interval.1 - fused.interval.0
        };
        assert!(width(None) > width(Some(0.5)));
    }

    #[test]
    fn nothing_measured_is_no_score() {
        let context = Context { weights: [0.2; 5], impacts: BTreeMap::new() };
        assert_eq!(fuse(&context, &Measurements::default(), &UNCERTAINTY), Err(NothingMeasured));
    }
}
