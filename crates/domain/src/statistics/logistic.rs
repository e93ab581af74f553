//! How well a measure tells a rating once its scale is bent to the rating's: correlation after a logistic curve.

use argmin::{
    core::{CostFunction, Error, Executor},
    solver::neldermead::NelderMead,
};
use serde::Serialize;

/// A logistic curve with four parameters from a measure to a rating,
/// y = bottom + (top − bottom) / (1 + exp(−(x − middle) / width)), as image-quality papers fit it before they give Pearson's
/// correlation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct LogisticFit {
    /// The rating far below the middle.
    pub bottom: f64,
    /// The rating far above the middle; less than `bottom` where less of the measure is better.
    pub top: f64,
    /// The measure in the middle of the rise.
    pub middle: f64,
    /// How far around the middle the rise reaches, in units of the measure, > 0; a very large one is a straight line.
    pub width: f64,
    /// Pearson's correlation of the risen curve with the ratings, [−1, 1]; negative where less of the measure is better.
    pub correlation: f64,
}

/// Logarithms of the narrowest and the widest curve, in standard deviations: a step, and a line to seven digits.
const WIDTHS: (f64, f64) = (-6.9, 9.2);
/// Middle and logarithm of the width to start from, in standard deviations: the usual start, a quarter wide, and one so wide
/// that it is nearly straight.
const STARTS: [[f64; 2]; 2] = [[0.0, -1.386], [0.0, 1.386]];
/// A curve whose variance over the data is a smaller share of its mean square is flat: the rest would be lost in rounding. Far
/// out on its tail a logistic becomes an exponential; the search ends there.
const FLAT: f64 = 1e-9;
/// More steps than any fit took that got better on the way.
const STEPS: u64 = 200;

impl LogisticFit {
    /// The least-squares curve from `xs` to `ys`, where an item counts as often as its weight says.
    ///
    /// Never a worse fit than a straight line, which is the curve of infinite width. `None` where either side does not vary.
    pub fn of(xs: &[f64], ys: &[f64], weights: &[f64]) -> Option<Self> {
        let data = Data::new(xs, ys, weights)?;
        data.best(&STARTS)
    }

    /// The same on a resample, for which this fit is the start.
    pub fn again(&self, xs: &[f64], ys: &[f64], weights: &[f64]) -> Option<Self> {
        let data = Data::new(xs, ys, weights)?;
        data.best(&[[(self.middle - data.x.mean) / data.x.deviation, (self.width / data.x.deviation).ln()]])
    }

    /// The rating that the curve gives for `x`.
    pub fn at(&self, x: f64) -> f64 {
        self.bottom + (self.top - self.bottom) * (0.5 + half_tanh((x - self.middle) / self.width))
    }
}

/// Of a standard logistic, what lies above one half: (−½, ½).
fn half_tanh(x: f64) -> f64 {
    0.5 * (0.5 * x).tanh()
}

/// Items in standard units. With the middle and the width given, bottom and top are a linear regression, and what is left to
/// search is the largest correlation over two parameters.
struct Data {
    /// x, y and weight; weights sum to 1.
    items: Vec<[f64; 3]>,
    x: Moments,
    y: Moments,
}

impl Data {
    fn new(xs: &[f64], ys: &[f64], weights: &[f64]) -> Option<Self> {
        let total: f64 = weights.iter().sum();
        let drawn = xs.iter().zip(ys).zip(weights).filter(|(_, weight)| **weight > 0.0);
        let mut items: Vec<[f64; 3]> = drawn.map(|((x, y), weight)| [*x, *y, weight / total]).collect();
        let (x, y) = (Moments::of(&items, 0)?, Moments::of(&items, 1)?);
        for item in &mut items {
            item[0] = (item[0] - x.mean) / x.deviation;
            item[1] = (item[1] - y.mean) / y.deviation;
        }
        Some(Self { items, x, y })
    }

