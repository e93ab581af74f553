//! `cpaiqa eval ratings`

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use domain::statistics::{Interval, interval, spearman};
use serde::Serialize;
use serde_json::Value;

use crate::{
    args::{EvalRatings, Format},
    error::CliError,
    output::{self, json},
};

#[derive(Serialize)]
struct Report {
    rating: String,
    pictures: usize,
    prompts: usize,
    /// The score, its components, and every other number that the manifest carried; best first.
    measures: Vec<Line>,
}

#[derive(Serialize)]
struct Line {
    measure: String,
    /// Pictures that have it.
    pictures: usize,
    rank_correlation: Interval,
    /// Pairs of pictures of one prompt whose ratings differ.
    pairs: usize,
    /// How often the better rated of a pair has more of the measure; ties count half.
    better_has_more: Interval,
}

/// One picture.
struct Rated {
    prompt: String,
    rating: f64,
    measures: BTreeMap<String, f64>,
}

/// Prints how the score, its components and whatever else the results carry agree with people's ratings.
pub fn run(args: &EvalRatings) -> Result<(), CliError> {
    let path = &args.results;
    let text = std::fs::read_to_string(path).map_err(|error| CliError::io("reading the results", path, error))?;
    let usage = |why: String| CliError::Usage(format!("{}: {why}", path.display()));
    let rated = rated(&text, &args.rating).map_err(usage)?;
    let prompts: BTreeSet<&str> = rated.iter().map(|picture| picture.prompt.as_str()).collect();
    if prompts.len() < 2 {
        return Err(usage(format!("expected rated pictures of at least two prompts, got {}", prompts.len())));
    }
    let names: BTreeSet<&String> = rated.iter().flat_map(|picture| picture.measures.keys()).collect();
    let mut measures: Vec<Line> = names.into_iter().map(|name| line(name, &rated)).collect();
    let strength = |line: &Line| line.rank_correlation.value.abs();
    measures.retain(|line| !strength(line).is_nan());
    measures.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    let report = Report { rating: args.rating.clone(), pictures: rated.len(), prompts: prompts.len(), measures };
    match args.format {
        Format::Json => json::print(&report),
        Format::Text => output::print(&shown(&report)),
    }
}

/// The pictures that were scored, with their ratings.
fn rated(text: &str, rating: &str) -> Result<Vec<Rated>, String> {
    let mut rated = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line_number = index + 1;
        let row: Value = serde_json::from_str(line).map_err(|error| format!("line {line_number}: {error}"))?;
        if row.get("score").is_none() {
            continue;
        }
        let value = row.get(rating).and_then(number).ok_or_else(|| {
            let got = row.get(rating).map_or("no such column".to_owned(), Value::to_string);
            format!("line {line_number}: expected a number in the column '{rating}', got {got}")
        })?;
        let carried = row.as_object().into_iter().flatten().filter(|(name, _)| *name != rating);
        let components = row.get("components").and_then(Value::as_object).into_iter().flatten();
        let components = components.filter_map(|(name, value)| Some((format!("component {name}"), number(value)?)));
        let measures = carried.filter_map(|(name, value)| Some((name.clone(), number(value)?)));
        rated.push(Rated {
            prompt: row.get("prompt").and_then(Value::as_str).unwrap_or_default().to_owned(),
            rating: value,
            measures: measures.chain(components).collect(),
        });
    }
    Ok(rated)
}

/// A number, or text that is one: a CSV file's columns are text.
fn number(value: &Value) -> Option<f64> {
    let number = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
    number.is_finite().then_some(number)
}

fn line(measure: &str, rated: &[Rated]) -> Line {
    let having: Vec<(&Rated, f64)> =
        rated.iter().filter_map(|picture| Some((picture, *picture.measures.get(measure)?))).collect();
    let names: Vec<&str> =
        having.iter().map(|(picture, _)| picture.prompt.as_str()).collect::<BTreeSet<_>>().into_iter().collect();
    let group = |picture: &Rated| names.binary_search(&picture.prompt.as_str()).unwrap_or_default();
    let groups: Vec<usize> = having.iter().map(|(picture, _)| group(picture)).collect();
    let (ratings, values): (Vec<f64>, Vec<f64>) =
        having.iter().map(|(picture, value)| (picture.rating, *value)).unzip();

    // A pair, as its prompt's group and how much of it is right.
    let mut pairs: Vec<(usize, f64)> = Vec::new();
    for (at, (better, more)) in having.iter().enumerate() {
        for (worse, less) in &having {
            if better.prompt == worse.prompt && better.rating > worse.rating {
                let right = if more == less { 0.5 } else { f64::from(u8::from(more > less)) };
                pairs.push((groups[at], right));
            }
        }
    }
    let of_items = |drawn: &[f64]| groups.iter().map(|group| drawn[*group]).collect::<Vec<f64>>();
    let right = |drawn: &[f64]| {
        let weight: f64 = pairs.iter().map(|(group, _)| drawn[*group]).sum();
        pairs.iter().map(|(group, right)| drawn[*group] * right).sum::<f64>() / weight
    };
    Line {
        measure: measure.to_owned(),
        pictures: having.len(),
        rank_correlation: interval(names.len(), |drawn| spearman(&values, &ratings, &of_items(drawn))),
        pairs: pairs.len(),
        better_has_more: interval(names.len(), right),
    }
}

fn shown(report: &Report) -> String {
    let Report { rating, pictures, prompts, measures } = report;
    let mut text = format!("{rating}: {pictures} pictures of {prompts} prompts; 95 % intervals over prompts\n\n");
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{:34} {:>8}  {:24} better of two of one prompt", "", "pictures", "rank correlation");
    for Line { measure, pictures, rank_correlation, pairs, better_has_more } in measures {
        let correlation = rank_correlation.to_string();
        let _ = writeln!(text, "{measure:34} {pictures:8}  {correlation:24} {better_has_more} of {pairs}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_and_carried_numbers_are_compared_and_failed_rows_left_out() {
        let text = r#"{"prompt":"a","rating":"4","score":70,"components":{"s_g":0.9,"s_l":null},"NIQE":"3.1"}
{"prompt":"a","rating":"2","score":50,"components":{"s_g":0.4},"NIQE":"5"}
{"prompt":"b","rating":"1","error":"no picture"}
"#;
        let rated = rated(text, "rating").unwrap();
        assert_eq!(rated.len(), 2);
        let names: Vec<&str> = rated[0].measures.keys().map(String::as_str).collect();
        assert_eq!(names, ["NIQE", "component s_g", "score"]);
        let score = line("score", &rated);
        assert_eq!((score.pairs, score.better_has_more.value), (1, 1.0));
        assert!((line("NIQE", &rated).rank_correlation.value + 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_missing_rating_is_named() {
        let said = rated(r#"{"prompt":"a","score":70}"#, "appeal").err().unwrap();
        assert_eq!(said, "line 1: expected a number in the column 'appeal', got no such column");
    }
}
