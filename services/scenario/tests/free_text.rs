//! How often free text finds the profile that it means, over phrasings written for the purpose.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failed expectation is a failed test; figures are shown"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use domain::{
    classifier::{Classifier, Document, Settings},
    scenario::Profile,
};
use packs::{Pack, Packs};
use serde::Deserialize;

/// What no profile is for.
const NONE: &str = "none";

#[derive(Deserialize)]
struct Evaluation {
    phrasings: Vec<Phrasing>,
}

#[derive(Deserialize)]
struct Phrasing {
    text: String,
    profile: String,
}

#[derive(Default)]
struct Tally {
    right: usize,
    abstained: usize,
    all: usize,
}

fn share(part: usize, all: usize) -> f64 {
    part as f64 / all as f64
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All shipped profiles, and the shipped settings.
struct Shipped {
    profiles: Vec<Profile>,
    settings: Settings,
}

impl Shipped {
    fn new() -> Self {
        let folders = ["general", "heritage", "architecture"].map(|name| root().join("config/packs").join(name));
        let packs = Packs::new(folders.iter().map(|folder| Pack::read(folder).unwrap()).collect()).unwrap();
        let config = std::fs::read_to_string(root().join("config/scenario.toml")).unwrap();
        let mut config: toml::Table = toml::from_str(&config).unwrap();
        Self { profiles: packs.profiles(), settings: config.remove("classifier").unwrap().try_into().unwrap() }
    }

    /// The likeliest profile for each text, or `None` where the classifier abstains.
    fn answers<'a>(&self, texts: impl IntoIterator<Item = &'a str>) -> Vec<Option<&str>> {
        let classifier = Classifier::new(&self.settings);
        let documents: Vec<Document> = self.profiles.iter().map(|profile| classifier.read(profile)).collect();
        let documents: Vec<&Document> = documents.iter().collect();
        let answer = |text: &str| {
            let found = classifier.classify(text, &documents);
            let likeliest = self.profiles.iter().zip(&found.probabilities).max_by(|a, b| a.1.total_cmp(b.1))?;
            (!found.abstained).then_some(likeliest.0.name.as_str())
        };
        texts.into_iter().map(answer).collect()
    }
}

fn phrasings(file: &str) -> Vec<Phrasing> {
    let text = std::fs::read_to_string(root().join("services/scenario/evaluation").join(file)).unwrap();
    toml::from_str::<Evaluation>(&text).unwrap().phrasings
}

/// Figures by the profile that is meant. An abstention is right where none is meant, and where the default is: that is
/// what it gives.
fn figures(file: &str) -> BTreeMap<String, Tally> {
    let shipped = Shipped::new();
    let phrasings = phrasings(file);
    let answers = shipped.answers(phrasings.iter().map(|phrasing| phrasing.text.as_str()));
    let mut tallies = BTreeMap::<String, Tally>::new();
    for (Phrasing { profile, .. }, answer) in phrasings.iter().zip(answers) {
        let default = *profile == shipped.settings.default_profile || profile == NONE;
        let tally = tallies.entry(profile.clone()).or_default();
        tally.all += 1;
        tally.right += usize::from(answer.map_or(default, |name| name == profile));
        tally.abstained += usize::from(answer.is_none());
    }
    println!("{file}");
    for (name, Tally { right, abstained, all }) in &tallies {
        println!("  {name:28} {right:3} of {all:3} right, {abstained:3} abstained");
    }
    tallies
}

/// How many of the phrasings that mean a profile are right, how many that mean none are, and how often the classifier
/// abstained where a profile other than the default was meant; all as shares.
fn summary(tallies: &BTreeMap<String, Tally>) -> [f64; 3] {
    let meant = || tallies.iter().filter(|(name, _)| *name != NONE).map(|(_, tally)| tally);
    let all = meant().map(|tally| tally.all).sum();
    let wrongly = tallies.iter().filter(|(name, _)| *name != NONE && *name != "general");
    let summary = [
        share(meant().map(|tally| tally.right).sum(), all),
        share(tallies[NONE].right, tallies[NONE].all),
        share(wrongly.map(|(_, tally)| tally.abstained).sum(), all),
    ];
    println!(
        "right {:.3}, right where none is meant {:.3}, abstained wrongly {:.3}",
        summary[0], summary[1], summary[2]
    );
    summary
}

#[test]
fn most_phrasings_of_the_held_out_set_find_their_profile() {
    let [right, none, wrongly] = summary(&figures("held_out.toml"));
    assert!(right >= 0.85 && none >= 0.7 && wrongly <= 0.1);
}

#[test]
fn most_phrasings_of_the_development_set_find_their_profile() {
    let [right, none, wrongly] = summary(&figures("development.toml"));
    assert!(right >= 0.9 && none >= 0.8 && wrongly <= 0.1);
}

#[test]
fn well_known_phrasings_find_their_profile() {
    let known = [
        ("抖音短视频封面", "social-media"),
        ("phone wallpaper for teenagers", "social-media"),
        ("wall label next to a museum case", "heritage-exhibit"),
        ("competition board with plan and section", "competition-board"),
    ];
    let (shipped, meant) = (Shipped::new(), known.map(|(_, profile)| Some(profile)));
    assert_eq!(shipped.answers(known.map(|(text, _)| text)), meant);
}

#[test]
fn no_held_out_phrasing_was_there_to_learn_from() {
    let Shipped { profiles, settings } = Shipped::new();
    let phrases = profiles.into_iter().flat_map(|profile| profile.phrases).chain(settings.elsewhere);
    let development = phrasings("development.toml").into_iter().map(|phrasing| phrasing.text);
    let known: BTreeSet<String> = phrases.chain(development).map(|text| text.to_lowercase()).collect();
    let held_out = phrasings("held_out.toml").into_iter().map(|phrasing| phrasing.text);
    let seen: Vec<String> = held_out.filter(|text| known.contains(&text.to_lowercase())).collect();
    assert!(seen.is_empty(), "{seen:?}");
}

#[test]
fn no_phrase_stands_in_two_profiles() {
    let mut seen = BTreeMap::<String, String>::new();
    let mut twice = Vec::new();
    for Profile { name, phrases, .. } in Shipped::new().profiles {
        for phrase in phrases {
            if let Some(other) = seen.insert(phrase.to_lowercase(), name.clone()) {
                twice.push(format!("'{phrase}' in {other} and {name}"));
            }
        }
    }
    assert!(twice.is_empty(), "{twice:?}");
}
