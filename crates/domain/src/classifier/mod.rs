//! From free text to scenario profiles, by the words and word pieces they share.
//!
//! Each feature of the text has one vote and divides it among the profiles by the share of their phrases that hold it, so
//! that a word of one profile alone tells more than a word of all. What people say who ask for none of the profiles is
//! one more party: a text that it wins fits nothing.

mod features;

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use self::features::{Feature, StopWords, features};
use crate::scenario::Profile;

/// Phrases that each profile is taken to have beyond its own, without any feature: one phrase of few is no proof.
const UNSEEN_PHRASES: f64 = 30.0;

/// How sharply the classifier decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Softmax temperature over the profiles' votes, above 0; smaller is sharper.
    pub temperature: f64,
    /// Below this many votes for the best profile the text fits nothing.
    pub abstain_below: f64,
    /// The profile that stands in when nothing fits or nothing is asked.
    pub default_profile: String,
    /// Words that say nothing about a scenario; Chinese ones part the text around them.
    pub stop_words: BTreeSet<String>,
    /// What people say who ask for none of the profiles.
    #[serde(default)]
    pub elsewhere: Vec<String>,
}

/// A distribution over profiles.
#[derive(Clone, Debug, PartialEq)]
pub struct Classified {
    /// Probability of each profile, in the order given; sums to 1.
    pub probabilities: Vec<f64>,
    /// Nothing fitted; the default profile has probability 1.
    pub abstained: bool,
}

/// What a profile's texts hold, read once and compared often.
#[derive(Clone, Debug)]
pub struct Document {
    name: String,
    phrases: usize,
    /// In how many phrases each feature stands.
    counts: HashMap<Feature, u32>,
}

impl Document {
    fn new<'a>(name: &str, phrases: impl IntoIterator<Item = &'a str>, stop_words: &StopWords) -> Self {
        let (mut counts, mut read) = (HashMap::new(), 0);
        for phrase in phrases {
            read += 1;
            for feature in features(phrase, stop_words).into_keys() {
                *counts.entry(feature).or_insert(0) += 1;
            }
        }
        Self { name: name.to_owned(), phrases: read, counts }
    }

    /// The share of phrases that hold `feature`, [0, 1].
    fn share(&self, feature: &Feature) -> f64 {
        let count = self.counts.get(feature).copied().unwrap_or(0);
        f64::from(count) / (self.phrases as f64 + UNSEEN_PHRASES)
    }
}

/// Compares free text with profiles.
#[derive(Clone, Debug)]
pub struct Classifier {
    temperature: f64,
    abstain_below: f64,
    default_profile: String,
    stop_words: StopWords,
    elsewhere: Document,
}

impl Classifier {
    /// A classifier that decides as `settings` say.
    pub fn new(settings: &Settings) -> Self {
        let stop_words = StopWords::new(&settings.stop_words);
        Self {
            temperature: settings.temperature,
            abstain_below: settings.abstain_below,
            default_profile: settings.default_profile.clone(),
            elsewhere: Document::new("", settings.elsewhere.iter().map(String::as_str), &stop_words),
            stop_words,
        }
    }

    /// Reads a profile's name, description and phrases.
    pub fn read(&self, profile: &Profile) -> Document {
        let texts = profile.phrases.iter().chain([&profile.name, &profile.description]);
        Document::new(&profile.name, texts.map(String::as_str), &self.stop_words)
    }

    /// Which of `documents` `text` means.
    pub fn classify(&self, text: &str, documents: &[&Document]) -> Classified {
        let votes = self.votes(text, documents);
        let (elsewhere, votes) = votes.split_last().map_or((0.0, &[][..]), |(last, rest)| (*last, rest));
        let best = votes.iter().copied().fold(0.0, f64::max);
        if best < self.abstain_below || best <= elsewhere {
            let is_default = |document: &&Document| f64::from(u8::from(document.name == self.default_profile));
            return Classified { probabilities: documents.iter().map(is_default).collect(), abstained: true };
        }
        // Who shares nothing with the text has no part in it: thousands of such profiles would take more together than the best.
        let power = |votes: &f64| if *votes > 0.0 { ((votes - best) / self.temperature).exp() } else { 0.0 };
        let powers: Vec<f64> = votes.iter().map(power).collect();
        let sum: f64 = powers.iter().sum();
        Classified { probabilities: powers.into_iter().map(|power| power / sum).collect(), abstained: false }
    }

    /// The votes for each of `documents` and, last, for none of them. Features that nobody knows take away from all: of a
    /// long text more must be understood.
    fn votes(&self, text: &str, documents: &[&Document]) -> Vec<f64> {
        let parties: Vec<&Document> = documents.iter().copied().chain([&self.elsewhere]).collect();
        let mut votes = vec![0.0; parties.len()];
        let mut squares = 0.0;
        for (feature, weight) in features(text, &self.stop_words) {
            squares += weight * weight;
            let shares: Vec<f64> = parties.iter().map(|party| party.share(&feature)).collect();
            let sum: f64 = shares.iter().sum();
            if sum > 0.0 {
                votes.iter_mut().zip(shares).for_each(|(votes, share)| *votes += weight * share / sum);
            }
        }
        if squares > 0.0 {
            let length = f64::sqrt(squares);
            votes.iter_mut().for_each(|votes| *votes /= length);
        }
        votes
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn classified(text: &str) -> Classified {
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
            profile("garden", &["seed packet", "label for a flower bed", "poster of the garden show", "植物园"]),
            profile("kitchen", &["recipe card", "label for a jam jar", "cookery poster"]),
        ];
        let settings = Settings {
            temperature: 0.2,
            abstain_below: 0.5,
            default_profile: "general".into(),
            stop_words: ["for", "the", "of"].map(str::to_owned).into(),
            elsewhere: vec!["garden chair repair".into()],
        };
        let classifier = Classifier::new(&settings);
        let documents = profiles.each_ref().map(|profile| classifier.read(profile));
        classifier.classify(text, &documents.each_ref())
    }

    #[test]
    fn free_text_finds_the_profile_that_shares_its_words() {
        for text in ["packets for seeds", "植物园的牌子", "a flower label"] {
            let found = classified(text);
            assert!(!found.abstained && found.probabilities[1] > 0.8, "{text}: {found:?}");
            assert!((found.probabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_word_that_profiles_share_leaves_both_possible() {
        let found = classified("poster with a label");
        assert!(!found.abstained && found.probabilities[1..].iter().all(|p| *p > 0.2), "{found:?}");
    }

    #[test]
    fn profiles_that_share_nothing_with_the_text_have_no_part_in_it() {
        assert_eq!(classified("jam").probabilities, [0.0, 0.0, 1.0]);
    }

    #[test]
    fn text_that_fits_nothing_falls_back_to_the_default_and_says_so() {
        let default = Classified { probabilities: vec![1.0, 0.0, 0.0], abstained: true };
        assert_eq!(classified("quantum chromodynamics"), default);
        assert_eq!(classified("???"), default);
        assert_eq!(classified("repair a garden chair"), default, "it is closer to what no profile is for");
    }

    #[test]
    fn one_known_word_among_many_unknown_ones_is_not_enough() {
        assert!(!classified("jam").abstained);
        let unknown: String = ('a'..='t').map(|letter| format!(" {letter}zzqx")).collect();
        assert!(classified(&format!("jam{unknown}")).abstained);
    }
}
