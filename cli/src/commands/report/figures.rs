//! The numbers of a report: all groups, and which is better for good.

use std::collections::BTreeMap;

use domain::significance::{self, Difference, Held, holm};

use super::{
    group::{Group, by_prompt, components},
    rows::{Row, Scored},
};

/// The name of a group whose rows lack the column.
const NOTHING: &str = "(none)";

/// All figures.
pub struct Figures<'a> {
    /// The columns that make the groups.
    pub by: Vec<String>,
    /// What is drawn for intervals.
    pub unit: Unit,
    /// A picture counts as distorted from this severity on, [0, 1].
    pub threshold: f64,
    /// Rows with a score.
    pub pictures: usize,
    /// Rows without one.
    pub failed: usize,
    /// Different prompts of scored pictures.
    pub prompts: usize,
    /// Every distortion type that was assessed, in the order of the answers.
    pub types: Vec<String>,
    /// Component means over all pictures.
    pub components: [Option<f64>; 5],
    /// The highest mean first; those without any score last.
    pub groups: Vec<Group<'a>>,
}

/// What is drawn as a whole in a resample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Groups share prompts: a prompt comes with its pictures of all groups.
    Prompts,
    /// They share none.
    Pictures,
}

/// How sure it is that a group is above the next.
#[derive(Clone, Copy, Debug)]
pub struct Comparison {
    pub difference: Difference,
    /// Corrected for the number of comparisons.
    pub corrected: f64,
}

impl Comparison {
    /// Whether the corrected p-value is below 0.05.
    pub fn is_significant(&self) -> bool {
        self.corrected < 0.05
    }
}

/// A picture with its score.
#[derive(Clone, Copy)]
pub struct Ranked<'a> {
    pub row: &'a Row,
    pub scored: &'a Scored,
}

impl<'a> Figures<'a> {
    /// The figures of `rows` in groups by the columns `by`.
    pub fn of(rows: &'a [Row], by: &[String], threshold: f64) -> Self {
        let mut keyed: BTreeMap<Vec<String>, Vec<&Row>> = BTreeMap::new();
        for row in rows {
            let value = |column| row.columns.get(column).map_or("", |value| value.trim());
            let shown = |value: &str| if value.is_empty() { NOTHING.to_owned() } else { value.to_owned() };
            keyed.entry(by.iter().map(|column| shown(value(column))).collect()).or_default().push(row);
        }
        let scored = || rows.iter().filter_map(|row| row.scored.as_ref());
        let mut types: Vec<String> = Vec::new();
        for found in scored().flat_map(|scored| &scored.distortions).filter(|found| found.severity.is_some()) {
            if !types.contains(&found.kind) {
                types.push(found.kind.clone());
            }
        }
        let (unit, prompts) = unit(&keyed);
        let mut groups: Vec<Group> =
            keyed.into_iter().map(|(key, rows)| Group::of(key, &rows, unit, threshold)).collect();
        let mean = |group: &Group| group.scores.as_ref().map_or(f64::NEG_INFINITY, |scores| scores.mean);
        groups.sort_by(|a, b| mean(b).total_cmp(&mean(a)));
        compare(&mut groups, unit);
        let pictures = scored().count();
        Self {
            by: by.to_vec(),
            unit,
            threshold,
            pictures,
            failed: rows.len() - pictures,
            prompts,
            types,
            components: components(scored()),
            groups,
        }
    }

    /// The `count` best pictures, the best first, and the `count` worst, the worst first; none is in both.
    pub fn extremes(&self, count: usize) -> (Vec<Ranked<'a>>, Vec<Ranked<'a>>) {
        let pictures = self.groups.iter().flat_map(|group| &group.pictures);
        let mut all: Vec<Ranked> = pictures.map(|(row, scored)| Ranked { row, scored }).collect();
        all.sort_by(|a, b| b.scored.score.total_cmp(&a.scored.score));
        let best = count.min(all.len().div_ceil(2));
        let worst = count.min(all.len() - best);
        (all.iter().take(best).copied().collect(), all.iter().rev().take(worst).copied().collect())
    }

    /// Whether any picture has a verdict.
    pub fn has_verdicts(&self) -> bool {
        self.groups.iter().any(|group| group.verdicts.is_some())
    }

