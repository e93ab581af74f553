//! What was found, a line for each rule.

use domain::roles::Role;
use serde::Serialize;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The rule is kept.
    Ok,
    /// It is not, and only comfort is lost.
    Note,
    /// It is not; the gateway copes, and something gets worse.
    Warning,
    /// It is not, and the gateway relies on it.
    Failed,
    /// Nothing came that the rule speaks of, or an earlier failure stood in the way.
    Skipped,
}

impl Outcome {
    /// The outcome's name in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// One rule, and whether it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The rule's name: lower-case letters and hyphens, stable.
    pub name: &'static str,
    /// What the rule promises, in words.
    pub promise: &'static str,
    /// How it ended.
    pub outcome: Outcome,
    /// What was expected, what came and what to do; none where the rule is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What was found of one backend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Which role it was asked as.
    pub role: Role,
    /// Where it is.
    pub endpoint: String,
    /// One for each rule.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether no required rule is broken.
    pub fn conforms(&self) -> bool {
        self.count(Outcome::Failed) == 0
    }

    /// How many checks ended so.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.checks.iter().filter(|check| check.outcome == outcome).count()
    }
}