    /// The best fit that a search from `starts` finds; a line at worst.
    fn best(&self, starts: &[[f64; 2]]) -> Option<LogisticFit> {
        let searched = starts.iter().filter_map(|start| self.search(*start));
        let line = [0.0, WIDTHS.1];
        let fits = searched.chain([line]).filter_map(|place| Some((place, self.correlate(place)?)));
        let (place, found) = fits.max_by(|a, b| a.1.correlation.abs().total_cmp(&b.1.correlation.abs()))?;
        let slope = self.y.deviation * found.correlation / found.deviation;
        let of = |share: f64| self.y.mean + slope * (share - found.mean);
        Some(LogisticFit {
            bottom: of(-0.5),
            top: of(0.5),
            middle: self.x.mean + self.x.deviation * place[0],
            width: self.x.deviation * width(place[1]),
            correlation: found.correlation,
        })
    }

    fn search(&self, [middle, log_width]: [f64; 2]) -> Option<[f64; 2]> {
        let corners = vec![vec![middle, log_width], vec![middle + 0.5, log_width], vec![middle, log_width + 0.5]];
        let solver = NelderMead::new(corners).with_sd_tolerance(1e-9).ok()?;
        let found = Executor::new(self, solver).configure(|state| state.max_iters(STEPS)).run().ok()?;
        found.state.best_param?.try_into().ok()
    }

    /// `None` where the curve is flat all over the data.
    fn correlate(&self, [middle, log_width]: [f64; 2]) -> Option<Found> {
        let steepness = 1.0 / width(log_width);
        let (mut both, mut mean, mut square) = (0.0, 0.0, 0.0);
        for [x, y, weight] in &self.items {
            let risen = half_tanh((x - middle) * steepness);
            both += weight * risen * y;
            mean += weight * risen;
            square += weight * risen * risen;
        }
        let variance = square - mean * mean;
        let deviation = (variance > FLAT * square).then(|| variance.sqrt())?;
        Some(Found { mean, deviation, correlation: (both / deviation).clamp(-1.0, 1.0) })
    }
}

fn width(log_width: f64) -> f64 {
    log_width.clamp(WIDTHS.0, WIDTHS.1).exp()
}

impl CostFunction for &Data {
    type Param = Vec<f64>;
    type Output = f64;

    /// The share of the ratings' variance that the curve explains, negated.
    fn cost(&self, place: &Self::Param) -> Result<f64, Error> {
        let place = <[f64; 2]>::try_from(place.as_slice())?;
        Ok(self.correlate(place).map_or(0.0, |found| -found.correlation * found.correlation))
    }
}

/// A curve's mean and deviation over the data, and how it goes with the ratings.
struct Found {
    mean: f64,
    deviation: f64,
    correlation: f64,
}

struct Moments {
    mean: f64,
    deviation: f64,
}

