//! Acceptance rules: what is to be done with a picture, by what was measured of it.

use serde::{Deserialize, Serialize};

use crate::{distortion::DistortionKind, measurement::Component, score::Score};

/// What is to be done with a picture; later ones are stricter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Use it.
    Accept,
    /// Let a person look.
    Review,
    /// Do not use it.
    Reject,
}

impl Verdict {
    /// All verdicts, the mildest first.
    pub const ALL: [Self; 3] = [Self::Accept, Self::Review, Self::Reject];

    /// The verdict's name in JSON, configuration and folders.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Review => "review",
            Self::Reject => "reject",
        }
    }
}

/// One rule: `verdict` holds when `when` does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `review` or `reject`; what no rule holds back is accepted.
    pub verdict: Verdict,
    /// The condition, such as `anatomical_error >= 0.5` or `score < 60 or interval_width > 20`.
    pub when: Condition,
}

/// Comparisons joined by `and`, and those groups by `or`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Condition {
    text: String,
    /// One group must hold whole.
    any: Vec<Vec<Comparison>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Comparison {
    measure: Measure,
    operator: Operator,
    number: f64,
}

#[derive(Clone, Debug, PartialEq)]
enum Measure {
    Score,
    IntervalWidth,
    Component(Component),
    Severity(DistortionKind),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A verdict, and the rules that led to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What is to be done.
    pub verdict: Verdict,
    /// The rules that decided, in words; empty when nothing speaks against the picture.
    pub rules: Vec<String>,
}

impl Condition {
    /// The condition as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds for `score`; `Err` names what would have to be measured to tell.
    fn holds(&self, score: &Score) -> Result<bool, String> {
        let mut unmeasured = None;
        for group in &self.any {
            let results = group.iter().map(|comparison| comparison.holds(score));
            let missing = |result: &Result<bool, String>| result.as_ref().err().cloned();
            let results: Vec<Result<bool, String>> = results.collect();
            if results.contains(&Ok(false)) {
                continue;
            }
            match results.iter().find_map(missing) {
                None => return Ok(true),
                Some(name) => unmeasured = Some(name),
            }
        }
        unmeasured.map_or(Ok(false), Err)
    }
}

impl Comparison {
    fn holds(&self, score: &Score) -> Result<bool, String> {
        let value = match &self.measure {
            Measure::Score => Some(score.score),
            Measure::IntervalWidth => Some(score.interval[1] - score.interval[0]),
            Measure::Component(component) => score.components.to_array()[*component as usize],
            Measure::Severity(kind) => score.distortions.iter().find(|d| d.kind == *kind).and_then(|d| d.severity),
        };
        let value = value.ok_or_else(|| self.measure.name().to_owned())?;
        Ok(match self.operator {
            Operator::Less => value < self.number,
            Operator::LessOrEqual => value <= self.number,
            Operator::Greater => value > self.number,
            Operator::GreaterOrEqual => value >= self.number,
        })
    }
}

impl Measure {
    fn name(&self) -> &str {
        match self {
            Self::Score => "score",
            Self::IntervalWidth => "interval_width",
            Self::Component(component) => component.name(),
            Self::Severity(kind) => kind.name(),
        }
    }

    fn parse(word: &str) -> Result<Self, String> {
        match word {
            "score" => Ok(Self::Score),
            "interval_width" => Ok(Self::IntervalWidth),
            _ => match Component::ALL.into_iter().find(|component| component.name() == word) {
                Some(component) => Ok(Self::Component(component)),
                None => DistortionKind::from_name(word).map(Self::Severity),
            },
        }
    }
}

impl TryFrom<String> for Condition {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let group = |group: &str| group.split(" and ").map(comparison).collect::<Result<Vec<_>, _>>();
        let any = text.split(" or ").map(group).collect::<Result<_, _>>().map_err(|why| {
            format!("when = '{text}': {why}; expected something like 'score < 60 or anatomical_error >= 0.5'")
        })?;
        Ok(Self { any, text })
    }
}

impl From<Condition> for String {
    fn from(condition: Condition) -> Self {
        condition.text
    }
}

fn comparison(text: &str) -> Result<Comparison, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let &[measure, operator, number] = words.as_slice() else {
        return Err(format!("expected a measure, a comparison and a number, each apart, got '{}'", text.trim()));
    };
    let operator = match operator {
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        other => return Err(format!("expected <, <=, > or >=, got '{other}'")),
    };
    let parsed = number.parse().ok().filter(|number: &f64| number.is_finite());
    let number = parsed.ok_or_else(|| format!("expected a number, got '{number}'"))?;
    Ok(Comparison { measure: Measure::parse(measure)?, operator, number })
}

