//! What is done to the measurements.

use std::fmt;

use domain::{
    decomposition::{Descriptor, Relation},
    distortion::Distortion,
};
use fastrand::Rng;

use super::{
    phrases::{Rewording, reworded},
    regions::{merged, shifted},
    subject::Inputs,
};

/// One way to perturb.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Perturbation {
    /// Each region is left out with this probability.
    RegionsDropped(f64),
    /// Each region moves by this share of its width and of its height.
    RegionsShifted(f64),
    /// Two neighbouring regions become one.
    RegionsMerged,
    /// Every descriptor is said otherwise.
    DescriptorsReworded(Rewording),
    /// Each descriptor is left out with this probability.
    DescriptorsDropped(f64),
    /// Every attribute is said otherwise.
    AttributesReworded(Rewording),
    /// Each attribute is left out with this probability.
    AttributesDropped(f64),
    /// Normal noise of this standard deviation on each assessed severity, which stays in [0, 1].
    Severities(f64),
}

impl Perturbation {
    /// All that are tried.
    pub const ALL: [Self; 18] = [
        Self::RegionsDropped(0.1),
        Self::RegionsDropped(0.3),
        Self::RegionsShifted(0.1),
        Self::RegionsShifted(0.25),
        Self::RegionsMerged,
        Self::DescriptorsReworded(Rewording::Article),
        Self::DescriptorsReworded(Rewording::Synonym),
        Self::DescriptorsReworded(Rewording::Order),
        Self::DescriptorsReworded(Rewording::Photo),
        Self::DescriptorsDropped(0.1),
        Self::DescriptorsDropped(0.3),
        Self::AttributesReworded(Rewording::Article),
        Self::AttributesReworded(Rewording::Synonym),
        Self::AttributesReworded(Rewording::Order),
        Self::AttributesReworded(Rewording::Photo),
        Self::AttributesDropped(0.3),
        Self::Severities(0.05),
        Self::Severities(0.1),
    ];

    /// The perturbed inputs of a picture of that many pixels' width and height.
    pub fn apply(self, inputs: &Inputs, size: (u32, u32), random: &mut Rng) -> Inputs {
        let mut inputs = inputs.clone();
        match self {
            Self::RegionsDropped(probability) => inputs.regions.retain(|_| random.f64() >= probability),
            Self::RegionsShifted(share) => {
                for region in &mut inputs.regions {
                    *region = shifted(region, share, size, random);
                }
            }
            Self::RegionsMerged => inputs.regions = merged(inputs.regions, random),
            Self::DescriptorsReworded(how) => {
                for descriptor in &mut inputs.descriptors {
                    // What is compared with the picture is the noun, where there is one.
                    let sought = descriptor.noun.as_mut().unwrap_or(&mut descriptor.text);
                    *sought = reworded(sought, how, random);
                }
            }
            Self::DescriptorsDropped(probability) => {
                let kept = inputs.descriptors.iter().map(|_| random.f64() >= probability).collect::<Vec<bool>>();
                inputs.descriptors = only(&inputs.descriptors, &kept);
            }
            Self::AttributesReworded(how) => {
                for attribute in &mut inputs.attributes {
                    attribute.text = reworded(&attribute.text, how, random);
                }
            }
            Self::AttributesDropped(probability) => inputs.attributes.retain(|_| random.f64() >= probability),
            Self::Severities(deviation) => {
                for distortion in &mut inputs.distortions {
                    add_noise(distortion, deviation, random);
                }
            }
        }
        inputs
    }
}

impl fmt::Display for Perturbation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&match self {
            Self::RegionsDropped(probability) => format!("regions dropped, p = {probability}"),
            Self::RegionsShifted(share) => format!("regions shifted by {} %", share * 100.0),
            Self::RegionsMerged => "two regions merged".to_owned(),
            Self::DescriptorsReworded(how) => format!("descriptors: {how}"),
            Self::DescriptorsDropped(probability) => format!("descriptors dropped, p = {probability}"),
            Self::AttributesReworded(how) => format!("attributes: {how}"),
            Self::AttributesDropped(probability) => format!("attributes dropped, p = {probability}"),
            Self::Severities(deviation) => format!("severities, noise of sd {deviation}"),
        })
    }
}

/// The descriptors that are kept. A relation whose subject or object is gone is judged by its words alone.
fn only(descriptors: &[Descriptor], kept: &[bool]) -> Vec<Descriptor> {
    let place = |old: usize| kept.get(old)?.then(|| kept.iter().take(old).filter(|kept| **kept).count());
    let again = |relation: Relation| {
        Some(Relation {
            subject: place(relation.subject)?,
            object: place(relation.object)?,
            other: match relation.other {
                None => None,
                Some(other) => Some(place(other)?),
            },
            ..relation
        })
    };
    let left = descriptors.iter().zip(kept).filter(|(_, kept)| **kept);
    left.map(|(descriptor, _)| Descriptor { relation: descriptor.relation.and_then(again), ..descriptor.clone() })
        .collect()
}

