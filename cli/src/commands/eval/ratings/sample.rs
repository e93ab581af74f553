//! Rated pictures that have a value, and the figures of how both agree.

use std::collections::BTreeMap;

use domain::statistics::{Interval, LogisticFit, interval, kendall, spearman};
use serde::Serialize;

/// Pictures' ratings by prompt.
pub struct Sample {
    ratings: Vec<f64>,
    /// Each picture's prompt, by number.
    prompts: Vec<usize>,
    /// How many prompts there are.
    pub prompt_count: usize,
    /// Two pictures of one prompt, the better rated first.
    pub pairs: Vec<(usize, usize)>,
}

/// How a measure agrees with the ratings.
#[derive(Serialize)]
pub struct Agreement {
    /// Spearman's rank correlation.
    pub srcc: Interval,
    /// Pearson's correlation after the logistic curve, which is fitted again to each resample.
    pub plcc: Interval,
    /// Kendall's rank correlation, tau-b.
    pub krcc: Interval,
    /// How often the better rated of two pictures of one prompt has more of the measure; ties count half.
    pub pairwise_accuracy: Interval,
    /// The curve.
    pub logistic: LogisticFit,
}

impl Sample {
    /// From each picture's prompt and rating.
    pub fn new<'a>(pictures: impl IntoIterator<Item = (&'a str, f64)>) -> Self {
        let (names, ratings): (Vec<&str>, Vec<f64>) = pictures.into_iter().unzip();
        let mut of_prompt: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (picture, name) in names.iter().enumerate() {
            of_prompt.entry(name).or_default().push(picture);
        }
        let mut sample =
            Self { prompts: vec![0; ratings.len()], ratings, prompt_count: of_prompt.len(), pairs: Vec::new() };
        for (prompt, pictures) in of_prompt.into_values().enumerate() {
            for &better in &pictures {
                sample.prompts[better] = prompt;
                let worse = pictures.iter().filter(|&&worse| sample.ratings[better] > sample.ratings[worse]);
                sample.pairs.extend(worse.map(|&worse| (better, worse)));
            }
        }
        sample
    }

    /// The interval of a figure of the pictures, which is given how often each was drawn, over prompts.
    pub fn interval(&self, figure: impl Fn(&[f64]) -> f64) -> Interval {
        interval(self.prompt_count, |drawn| {
            figure(&self.prompts.iter().map(|&prompt| drawn[prompt]).collect::<Vec<f64>>())
        })
    }

    /// Spearman's rank correlation of `values` and the ratings.
    pub fn srcc(&self, values: &[f64], drawn: &[f64]) -> f64 {
        spearman(values, &self.ratings, drawn)
    }

    /// How often the better rated of a pair has the larger value; ties count half. NaN without pairs.
    pub fn accuracy(&self, values: &[f64], drawn: &[f64]) -> f64 {
        let (mut right, mut total) = (0.0, 0.0);
        for &(better, worse) in &self.pairs {
            let (more, less) = (values[better], values[worse]);
            right += drawn[better] * if more == less { 0.5 } else { f64::from(u8::from(more > less)) };
            total += drawn[better];
        }
        right / total
    }

    /// All figures; `None` where values or ratings do not vary.
    pub fn agreement(&self, values: &[f64]) -> Option<Agreement> {
        let ratings = &self.ratings;
        let logistic = LogisticFit::of(values, ratings, &vec![1.0; ratings.len()])?;
        let correlation =
            |drawn: &[f64]| logistic.again(values, ratings, drawn).map_or(f64::NAN, |fit| fit.correlation);
        Some(Agreement {
            srcc: self.interval(|drawn| self.srcc(values, drawn)),
            plcc: self.interval(correlation),
            krcc: self.interval(|drawn| kendall(values, ratings, drawn)),
            pairwise_accuracy: self.interval(|drawn| self.accuracy(values, drawn)),
            logistic,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_of_one_prompt_and_of_different_ratings() {
        let sample = Sample::new([("a", 1.0), ("b", 5.0), ("a", 3.0), ("a", 3.0), ("b", 2.0)]);
        assert_eq!(sample.prompt_count, 2);
        let mut pairs = sample.pairs.clone();
        pairs.sort_unstable();
        assert_eq!(pairs, [(1, 4), (2, 0), (3, 0)]);
        // Right, tied, wrong.
        assert!((sample.accuracy(&[0.0, 2.0, 0.0, -1.0, 1.0], &[1.0; 5]) - 0.5).abs() < 1e-12);
        assert!((sample.accuracy(&[0.0, 2.0, 0.0, -1.0, 1.0], &[2.0, 0.0, 2.0, 2.0, 0.0]) - 0.25).abs() < 1e-12);
    }

    #[test]
    fn a_measure_in_the_ratings_order_agrees_wholly_and_one_that_does_not_vary_tells_nothing() {
        let ratings: Vec<f64> = (0..24).map(|at| f64::from(at * at % 13)).collect();
        let prompts: Vec<String> = (0..24).map(|at| format!("prompt {}", at % 6)).collect();
        let sample = Sample::new(prompts.iter().map(String::as_str).zip(ratings.iter().copied()));
        let worse: Vec<f64> = ratings.iter().map(|rating| -rating.exp()).collect();
        let agreement = sample.agreement(&worse).unwrap();
        for figure in [agreement.srcc, agreement.krcc] {
            assert!((figure.value + 1.0).abs() < 1e-9 && (figure.high + 1.0).abs() < 1e-9, "{figure}");
        }
        assert_eq!(agreement.pairwise_accuracy.value, 0.0);
        assert!(agreement.plcc.value < 0.0 && agreement.plcc.value == agreement.logistic.correlation);
        assert!(sample.agreement(&[1.0; 24]).is_none());
    }
}
