//! The answer that a caller reads: one score that can be taken apart. Its serialised form is the JSON that the CLI
//! prints.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    alignment::Judge,
    decomposition::{AttributeKind, AttributeSource, DescriptorKind},
    distortion::DistortionKind,
    fusion::Fused,
    gate::{self, Decision},
    measurement::{Component, Components, Measurements},
    region::{BoundingBox, Mask},
    roles::{ModelInfo, ResolvedScenario},
    scenario::default_temperature,
    suggestion::{Suggestion, suggest},
};

/// The scenario that the score was given under.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoredScenario {
    /// The likeliest profile's name.
    pub name: String,
    /// Its revision.
    pub revision: u32,
    /// How likely each profile is; one entry of 1 when the caller gave a name.
    pub distribution: BTreeMap<String, f64>,
    /// The weight of each measured component; they sum to 1.
    pub weights: BTreeMap<String, f64>,
    /// Points by which one of two pictures must lead for people to prefer it with probability 0.73.
    #[serde(default = "default_temperature")]
    pub temperature: f64,
}

/// A descriptor and where it was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredDescriptor {
    /// The phrase.
    pub text: String,
    /// What it says.
    pub kind: DescriptorKind,
    /// How many there should be, when the prompt says so.
    pub count: Option<u32>,
    /// More than `count` is as good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
    /// [0, 1]; `None` when alignment was not measured.
    pub presence: Option<f64>,
    /// The best region's box; `None` when the whole picture fits better.
    pub bbox: Option<BoundingBox>,
    /// How the presence was judged; `None` when alignment was not measured.
    pub judged_by: Option<Judge>,
    /// How many were found, where they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<u32>,
}

/// An attribute and how well the picture shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredAttribute {
    /// The phrase.
    pub text: String,
    /// What it speaks of.
    pub kind: AttributeKind,
    /// [0, 1]; `None` when alignment was not measured.
    pub presence: Option<f64>,
    /// Where it comes from.
    pub source: AttributeSource,
}

/// A region and what it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredRegion {
    /// Picture pixels.
    pub bbox: BoundingBox,
    /// Which part of the picture it covers, (0, 1].
    pub area: f32,
    /// [0, 1].
    pub stability: f32,
    /// The descriptor it was assigned to, if any.
    pub descriptor: Option<String>,
    /// The mask; only given with maps.
    #[serde(skip)]
    pub mask: Option<Mask>,
}

/// A distortion and what it weighs here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScoredDistortion {
    /// The type.
    #[serde(rename = "type")]
    pub kind: DistortionKind,
    /// [0, 1], larger is worse; `None` was not assessed.
    pub severity: Option<f64>,
    /// How much the scenario minds it, [0, 1].
    pub impact: f64,
    /// The worst spot, picture pixels.
    pub peak: Option<[f32; 2]>,
    /// What around the worst spot is at least half as bad, picture pixels; only given where a map was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bbox: Option<BoundingBox>,
    /// Where it is; only given with maps.
    #[serde(skip)]
    pub map: Option<crate::heat_map::HeatMap>,
}

/// Something the answer had to do without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Degradation {
    /// The stage.
    pub stage: String,
    /// Why, in words.
    pub reason: String,
}

/// How a stage ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It answered.
    Ok,
    /// A cache answered.
    Cached,
    /// A stand-in answered.
    Degraded,
    /// It gave no answer.
    Failed,
    /// It had nothing to work on.
    Skipped,
}

/// One stage's time and outcome.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Wall time, milliseconds.
    pub ms: f64,
    /// How it ended.
    pub outcome: Outcome,
}

/// One picture's score against its prompt for a scenario.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Names what was measured: the same picture, prompt and models have the same id, whatever the scenario.
    #[serde(default, rename = "measurement_id")]
    pub id: String,
    /// [0, 100].
    pub score: f64,
    /// Around the score, within [0, 100].
    pub interval: [f64; 2],
    /// What it was scored for.
    pub scenario: ScoredScenario,
    /// What the scenario's acceptance rules say; `None` when it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Decision>,
    /// Component values, [0, 1]; `null` was not measured.
    pub components: Components,
    /// Points by component or distortion type; they sum to 100 − score.
    pub points_lost: BTreeMap<String, f64>,
    /// What must be seen.
    pub descriptors: Vec<ScoredDescriptor>,
    /// How it should feel.
    pub attributes: Vec<ScoredAttribute>,
    /// Largest first.
    pub regions: Vec<ScoredRegion>,
    /// The twelve types by number, then those beyond them.
    pub distortions: Vec<ScoredDistortion>,
    /// What would win points back, the most first; only when asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Suggestion>,
    /// What the answer had to do without.
    pub degraded: Vec<Degradation>,
    /// What was converted or chosen on the way, in words.
    pub notes: Vec<String>,
    /// Every model used.
    pub models: Vec<ModelInfo>,
    /// Every stage, in the order of their start.
    pub stages: Vec<Stage>,
}

/// A score that was kept, with the prompt that it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// What the picture was asked to show.
    pub prompt: String,
    /// The score, without maps.
    pub score: Score,
}

impl Score {
    /// What was measured, for fusion under another scenario.
    pub fn measurements(&self) -> Measurements {
        let severity = |distortion: &ScoredDistortion| Some((distortion.kind.clone(), distortion.severity?));
        Measurements { components: self.components, severities: self.distortions.iter().filter_map(severity).collect() }
    }

    /// The same measurements as `scenario` judges them, `fused` under its context; everything that depends on a scenario
    /// is written anew.
    #[must_use]
    pub fn judged(mut self, scenario: ResolvedScenario, fused: &Fused, with_suggestions: bool) -> Self {
        self.score = fused.score;
        self.interval = fused.interval.into();
        self.points_lost = fused.points_lost.iter().map(|loss| loss.named()).map(|(n, p)| (n.to_owned(), p)).collect();
        for distortion in &mut self.distortions {
            distortion.impact = scenario.context.impact(&distortion.kind);
        }
        self.notes.retain(|note| !note.starts_with(ABSTAINED));
        if scenario.abstained {
            self.notes.push(format!("{ABSTAINED}, so '{}' was used", scenario.name));
        }
        let weights = Component::ALL.into_iter().zip(fused.weights).zip(self.components.to_array());
        let weights = weights.filter(|(_, value)| value.is_some());
        self.suggestions = if with_suggestions { suggest(&self, &scenario.context) } else { Vec::new() };
        self.scenario = ScoredScenario {
            weights: weights.map(|((component, weight), _)| (component.name().to_owned(), weight)).collect(),
            name: scenario.name,
            revision: scenario.revision,
            distribution: scenario.distribution.into_iter().collect(),
            temperature: scenario.temperature,
        };
        self.verdict = gate::decide(&scenario.gates, &self);
        self
    }
}

const ABSTAINED: &str = "scenario: the description fits no profile";
