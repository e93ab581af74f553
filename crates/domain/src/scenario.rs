//! What a use of a picture cares about: rows of the preference matrix, and the context vector they give.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{distortion::DistortionType, measurement::Component};

/// How the caller names a scenario.
#[derive(Clone, Debug, PartialEq)]
pub enum Selector {
    /// A profile, by name.
    Name(String),
    /// Free text, such as "label beside a museum case".
    Text(String),
}

/// A scenario profile: one row of the preference matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Unique, lower case with hyphens.
    pub name: String,
    /// Grows with every change.
    pub revision: u32,
    /// One sentence for people.
    pub description: String,
    /// Ways in which people ask for it; the classifier compares free text with them.
    pub phrases: Vec<String>,
    /// Logit of each component's weight; a component left out has 0.
    pub logits: BTreeMap<Component, f64>,
    /// Impact of each distortion type, [0, 1]; a type left out has 0.
    pub impacts: BTreeMap<DistortionType, f64>,
}

impl Profile {
    /// What is wrong with the profile, in words; `Ok` when nothing is.
    pub fn check(&self) -> Result<(), String> {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if self.name.is_empty() || !self.name.chars().all(plain) {
            return Err(format!("name '{}': expected lower-case letters, digits and hyphens", self.name));
        }
        if let Some((component, logit)) = self.logits.iter().find(|(_, logit)| !(-20.0..=20.0).contains(*logit)) {
            return Err(format!("logits.{}: expected a number in [-20, 20], got {logit}", component.name()));
        }
        match self.impacts.iter().find(|(_, impact)| !(0.0..=1.0).contains(*impact)) {
            Some((kind, impact)) => Err(format!("impacts.{}: expected a number in [0, 1], got {impact}", kind.name())),
            None => Ok(()),
        }
    }
}

/// The context vector c: what the score weighs, and by how much.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// w(c) in the order of [`Component::ALL`]; non-negative, sums to 1.
    pub weights: [f64; 5],
    /// ω(c) by distortion number less one; each [0, 1].
    pub impacts: [f64; 12],
}

impl Context {
    /// Mixes profiles by their probabilities: softmax of the mixed logits, mean of the impacts.
    pub fn mix<'a>(profiles: impl IntoIterator<Item = (&'a Profile, f64)>) -> Self {
        let (mut logits, mut impacts) = ([0.0; 5], [0.0; 12]);
        for (profile, probability) in profiles {
            for (logit, component) in logits.iter_mut().zip(Component::ALL) {
                *logit += probability * profile.logits.get(&component).copied().unwrap_or(0.0);
            }
            for (impact, kind) in impacts.iter_mut().zip(DistortionType::ALL) {
                *impact += probability * profile.impacts.get(&kind).copied().unwrap_or(0.0);
            }
        }
        Self { weights: softmax(logits), impacts: impacts.map(|impact| impact.clamp(0.0, 1.0)) }
    }

    /// Whether the vector keeps its promises (it may have come over the wire).
    pub fn check(&self) -> Result<(), String> {
        let sum: f64 = self.weights.iter().sum();
        if self.weights.iter().any(|w| !(0.0..=1.0).contains(w)) || (sum - 1.0).abs() > 1e-6 {
            return Err(format!("weights: expected five numbers in [0, 1] that sum to 1, got {:?}", self.weights));
        }
        if self.impacts.iter().any(|impact| !(0.0..=1.0).contains(impact)) {
            return Err(format!("impacts: expected twelve numbers in [0, 1], got {:?}", self.impacts));
        }
        Ok(())
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
            logits: [(Component::Fidelity, logit)].into(),
            impacts: [(DistortionType::EdgeBlur, impact)].into(),
        }
    }

    #[test]
    fn weights_sum_to_one_and_follow_the_logits() {
        let (low, high) = (profile(0.0, 0.2), profile(2.0, 0.8));
        let one = Context::mix([(&low, 1.0)]);
        let half = Context::mix([(&low, 0.5), (&high, 0.5)]);
        assert!(one.check().is_ok() && half.check().is_ok());
        assert!(half.weights[3] > one.weights[3]);
        assert!((half.impacts[7] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_profile_with_an_impact_above_one_is_refused_by_name() {
        assert_eq!(profile(0.0, 1.5).check().unwrap_err(), "impacts.edge_blur: expected a number in [0, 1], got 1.5");
        assert!(profile(f64::NAN, 0.5).check().unwrap_err().starts_with("logits.fidelity"));
    }
}