/// Whether a rule can ever hold: it holds something back, and speaks only of distortions that are `known`.
pub fn check(rule: &Rule, known: impl Fn(&str) -> bool) -> Result<(), String> {
    let text = rule.when.text();
    if rule.verdict == Verdict::Accept {
        return Err(format!("'{text}': expected the verdict review or reject; what no rule holds back is accepted"));
    }
    let strange = rule.when.any.iter().flatten().find_map(|comparison| match &comparison.measure {
        Measure::Severity(DistortionKind::Other(name)) if !known(name) => Some(name),
        _ => None,
    });
    match strange {
        Some(name) => Err(format!(
            "'{text}': expected score, interval_width, a component or a distortion type, got '{name}'; a type beyond the \
             twelve needs an entry under other_impacts"
        )),
        None => Ok(()),
    }
}

/// What `rules` say of `score`; `None` without rules.
///
/// A rule that cannot be told, because what it speaks of was not measured, sends the picture to a person.
pub fn decide(rules: &[Rule], score: &Score) -> Option<Decision> {
    if rules.is_empty() {
        return None;
    }
    let mut fired: Vec<(Verdict, String)> = Vec::new();
    for rule in rules {
        let (verdict, text) = (rule.verdict, rule.when.text());
        match rule.when.holds(score) {
            Ok(true) => fired.push((verdict, format!("{}: {text}", verdict.name()))),
            Ok(false) => {}
            Err(missing) => {
                let told = format!("review: whether {text} cannot be told, {missing} was not measured");
                fired.push((Verdict::Review, told));
            }
        }
    }
    let verdict = fired.iter().map(|(verdict, _)| *verdict).max().unwrap_or(Verdict::Accept);
    let rules = fired.into_iter().filter(|(fired, _)| *fired == verdict).map(|(_, text)| text).collect();
    Some(Decision { verdict, rules })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{distortion::DistortionType, score::ScoredDistortion};

    fn rule(verdict: Verdict, when: &str) -> Rule {
        Rule { verdict, when: when.to_owned().try_into().unwrap() }
    }

    fn scored(score: f64, anatomical_error: Option<f64>) -> Score {
        let distortion = ScoredDistortion {
            kind: DistortionType::AnatomicalError.into(),
            severity: anatomical_error,
            impact: 0.5,
            peak: None,
            bbox: None,
            map: None,
        };
        Score { score, interval: [score - 5.0, score + 5.0], distortions: vec![distortion], ..Score::default() }
    }

    fn decided(score: f64, anatomical_error: Option<f64>) -> (Verdict, usize) {
        let rules = [
            rule(Verdict::Review, "score < 60 or interval_width > 20"),
            rule(Verdict::Reject, "anatomical_error >= 0.5 and score < 90"),
        ];
        let decision = decide(&rules, &scored(score, anatomical_error)).unwrap();
        (decision.verdict, decision.rules.len())
    }

    #[test]
    fn the_strictest_rule_that_holds_decides() {
        assert_eq!(decided(80.0, Some(0.1)), (Verdict::Accept, 0));
        assert_eq!(decided(50.0, Some(0.1)), (Verdict::Review, 1));
        assert_eq!(decided(50.0, Some(0.7)), (Verdict::Reject, 1));
        assert_eq!(decided(95.0, Some(0.7)), (Verdict::Accept, 0), "both sides of an 'and' must hold");
    }

    #[test]
    fn what_cannot_be_told_is_for_a_person_unless_it_does_not_matter() {
        assert_eq!(decided(80.0, None), (Verdict::Review, 1));
        assert_eq!(decided(95.0, None), (Verdict::Accept, 0), "the other side of the 'and' is false anyway");
    }

    #[test]
    fn a_rule_that_can_never_be_read_says_why() {
        let why = |text: &str| Condition::try_from(text.to_owned()).unwrap_err();
        assert!(why("score<60").contains("each apart"));
        assert!(why("score = 60").contains("got '='"));
        assert!(why("score < lots").contains("got 'lots'"));
        let misspelt = rule(Verdict::Reject, "anatomic_error >= 0.5");
        assert!(check(&misspelt, |_| false).unwrap_err().contains("got 'anatomic_error'"));
        assert!(check(&misspelt, |_| true).is_ok());
        assert!(check(&rule(Verdict::Accept, "score > 90"), |_| true).unwrap_err().contains("review or reject"));
    }

    #[test]
    fn a_rule_is_written_as_it_was_read() {
        let rule = rule(Verdict::Review, "score < 60");
        let json = serde_json::to_value(&rule).unwrap();
        assert_eq!(json, serde_json::json!({"verdict": "review", "when": "score < 60"}));
        assert_eq!(serde_json::from_value::<Rule>(json).unwrap(), rule);
    }
}
