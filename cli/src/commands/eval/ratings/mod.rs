//! `cpaiqa eval ratings`, and `cpaiqa eval RESULTS --ratings RATINGS`

mod ablations;
mod rating;
mod results;
mod sample;
mod shown;
mod table;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use ablations::Ablations;
use rating::Rating;
use results::{Results, Scored, number, numeric};
use sample::{Agreement, Sample};
use serde::Serialize;
use table::{Alone, Table};

use crate::{
    args::{EvalRatings, Format},
    error::CliError,
    output::{self, json},
};

#[derive(Serialize)]
struct Report {
    /// Scored pictures.
    pictures: usize,
    /// Lines of the results without a score.
    without_score: usize,
    /// Of a file of ratings: pictures that it does not rate.
    without_rating: Vec<String>,
    /// Of a file of ratings: what it rates that has no result.
    without_result: Vec<String>,
    ratings: Vec<Compared>,
}

/// One rating against all measures.
#[derive(Serialize)]
struct Compared {
    rating: String,
    /// Pictures that have it.
    pictures: usize,
    prompts: usize,
    /// The score, its components, and every other number that is there; best first.
    measures: Vec<Line>,
    ablations: Ablations,
}

#[derive(Serialize)]
struct Line {
    measure: String,
    /// Pictures that have it.
    pictures: usize,
    /// Pairs of pictures of one prompt whose ratings differ.
    pairs: usize,
    #[serde(flatten)]
    agreement: Agreement,
}

/// A scored picture and what people say of it.
pub struct Rated<'a> {
    scored: &'a Scored,
    rating: f64,
}

/// Prints how the score, its components and whatever else there is agree with people's ratings, and what each part of the
/// score adds.
pub fn run(args: &EvalRatings) -> Result<(), CliError> {
    let path = &args.results;
    let usage = |path: &Path, why: String| CliError::Usage(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| CliError::io("reading the results", path, error))?;
    let Results { mut scored, failed } = Results::parse(&text).map_err(|why| usage(path, why))?;
    let (mut alone, mut candidates) = (Alone::default(), None);
    if let Some(path) = &args.ratings {
        let text = std::fs::read_to_string(path).map_err(|error| CliError::io("reading the ratings", path, error))?;
        let table = Table::parse(&text).map_err(|why| usage(path, why))?;
        alone = table.join(&mut scored);
        if alone.results.len() == scored.len() {
            let first = |images: &[String]| images.first().cloned().unwrap_or_default();
            let (ours, theirs) = (first(&alone.results), first(&alone.ratings));
            return Err(usage(
                path,
                format!(
                    "expected an image of the results, such as '{ours}', in the column 'image'; got '{theirs}' and others"
                ),
            ));
        }
        candidates = Some(numeric(table.columns()));
    }
    let measures = numeric(scored.iter().map(|picture| &picture.columns));
    let ratings = chosen(&args.rating, candidates.as_ref().unwrap_or(&measures)).map_err(CliError::Usage)?;
    let rated: BTreeSet<&String> = ratings.iter().flat_map(|rating| &rating.columns).collect();
    let measures: Vec<&String> = measures.iter().filter(|name| !rated.contains(name)).collect();
    let source = args.ratings.as_deref().unwrap_or(path);
    let compared = ratings.iter().map(|rating| compared(rating, &measures, &scored).map_err(|why| usage(source, why)));
    let report = Report {
        ratings: compared.collect::<Result<_, _>>()?,
        pictures: scored.len(),
        without_score: failed,
        without_rating: alone.results,
        without_result: alone.ratings,
    };
    match args.format {
        Format::Json => json::print(&report),
        Format::Text => output::print(&shown::report(&report)),
    }
}

/// The ratings that are named; else, of the `candidates`, one that is called rating or mos, or the only one.
fn chosen(named: &[String], candidates: &[String]) -> Result<Vec<Rating>, String> {
    let text = if named.is_empty() {
        let only = <&[String; 1]>::try_from(candidates).ok().map(|[only]| only);
        let mut usual = ["rating", "mos"].into_iter();
        let called = |usual| candidates.iter().find(|name| name.eq_ignore_ascii_case(usual));
        usual.find_map(called).or(only).cloned()
    } else {
        Some(named.join(","))
    };
    let columns = if candidates.is_empty() { "none".to_owned() } else { candidates.join(", ") };
    let text = text.ok_or_else(|| format!("name the ratings by --rating COLUMN; columns of numbers are: {columns}"))?;
    Rating::parse(&text).map_err(|why| format!("--rating {text}: {why}"))
}

fn compared(rating: &Rating, measures: &[&String], scored: &[Scored]) -> Result<Compared, String> {
    let known: BTreeSet<&String> = scored.iter().flat_map(|picture| picture.columns.keys()).collect();
    if let Some(missing) = rating.columns.iter().find(|name| !known.contains(name)) {
        let known = known.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(format!("expected ratings in the column '{missing}', got no such column; there are: {known}"));
    }
    let mut rated = Vec::new();
    for picture in scored {
        let found = rating.of(&picture.columns).map_err(|why| format!("{}: {why}", picture.image))?;
        rated.extend(found.map(|rating| Rated { scored: picture, rating }));
    }
    let prompts: BTreeSet<&str> = rated.iter().map(|one| one.scored.prompt.as_str()).collect();
    if prompts.len() < 2 {
        let (name, got) = (&rating.name, prompts.len());
        return Err(format!("expected pictures of at least two prompts with a rating '{name}', got {got}"));
    }
    let columns: Vec<BTreeMap<String, f64>> = rated.iter().map(|one| values(one.scored, measures)).collect();
    let names: BTreeSet<&String> = columns.iter().flat_map(BTreeMap::keys).collect();
    let mut lines: Vec<Line> = names.into_iter().filter_map(|name| line(name, &rated, &columns)).collect();
    let strength = |line: &Line| line.agreement.srcc.value.abs();
    lines.sort_by(|a, b| strength(b).total_cmp(&strength(a)));
    Ok(Compared {
        rating: rating.name.clone(),
        pictures: rated.len(),
        prompts: prompts.len(),
        measures: lines,
        ablations: Ablations::of(&rated),
    })
}

