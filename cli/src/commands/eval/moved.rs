//! How far scores and rankings moved.

use domain::statistics::{Interval, interval, kendall, quantile, spearman};
use serde::Serialize;

/// Pairs of rows whose scores differed before by more points than this should keep their order.
pub const LARGE: f64 = 5.0;

/// All figures of one change; points of the score, and intervals over pictures.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Moved {
    /// Mean absolute difference.
    pub difference: Interval,
    /// What 95 % of the absolute differences do not exceed.
    pub difference_95: Interval,
    /// Mean difference, after less before.
    pub change: Interval,
    /// Spearman's correlation with the scores before, the mean over repetitions.
    pub srcc: Interval,
    /// Kendall's, likewise.
    pub krcc: Interval,
    /// Pairs of rows that are more than [`LARGE`] apart.
    pub pairs: usize,
    /// Which share of these is tied or in the contrary order.
    pub flipped: Interval,
}

impl Moved {
    /// From the rows' scores, those after the change in each repetition, and each row's picture by number from 0.
    pub fn new(before: &[f64], after: &[Vec<f64>], pictures: &[usize]) -> Self {
        let count = pictures.iter().max().map_or(0, |last| last + 1);
        // The figure of all repetitions, given how often each row was drawn.
        let over = |figure: &dyn Fn(&[f64]) -> f64| {
            interval(count, |drawn| figure(&pictures.iter().map(|&picture| drawn[picture]).collect::<Vec<f64>>()))
        };
        let mean = |figure: &dyn Fn(&[f64], &[f64]) -> f64, drawn: &[f64]| {
            after.iter().map(|again| figure(again, drawn)).sum::<f64>() / after.len() as f64
        };
        let changes: Vec<f64> = after.iter().flat_map(|again| again.iter().zip(before).map(|(a, b)| a - b)).collect();
        let sizes: Vec<f64> = changes.iter().map(|change| change.abs()).collect();
        let weighted = |values: &[f64], drawn: &[f64]| {
            let weights = drawn.iter().cycle();
            let (sum, total) =
                values.iter().zip(weights).fold((0.0, 0.0), |(sum, total), (value, w)| (sum + w * value, total + w));
            sum / total
        };
        let rows = 0..before.len();
        let pairs: Vec<(usize, usize)> = rows
            .clone()
            .flat_map(|high| rows.clone().map(move |low| (high, low)))
            .filter(|&(high, low)| before[high] - before[low] > LARGE)
            .collect();
        let flipped = |again: &[f64], drawn: &[f64]| {
            let (mut wrong, mut total) = (0.0, 0.0);
            for &(high, low) in &pairs {
                let weight = drawn[high] * drawn[low];
                wrong += if again[high] <= again[low] { weight } else { 0.0 };
                total += weight;
            }
            wrong / total
        };
        Self {
            difference: over(&|drawn| weighted(&sizes, drawn)),
            difference_95: over(&|drawn| quantile(&sizes, &drawn.repeat(after.len()), 0.95)),
            change: over(&|drawn| weighted(&changes, drawn)),
            srcc: over(&|drawn| mean(&|again, drawn| spearman(before, again, drawn), drawn)),
            krcc: over(&|drawn| mean(&|again, drawn| kendall(before, again, drawn), drawn)),
            pairs: pairs.len(),
            flipped: over(&|drawn| mean(&flipped, drawn)),
        }
    }
}

/// "1.23 [0.98, 1.50]"
pub fn short(Interval { value, low, high }: Interval) -> String {
    format!("{value:.2} [{low:.2}, {high:.2}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_that_stay_keep_their_order() {
        let before = [10.0, 20.0, 30.0, 31.0];
        let moved = Moved::new(&before, &[before.to_vec(), before.to_vec()], &[0, 1, 2, 3]);
        assert_eq!((moved.difference.value, moved.difference_95.high, moved.change.value), (0.0, 0.0, 0.0));
        assert!((moved.srcc.low - 1.0).abs() < 1e-12 && (moved.krcc.low - 1.0).abs() < 1e-12);
        assert_eq!((moved.pairs, moved.flipped.value), (5, 0.0));
    }

    #[test]
    fn moves_and_flips_are_counted_over_all_repetitions() {
        let before = [10.0, 20.0, 22.0];
        // Once the first two change places, once all stays but for a point that changes no order.
        let moved = Moved::new(&before, &[vec![20.0, 10.0, 22.0], vec![11.0, 20.0, 22.0]], &[0, 1, 2]);
        assert!((moved.difference.value - 21.0 / 6.0).abs() < 1e-12, "{}", moved.difference);
        assert!((moved.change.value - 1.0 / 6.0).abs() < 1e-12);
        assert_eq!(moved.difference_95.value, 10.0);
        assert!((moved.srcc.value - 0.75).abs() < 1e-12 && (moved.krcc.value - 2.0 / 3.0).abs() < 1e-12);
        // Of the pairs (20, 10) and (22, 10), one is flipped in one of two repetitions.
        assert_eq!((moved.pairs, moved.flipped.value), (2, 0.25));
    }

    #[test]
    fn rows_of_one_picture_are_drawn_together() {
        let before = [10.0, 30.0, 50.0];
        let moved = Moved::new(&before, &[vec![12.0, 34.0, 50.0]], &[0, 0, 1]);
        assert!(
            (moved.difference.high - 3.0).abs() < 1e-12,
            "drawn twice, the first picture alone: {}",
            moved.difference
        );
        assert!(moved.difference.low == 0.0);
    }
}
