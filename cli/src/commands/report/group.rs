//! What one group's pictures are like.

use std::collections::BTreeMap;

use domain::{
    significance::Held,
    statistics::{Interval, interval},
};

use super::{
    figures::{Comparison, Unit},
    rows::{Row, Scored},
};

/// The pictures with the same values in the columns.
pub struct Group<'a> {
    /// Those values.
    pub key: Vec<String>,
    /// Pictures with a score, the best first.
    pub pictures: Vec<(&'a Row, &'a Scored)>,
    /// Rows without one.
    pub failed: usize,
    /// `None` without any score.
    pub scores: Option<Scores>,
    /// Component means, [0, 1], over the pictures where it was measured.
    pub components: [Option<f64>; 5],
    /// By distortion type.
    pub incidence: BTreeMap<&'a str, Incidence>,
    /// Shares of accept, review and reject, [0, 1], over the pictures with a verdict.
    pub verdicts: Option<[f64; 3]>,
    /// Against the next group in rank; `None` for the last, and where a group is too small to tell.
    pub next: Option<Comparison>,
}

/// How a group's scores lie.
#[derive(Debug)]
pub struct Scores {
    /// With its bootstrap interval, if there are two units or more.
    pub mean: f64,
    pub interval: Option<Interval>,
    /// Of the sample (n − 1); `None` for a single picture.
    pub deviation: Option<f64>,
    /// First quartile, median, third quartile; between two pictures, in proportion.
    pub quartiles: [f64; 3],
}

/// How often a distortion is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Incidence {
    /// Pictures where its severity reaches the threshold.
    pub seen: usize,
    /// Pictures where it was assessed.
    pub assessed: usize,
}

impl Incidence {
    /// The share, [0, 1]; `None` where nothing was assessed.
    pub fn share(self) -> Option<f64> {
        (self.assessed > 0).then(|| self.seen as f64 / self.assessed as f64)
    }
}

impl<'a> Group<'a> {
    /// The figures of one group's rows.
    pub fn of(key: Vec<String>, rows: &[&'a Row], unit: Unit, threshold: f64) -> Self {
        let mut pictures: Vec<(&Row, &Scored)> =
            rows.iter().filter_map(|row| Some((*row, row.scored.as_ref()?))).collect();
        pictures.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
        let mut incidence: BTreeMap<&str, Incidence> = BTreeMap::new();
        for found in pictures.iter().flat_map(|(_, scored)| &scored.distortions) {
            if let Some(severity) = found.severity {
                let of_type = incidence.entry(&found.kind).or_default();
                of_type.assessed += 1;
                of_type.seen += usize::from(severity >= threshold);
            }
        }
        Self {
            key,
            failed: rows.len() - pictures.len(),
            scores: scores(&pictures, unit),
            components: components(pictures.iter().map(|(_, scored)| *scored)),
            incidence,
            verdicts: verdicts(&pictures),
            next: None,
            pictures,
        }
    }

    /// The values of its columns in one text.
    pub fn name(&self) -> String {
        self.key.join(" · ")
    }
}

fn scores(pictures: &[(&Row, &Scored)], unit: Unit) -> Option<Scores> {
    let mut sorted: Vec<f64> = pictures.iter().map(|(_, scored)| scored.score).collect();
    sorted.reverse();
    let mean = mean(sorted.iter().copied())?;
    let squares: f64 = sorted.iter().map(|score| (score - mean).powi(2)).sum();
    let units: Vec<Held> = match unit {
        Unit::Prompts => by_prompt(pictures).into_values().collect(),
        Unit::Pictures => sorted.iter().map(|score| Held { sum: *score, count: 1.0 }).collect(),
    };
    let of_drawn = |drawn: &[f64]| {
        let total = |of: fn(&Held) -> f64| units.iter().zip(drawn).map(|(unit, times)| of(unit) * times).sum::<f64>();
        total(|unit| unit.sum) / total(|unit| unit.count)
    };
    Some(Scores {
        mean,
        interval: (units.len() > 1).then(|| interval(units.len(), of_drawn)),
        deviation: (sorted.len() > 1).then(|| (squares / (sorted.len() - 1) as f64).sqrt()),
        quartiles: [0.25, 0.5, 0.75].map(|share| quantile(&sorted, share)),
    })
}

/// The scores of each prompt.
pub fn by_prompt<'a>(pictures: &[(&'a Row, &Scored)]) -> BTreeMap<&'a str, Held> {
    let mut units: BTreeMap<&str, Held> = BTreeMap::new();
    for (row, scored) in pictures {
        units.entry(&row.prompt).or_default().add(scored.score);
    }
    units
}

/// Means of the components, [0, 1], each over the pictures where it was measured.
pub fn components<'a>(scored: impl Iterator<Item = &'a Scored> + Clone) -> [Option<f64>; 5] {
    std::array::from_fn(|at| mean(scored.clone().filter_map(|scored| scored.components.to_array()[at])))
}

fn verdicts(pictures: &[(&Row, &Scored)]) -> Option<[f64; 3]> {
    let told = pictures.iter().filter_map(|(_, scored)| scored.verdict.as_ref());
    let shares = |place| mean(told.clone().map(|told| f64::from(u8::from(told.verdict as usize == place))));
    Some([shares(0)?, shares(1)?, shares(2)?])
}

/// `None` of nothing.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0usize), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count as f64)
}

/// The value below which `share` of `sorted` lies, in proportion between two neighbours; NaN of nothing.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * sorted.len().saturating_sub(1) as f64;
    let value = |at: f64| sorted.get(at as usize).copied().unwrap_or(f64::NAN);
    value(place.floor()) + (value(place.ceil()) - value(place.floor())) * place.fract()
}
