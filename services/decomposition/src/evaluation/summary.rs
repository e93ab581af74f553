//! Adding tallies up, with how sure the sums are.

use super::Tally;

const RESAMPLES: usize = 1_000;
/// Any seed would do; a fixed one makes a report repeatable.
const SEED: u64 = 20_240_607;

/// A 95 % bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Interval {
    /// The value itself, in [0, 1].
    pub value: f64,
    /// 2.5 % of resamples are below.
    pub low: f64,
    /// 2.5 % of resamples are above.
    pub high: f64,
}

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

/// Sums up one tally a prompt; the intervals resample prompts.
pub fn summary(tallies: &[Tally]) -> Summary {
    let sum = |tallies: &mut dyn Iterator<Item = Tally>| {
        tallies.fold(Tally::default(), |mut sum, tally| {
            sum.add(tally);
            sum
        })
    };
    let whole = sum(&mut tallies.iter().copied());
    let mut random = SEED;
    let resampled: Vec<Tally> = (0..RESAMPLES)
        .map(|_| {
            let mut draw = (0..tallies.len()).filter_map(|_| {
                let at = next(&mut random) % tallies.len() as u64;
                tallies.get(at as usize).copied()
            });
            sum(&mut draw)
        })
        .collect();
    let interval = |measure: fn(&Tally) -> f64| {
        let mut values: Vec<f64> = resampled.iter().map(measure).collect();
        values.sort_by(f64::total_cmp);
        let at = |share: f64| values.get((share * RESAMPLES as f64) as usize).copied().unwrap_or_default();
        Interval { value: measure(&whole), low: at(0.025), high: at(0.975) }
    };
    Summary {
        prompts: tallies.len(),
        wanted: whole.wanted,
        found: whole.found,
        precision: interval(Tally::precision),
        recall: interval(Tally::recall),
        f1: interval(Tally::f1),
    }
}

/// SplitMix64.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}
