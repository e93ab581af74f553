//! What the lines of a run come to.

use std::collections::BTreeSet;

use domain::gate::Verdict;
use serde_json::Value;

use super::gate::verdict;

/// Counts of lines.
#[derive(Default)]
pub struct Tally {
    /// All lines.
    pub lines: usize,
    /// Those without a score.
    pub failed: usize,
    /// Those of each verdict, in the order of [`Verdict::ALL`].
    verdicts: [usize; 3],
    /// Those with a score and no verdict.
    without: usize,
    /// The scenarios that gave those.
    unruled: BTreeSet<String>,
}

impl Tally {
    /// Counts one more line.
    pub fn add(&mut self, line: &Value) {
        self.lines += 1;
        if line["score"].is_null() {
            self.failed += 1;
        } else if let Some(told) = verdict(line) {
            self.verdicts[told as usize] += 1;
        } else {
            self.without += 1;
            self.unruled.extend(line["scenario"]["name"].as_str().map(str::to_owned));
        }
    }

    /// How many have which verdict, in words; empty when nobody asked for verdicts and there are none.
    pub fn verdicts(&self, sorted: bool) -> String {
        let given: usize = self.verdicts.iter().sum();
        if given == 0 && !sorted {
            return String::new();
        }
        let counts: Vec<String> = self
            .verdicts
            .iter()
            .zip(Verdict::ALL)
            .map(|(count, verdict)| format!("{count} {}", verdict.name()))
            .collect();
        let mut text = counts.join(", ");
        if self.without > 0 {
            let scenarios = self.unruled.iter().cloned().collect::<Vec<_>>().join(", ");
            let place = if sorted { ", put with those to review" } else { "" };
            text.push_str(&format!(", {} without a verdict{place}: no acceptance rules for {scenarios}", self.without));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn verdicts_are_counted_and_scenarios_without_rules_named() {
        let mut tally = Tally::default();
        assert_eq!(tally.verdicts(false), "");
        let scenario = json!({"name": "general"});
        tally.add(&json!({"score": 1.0, "scenario": scenario}));
        tally.add(&json!({"error": "?"}));
        assert_eq!((tally.lines, tally.failed, tally.verdicts(false).as_str()), (2, 1, ""));
        for verdict in ["accept", "reject", "accept"] {
            tally.add(&json!({"score": 1.0, "verdict": {"verdict": verdict}, "scenario": scenario}));
        }
        let counts = "2 accept, 0 review, 1 reject, 1 without a verdict";
        assert_eq!(tally.verdicts(false), format!("{counts}: no acceptance rules for general"));
        assert!(tally.verdicts(true).starts_with(&format!("{counts}, put with those to review")));
    }
}
