//! How sure a figure is: bootstrap intervals over groups that belong together, such as a prompt's or a picture's items.

use std::fmt;

use serde::{Deserialize, Serialize};

const RESAMPLES: usize = 1_000;
/// Any seed would do; a fixed one makes a report repeatable.
const SEED: u64 = 20_240_607;

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
        write!(f, "{:.3} [{:.3}, {:.3}]", self.value, self.low, self.high)
    }
}

/// The interval of `statistic`, which is given how often each of `groups` groups was drawn.
///
/// Resamples in which the statistic is undefined (NaN) are left out.
pub fn interval(groups: usize, statistic: impl Fn(&[f64]) -> f64) -> Interval {
    let value = statistic(&vec![1.0; groups]);
    let mut random = fastrand::Rng::with_seed(SEED);
    let mut draw = || {
        let mut weights = vec![0.0; groups];
        for _ in 0..groups {
            weights[random.usize(..groups)] += 1.0;
        }
        statistic(&weights)
    };
    let mut values: Vec<f64> = (0..RESAMPLES).map(|_| draw()).filter(|value| !value.is_nan()).collect();
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get((share * values.len() as f64) as usize).copied().unwrap_or(value);
    Interval { value, low: at(0.025), high: at(0.975) }
}

/// The weighted share of `hits` that are true; NaN without weight.
pub fn share(hits: &[bool], weights: &[f64]) -> f64 {
    let hit = hits.iter().zip(weights).filter(|(hit, _)| **hit).fold(0.0, |sum, (_, weight)| sum + weight);
    hit / weights.iter().sum::<f64>()
}

/// How often an item that is `true` has the larger value than one that is not (ties count half): the area under the ROC curve.
/// `sorted` ascends by value; the item at an index counts as often as `weight` says of it. NaN without items of both kinds.
pub fn auc(sorted: &[(f64, bool)], weight: impl Fn(usize) -> f64) -> f64 {
    let (mut below, mut area, mut all_true, mut at) = (0.0, 0.0, 0.0, 0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let (mut here, mut others_here) = (0.0, 0.0);
        for (_, truth) in tied {
            *(if *truth { &mut here } else { &mut others_here }) += weight(at);
            at += 1;
        }
        area += here * (below + others_here / 2.0);
        below += others_here;
        all_true += here;
    }
    area / (all_true * below)
}

/// Spearman's rank correlation of `xs` and `ys`, where an item counts as often as its weight says; ties share their mean
/// rank. NaN where either side does not vary.
pub fn spearman(xs: &[f64], ys: &[f64], weights: &[f64]) -> f64 {
    pearson(&ranks(xs, weights), &ranks(ys, weights), weights)
}

/// Each value's mean rank, from 1, among values that count as often as their weights say.
fn ranks(values: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64, f64)> =
        values.iter().zip(weights).enumerate().map(|(at, (value, weight))| (at, *value, *weight)).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (mut ranks, mut below) = (vec![0.0; values.len()], 0.0);
    for tied in order.chunk_by(|a, b| a.1 == b.1) {
        let together: f64 = tied.iter().map(|(_, _, weight)| weight).sum();
        for (at, _, _) in tied {
            if let Some(rank) = ranks.get_mut(*at) {
                *rank = below + (together + 1.0) / 2.0;
            }
        }
        below += together;
    }
    ranks
}

fn pearson(xs: &[f64], ys: &[f64], weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    let mean = |values: &[f64]| values.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / total;
    let (x_mean, y_mean) = (mean(xs), mean(ys));
    let (mut both, mut x_alone, mut y_alone) = (0.0, 0.0, 0.0);
    for ((x, y), weight) in xs.iter().zip(ys).zip(weights) {
        let (x, y) = (x - x_mean, y - y_mean);
        both += weight * x * y;
        x_alone += weight * x * x;
        y_alone += weight * y * y;
    }
    both / (x_alone * y_alone).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn rank_correlation_sees_order_alone_and_shares_tied_ranks() {
        let (even, rising) = ([1.0; 4], [1.0, 2.0, 30.0, 400.0]);
        assert!((spearman(&[0.0, 1.0, 2.0, 3.0], &rising, &even) - 1.0).abs() < 1e-12);
        assert!((spearman(&[3.0, 2.0, 1.0, 0.0], &rising, &even) + 1.0).abs() < 1e-12);
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / √(4.5 · 5).
        assert!((spearman(&[1.0, 2.0, 2.0, 3.0], &rising, &even) - 0.9_f64.sqrt()).abs() < 1e-12);
        assert!(spearman(&[1.0; 4], &rising, &even).is_nan());
    }

    #[test]
    fn the_area_under_the_curve_counts_pairs_in_the_right_order_and_halves_ties() {
        let sorted = [(0.1, false), (0.4, false), (0.4, true), (0.9, true)];
        assert!((auc(&sorted, |_| 1.0) - 3.5 / 4.0).abs() < 1e-12);
        assert!((auc(&sorted, |at| if at == 3 { 0.0 } else { 1.0 }) - 1.5 / 2.0).abs() < 1e-12);
        assert!(auc(&sorted.map(|(value, _)| (value, true)), |_| 1.0).is_nan());
    }

    #[test]
    fn an_item_of_weight_two_counts_like_two_items() {
        let weighed = spearman(&[1.0, 3.0, 2.0], &[1.0, 2.0, 5.0], &[1.0, 2.0, 1.0]);
        let repeated = spearman(&[1.0, 3.0, 3.0, 2.0], &[1.0, 2.0, 2.0, 5.0], &[1.0; 4]);
        assert!((weighed - repeated).abs() < 1e-12);
    }

    #[test]
    fn nothing_gives_an_undefined_figure_and_no_panic() {
        assert!(interval(0, |weights| share(&[], weights)).value.is_nan());
    }
}
