//! From free text to scenario profiles, by the words and word pieces they share.
//!
//! Each profile is a document of its name, description and phrases. Features are stemmed words and, so that Chinese
//! works without word boundaries, pairs of CJK characters; they are weighted by how few profiles share them (TF–IDF).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::scenario::Profile;

/// How sharply the classifier decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Softmax temperature over cosine similarities, above 0; smaller is sharper.
    pub temperature: f64,
    /// Below this best similarity the text fits nothing.
    pub abstain_below: f64,
    /// The profile that stands in when nothing fits or nothing is asked.
    pub default_profile: String,
    /// Words that say nothing about a scenario.
    pub stop_words: BTreeSet<String>,
}

/// A distribution over profiles.
#[derive(Clone, Debug, PartialEq)]
pub struct Classified {
    /// Probability of each profile, in the order given; sums to 1.
    pub probabilities: Vec<f64>,
    /// Nothing fitted; the default profile has probability 1.
    pub abstained: bool,
}

/// Compares free text with profiles.
#[derive(Clone, Debug)]
pub struct Classifier {
    settings: Settings,
    names: Vec<String>,
    documents: Vec<BTreeMap<String, f64>>,
    rarity: BTreeMap<String, f64>,
}

impl Classifier {
    /// Prepares `profiles` for comparison.
    pub fn new(profiles: &[Profile], settings: Settings) -> Self {
        let counted: Vec<BTreeMap<String, f64>> = profiles
            .iter()
            .map(|p| {
                let words = p.phrases.iter().chain([&p.name, &p.description]);
                count(words.flat_map(|text| features(text, &settings.stop_words)))
            })
            .collect();
        let mut rarity = BTreeMap::new();
        for feature in counted.iter().flat_map(|document| document.keys()) {
            rarity.entry(feature.clone()).or_insert_with(|| {
                let holders = counted.iter().filter(|document| document.contains_key(feature)).count();
                (1.0 + profiles.len() as f64 / holders as f64).ln()
            });
        }
        let documents = counted
            .into_iter()
            // A word said ten times in a profile's phrases is not ten times as telling.
            .map(|document| {
                unit(
                    document
                        .into_iter()
                        .map(|(f, n)| {
                            let r = rarity[&f];
                            (f, (1.0 + n.ln()) * r)
                        })
                        .collect(),
                )
            })
            .collect();
        Self { settings, names: profiles.iter().map(|p| p.name.clone()).collect(), documents, rarity }
    }

    /// Which profiles `text` means.
    pub fn classify(&self, text: &str) -> Classified {
        let known = features(text, &self.settings.stop_words)
            .into_iter()
            .filter_map(|f| Some((f.clone(), *self.rarity.get(&f)?)));
        let query = unit(known.collect());
        let similarities: Vec<f64> = self
            .documents
            .iter()
            .map(|document| query.iter().map(|(f, x)| x * document.get(f).unwrap_or(&0.0)).sum())
            .collect();
        let best = similarities.iter().copied().fold(0.0, f64::max);
        if best < self.settings.abstain_below {
            let is_default = |name: &String| f64::from(u8::from(*name == self.settings.default_profile));
            return Classified { probabilities: self.names.iter().map(is_default).collect(), abstained: true };
        }
        let powers: Vec<f64> = similarities.iter().map(|s| ((s - best) / self.settings.temperature).exp()).collect();
        let sum: f64 = powers.iter().sum();
        Classified { probabilities: powers.into_iter().map(|p| p / sum).collect(), abstained: false }
    }
}

/// Stemmed words and pairs of CJK characters.
fn features(text: &str, stop_words: &BTreeSet<String>) -> Vec<String> {
    let lower = text.to_lowercase();
    let words = lower
        .split(|c: char| !c.is_alphanumeric() || is_cjk(c))
        .filter(|word| word.len() > 1 && !stop_words.contains(*word))
        .map(stem);
    let characters: Vec<char> = lower.chars().collect();
    let pairs = characters.windows(2).filter(|pair| pair.iter().all(|&c| is_cjk(c))).map(|pair| pair.iter().collect());
    words.chain(pairs).collect()
}

fn is_cjk(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Cuts the commonest English endings, enough for "posters" to meet "poster" and "embroidered" "embroidery".
fn stem(word: &str) -> String {
    const ENDINGS: [&str; 9] = ["ations", "ation", "ings", "ing", "ered", "ery", "ies", "ed", "s"];
    let cut = ENDINGS.iter().find_map(|ending| word.strip_suffix(ending).filter(|rest| rest.chars().count() >= 4));
    cut.unwrap_or(word).trim_end_matches(['e', 'y']).to_owned()
}

fn count(features: impl Iterator<Item = String>) -> BTreeMap<String, f64> {
    features.fold(BTreeMap::new(), |mut counts, feature| {
        *counts.entry(feature).or_insert(0.0) += 1.0;
        counts
    })
}

fn unit(mut vector: BTreeMap<String, f64>) -> BTreeMap<String, f64> {
    let length = vector.values().map(|x| x * x).sum::<f64>().sqrt();
    if length > 0.0 {
        vector.values_mut().for_each(|x| *x /= length);
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classifier() -> Classifier {
        let profile = |name: &str, phrases: &[&str]| Profile {
            name: name.into(),
            revision: 1,
            description: String::new(),
            phrases: phrases.iter().map(|p| (*p).to_owned()).collect(),
            temperature: 10.0,
            gates: vec![],
            logits: BTreeMap::new(),
            impacts: BTreeMap::new(),
            other_impacts: BTreeMap::new(),
        };
        let profiles = [
            profile("general", &[]),
            profile("heritage-exhibit", &["museum label", "exhibition wall text", "博物馆展览"]),
            profile("social-media", &["short video cover", "post for followers"]),
        ];
        let settings = Settings {
            temperature: 0.1,
            abstain_below: 0.1,
            default_profile: "general".into(),
            stop_words: ["for", "the"].map(str::to_owned).into(),
        };
        Classifier::new(&profiles, settings)
    }

    #[test]
    fn free_text_finds_the_profile_that_shares_its_words() {
        for text in ["wall labels for the museums", "为博物馆写的说明"] {
            let found = classifier().classify(text);
            assert!(!found.abstained && found.probabilities[1] > 0.8, "{text}: {found:?}");
            assert!((found.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn text_that_fits_nothing_falls_back_to_the_default_and_says_so() {
        let found = classifier().classify("quantum chromodynamics");
        assert_eq!(found, Classified { probabilities: vec![1.0, 0.0, 0.0], abstained: true });
    }
}
