//! What a use of a picture cares about: rows of the preference matrix, and the context vector they give.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    distortion::{DistortionKind, DistortionType},
    gate::{self, Rule},
    measurement::Component,
};

/// More types beyond the twelve than this would make the split of lost points inexact.
pub const MOST_OTHER_TYPES: usize = 16;

/// Longest name of a scenario, bytes.
pub const LONGEST_NAME: usize = 100;
/// Longest description and phrases together, bytes.
const LONGEST_TEXT: usize = 64_000;

/// How the caller names a scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Selector {
    /// A profile, by name.
    Name(String),
    /// Free text, such as "cover for a short video".
    Text(String),
}

/// A scenario profile: one row of the preference matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Unique, lower case with hyphens.
    pub name: String,
    /// Grows with every change; 0 in a file that leaves it to the store.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub revision: u32,
    /// One sentence for people.
    pub description: String,
    /// Ways in which people ask for it; the classifier compares free text with them.
    #[serde(default)]
    pub phrases: Vec<String>,
    /// Points by which one of two pictures must lead for people to prefer it with probability 0.73, (0, 100].
    #[serde(default = "default_temperature")]
    pub temperature: f64,
    /// What to do with a picture; the strictest rule that holds decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gates: Vec<Rule>,
    /// Logit of each component's weight; a component left out has 0.
    pub logits: BTreeMap<Component, f64>,
    /// Impact of each distortion type, [0, 1]; a type left out has 0.
    pub impacts: BTreeMap<DistortionType, f64>,
    /// Impact of types beyond the twelve that a detector may report, by name, [0, 1].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub other_impacts: BTreeMap<String, f64>,
}

const fn is_zero(revision: &u32) -> bool {
    *revision == 0
}

/// Of a profile that nobody calibrated.
pub const fn default_temperature() -> f64 {
    10.0
}

impl Profile {
    /// The impacts of all types that the profile weighs.
    pub fn all_impacts(&self) -> impl Iterator<Item = (DistortionKind, f64)> + '_ {
        let known = self.impacts.iter().map(|(kind, impact)| (DistortionKind::Known(*kind), *impact));
        known.chain(self.other_impacts.iter().map(|(name, impact)| (DistortionKind::Other(name.clone()), *impact)))
    }

    /// What is wrong with the profile, in words; `Ok` when nothing is.
    pub fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !(1..=LONGEST_NAME).contains(&self.name.len()) || !self.name.chars().all(plain) {
            let shown: String = self.name.chars().take(LONGEST_NAME).collect();
            return Err(format!("name '{shown}': expected 1 to {LONGEST_NAME} lower-case letters, digits and hyphens"));
        }
        let text: usize = self.phrases.iter().map(String::len).sum::<usize>() + self.description.len();
        if text > LONGEST_TEXT {
            return Err(format!("description and phrases: expected at most {LONGEST_TEXT} bytes, got {text}"));
        }
        if self.phrases.iter().chain([&self.description]).any(|text| text.contains('\0')) {
            return Err("description and phrases: expected text without a NUL character".into());
        }
        if let Some((component, logit)) = self.logits.iter().find(|(_, logit)| !(-20.0..=20.0).contains(*logit)) {
            return Err(format!("logits.{}: expected a number in [-20, 20], got {logit}", component.name()));
        }
        let known = self.impacts.iter().map(|(kind, impact)| ("impacts", kind.name(), impact));
        let other = self.other_impacts.iter().map(|(name, impact)| ("other_impacts", name.as_str(), impact));
        if let Some((table, name, impact)) = known.chain(other).find(|(.., impact)| !(0.0..=1.0).contains(*impact)) {
            return Err(format!("{table}.{name}: expected a number in [0, 1], got {impact}"));
        }
        if !(self.temperature > 0.0 && self.temperature <= 100.0) {
            return Err(format!("temperature: expected points in (0, 100], got {}", self.temperature));
        }
        self.check_other_types()?;
        self.gates.iter().try_for_each(|rule| {
            let known = |name: &str| DistortionType::from_name(name).is_some() || self.other_impacts.contains_key(name);
            gate::check(rule, known).map_err(|why| format!("gates: {why}"))
        })
    }

    fn check_other_types(&self) -> Result<(), String> {
        let got = self.other_impacts.len();
        if got > MOST_OTHER_TYPES {
            return Err(format!("other_impacts: expected at most {MOST_OTHER_TYPES} types, got {got}"));
        }
        self.other_impacts.keys().try_for_each(|name| match DistortionKind::from_name(name) {
            Ok(DistortionKind::Other(_)) => Ok(()),
            Ok(DistortionKind::Known(_)) => {
                Err(format!("other_impacts.{name}: it is one of the twelve; set it under impacts"))
            }
            Err(why) => Err(format!("other_impacts: {why}")),
        })
    }
}

