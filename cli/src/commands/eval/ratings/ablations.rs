//! What each part of the score is worth: agreement with the ratings of the score without it.

use std::collections::BTreeSet;

use domain::{
    ablation::{Minded, Weighted, Without, score},
    statistics::Interval,
};
use serde::Serialize;

use super::{Rated, results::Scored, sample::Sample};

/// A line's parts give its score to this many points, or they are not what it was fused from.
const TOLERANCE: f64 = 1e-6;

#[derive(Serialize)]
pub struct Ablations {
    /// Pictures whose score is what their parts give; the others are left out here.
    pub pictures: usize,
    /// Pictures that are left out.
    pub unlike: usize,
    pub lines: Vec<Ablated>,
}

/// The score without one part; changes are to the full score of the same pictures.
#[derive(Serialize)]
pub struct Ablated {
    pub without: String,
    /// Pictures that still have a score.
    pub pictures: usize,
    pub srcc: Interval,
    /// Below 0 where the part helps.
    pub srcc_change: Interval,
    pub pairs: usize,
    pub pairwise_accuracy: Interval,
    /// Below 0 where the part helps.
    pub pairwise_accuracy_change: Interval,
}

/// A part by name.
enum Part<'a> {
    Component(&'a str),
    Distortion(&'a str),
    Distortions,
}

impl Ablations {
    /// Leaves out each component, all distortions, and each distortion.
    pub fn of(rated: &[Rated<'_>]) -> Self {
        let like: Vec<&Rated<'_>> = rated.iter().filter(|one| is_told(one.scored)).collect();
        let all =
            |names: fn(&Scored) -> Vec<&str>| like.iter().flat_map(|one| names(one.scored)).collect::<BTreeSet<_>>();
        let components = all(|scored| scored.components.keys().map(String::as_str).collect());
        let distortions = all(|scored| scored.distortions.keys().map(String::as_str).collect());
        let together = (!distortions.is_empty()).then_some(Part::Distortions);
        let parts = components.into_iter().map(Part::Component).chain(together);
        let lines = parts.chain(distortions.into_iter().map(Part::Distortion)).filter_map(|part| ablated(&part, &like));
        Self { pictures: like.len(), unlike: rated.len() - like.len(), lines: lines.collect() }
    }
}

/// Whether the parts that the line tells give the score that it tells.
fn is_told(scored: &Scored) -> bool {
    left(scored, None).is_some_and(|again| (again - scored.score).abs() < TOLERANCE)
}

/// The score without a part; `None` where nothing is left.
fn left(scored: &Scored, part: Option<&Part<'_>>) -> Option<f64> {
    let components: Vec<Weighted> = scored.components.values().copied().collect();
    let distortions: Vec<Minded> = scored.distortions.values().copied().collect();
    let component = |name: &str| scored.components.keys().position(|other| other == name).map(Without::Component);
    let distortion = |name: &str| scored.distortions.keys().position(|other| other == name).map(Without::Distortion);
    let without = match part {
        None => None,
        Some(Part::Component(name)) => component(name),
        Some(Part::Distortion(name)) => distortion(name),
        Some(Part::Distortions) => Some(Without::Distortions),
    };
    // What was not measured is missing already.
    score(&components, &distortions, without.unwrap_or(Without::Nothing))
}

/// `None` where no two pictures are left to compare.
fn ablated(part: &Part<'_>, rated: &[&Rated<'_>]) -> Option<Ablated> {
    let having: Vec<(&Rated<'_>, f64)> =
        rated.iter().filter_map(|one| Some((*one, left(one.scored, Some(part))?))).collect();
    let sample = Sample::new(having.iter().map(|(one, _)| (one.scored.prompt.as_str(), one.rating)));
    let full: Vec<f64> = having.iter().map(|(one, _)| one.scored.score).collect();
    let less: Vec<f64> = having.iter().map(|(_, score)| *score).collect();
    let srcc = sample.interval(|drawn| sample.srcc(&less, drawn));
    let change = |drawn: &[f64]| sample.srcc(&less, drawn) - sample.srcc(&full, drawn);
    let accuracy_change = |drawn: &[f64]| sample.accuracy(&less, drawn) - sample.accuracy(&full, drawn);
    let without = match part {
        Part::Component(name) => format!("component {name}"),
        Part::Distortion(name) => (*name).to_owned(),
        Part::Distortions => "all distortions".to_owned(),
    };
    (!srcc.value.is_nan()).then(|| Ablated {
        without,
        pictures: having.len(),
        srcc,
        srcc_change: sample.interval(change),
        pairs: sample.pairs.len(),
        pairwise_accuracy: sample.interval(|drawn| sample.accuracy(&less, drawn)),
        pairwise_accuracy_change: sample.interval(accuracy_change),
    })
}