/// Everything of a picture that is compared with its rating, by name.
fn values(scored: &Scored, measures: &[&String]) -> BTreeMap<String, f64> {
    let carried = measures.iter().filter_map(|name| Some(((*name).clone(), number(scored.columns.get(*name)?).ok()??)));
    let components = scored.components.iter().map(|(name, (_, value))| (format!("component {name}"), *value));
    carried.chain(components).chain([("score".to_owned(), scored.score)]).collect()
}

/// `None` where the measure tells nothing apart.
fn line(measure: &str, rated: &[Rated<'_>], columns: &[BTreeMap<String, f64>]) -> Option<Line> {
    let having: Vec<(&Rated<'_>, f64)> =
        rated.iter().zip(columns).filter_map(|(one, values)| Some((one, *values.get(measure)?))).collect();
    let sample = Sample::new(having.iter().map(|(one, _)| (one.scored.prompt.as_str(), one.rating)));
    let values: Vec<f64> = having.iter().map(|(_, value)| *value).collect();
    Some(Line {
        measure: measure.to_owned(),
        pictures: having.len(),
        pairs: sample.pairs.len(),
        agreement: sample.agreement(&values)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn without_a_name_only_a_rating_that_cannot_be_mistaken_is_taken() {
        let taken = |named: &[&str], there: &[&str]| {
            chosen(&names(named), &names(there)).map(|all| all.into_iter().map(|one| one.name).collect::<Vec<_>>())
        };
        assert_eq!(taken(&["b", "mean(a,b)"], &["a", "b"]), Ok(names(&["b", "mean(a,b)"])));
        assert_eq!(taken(&[], &["mos", "rating"]), Ok(names(&["rating"])));
        assert_eq!(taken(&[], &["appeal"]), Ok(names(&["appeal"])));
        assert_eq!(taken(&[], &["MOS", "NIQE"]), Ok(names(&["MOS"])));
        let unclear = taken(&[], &["realism", "appeal"]).unwrap_err();
        assert!(unclear.contains("--rating COLUMN; columns of numbers are: realism, appeal"), "{unclear}");
    }

    fn line_of(prompt: &str, fidelity: f64, severity: f64, rating: f64) -> String {
        let score = 100.0 * (0.6 * fidelity + 0.4 * 0.5) * (1.0 - 0.5 * severity);
        serde_json::json!({
            "prompt": prompt, "score": score, "mos": rating.to_string(), "noise": "7",
            "components": {"fidelity": fidelity, "aesthetics": 0.5},
            "scenario": {"weights": {"fidelity": 0.6, "aesthetics": 0.4}},
            "distortions": [{"type": "edge_blur", "severity": severity, "impact": 0.5}],
        })
        .to_string()
    }

    #[test]
    fn a_part_that_tells_the_ratings_is_missed_and_one_that_tells_others_is_not() {
        // Fidelity has the ratings' order; the distortion spoils it.
        let rows = [
            ("a", 0.9, 0.8, 5.0),
            ("a", 0.5, 0.0, 3.0),
            ("a", 0.2, 0.1, 1.0),
            ("b", 0.8, 0.7, 4.0),
            ("b", 0.4, 0.0, 2.0),
        ];
        let text: Vec<String> = rows.iter().map(|(p, f, s, r)| line_of(p, *f, *s, *r)).collect();
        let scored = Results::parse(&text.join("\n")).unwrap().scored;
        let rating = &Rating::parse("mos").unwrap()[0];
        let compared = compared(rating, &[&"noise".to_owned()], &scored).unwrap();
        let measures: Vec<&str> = compared.measures.iter().map(|line| line.measure.as_str()).collect();
        assert_eq!(measures, ["component fidelity", "score"], "what does not vary is not compared");
        assert_eq!((compared.ablations.pictures, compared.ablations.unlike), (5, 0));
        let without = |name: &str| compared.ablations.lines.iter().find(|line| line.without == name).unwrap();
        assert!((without("all distortions").srcc.value - 1.0).abs() < 1e-12);
        assert!(without("edge_blur").srcc_change.value > 0.0);
        assert!(without("component fidelity").srcc_change.value < 0.0);
        assert_eq!(without("component fidelity").pairs, 4);
    }

    #[test]
    fn a_score_that_its_parts_do_not_give_is_left_out_of_ablations_and_counted() {
        let lines =
            [line_of("a", 0.9, 0.1, 5.0), line_of("b", 0.3, 0.1, 1.0).replace("\"impact\":0.5", "\"impact\":0.4")];
        let scored = Results::parse(&lines.join("\n")).unwrap().scored;
        let compared = compared(&Rating::parse("mos").unwrap()[0], &[], &scored).unwrap();
        assert_eq!((compared.ablations.pictures, compared.ablations.unlike), (1, 1));
        assert!(compared.ablations.lines.is_empty(), "one picture alone has no order");
    }
}
