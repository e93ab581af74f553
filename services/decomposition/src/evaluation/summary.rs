//! Adding tallies up, with how sure the sums are.

use domain::statistics::{Interval, interval};

use super::Tally;

/// One category over all prompts.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Summary {
    /// Prompts that were looked at.
    pub prompts: usize,
    /// Items of the reference.
    pub wanted: usize,
    /// Items of the answers.
    pub found: usize,
    /// Share of the found that is right.
    pub precision: Interval,
    /// Share of the wanted that was found.
    pub recall: Interval,
    /// Their harmonic mean.
    pub f1: Interval,
}

/// Sums up one tally a prompt; the intervals are over prompts.
pub fn summary(tallies: &[Tally]) -> Summary {
    let sum = |weights: &[f64]| {
        let mut sum = Tally::default();
        tallies.iter().zip(weights).for_each(|(tally, weight)| sum.add(tally.times(*weight as usize)));
        sum
    };
    let over_prompts = |measure: fn(&Tally) -> f64| interval(tallies.len(), |weights| measure(&sum(weights)));
    let whole = sum(&vec![1.0; tallies.len()]);
    Summary {
        prompts: tallies.len(),
        wanted: whole.wanted,
        found: whole.found,
        precision: over_prompts(Tally::precision),
        recall: over_prompts(Tally::recall),
        f1: over_prompts(Tally::f1),
    }
}
