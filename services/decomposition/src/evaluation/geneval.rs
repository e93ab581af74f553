//! GenEval's prompts (`prompts/evaluation_metadata.jsonl` of djghosh13/geneval at af4902f2), which name their objects exactly.

use std::collections::BTreeSet;

use domain::decomposition::{Decomposition, DescriptorKind};
use serde::Deserialize;

use super::{EvaluationError, Tally};
use crate::words::stem;

/// What must be exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// The same objects, no more and no fewer.
    Objects,
    /// Each object's number.
    Counts,
    /// The same colours of the same objects.
    Colors,
    /// Which object is where.
    Positions,
}

impl Category {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 4] = [Self::Objects, Self::Counts, Self::Colors, Self::Positions];

    /// Its name in a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Objects => "objects",
            Self::Counts => "counts",
            Self::Colors => "colors",
            Self::Positions => "positions",
        }
    }
}

/// A prompt and what it asks for.
#[derive(Clone, Debug, Deserialize)]
pub struct Prompt {
    /// The prompt.
    #[serde(rename = "prompt")]
    pub text: String,
    include: Vec<Object>,
}

#[derive(Clone, Debug, Deserialize)]
struct Object {
    class: String,
    count: u32,
    color: Option<String>,
    /// Where it is, and the index of the object that it is there from.
    position: Option<(String, usize)>,
}

/// Reads one JSON object a line.
///
/// # Errors
///
/// When a line is none of GenEval's prompts.
pub fn read(lines: &str) -> Result<Vec<Prompt>, EvaluationError> {
    let read = |(at, line)| serde_json::from_str(line).map_err(|source| EvaluationError::Json { line: at + 1, source });
    lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(read).collect()
}

/// Whether each category that the prompt speaks of is met exactly: one item wanted, and one found when it is.
///
/// Objects and counts are asked of every prompt; colours and positions of those that name some.
pub fn compare(prompt: &Prompt, found: &Decomposition) -> Vec<(Category, Tally)> {
    let wanted: BTreeSet<_> = prompt.include.iter().map(|object| (stems(&object.class), object.count)).collect();
    let objects: BTreeSet<_> = of_kind(found, DescriptorKind::Object)
        .map(|(text, count)| {
            // The count's own word is no part of the name.
            let name = if count.is_some() { text.split_once(' ').map_or(text, |(_, name)| name) } else { text };
            (stems(name), count.unwrap_or(1))
        })
        .collect();
    let names = |set: &BTreeSet<(String, u32)>| set.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>();
    let color = |object: &Object| Some(stems(&format!("{} {}", object.color.as_ref()?, object.class)));
    let colors: BTreeSet<_> = prompt.include.iter().filter_map(color).collect();
    let found_colors: BTreeSet<_> = of_kind(found, DescriptorKind::Color).map(|(text, _)| stems(text)).collect();
    let places: Vec<_> = prompt
        .include
        .iter()
        .filter_map(|object| {
            let (place, from) = object.position.as_ref()?;
            Some((stems(&object.class), place.as_str(), stems(&prompt.include.get(*from)?.class)))
        })
        .collect();
    let relations: Vec<String> = of_kind(found, DescriptorKind::Relation).map(|(text, _)| stems(text)).collect();
    let placed = places.iter().all(|(subject, place, object)| {
        let side = stem(place.split(' ').next().unwrap_or_default());
        relations.iter().any(|text| {
            text.strip_prefix(subject.as_str())
                .and_then(|rest| rest.strip_suffix(object.as_str()))
                .is_some_and(|between| between.split(' ').any(|word| word == side))
        })
    });
    let mut exact = vec![(Category::Objects, names(&wanted) == names(&objects)), (Category::Counts, wanted == objects)];
    if !colors.is_empty() {
        exact.push((Category::Colors, colors == found_colors));
    }
    if !places.is_empty() {
        exact.push((Category::Positions, placed));
    }
    let tally = |met: bool| Tally { wanted: 1, found: 1, recalled: usize::from(met), right: usize::from(met) };
    exact.into_iter().map(|(category, met)| (category, tally(met))).collect()
}

fn of_kind(found: &Decomposition, kind: DescriptorKind) -> impl Iterator<Item = (&str, Option<u32>)> {
    found.descriptors.iter().filter(move |d| d.kind == kind).map(|d| (d.text.as_str(), d.count))
}

fn stems(text: &str) -> String {
    text.to_lowercase().split_whitespace().map(stem).collect::<Vec<_>>().join(" ")
}
