//! Preferences of people whose taste is known, to see whether calibration finds it again.

use std::collections::BTreeMap;

use domain::{
    distortion::{DistortionKind, DistortionType},
    fusion::quality,
    measurement::{Component, Components},
    ownership::{PreferencePair, Preferred},
    ranking::preference_probability,
    scenario::{Context, Profile},
    score::{Kept, Score, ScoredDistortion},
};

/// Pictures of one prompt that are compared with each other.
const PICTURES_A_PROMPT: usize = 8;
/// The share of judgements in which people see no difference.
const TIES: f64 = 0.05;

/// Pairs, and the measurements that they speak of.
pub type Judged = (Vec<PreferencePair>, BTreeMap<String, Kept>);

/// A profile of that taste: component logits and one impact a distortion type.
pub fn profile(logits: [f64; 5], impacts: [f64; 12], temperature: f64) -> Profile {
    Profile {
        name: "planted".into(),
        revision: 1,
        description: String::new(),
        phrases: Vec::new(),
        temperature,
        gates: Vec::new(),
        logits: Component::ALL.into_iter().zip(logits).collect(),
        impacts: DistortionType::ALL.into_iter().zip(impacts).collect(),
        other_impacts: BTreeMap::new(),
    }
}

/// `pairs` noisy judgements of people who follow `taste`: the probability of a preference is what the lead says.
pub fn judged(taste: &Profile, pairs: usize, seed: u64) -> Judged {
    let mut random = fastrand::Rng::with_seed(seed);
    let prompts = (pairs / 20).max(10);
    let context = Context::mix([(taste, 1.0)]);
    let (mut measured, mut scores) = (BTreeMap::new(), Vec::new());
    for at in 0..prompts * PICTURES_A_PROMPT {
        let id = format!("{at:07}");
        let score = Score { id: id.clone(), ..score(&mut random) };
        scores.push(quality(&context, &score.measurements()).unwrap_or(0.0));
        measured.insert(id, Kept { prompt: format!("prompt {:05}", at / PICTURES_A_PROMPT), score });
    }
    let pair = |number: usize| {
        let first = random.usize(..prompts) * PICTURES_A_PROMPT;
        let a = first + random.usize(..PICTURES_A_PROMPT);
        let b = first + (a - first + random.usize(1..PICTURES_A_PROMPT)) % PICTURES_A_PROMPT;
        let a_preferred = random.f64() < preference_probability(scores[a] - scores[b], taste.temperature);
        let preferred = match (random.f64() < TIES, a_preferred) {
            (true, _) => Preferred::Tie,
            (false, true) => Preferred::A,
            (false, false) => Preferred::B,
        };
        let (id, rater) = (format!("{number:06}"), String::new());
        PreferencePair { id, a: format!("{a:07}"), b: format!("{b:07}"), preferred, rater, weight: 1.0 }
    };
    ((0..pairs).map(pair).collect(), measured)
}

/// A picture as anything might be measured: a severity is mostly small, and sometimes a type was not assessed.
fn score(random: &mut fastrand::Rng) -> Score {
    let components: [Option<f64>; 5] = std::array::from_fn(|_| Some(random.f64()));
    let distortions = DistortionType::ALL.map(|kind| ScoredDistortion {
        kind: DistortionKind::Known(kind),
        severity: (random.f64() > 0.1).then(|| random.f64().powi(2)),
        impact: 0.0,
        peak: None,
        bbox: None,
        map: None,
    });
    Score { components: Components::from(components), distortions: distortions.into(), ..Score::default() }
}
