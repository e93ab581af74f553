//! `cpaiqa eval agreement`

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use domain::measurement::Component;
use serde::Serialize;

use super::moved::{LARGE, Moved, short};
use crate::{
    args::{EvalAgreement, Format},
    error::CliError,
    output::{self, json},
    results::{Scored, read},
};

#[derive(Serialize)]
struct Report {
    /// Rows that both files score.
    rows: usize,
    pictures: usize,
    /// Rows that one file alone scores: the first's, the second's.
    alone: [usize; 2],
    /// Regions a row, in the first file and in the second.
    regions: [f64; 2],
    parts: Vec<Line>,
}

/// The score or one of its components, of which one hundredth is a point.
#[derive(Serialize)]
struct Line {
    part: String,
    /// Rows in which both files have it.
    rows: usize,
    #[serde(flatten)]
    moved: Moved,
}

/// What two files have of one row.
type Pair<'a> = [&'a Scored; 2];

/// Prints how far the scores of the second file are from those of the first, and whether they order pictures alike.
pub fn run(args: &EvalAgreement) -> Result<(), CliError> {
    let ((first, _), (second, _)) = (read(&args.results)?, read(&args.others)?);
    let (before, after) = (by_row(&first), by_row(&second));
    let pairs: Vec<Pair<'_>> = before.iter().filter_map(|(row, scored)| Some([*scored, *after.get(row)?])).collect();
    if pairs.len() < 2 {
        let example =
            |rows: &BTreeMap<Row<'_>, &Scored>| rows.keys().next().map_or_else(String::new, |row| format!("{row:?}"));
        return Err(CliError::Usage(format!(
            "{} and {}: expected at least two rows with the same image, prompt and scenario, got {}; the first rows are {} and {}",
            args.results.display(),
            args.others.display(),
            pairs.len(),
            example(&before),
            example(&after)
        )));
    }
    let report = report(&pairs, [before.len() - pairs.len(), after.len() - pairs.len()]);
    match args.format {
        Format::Json => json::print(&report),
        Format::Text => output::print(&shown(&report)),
    }
}

/// Image, prompt and scenario.
type Row<'a> = [&'a str; 3];

fn by_row(scored: &[Scored]) -> BTreeMap<Row<'_>, &Scored> {
    scored.iter().map(|one| ([&*one.image, &*one.prompt, &*one.score.scenario.name], one)).collect()
}

fn report(pairs: &[Pair<'_>], alone: [usize; 2]) -> Report {
    let pictures: BTreeSet<&str> = pairs.iter().map(|[first, _]| &*first.image).collect();
    let numbers: BTreeMap<&str, usize> = pictures.iter().copied().zip(0..).collect();
    let mean_regions =
        |side: usize| pairs.iter().map(|pair| pair[side].score.regions.len() as f64).sum::<f64>() / pairs.len() as f64;
    let part = |name: &str, of: &dyn Fn(&Scored) -> Option<f64>| {
        let both = |[first, second]: &Pair<'_>| Some((of(first)?, (of(second)?, *numbers.get(&*first.image)?)));
        let (before, (after, pictures)): (Vec<f64>, (Vec<f64>, Vec<usize>)) = pairs.iter().filter_map(both).unzip();
        let rows = before.len();
        (rows > 1).then(|| Line { part: name.to_owned(), rows, moved: Moved::new(&before, &[after], &pictures) })
    };
    let component = |(at, component): (usize, &Component)| {
        part(component.name(), &|one| Some(100.0 * one.score.components.to_array()[at]?))
    };
    let score = part("score", &|one| Some(one.score.score));
    let parts = score.into_iter().chain(Component::ALL.iter().enumerate().filter_map(component)).collect();
    Report { rows: pairs.len(), pictures: pictures.len(), alone, regions: [mean_regions(0), mean_regions(1)], parts }
}

fn shown(report: &Report) -> String {
    let Report { rows, pictures, alone: [first, second], regions: [before, after], parts } = report;
    let mut text = format!(
        "{rows} rows, {pictures} pictures; {first} rows in the first file alone, {second} in the second alone; \
         {before:.1} and {after:.1} regions a row\n\
         Points that the second file is away from the first, and its order against the first's; of pairs more than {LARGE} points apart, \
         how many flipped. 95 % intervals over pictures\n\n"
    );
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{:22} {:>5}  {:20} {:20} {:22} {:18} {:18} {:>5} flipped",
        "", "rows", "mean", "95th percentile", "mean with sign", "SRCC", "KRCC", "pairs"
    );
    for Line { part, rows, moved } in parts {
        let [mean, percentile, change] = [moved.difference, moved.difference_95, moved.change].map(short);
        let [srcc, krcc, flipped] = [moved.srcc, moved.krcc, moved.flipped].map(short);
        let (part, pairs) = (part.replace('_', " "), moved.pairs);
        let _ = writeln!(
            text,
            "{part:22} {rows:5}  {mean:20} {percentile:20} {change:22} {srcc:18} {krcc:18} {pairs:5} {flipped}"
        );
    }
    text
}
