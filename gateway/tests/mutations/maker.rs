//! Good messages, field by field.

use fastrand::Rng;
use proto::{
    admin, common, quality,
    scenario::{self, ScenarioSelector, scenario_selector::Selector},
};

use crate::{odd, pictures::Corpus};

/// What good messages are made of.
pub struct Maker<'a> {
    pub rng: &'a mut Rng,
    pub corpus: &'a Corpus,
    /// Whether pictures are damaged.
    pub damage: bool,
    /// The call's own number: ids made of it are new.
    pub number: u64,
    /// Measurements that are kept.
    pub kept: &'a [String],
    /// A key of the caller's.
    pub key: &'a str,
}

const PROMPTS: [&str; 7] = [
    "two red cats left of a wooden bench, watercolor, moody",
    "a cat",
    "at least three dogs between a house and a tree",
    "一条龙在云中",
    "an oil painting of 12 blue vases on a table in a museum, 19th century",
    "кошка на троне",
    "A cat with a crown lounging on a velvet throne, royal atmosphere",
];
const SCENARIOS: [&str; 4] = ["general", "advertising", "own-one", "own-two"];

fn pick<T: Clone>(rng: &mut Rng, all: &[T]) -> T {
    all[rng.usize(..all.len())].clone()
}

impl Maker<'_> {
    pub fn picture(&mut self) -> Option<common::Picture> {
        let data = if self.damage { self.corpus.damaged(self.rng) } else { self.corpus.one(self.rng) };
        // Now and then named instead, which this gateway does not allow.
        let url = if self.rng.u8(..50) == 0 { "https://images.example.org/a.png" } else { "" };
        Some(common::Picture { data, url: url.into() })
    }

    pub fn prompt(&mut self) -> String {
        pick(self.rng, &PROMPTS).into()
    }

    pub fn scenario(&mut self) -> String {
        pick(self.rng, &SCENARIOS).into()
    }

    pub fn selector(&mut self) -> Option<ScenarioSelector> {
        let selector = match self.rng.u8(..4) {
            0 => Selector::Text(pick(self.rng, &["cover for a short video", "海报", "museum label for a vase"]).into()),
            _ => Selector::Name("general".into()),
        };
        Some(ScenarioSelector { selector: Some(selector) })
    }

    pub fn kept(&mut self) -> String {
        pick(self.rng, self.kept)
    }

    pub fn change(&mut self) -> Option<admin::Change> {
        let based_on = self.rng.bool().then(|| self.rng.u32(..4));
        Some(admin::Change { author: "lin".into(), comment: "tried".into(), based_on })
    }

    pub fn score(&mut self) -> quality::ScoreRequest {
        quality::ScoreRequest {
            picture: self.picture(),
            prompt: self.prompt(),
            scenario: self.selector(),
            include_maps: self.rng.bool(),
            include_suggestions: self.rng.bool(),
        }
    }

    /// A mask whose runs may or may not cover it.
    pub fn mask(&mut self) -> common::Mask {
        let (width, height) = (self.rng.u32(1..20), self.rng.u32(1..20));
        let counts = match self.rng.u8(..4) {
            0 => vec![0, width * height],
            1 => vec![width, width * (height - 1), 0, 0],
            2 => vec![u32::MAX, 1, u32::MAX],
            _ => (0..self.rng.usize(..9)).map(|_| odd::integer(self.rng) as u32).collect(),
        };
        common::Mask { width, height, counts }
    }

    pub fn bbox(&mut self) -> common::BoundingBox {
        let mut side = || if self.rng.u8(..6) == 0 { odd::double(self.rng) as f32 } else { self.rng.f32() * 40.0 };
        common::BoundingBox { x: side(), y: side(), width: side(), height: side() }
    }

    pub fn regions(&mut self) -> (Vec<common::BoundingBox>, Vec<common::Mask>) {
        let count = self.rng.usize(..6);
        let masks = if self.rng.bool() { count } else { 0 };
        ((0..count).map(|_| self.bbox()).collect(), (0..masks).map(|_| self.mask()).collect())
    }

    pub fn descriptor(&mut self) -> common::Descriptor {
        let relation = |rng: &mut Rng| common::Relation {
            subject: rng.u32(..3),
            predicate: rng.i32(1..10),
            object: rng.u32(..3),
            other: rng.bool().then(|| rng.u32(..3)),
        };
        common::Descriptor {
            text: "two cats".into(),
            kind: self.rng.i32(1..7),
            count: self.rng.bool().then(|| self.rng.u32(..4)),
            at_least: self.rng.bool(),
            noun: Some("cat".into()),
            relation: self.rng.bool().then(|| relation(self.rng)),
        }
    }

    pub fn attribute(&mut self) -> common::Attribute {
        common::Attribute { text: "moody".into(), kind: self.rng.i32(1..6), source: self.rng.i32(1..3) }
    }

    pub fn components(&mut self) -> common::Components {
        let mut one = || Some(self.rng.f64());
        common::Components {
            global_alignment: one(),
            local_alignment: one(),
            attribute_consistency: one(),
            fidelity: one(),
            aesthetics: one(),
        }
    }

    pub fn impacts(&mut self) -> Vec<common::DistortionImpact> {
        let one = |rng: &mut Rng| common::DistortionImpact {
            r#type: rng.i32(0..13),
            impact: rng.f64(),
            other_type: if rng.u8(..4) == 0 { "cracked_glaze".into() } else { String::new() },
        };
        (0..self.rng.usize(..6)).map(|_| one(self.rng)).collect()
    }

    /// What a measurement can say, all of it.
    pub fn measured(&mut self) -> quality::ScoreResponse {
        let bbox = common::BoundingBox { x: 1.0, y: 2.0, width: 9.0, height: 9.0 };
        let mask = common::Mask { width: 4, height: 4, counts: vec![3, 5, 8] };
        quality::ScoreResponse {
            score: 62.5,
            interval_low: 50.0,
            interval_high: 75.0,
            scenario: Some(quality::ScoredScenario {
                name: "general".into(),
                revision: 3,
                distribution: vec![scenario::ScenarioProbability { name: "general".into(), probability: 1.0 }],
                weights: Some(self.components()),
                temperature: 10.0,
            }),
            components: Some(self.components()),
            points_lost: vec![scenario::PointsLost { name: "fidelity".into(), points: 4.5 }],
            descriptors: vec![quality::ScoredDescriptor {
                descriptor: Some(self.descriptor()),
                presence: Some(0.7),
                bbox: Some(bbox),
                judged_by: 2,
                counted: Some(2),
            }],
            attributes: vec![quality::ScoredAttribute { attribute: Some(self.attribute()), presence: Some(0.4) }],
            regions: vec![quality::ScoredRegion {
                bbox: Some(bbox),
                area: 0.5,
                stability: 0.9,
                descriptor: Some("cat".into()),
                mask: Some(mask.clone()),
            }],
            distortions: vec![quality::ScoredDistortion {
                r#type: 8,
                severity: Some(0.3),
                impact: 0.5,
                peak: Some(common::Point { x: 4.0, y: 5.0 }),
                map: Some(common::HeatMap { width: 2, height: 2, cells: vec![1, 2, 3, 4] }),
                other_type: String::new(),
                bbox: Some(bbox),
            }],
            degraded: vec![quality::Degradation { stage: "segmentation".into(), reason: "unavailable".into() }],
            notes: vec!["picture: animated".into()],
            models: vec![common::ModelInfo {
                role: "alignment".into(),
                name: "clip".into(),
                version: "1".into(),
                sha256: "ab".into(),
                provider: "cuda+cpu".into(),
            }],
            stages: vec![quality::Stage { name: "total".into(), milliseconds: 12.5, outcome: 1 }],
            id: format!("call-{}", self.number),
            decision: Some(quality::Decision { verdict: 2, rules: vec!["score < 70".into()] }),
            suggestions: vec![quality::Suggestion {
                action: 3,
                what: "cat".into(),
                points: 3.0,
                bbox: Some(bbox),
                mask: Some(mask),
            }],
        }
    }

    pub fn profile(&mut self) -> scenario::ScenarioProfile {
        scenario::ScenarioProfile {
            name: self.scenario(),
            revision: self.rng.u32(..5),
            description: "Everyday use.".into(),
            phrases: vec!["a picture for a friend".into(), "something nice".into()],
            logits: Some(self.components()),
            impacts: self.impacts(),
            temperature: Some(12.0),
            gates: vec![scenario::GateRule { verdict: 2, when: "score < 60 or anatomical_error >= 0.5".into() }],
        }
    }
}