impl Moments {
    /// Of one column; `None` where it does not vary.
    fn of(items: &[[f64; 3]], column: usize) -> Option<Self> {
        let first = items.first()?[column];
        let mean: f64 = items.iter().map(|item| item[2] * item[column]).sum();
        let variance: f64 = items.iter().map(|item| item[2] * (item[column] - mean).powi(2)).sum();
        let varies = items.iter().any(|item| item[column] != first);
        (varies && variance > 0.0).then(|| Self { mean, deviation: variance.sqrt() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::correlation::pearson;
    use proptest::prelude::*;

    const XS: [f64; 12] = [12.0, 25.0, 31.0, 38.0, 44.0, 47.0, 52.0, 58.0, 63.0, 71.0, 80.0, 93.0];
    const YS: [f64; 12] = [1.1, 1.4, 1.3, 1.9, 2.2, 2.9, 3.1, 3.6, 3.5, 4.2, 4.3, 4.4];

    #[test]
    fn a_fit_is_that_of_scipy() {
        // SciPy 1.17.1: optimize.curve_fit of the four-parameter logistic from (max y, min y, mean x, sd x / 4), then
        // stats.pearsonr of what it gives with YS; the second on XS and YS repeated by these weights.
        let drawn = [2.0, 1.0, 1.0, 1.0, 3.0, 1.0, 1.0, 2.0, 1.0, 1.0, 2.0, 1.0];
        let expected = [
            ([1.0; 12], [0.984_402_1, 4.398_364_7, 47.731_291_7, 9.698_149_1], 0.991_605_731_4),
            (drawn, [1.040_789_9, 4.383_491_6, 48.382_779_5, 8.970_870_0], 0.993_048_513_0),
        ];
        let whole = LogisticFit::of(&XS, &YS, &[1.0; 12]).unwrap();
        for (weights, curve, correlation) in expected {
            for fit in [LogisticFit::of(&XS, &YS, &weights).unwrap(), whole.again(&XS, &YS, &weights).unwrap()] {
                assert!((fit.correlation - correlation).abs() < 1e-8, "{fit:?}");
                for (got, expected) in [fit.bottom, fit.top, fit.middle, fit.width].into_iter().zip(curve) {
                    assert!((got - expected).abs() < 1e-3 * expected, "{fit:?}");
                }
            }
        }
    }

    #[test]
    fn a_falling_measure_has_a_negative_correlation_and_a_falling_curve() {
        let falling = YS.map(|y| -y);
        let fit = LogisticFit::of(&XS, &falling, &[1.0; 12]).unwrap();
        assert!((fit.correlation + 0.991_605_731_4).abs() < 1e-8, "{fit:?}");
        assert!(fit.top < fit.bottom && fit.at(12.0) > fit.at(93.0));
        assert!((fit.at(47.0) + 2.56).abs() < 0.2, "{}", fit.at(47.0));
    }

    #[test]
    fn a_straight_relation_is_fitted_wholly() {
        let ys = XS.map(|x| 3.0 - 0.25 * x);
        let fit = LogisticFit::of(&XS, &ys, &[1.0; 12]).unwrap();
        assert!((fit.correlation + 1.0).abs() < 1e-6, "{fit:?}");
        assert!((fit.at(50.0) - (3.0 - 12.5)).abs() < 1e-3, "{}", fit.at(50.0));
    }

    #[test]
    fn nothing_to_tell_apart_is_no_fit() {
        let even = [1.0; 12];
        assert_eq!(LogisticFit::of(&[0.1; 12], &YS, &even), None);
        assert_eq!(LogisticFit::of(&XS, &[0.1; 12], &even), None);
        assert_eq!(LogisticFit::of(&XS, &YS, &[0.0; 12]), None);
        assert_eq!(LogisticFit::of(&[], &[], &[]), None);
    }

    proptest! {
        #[test]
        fn no_fit_is_worse_than_a_line(
            items in proptest::collection::vec((-50.0..50.0f64, -3.0..3.0f64, 1..4u8), 3..40), bend in -1.0..1.0f64
        ) {
            let xs: Vec<f64> = items.iter().map(|item| item.0).collect();
            let ys: Vec<f64> = items.iter().map(|item| bend * item.0 / 10.0 + item.1).collect();
            let weights: Vec<f64> = items.iter().map(|item| f64::from(item.2)).collect();
            let fit = LogisticFit::of(&xs, &ys, &weights).unwrap();
            let again = fit.again(&xs, &ys, &weights).unwrap();
            let line = pearson(&xs, &ys, &weights).abs();
            prop_assert!(fit.correlation.abs() >= line - 1e-6, "{:?} against {}", fit, line);
            prop_assert!(again.correlation.abs() >= fit.correlation.abs() - 1e-6, "{:?} against {:?}", again, fit);
            // What the curve gives goes with the ratings as the fit says.
            let given: Vec<f64> = xs.iter().map(|x| fit.at(*x)).collect();
            prop_assert!((pearson(&given, &ys, &weights) - fit.correlation.abs()).abs() < 1e-5, "{:?}", fit);
        }
    }
}
