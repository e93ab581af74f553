//! What a batch wrote, as far as it is compared with ratings.

use std::collections::BTreeMap;

use domain::ablation::{Minded, Weighted};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::results::is_own;

/// Columns by name, as text.
pub type Columns = BTreeMap<String, String>;

/// One scored picture.
#[derive(Debug)]
pub struct Scored {
    pub image: String,
    pub prompt: String,
    pub score: f64,
    /// Those that were measured, by name.
    pub components: BTreeMap<String, Weighted>,
    /// Those that were assessed, by name.
    pub distortions: BTreeMap<String, Minded>,
    /// What the manifest carried, and the ratings that were joined.
    pub columns: Columns,
}

/// All lines.
#[derive(Debug, Default)]
pub struct Results {
    pub scored: Vec<Scored>,
    /// Lines without a score.
    pub failed: usize,
}

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    image: String,
    #[serde(default)]
    prompt: String,
    score: Option<f64>,
    #[serde(default)]
    components: BTreeMap<String, Option<f64>>,
    #[serde(default)]
    scenario: Scenario,
    #[serde(default)]
    distortions: Vec<Distortion>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Default, Deserialize)]
struct Scenario {
    #[serde(default)]
    weights: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Distortion {
    #[serde(rename = "type")]
    kind: String,
    severity: Option<f64>,
    impact: f64,
}

impl Results {
    /// Reads a JSON object a line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut results = Self::default();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line: Line = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", index + 1))?;
            match line.score {
                Some(score) => results.scored.push(line.scored(score)),
                None => results.failed += 1,
            }
        }
        Ok(results)
    }
}

impl Line {
    fn scored(self, score: f64) -> Scored {
        let weights = self.scenario.weights;
        let weighted = |(name, value): (String, Option<f64>)| {
            let weight = weights.get(&name).copied().unwrap_or_default();
            Some((name, (weight, value?)))
        };
        let minded = |found: Distortion| Some((found.kind, (found.impact, found.severity?)));
        let text = |(name, value): (String, Value)| match value {
            Value::String(text) => Some((name, text)),
            Value::Number(number) => Some((name, number.to_string())),
            _ => None,
        };
        Scored {
            image: self.image,
            prompt: self.prompt,
            score,
            components: self.components.into_iter().filter_map(weighted).collect(),
            distortions: self.distortions.into_iter().filter_map(minded).collect(),
            columns: self.others.into_iter().filter(|(name, _)| !is_own(name)).filter_map(text).collect(),
        }
    }
}

/// The number that a column says, or that it says nothing; `Err` for other text.
pub fn number(text: &str) -> Result<Option<f64>, ()> {
    let text = text.trim();
    if text.is_empty() || ["na", "n/a", "nan", "null", "none"].contains(&text.to_lowercase().as_str()) {
        return Ok(None);
    }
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Some).ok_or(())
}

/// Names of the columns that hold numbers and nothing else.
pub fn numeric<'a>(rows: impl Iterator<Item = &'a Columns>) -> Vec<String> {
    let mut columns: BTreeMap<&str, (bool, bool)> = BTreeMap::new();
    for (name, text) in rows.flatten() {
        let (some, all) = columns.entry(name).or_insert((false, true));
        match number(text) {
            Ok(found) => *some |= found.is_some(),
            Err(()) => *all = false,
        }
    }
    columns.into_iter().filter(|(_, (some, all))| *some && *all).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_and_carried_columns_are_read_and_failed_rows_counted() {
        let results = Results::parse(
            r#"{"image":"a.png","prompt":"a","NIQE":"3.1","model":"x1","score":70,"interval":[60,80],
               "scenario":{"name":"general","weights":{"fidelity":1.0}},"components":{"fidelity":0.9,"aesthetics":null},
               "distortions":[{"type":"edge_blur","severity":0.2,"impact":0.5},{"type":"detail_loss","severity":null,"impact":0.1}]}"#
                .replace('\n', " ")
                .as_str(),
        )
        .unwrap();
        let scored = &results.scored[0];
        assert_eq!(scored.components, [("fidelity".to_owned(), (1.0, 0.9))].into());
        assert_eq!(scored.distortions, [("edge_blur".to_owned(), (0.5, 0.2))].into());
        assert_eq!(scored.columns.keys().collect::<Vec<_>>(), ["NIQE", "model"]);
        let failed = Results::parse("{\"image\":\"b\",\"prompt\":\"b\",\"error\":\"no picture\"}\n\n").unwrap();
        assert_eq!((failed.scored.len(), failed.failed), (0, 1));
    }

    #[test]
    fn a_line_that_is_no_result_is_named() {
        let said = Results::parse("{\"score\":1}\nscore: 2\n").unwrap_err();
        assert!(said.starts_with("line 2: "), "{said}");
    }

    #[test]
    fn a_column_with_words_is_no_measure_and_gaps_are_allowed() {
        let row = |pairs: [(&str, &str); 4]| pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let rows: [Columns; 2] = [
            row([("a", "1"), ("b", "1"), ("c", ""), ("d", "-2e3")]),
            row([("a", " 2.5 "), ("b", "x"), ("c", "n/a"), ("d", "NaN")]),
        ];
        assert_eq!(numeric(rows.iter()), ["a", "d"]);
    }
}
