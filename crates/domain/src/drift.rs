//! How far scores with one backend are from scores with another, over the same pictures.

use crate::{
    roles::Role,
    statistics::{quantile, spearman},
};

/// Disagreements that a report names.
const NAMED: usize = 10;
/// Parts of the distribution that a report tells.
const PARTS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// One picture's two scores.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// The picture's BLAKE3 digest, in hex.
    pub picture: String,
    /// The score that was answered, [0, 100].
    pub answered: f64,
    /// The score with the other backend, [0, 100].
    pub shadow: f64,
}

impl Pair {
    fn difference(&self) -> f64 {
        self.shadow - self.answered
    }
}

/// What became of a shadow's answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// The role that the shadow answers.
    pub role: Role,
    /// Pictures that were scored with it.
    pub compared: u64,
    /// Pictures for which it gave no score.
    pub failed: u64,
    /// Pictures that it was not asked about, because it had enough to do.
    pub skipped: u64,
    /// The newest pictures, which the figures below are about.
    pub newest: u64,
    /// Mean of the shadow's score less the one answered, points; 0 without pictures.
    pub mean: f64,
    /// Its standard deviation, points.
    pub deviation: f64,
    /// Its 5th, 25th, 50th, 75th and 95th percentile, points.
    pub percentiles: [f64; 5],
    /// Spearman's rank correlation of the two scores; `None` where they do not vary.
    pub srcc: Option<f64>,
    /// The pictures that they disagree on most, at most ten, the most first.
    pub largest: Vec<Pair>,
}

impl Drift {
    /// The report on `newest` pairs; the counts are over all that there ever were.
    pub fn of(role: Role, compared: u64, failed: u64, skipped: u64, newest: &[Pair]) -> Self {
        let differences: Vec<f64> = newest.iter().map(Pair::difference).collect();
        let ones = vec![1.0; newest.len()];
        let count = newest.len().max(1) as f64;
        let mean = differences.iter().sum::<f64>() / count;
        let variance = differences.iter().map(|difference| (difference - mean).powi(2)).sum::<f64>() / count;
        let part = |part: f64| if newest.is_empty() { 0.0 } else { quantile(&differences, &ones, part) };
        let (answered, shadow): (Vec<f64>, Vec<f64>) = newest.iter().map(|pair| (pair.answered, pair.shadow)).unzip();
        let mut largest = newest.to_vec();
        largest.sort_by(|a, b| b.difference().abs().total_cmp(&a.difference().abs()));
        largest.truncate(NAMED);
        Self {
            role,
            compared,
            failed,
            skipped,
            newest: newest.len() as u64,
            mean,
            deviation: variance.sqrt(),
            percentiles: PARTS.map(part),
            srcc: Some(spearman(&answered, &shadow, &ones)).filter(|srcc| srcc.is_finite()),
            largest,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(picture: u32, answered: f64, shadow: f64) -> Pair {
        Pair { picture: picture.to_string(), answered, shadow }
    }

    #[test]
    fn differences_are_told_as_a_distribution_with_the_worst_named() {
        let pairs: Vec<Pair> = (0..100_u32).map(|n| pair(n, f64::from(n), f64::from(n) + 2.0)).collect();
        let mut pairs = pairs;
        pairs[40].shadow = 0.0;
        let drift = Drift::of(Role::Segmentation, 100, 1, 2, &pairs);
        assert!((drift.mean - (99.0 * 2.0 - 40.0) / 100.0).abs() < 1e-9);
        assert_eq!(drift.percentiles, [2.0; 5]);
        assert_eq!((drift.largest.len(), drift.largest[0].picture.as_str()), (10, "40"));
        assert!(drift.srcc.unwrap() > 0.9 && drift.srcc.unwrap() < 1.0);
        assert!(drift.deviation > 4.0 && drift.deviation < 4.4, "{}", drift.deviation);
    }

    #[test]
    fn nothing_compared_and_scores_that_do_not_vary_are_no_fault() {
        let none = Drift::of(Role::Alignment, 0, 3, 0, &[]);
        assert_eq!((none.mean, none.deviation, none.percentiles, none.srcc), (0.0, 0.0, [0.0; 5], None));
        assert_eq!(Drift::of(Role::Alignment, 2, 0, 0, &[pair(0, 50.0, 50.0), pair(1, 50.0, 50.0)]).srcc, None);
    }
}
