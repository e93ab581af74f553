//! Fusion: Q = 100 · Σ w·s · Π (1 − ω·y), split exactly over what took it below 100.

use serde::{Deserialize, Serialize};

use crate::{
    distortion::DistortionType,
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss {
    /// A component below 1.
    Component(Component, f64),
    /// A severity above 0.
    Distortion(DistortionType, f64),
}

impl Loss {
    /// The name and the points.
    pub const fn named(self) -> (&'static str, f64) {
        match self {
            Self::Component(component, points) => (component.name(), points),
            Self::Distortion(kind, points) => (kind.name(), points),
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

/// Nodes and weights of the 8-point Gauss–Legendre rule on [0, 1]: exact for polynomials up to degree 15, and the
/// path integrals below have degree 12 at most.
const GAUSS: [(f64, f64); 8] = [
    (0.019_855_071_751_231_88, 0.050_614_268_145_188_13),
    (0.101_666_761_293_186_63, 0.111_190_517_226_687_24),
    (0.237_233_795_041_835_5, 0.156_853_322_938_943_64),
    (0.408_282_678_752_175_1, 0.181_341_891_689_181),
    (0.591_717_321_247_825, 0.181_341_891_689_181),
    (0.762_766_204_958_164_5, 0.156_853_322_938_943_64),
    (0.898_333_238_706_813_4, 0.111_190_517_226_687_24),
    (0.980_144_928_248_768_1, 0.050_614_268_145_188_13),
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
    let values = values.map(|value| value.map(|v| v.clamp(0.0, 1.0)));
    let severities = measurements.severities.map(|severity| severity.map(|y| y.clamp(0.0, 1.0)));

    let base: f64 = weights.iter().zip(values).map(|(w, s)| w * s.unwrap_or(0.0)).sum();
    let kept = product(context, &severities, 1.0, None);
    let score = (100.0 * base * kept).clamp(0.0, 100.0);
    let half_width =
        uncertainty.deviations * deviation(context, &weights, values, &severities, base, kept, uncertainty);
    Ok(Fused {
        score,
        interval: ((score - half_width).max(0.0), (score + half_width).min(100.0)),
        weights,
        points_lost: points_lost(context, &weights, values, &severities),
    })
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

/// Π (1 − ω·y·t) over all types but `except`.
fn product(context: &Context, severities: &[Option<f64>; 12], t: f64, except: Option<usize>) -> f64 {
    (0..12)
        .filter(|&i| Some(i) != except)
        .map(|i| 1.0 - context.impacts[i] * severities[i].unwrap_or(0.0) * t)
        .product()
}

/// Integrates Q's gradient along the straight path from the ideal (every component 1, every severity 0) to the
/// measured point: each input gets what it cost on the way, and the parts sum to 100 − Q.
fn points_lost(
    context: &Context,
    weights: &[f64; 5],
    values: [Option<f64>; 5],
    severities: &[Option<f64>; 12],
) -> Vec<Loss> {
    let shortfall: f64 = weights.iter().zip(values).map(|(w, s)| w * (1.0 - s.unwrap_or(1.0))).sum();
    let kept_on_path: f64 = GAUSS.iter().map(|&(t, g)| g * product(context, severities, t, None)).sum();
    let components = Component::ALL.into_iter().enumerate().filter_map(|(i, component)| {
        let points = 100.0 * weights[i] * (1.0 - values[i]?) * kept_on_path;
        Some(Loss::Component(component, points))
    });
    let distortions = DistortionType::ALL.into_iter().enumerate().filter_map(|(i, kind)| {
        let strength = context.impacts[i] * severities[i]?;
        let on_path: f64 =
            GAUSS.iter().map(|&(t, g)| g * (1.0 - shortfall * t) * product(context, severities, t, Some(i))).sum();
        Some(Loss::Distortion(kind, 100.0 * strength * on_path))
    });
    components.chain(distortions).collect()
}

/// Q's standard deviation by first-order propagation of independent errors.
fn deviation(
    context: &Context,
    weights: &[f64; 5],
    values: [Option<f64>; 5],
    severities: &[Option<f64>; 12],
    base: f64,
    kept: f64,
    uncertainty: &Uncertainty,
) -> f64 {
    let components = (0..5).map(|i| match values[i] {
        Some(_) => weights[i] * kept * uncertainty.components[i],
        None => context.weights[i] * kept * uncertainty.missing_component,
    });
    let distortions = (0..12).map(|i| {
        let error = if severities[i].is_some() { uncertainty.severity } else { uncertainty.unassessed_severity };
        base * context.impacts[i] * product(context, severities, 1.0, Some(i)) * error
    });
    100.0 * components.chain(distortions).map(|part| part * part).sum::<f64>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measurement::Components;
    use proptest::prelude::*;

    const UNCERTAINTY: Uncertainty = Uncertainty {
        components: [0.1; 5],
        missing_component: 0.25,
        severity: 0.05,
        unassessed_severity: 0.1,
        deviations: 1.645,
    };

    prop_compose! {
        fn contexts()(raw in proptest::array::uniform5(0.01..1.0f64), impacts in proptest::array::uniform12(0.0..=1.0f64)) -> Context {
            let sum: f64 = raw.iter().sum();
            Context { weights: raw.map(|w| w / sum), impacts }
        }
    }

    prop_compose! {
        fn measurements()(
            first in 0.0..=1.0f64,
            others in proptest::array::uniform4(proptest::option::of(0.0..=1.0f64)),
            severities in proptest::array::uniform12(proptest::option::of(0.0..=1.0f64)),
        ) -> Measurements {
            let [a, b, c, d] = others;
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
        }

        #[test]
        fn points_lost_sum_to_what_is_missing(context in contexts(), m in measurements()) {
            let fused = fuse(&context, &m, &UNCERTAINTY).unwrap();
            let lost: f64 = fused.points_lost.iter().map(|loss| loss.named().1).sum();
            prop_assert!((lost - (100.0 - fused.score)).abs() < 1e-6, "{} against {}", lost, 100.0 - fused.score);
            prop_assert!(fused.points_lost.iter().all(|loss| loss.named().1 >= -1e-12));
        }

        #[test]
        fn a_rising_severity_never_raises_the_score(context in contexts(), m in measurements(), kind in 0..12usize, by in 0.0..1.0f64) {
            let mut worse = m.clone();
            worse.severities[kind] = Some((m.severities[kind].unwrap_or(0.0) + by).min(1.0));
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
        let context = Context { weights: [0.2; 5], impacts: [0.0; 12] };
        let width = |last| {
            let components = Components::from([Some(0.5), Some(0.5), Some(0.5), Some(0.5), last]);
            let fused = fuse(&context, &Measurements { components, ..Default::default() }, &UNCERTAINTY).unwrap();
            fused.interval.1 - fused.interval.0
        };
        assert!(width(None) > width(Some(0.5)));
    }

    #[test]
    fn nothing_measured_is_no_score() {
        let context = Context { weights: [0.2; 5], impacts: [0.0; 12] };
        assert_eq!(fuse(&context, &Measurements::default(), &UNCERTAINTY), Err(NothingMeasured));
    }
}
