//! Pictures beside each other: which of two is better and why, and which of many is best.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{ranking::preference_probability, score::Score};

/// Two pictures for one prompt and scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Points by which a leads; negative when b does.
    pub lead: f64,
    /// How likely people are to prefer a, [0, 1].
    pub a_preferred: f64,
    /// What makes the difference, the most first; the points sum to the lead.
    pub reasons: Vec<Reason>,
    /// One picture's score.
    pub a: Score,
    /// The other's.
    pub b: Score,
}

/// What one component or distortion type adds to a lead.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// As in the points lost.
    pub name: String,
    /// Points in favour of a; negative when in favour of b.
    pub points: f64,
}

impl Comparison {
    /// Compares two scores given under one scenario.
    pub fn of(a: Score, b: Score) -> Self {
        let lead = a.score - b.score;
        let lost = |score: &Score, name: &str| score.points_lost.get(name).copied().unwrap_or(0.0);
        let names: BTreeSet<&String> = a.points_lost.keys().chain(b.points_lost.keys()).collect();
        let reason = |name: &&String| Reason { name: (*name).clone(), points: lost(&b, name) - lost(&a, name) };
        let mut reasons: Vec<Reason> = names.iter().map(reason).filter(|reason| reason.points != 0.0).collect();
        reasons.sort_by(|one, other| other.points.abs().total_cmp(&one.points.abs()));
        let a_preferred = preference_probability(lead, a.scenario.temperature);
        Self { lead, a_preferred, reasons, a, b }
    }
}

/// How likely people are to prefer each of several pictures to all the others, as the pairwise model has it: in proportion
/// to exp(Q / τ). The values sum to 1.
pub fn best_of(scores: &[f64], temperature: f64) -> Vec<f64> {
    let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = scores.iter().map(|score| ((score - highest) / temperature).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::ScoredScenario;

    fn score(score: f64, fidelity: f64, edge_blur: f64) -> Score {
        Score {
            score,
            points_lost: [("fidelity".to_owned(), fidelity), ("edge_blur".to_owned(), edge_blur)].into(),
            scenario: ScoredScenario { temperature: 10.0, ..ScoredScenario::default() },
            ..Score::default()
        }
    }

    #[test]
    fn the_reasons_sum_to_the_lead_and_the_largest_comes_first() {
        let compared = Comparison::of(score(70.0, 10.0, 20.0), score(50.0, 35.0, 15.0));
        let names: Vec<&str> = compared.reasons.iter().map(|reason| reason.name.as_str()).collect();
        assert_eq!(names, ["fidelity", "edge_blur"]);
        let sum: f64 = compared.reasons.iter().map(|reason| reason.points).sum();
        assert!((sum - compared.lead).abs() < 1e-9 && compared.lead == 20.0);
        assert!((compared.a_preferred - 1.0 / (1.0 + (-2.0f64).exp())).abs() < 1e-12);
    }

    #[test]
    fn of_two_the_best_is_the_preferred_one() {
        let best = best_of(&[70.0, 50.0], 10.0);
        assert!((best[0] - preference_probability(20.0, 10.0)).abs() < 1e-12);
        assert!((best.iter().sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
