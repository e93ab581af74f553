//! How sure a figure is: bootstrap intervals over groups that belong together, such as a prompt's or a picture's items.

use std::fmt;

use serde::{Deserialize, Serialize};

const RESAMPLES: usize = 1_000;
/// Any seed would do; a fixed one makes a report repeatable.
pub(crate) const SEED: u64 = 20_240_607;

/// A figure with its 95 % bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The figure on everything.
    pub value: f64,
    /// 2.5 % of resamples are below.
    pub low: f64,
    /// 2.5 % of resamples are above.
    pub high: f64,
}

impl fmt::Display for Interval {
    /// "0.805 [0.775, 0.836]"
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:.3} [{:.3}, {:.3}]", self.value, self.low, self.high))
    }
}

/// The interval of `statistic`, which is given how often each of `groups` groups was drawn.
///
/// Resamples in which the statistic is undefined (NaN) are left out.
pub fn interval(groups: usize, statistic: impl Fn(&[f64]) -> f64) -> Interval {
    let value = statistic(&vec![1.0; groups]);
    let mut random = fastrand::Rng::with_seed(SEED);
    let draw = || {
        let mut weights = vec![0.0; groups];
        for _ in 0..groups {
            weights[random.usize(..groups)] += 1.0;
        }
        statistic(&weights)
    };
    resampled(value, RESAMPLES, draw).0
}

/// The interval of a figure of that `value` from resamples of it, and the resamples in ascending order without those in
/// which it is undefined.
pub(crate) fn resampled(value: f64, resamples: usize, mut draw: impl FnMut() -> f64) -> (Interval, Vec<f64>) {
    let mut values: Vec<f64> = (0..resamples).map(|_| draw()).filter(|value| !value.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get((share * values.len() as f64) as usize).copied().unwrap_or(value);
    (Interval { value, low: at(0.025), high: at(0.975) }, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::share;

    #[test]
    fn an_interval_holds_its_value_and_narrows_with_more_groups() {
        let of = |groups: usize| {
            let hits: Vec<bool> = (0..groups).map(|group| group % 4 != 0).collect();
            interval(groups, |weights| share(&hits, weights))
        };
        let (few, many) = (of(40), of(4_000));
        for figure in [few, many] {
            assert!((figure.value - 0.75).abs() < 1e-9);
            assert!(figure.low < figure.value && figure.value < figure.high);
        }
        assert!(many.high - many.low < 0.3 * (few.high - few.low));
    }

    #[test]
    fn the_same_data_give_the_same_interval() {
        let hits = [true, false, true, true, false];
        assert_eq!(interval(5, |weights| share(&hits, weights)), interval(5, |weights| share(&hits, weights)));
    }

    #[test]
    fn nothing_gives_an_undefined_figure_and_no_panic() {
        assert!(interval(0, |weights| share(&[], weights)).value.is_nan());
    }
}
