//! Rules, and what was found of each.

use std::collections::BTreeMap;

use crate::report::{Check, Outcome};

/// What a backend must keep, or should.
#[derive(Debug)]
pub struct Rule {
    /// As [`Check::name`].
    pub name: &'static str,
    /// As [`Check::promise`].
    pub promise: &'static str,
    /// What it means when the rule is broken.
    pub broken: Outcome,
    /// What its author does about that.
    pub remedy: &'static str,
}

impl Rule {
    /// One that the gateway relies on.
    pub const fn required(name: &'static str, promise: &'static str, remedy: &'static str) -> Self {
        Self { name, promise, broken: Outcome::Failed, remedy }
    }

    /// One without which something gets worse.
    pub const fn advised(name: &'static str, promise: &'static str, remedy: &'static str) -> Self {
        Self { name, promise, broken: Outcome::Warning, remedy }
    }

    /// One without which only comfort is lost.
    pub const fn noted(name: &'static str, promise: &'static str, remedy: &'static str) -> Self {
        Self { name, promise, broken: Outcome::Note, remedy }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Findings {
    seen: BTreeMap<&'static str, Seen>,
    about: String,
}

/// What was found of one rule.
#[derive(Debug, Default)]
struct Seen {
    broken: usize,
    /// The first time, in words.
    first: String,
}

impl Findings {
    /// What follows is about that: it starts the sentences.
    pub fn about(&mut self, what: &str) {
        what.clone_into(&mut self.about);
    }

    /// Notes whether `rule` is `kept`, and if not `why`: what was expected and what came. Gives `kept` back.
    pub fn expect(&mut self, rule: &Rule, kept: bool, why: impl FnOnce() -> String) -> bool {
        let seen = self.seen.entry(rule.name).or_default();
        if !kept {
            seen.broken += 1;
            if seen.broken == 1 {
                seen.first = format!("{}: {}", self.about, why());
            }
        }
        kept
    }

    /// What a reading gave, if it did; what is wrong with it breaks `rule`.
    pub fn read<T, E: ToString>(&mut self, rule: &Rule, read: Result<T, E>) -> Option<T> {
        let why = read.as_ref().err().map(ToString::to_string);
        self.expect(rule, why.is_none(), || why.unwrap_or_default());
        read.ok()
    }

    /// A check for each of `rules`.
    pub fn checks<'a>(&self, rules: impl Iterator<Item = &'a Rule>) -> Vec<Check> {
        rules.map(|rule| self.check(rule)).collect()
    }

    fn check(&self, rule: &Rule) -> Check {
        let (outcome, message) = match self.seen.get(rule.name) {
            None => {
                (Outcome::Skipped, Some("nothing came to look at, or an earlier failure stood in the way".to_owned()))
            }
            Some(Seen { broken: 0, .. }) => (Outcome::Ok, None),
            Some(Seen { broken, first }) => {
                let more = match broken - 1 {
                    0 => String::new(),
                    more => format!(" (and {more} more like it)"),
                };
                (rule.broken, Some(format!("{first}{more}; {}", rule.remedy)))
            }
        };
        Check { name: rule.name, promise: rule.promise, outcome, message }
    }
}