    /// How intervals and p-values were found, in one line.
    pub fn method(&self) -> String {
        let unit = match self.unit {
            Unit::Prompts => "prompts (groups share them)",
            Unit::Pictures => "pictures (groups share no prompts)",
        };
        let compared = match self.groups.iter().filter(|group| group.next.is_some()).count() {
            0 => return format!("95 % percentile bootstrap intervals over {unit}"),
            1 => "one comparison".to_owned(),
            many => format!("Holm-corrected over {many} comparisons"),
        };
        format!(
            "95 % percentile bootstrap intervals over {unit}; each group against the next in rank by a two-sided \
             bootstrap p of {},000 resamples, {compared}",
            significance::RESAMPLES / 1000
        )
    }
}

/// What to draw, and how many prompts the scored pictures have.
fn unit(keyed: &BTreeMap<Vec<String>, Vec<&Row>>) -> (Unit, usize) {
    let mut first_group: BTreeMap<&str, usize> = BTreeMap::new();
    let mut shared = false;
    for (index, rows) in keyed.values().enumerate() {
        for row in rows.iter().filter(|row| row.scored.is_some()) {
            shared |= *first_group.entry(&row.prompt).or_insert(index) != index;
        }
    }
    (if shared { Unit::Prompts } else { Unit::Pictures }, first_group.len())
}

/// Compares each group with the next in rank.
fn compare(groups: &mut [Group], unit: Unit) {
    let differences: Vec<Option<Difference>> =
        groups.windows(2).map(|two| difference(&two[0], &two[1], unit)).collect();
    let mut corrected =
        holm(&differences.iter().flatten().map(|difference| difference.p).collect::<Vec<f64>>()).into_iter();
    for (group, difference) in groups.iter_mut().zip(differences) {
        group.next = difference.and_then(|difference| Some(Comparison { difference, corrected: corrected.next()? }));
    }
}

