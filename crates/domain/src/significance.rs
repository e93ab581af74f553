//! Whether one group's mean is above another's for good: the difference with its bootstrap interval and p-value, and
//! what many such comparisons leave of it.

use serde::Serialize;

use crate::statistics::{Interval, SEED, resampled};

/// Resamples behind every difference; the smallest p-value that they can tell is two in this many.
pub const RESAMPLES: usize = 10_000;

/// What one unit that is drawn as a whole, such as a prompt, holds of one group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Held {
    /// The values' sum.
    pub sum: f64,
    /// How many values.
    pub count: f64,
}

impl Held {
    /// One more value.
    pub fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1.0;
    }

    fn join(&mut self, other: Self) {
        self.sum += other.sum;
        self.count += other.count;
    }

    fn mean(self) -> f64 {
        self.sum / self.count
    }
}

/// How much the first group's mean is above the second's.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Of the means, with its 95 % bootstrap interval.
    pub interval: Interval,
    /// Two-sided, (0, 1]: how unlikely resamples make a difference of the other sign. It agrees with the interval:
    /// below 0.05 the interval does not hold 0.
    pub p: f64,
}

/// The difference of two groups that share units: units are drawn, each with all that it holds of both groups.
///
/// `None` where fewer than two units hold either group, since nothing is known then of how far units differ.
pub fn of_shared_units(units: &[[Held; 2]]) -> Option<Difference> {
    let all = |group: usize| units.iter().filter_map(move |unit| unit.get(group)).filter(|held| held.count > 0.0);
    if all(0).count() < 2 || all(1).count() < 2 {
        return None;
    }
    let difference = |[first, second]: [Held; 2]| first.mean() - second.mean();
    let mut random = fastrand::Rng::with_seed(SEED);
    let draw = || {
        let mut drawn = [Held::default(); 2];
        for _ in 0..units.len() {
            if let Some([first, second]) = units.get(random.usize(..units.len())) {
                drawn[0].join(*first);
                drawn[1].join(*second);
            }
        }
        difference(drawn)
    };
    let mut whole = [Held::default(); 2];
    for [first, second] in units {
        whole[0].join(*first);
        whole[1].join(*second);
    }
    Some(told(difference(whole), draw))
}

/// The difference of two groups of values that have nothing in common: values are drawn within each group.
///
/// `None` where a group has fewer than two values.
pub fn of_separate_values(first: &[f64], second: &[f64]) -> Option<Difference> {
    if first.len() < 2 || second.len() < 2 {
        return None;
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut drawn_mean = |values: &[f64]| {
        let drawn = (0..values.len()).filter_map(|_| values.get(random.usize(..values.len())));
        drawn.sum::<f64>() / values.len() as f64
    };
    Some(told(mean(first) - mean(second), || drawn_mean(first) - drawn_mean(second)))
}

fn told(value: f64, draw: impl FnMut() -> f64) -> Difference {
    // A resample without one of the groups is undefined, and says nothing.
    let (interval, values) = resampled(value, RESAMPLES, draw);
    let below = values.partition_point(|value| *value <= 0.0);
    let above = values.len() - values.partition_point(|value| *value < 0.0);
    let p = 2.0 * (1 + below.min(above)) as f64 / (1 + values.len()) as f64;
    Difference { interval, p: p.min(1.0) }
}

/// The p-values of several comparisons corrected for their number, after Holm: below a level, the chance that any of
/// them came about without a difference is below it. In the order of `ps`.
pub fn holm(ps: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = ps.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (mut adjusted, mut largest) = (vec![1.0; ps.len()], 0.0_f64);
    for (rank, (at, p)) in order.into_iter().enumerate() {
        largest = largest.max(((ps.len() - rank) as f64 * p).min(1.0));
        if let Some(adjusted) = adjusted.get_mut(at) {
            *adjusted = largest;
        }
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: f64) -> Held {
        Held { sum: value, count: 1.0 }
    }

    #[test]
    fn a_difference_that_every_prompt_shows_is_sure_though_prompts_differ_widely() {
        let easy_and_hard = [10.0, 30.0, 50.0, 70.0, 90.0, 20.0, 40.0, 60.0];
        let units = easy_and_hard.map(|level| [one(level + 5.0), one(level)]);
        let shared = of_shared_units(&units).unwrap();
        assert!((shared.interval.value - 5.0).abs() < 1e-9);
        assert!((shared.interval.low - 5.0).abs() < 1e-9 && (shared.interval.high - 5.0).abs() < 1e-9);
        assert!((shared.p - 2.0 / (RESAMPLES as f64 + 1.0)).abs() < 1e-12);
        // Without the prompts in common, the same values tell nothing.
        let separate = of_separate_values(&easy_and_hard.map(|level| level + 5.0), &easy_and_hard).unwrap();
        assert!((separate.interval.value - 5.0).abs() < 1e-9);
        assert!(separate.interval.low < -10.0 && separate.interval.high > 15.0 && separate.p > 0.3, "{separate:?}");
    }

    #[test]
    fn the_interval_of_two_means_has_the_width_that_theory_gives() {
        // The standard error of a mean of 200 values from 0 to 1, evenly spread, is √(1/12 / 200).
        let values: Vec<f64> = (0..200).map(|at| (f64::from(at) + 0.5) / 200.0).collect();
        let difference = of_separate_values(&values, &values).unwrap();
        let width = 2.0 * 1.96 * (2.0_f64 / 12.0 / 200.0).sqrt();
        assert!((difference.interval.high - difference.interval.low - width).abs() < 0.05 * width, "{difference:?}");
        assert!(difference.p > 0.9);
    }

    #[test]
    fn the_p_value_and_the_interval_say_the_same() {
        for shift in [0.0, 0.2, 0.4, 0.6, 0.8] {
            let first: Vec<f64> = (0..20).map(|at| f64::from(at * 7 % 20) / 10.0 + shift).collect();
            let second: Vec<f64> = (0..20).map(|at| f64::from(at) / 10.0).collect();
            let told = of_separate_values(&first, &second).unwrap();
            assert_eq!(told.p < 0.05, told.interval.low > 0.0, "{told:?}");
        }
    }

    #[test]
    fn a_prompt_with_more_pictures_weighs_more() {
        let twice = Held { sum: 20.0, count: 2.0 };
        let told = of_shared_units(&[[twice, one(0.0)], [one(40.0), one(0.0)]]).unwrap();
        assert!((told.interval.value - 20.0).abs() < 1e-9);
    }

    #[test]
    fn one_unit_or_none_tells_nothing() {
        assert_eq!(of_separate_values(&[1.0], &[1.0, 2.0]), None);
        assert_eq!(of_separate_values(&[], &[]), None);
        assert_eq!(of_shared_units(&[[one(1.0), one(2.0)]]), None);
        assert_eq!(of_shared_units(&[[one(1.0), Held::default()], [one(2.0), one(3.0)]]), None);
    }

    #[test]
    fn holm_multiplies_the_smallest_most_and_keeps_the_order() {
        let close = |got: Vec<f64>, want: &[f64]| {
            assert!(got.iter().zip(want).all(|(got, want)| (got - want).abs() < 1e-12), "{got:?} {want:?}");
        };
        close(holm(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]);
        close(holm(&[0.5, 0.9]), &[1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