/// The context vector c: what the score weighs, and by how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// w(c) in the order of [`Component::ALL`]; non-negative, sums to 1.
    pub weights: [f64; 5],
    /// ω(c) by distortion type, each [0, 1]; a type left out has 0.
    pub impacts: BTreeMap<DistortionKind, f64>,
}

impl Context {
    /// Mixes profiles by their probabilities: softmax of the mixed logits, mean of the impacts.
    pub fn mix<'a>(profiles: impl IntoIterator<Item = (&'a Profile, f64)>) -> Self {
        let (mut logits, mut impacts) = ([0.0; 5], BTreeMap::new());
        for (profile, probability) in profiles {
            for (logit, component) in logits.iter_mut().zip(Component::ALL) {
                *logit += probability * profile.logits.get(&component).copied().unwrap_or(0.0);
            }
            for (kind, impact) in profile.all_impacts() {
                *impacts.entry(kind).or_insert(0.0) += probability * impact;
            }
        }
        impacts.values_mut().for_each(|impact: &mut f64| *impact = impact.clamp(0.0, 1.0));
        Self { weights: softmax(logits), impacts }
    }

    /// Whether the vector keeps its promises (it may have come over the wire).
    pub fn check(&self) -> Result<(), String> {
        let sum: f64 = self.weights.iter().sum();
        if self.weights.iter().any(|w| !(0.0..=1.0).contains(w)) || (sum - 1.0).abs() > 1e-6 {
            return Err(format!("weights: expected five numbers in [0, 1] that sum to 1, got {:?}", self.weights));
        }
        if let Some((kind, impact)) = self.impacts.iter().find(|(_, impact)| !(0.0..=1.0).contains(*impact)) {
            return Err(format!("impacts.{}: expected a number in [0, 1], got {impact}", kind.name()));
        }
        Ok(())
    }

    /// How much the scenario minds a distortion, [0, 1].
    pub fn impact(&self, kind: &DistortionKind) -> f64 {
        self.impacts.get(kind).copied().unwrap_or(0.0)
    }
}

/// Softmax, shifted so that it cannot overflow.
pub fn softmax<const N: usize>(logits: [f64; N]) -> [f64; N] {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers = logits.map(|logit| (logit - largest).exp());
    let sum: f64 = powers.iter().sum();
    powers.map(|power| power / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(logit: f64, impact: f64) -> Profile {
        Profile {
            name: "p".into(),
            revision: 1,
            description: String::new(),
            phrases: vec![],
            temperature: default_temperature(),
            gates: vec![],
            logits: [(Component::Fidelity, logit)].into(),
            impacts: [(DistortionType::EdgeBlur, impact)].into(),
            other_impacts: BTreeMap::new(),
        }
    }

    #[test]
    fn weights_sum_to_one_and_follow_the_logits() {
        let (low, high) = (profile(0.0, 0.2), profile(2.0, 0.8));
        let one = Context::mix([(&low, 1.0)]);
        let half = Context::mix([(&low, 0.5), (&high, 0.5)]);
        assert!(one.check().is_ok() && half.check().is_ok());
        assert!(half.weights[3] > one.weights[3]);
        assert!((half.impact(&DistortionType::EdgeBlur.into()) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_profile_with_an_impact_above_one_is_refused_by_name() {
        assert_eq!(profile(0.0, 1.5).check().unwrap_err(), "impacts.edge_blur: expected a number in [0, 1], got 1.5");
        let named = |name: &str| Profile { other_impacts: [(name.to_owned(), 0.5)].into(), ..profile(0.0, 0.5) };
        assert!(named("cracked_glaze").check().is_ok());
        assert!(named("edge_blur").check().unwrap_err().contains("one of the twelve"));
        assert!(profile(f64::NAN, 0.5).check().unwrap_err().starts_with("logits.fidelity"));
    }
}