fn difference(better: &Group, worse: &Group, unit: Unit) -> Option<Difference> {
    let scores = |group: &Group| group.pictures.iter().map(|(_, scored)| scored.score).collect::<Vec<f64>>();
    match unit {
        Unit::Pictures => significance::of_separate_values(&scores(better), &scores(worse)),
        Unit::Prompts => {
            let mut units: BTreeMap<&str, [Held; 2]> = BTreeMap::new();
            for (place, group) in [better, worse].into_iter().enumerate() {
                for (prompt, held) in by_prompt(&group.pictures) {
                    units.entry(prompt).or_default()[place] = held;
                }
            }
            significance::of_shared_units(&units.into_values().collect::<Vec<_>>())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::commands::report::{group::Incidence, rows::row};

    /// A row of `model`'s picture of `prompt`, with a blur as severe as its score is low.
    fn scored(model: &str, prompt: &str, score: f64) -> Row {
        let line = json!({
            "image": format!("{model}-{prompt}.png"), "prompt": prompt, "model": model, "score": score,
            "scenario": {"name": "general"},
            "components": {"global_alignment": score / 100.0, "local_alignment": null},
            "distortions": [
                {"type": "edge_blur", "severity": 1.0 - score / 100.0}, {"type": "detail_loss", "severity": null}],
            "verdict": {"verdict": if score < 40.0 { "reject" } else { "accept" }, "rules": []},
        });
        row(&line.to_string()).unwrap()
    }

    fn failed(model: &str) -> Row {
        row(&json!({"image": "a.png", "prompt": "a", "model": model, "error": "no such file"}).to_string()).unwrap()
    }

    fn by_model(rows: &[Row]) -> Figures<'_> {
        Figures::of(rows, &["model".to_owned()], 0.5)
    }

    fn close(got: f64, want: f64) {
        assert!((got - want).abs() < 1e-9, "{got} {want}");
    }

    #[test]
    fn a_group_s_figures_are_those_that_one_reckons_by_hand() {
        let scores = [("a", 20.0), ("b", 40.0), ("c", 50.0), ("d", 90.0)];
        let rows: Vec<Row> =
            scores.map(|(prompt, score)| scored("m", prompt, score)).into_iter().chain([failed("m")]).collect();
        let figures = by_model(&rows);
        let group = &figures.groups[0];
        assert_eq!((group.pictures.len(), group.failed, figures.pictures, figures.failed), (4, 1, 4, 1));
        let scores = group.scores.as_ref().unwrap();
        close(scores.mean, 50.0);
        // (30² + 10² + 0² + 40²) / 3
        close(scores.deviation.unwrap(), (2600.0_f64 / 3.0).sqrt());
        close(scores.quartiles[0], 35.0);
        close(scores.quartiles[1], 45.0);
        close(scores.quartiles[2], 60.0);
        close(group.components[0].unwrap(), 0.5);
        assert_eq!(group.components[1], None);
        // Severities 0.8, 0.6, 0.5 and 0.1; the threshold itself counts.
        assert_eq!(group.incidence["edge_blur"], Incidence { seen: 3, assessed: 4 });
        assert_eq!(figures.types, ["edge_blur"], "what is not assessed is no type of the report");
        assert_eq!(group.verdicts, Some([0.75, 0.0, 0.25]));
    }

    #[test]
    fn groups_are_ranked_and_each_is_compared_with_the_next() {
        let prompts = ["a", "b", "c", "d", "e", "f", "g", "h"];
        let rows: Vec<Row> = prompts
            .iter()
            .enumerate()
            .flat_map(|(at, prompt)| {
                let level = 10.0 * at as f64;
                // Best is above good by 5 for every prompt; good and other differ for no more than chance.
                [
                    scored("best", prompt, level + 15.0),
                    scored("good", prompt, level + 10.0),
                    scored("other", prompt, level + if at % 2 == 0 { 4.0 } else { 15.9 }),
                ]
            })
            .collect();
        let figures = by_model(&rows);
        let names: Vec<String> = figures.groups.iter().map(Group::name).collect();
        assert_eq!(names, ["best", "good", "other"]);
        assert_eq!((figures.unit, figures.prompts), (Unit::Prompts, 8));
        let (first, second) = (figures.groups[0].next.unwrap(), figures.groups[1].next.unwrap());
        close(first.difference.interval.value, 5.0);
        assert!(first.is_significant(), "{first:?}");
        // The smaller of two p-values counts twice.
        close(first.corrected, 2.0 * first.difference.p);
        assert!(!second.is_significant(), "{second:?}");
        assert!(figures.groups[2].next.is_none());
        assert!(figures.method().contains("over prompts") && figures.method().contains("over 2 comparisons"));
    }

    #[test]
    fn groups_without_prompts_in_common_are_compared_by_pictures() {
        let rows = [scored("m", "a", 50.0), scored("m", "b", 60.0), scored("n", "c", 20.0), scored("n", "d", 30.0)];
        let figures = by_model(&rows);
        assert_eq!(figures.unit, Unit::Pictures);
        close(figures.groups[0].next.unwrap().difference.interval.value, 30.0);
        assert!(figures.method().contains("over pictures") && figures.method().ends_with("one comparison"));
    }

    #[test]
    fn one_picture_has_no_interval_and_no_score_has_no_rank() {
        let rows = [scored("m", "a", 50.0), failed("n"), scored("o", "c", 20.0), scored("o", "d", 30.0)];
        let figures = by_model(&rows);
        let scores = figures.groups[0].scores.as_ref().unwrap();
        assert!(scores.interval.is_none() && scores.deviation.is_none());
        assert!(figures.groups.iter().all(|group| group.next.is_none()));
        assert_eq!((figures.groups[2].name().as_str(), figures.groups[2].scores.is_none()), ("n", true));
    }

    #[test]
    fn two_columns_make_a_group_for_each_pair_and_a_missing_value_has_a_name() {
        let rows = [scored("m", "a", 50.0), scored("", "a", 60.0)];
        let figures = Figures::of(&rows, &["model".to_owned(), "scenario".to_owned()], 0.5);
        let names: Vec<String> = figures.groups.iter().map(Group::name).collect();
        assert_eq!(names, ["(none) · general", "m · general"]);
    }

    #[test]
    fn the_best_and_the_worst_pictures_are_different_ones() {
        let rows = [scored("m", "a", 50.0), scored("n", "b", 60.0), scored("m", "c", 20.0)];
        let scores = |pictures: Vec<Ranked>| pictures.iter().map(|shown| shown.scored.score).collect::<Vec<f64>>();
        let (best, worst) = by_model(&rows).extremes(4);
        assert_eq!((scores(best), scores(worst)), (vec![60.0, 50.0], vec![20.0]));
    }
}