fn add_noise(distortion: &mut Distortion, deviation: f64, random: &mut Rng) {
    if let Some(severity) = &mut distortion.severity {
        *severity = (f64::from(*severity) + deviation * normal(random)).clamp(0.0, 1.0) as f32;
    }
}

/// A standard normal number, by Box and Muller.
fn normal(random: &mut Rng) -> f64 {
    let (radius, angle) = ((-2.0 * (1.0 - random.f64()).ln()).sqrt(), std::f64::consts::TAU * random.f64());
    radius * angle.cos()
}

#[cfg(test)]
mod tests {
    use domain::{
        decomposition::{Attribute, AttributeKind, AttributeSource, DescriptorKind, Predicate},
        distortion::DistortionType,
        region::BoundingBox,
    };

    use super::*;

    const SIZE: (u32, u32) = (400, 300);

    fn inputs() -> Inputs {
        let descriptor = |text: &str| Descriptor::new(DescriptorKind::Object, text.into(), None);
        let mut beside = descriptor("cat next to big dog");
        beside.relation = Some(Relation { subject: 1, predicate: Predicate::NextTo, object: 2, other: None });
        let mut cats = descriptor("two black cats");
        cats.noun = Some("black cat".to_owned());
        let boxes = (0..6).map(|at| BoundingBox { x: 60.0 * at as f32, y: 20.0, width: 40.0, height: 80.0 });
        let (kind, source) = (AttributeKind::Medium, AttributeSource::Prompt);
        let severity = |severity| Distortion { severity, ..Distortion::not_assessed(DistortionType::EdgeBlur.into()) };
        Inputs {
            regions: boxes.map(Into::into).collect(),
            descriptors: vec![descriptor("table"), cats, descriptor("big dog"), beside],
            attributes: vec![Attribute { text: "vintage photo".into(), kind, source }],
            distortions: vec![severity(Some(0.02)), severity(Some(0.9)), severity(None)],
        }
    }

    #[test]
    fn a_perturbation_changes_what_it_names_alone_and_the_same_seed_gives_the_same() {
        for perturbation in Perturbation::ALL {
            let of = |seed| perturbation.apply(&inputs(), SIZE, &mut Rng::with_seed(seed));
            let names = ["regions", "descriptors", "attributes", "severities"];
            let (before, mut ever) = (inputs(), [false; 4]);
            for seed in 0..20 {
                let after = of(seed);
                assert_eq!(after, of(seed), "{perturbation}");
                let changed = [
                    after.regions != before.regions,
                    after.descriptors != before.descriptors,
                    after.attributes != before.attributes,
                    after.distortions != before.distortions,
                ];
                ever.iter_mut().zip(changed).for_each(|(ever, changed)| *ever |= changed);
            }
            let named = names.map(|name| perturbation.to_string().contains(name));
            assert_eq!(ever, named, "{perturbation}");
        }
    }

    #[test]
    fn a_counted_noun_is_reworded_where_it_is_what_is_sought() {
        let photo = Perturbation::DescriptorsReworded(Rewording::Photo).apply(&inputs(), SIZE, &mut Rng::with_seed(1));
        assert_eq!(photo.descriptors[1].sought(), "a photo of black cat");
        assert_eq!(
            (photo.descriptors[1].text.as_str(), photo.descriptors[0].sought()),
            ("two black cats", "a photo of table")
        );
    }

    #[test]
    fn a_relation_follows_its_things_and_ends_with_them() {
        let all = inputs().descriptors;
        let moved = only(&all, &[false, true, true, true]);
        let relation = moved[2].relation.unwrap();
        assert_eq!((relation.subject, relation.object), (0, 1));
        assert_eq!(only(&all, &[true, true, false, true])[2].relation, None);
    }

    #[test]
    fn noise_keeps_severities_in_range_and_leaves_unassessed_ones() {
        let mut random = Rng::with_seed(7);
        let noise: Vec<f64> = (0..10_000).map(|_| normal(&mut random)).collect();
        let mean = noise.iter().sum::<f64>() / 1e4;
        let variance = noise.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 1e4;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        for seed in 0..50 {
            let after = Perturbation::Severities(0.1).apply(&inputs(), SIZE, &mut Rng::with_seed(seed)).distortions;
            assert!(after[..2].iter().all(|one| (0.0..=1.0).contains(&one.severity.unwrap())));
            assert_eq!(after[2].severity, None);
        }
    }
}
