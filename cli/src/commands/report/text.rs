//! The figures for a terminal.

use std::fmt::Write;

use anstyle::Style;
use domain::{measurement::Component, statistics::Interval};

use super::figures::Figures;

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();

/// A column: its title and its cells.
type Column = (String, Vec<String>);

/// All tables, one below the other.
pub fn render(figures: &Figures) -> String {
    let mut text = format!("{BOLD}{}{BOLD:#}\n", summary(figures));
    table(&mut text, "Scores, best mean first", &scores(figures));
    table(&mut text, "Each group against the next", &ranking(figures));
    table(&mut text, "Component means", &components(figures));
    let title = format!("Share of pictures with a distortion of severity {} or more, %", figures.threshold);
    table(&mut text, &title, &incidence(figures));
    if figures.has_verdicts() {
        table(&mut text, "Verdicts, %", &verdicts(figures));
    }
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\n{FAINT}{}{FAINT:#}", figures.method());
    text
}

/// What the report is about, in one line.
fn summary(figures: &Figures) -> String {
    let count = |number: usize, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
    let mut text = format!(
        "{} of {} in {} by {}",
        count(figures.pictures, "picture"),
        count(figures.prompts, "prompt"),
        count(figures.groups.len(), "group"),
        figures.by.join(" and ")
    );
    if figures.failed > 0 {
        let _ = write!(text, "; {} without a score", count(figures.failed, "row"));
    }
    text
}

fn scores(figures: &Figures) -> Vec<Column> {
    let column = |title: &str, cell: &dyn Fn(usize) -> String| {
        (title.to_owned(), (0..figures.groups.len()).map(cell).collect::<Vec<String>>())
    };
    let scores = |at: usize| figures.groups[at].scores.as_ref();
    let quartile = |at: usize, which: usize| number(scores(at).map(|scores| scores.quartiles[which]), 1);
    vec![
        column("", &|at| named(figures, at)),
        column("pictures", &|at| figures.groups[at].pictures.len().to_string()),
        column("no score", &|at| figures.groups[at].failed.to_string()),
        column("mean", &|at| number(scores(at).map(|scores| scores.mean), 1)),
        column("95 %", &|at| range(scores(at).and_then(|scores| scores.interval))),
        column("sd", &|at| number(scores(at).and_then(|scores| scores.deviation), 1)),
        column("q1", &|at| quartile(at, 0)),
        column("median", &|at| quartile(at, 1)),
        column("q3", &|at| quartile(at, 2)),
    ]
}

fn ranking(figures: &Figures) -> Vec<Column> {
    let compared: Vec<(usize, _)> =
        figures.groups.iter().enumerate().filter_map(|(at, group)| Some((at, group.next?))).collect();
    let titles = ["", "above the next by", "95 %", "p", "p (Holm)", ""];
    let cells = compared.iter().map(|(at, next)| {
        let difference = next.difference;
        [
            named(figures, *at),
            number(Some(difference.interval.value), 1),
            range(Some(difference.interval)),
            format!("{:.4}", difference.p),
            format!("{:.4}", next.corrected),
            (if next.is_significant() { "significant" } else { "not significant" }).to_owned(),
        ]
    });
    let cells: Vec<[String; 6]> = cells.collect();
    let column = |(at, title): (usize, &str)| (title.to_owned(), cells.iter().map(|row| row[at].clone()).collect());
    titles.into_iter().enumerate().map(column).collect()
}

fn components(figures: &Figures) -> Vec<Column> {
    let names = (0..figures.groups.len()).map(|at| named(figures, at)).chain(["all pictures".to_owned()]);
    let mut columns: Vec<Column> = vec![(String::new(), names.collect())];
    for (at, component) in Component::ALL.into_iter().enumerate() {
        let means = figures.groups.iter().map(|group| group.components[at]).chain([figures.components[at]]);
        columns.push((spaced(component.name()), means.map(|mean| number(mean, 2)).collect()));
    }
    columns
}

/// A row a type, since types have long names and are many.
fn incidence(figures: &Figures) -> Vec<Column> {
    let mut columns: Vec<Column> = vec![(String::new(), figures.types.iter().map(|kind| spaced(kind)).collect())];
    for group in &figures.groups {
        let share = |kind: &String| group.incidence.get(kind.as_str()).and_then(|incidence| incidence.share());
        let shares = figures.types.iter().map(|kind| number(share(kind).map(|share| 100.0 * share), 0));
        columns.push((group.name(), shares.collect()));
    }
    columns
}

fn verdicts(figures: &Figures) -> Vec<Column> {
    let names = (0..figures.groups.len()).map(|at| named(figures, at)).collect();
    let mut columns: Vec<Column> = vec![(String::new(), names)];
    for (at, title) in ["accept", "review", "reject"].into_iter().enumerate() {
        let share = figures.groups.iter().map(|group| group.verdicts.map(|shares| 100.0 * shares[at]));
        columns.push((title.to_owned(), share.map(|share| number(share, 0)).collect()));
    }
    columns
}

/// The group's rank, if it has one, and its name.
fn named(figures: &Figures, at: usize) -> String {
    let group = &figures.groups[at];
    match group.scores {
        Some(_) => format!("{:2}  {}", at + 1, group.name()),
        None => format!(" –  {}", group.name()),
    }
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"))
}

fn range(interval: Option<Interval>) -> String {
    interval.map_or_else(|| "–".to_owned(), |interval| format!("{:.1} to {:.1}", interval.low, interval.high))
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// The first column to the left, the others to the right; nothing when there is no row.
fn table(text: &mut String, title: &str, columns: &[Column]) {
    let rows = columns.first().map_or(0, |(_, cells)| cells.len());
    if rows == 0 {
        return;
    }
    let width = |(title, cells): &Column| {
        cells.iter().chain([title]).map(|cell| cell.chars().count()).max().unwrap_or_default()
    };
    let widths: Vec<usize> = columns.iter().map(width).collect();
    let line = |cell: &dyn Fn(&Column) -> String| {
        let cells = columns.iter().zip(&widths).enumerate().map(|(at, (column, &width))| match at {
            0 => format!("{:width$}", cell(column)),
            _ => format!("{:>width$}", cell(column)),
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let _ = writeln!(text, "\n{BOLD}{title}{BOLD:#}\n{FAINT}{}{FAINT:#}", line(&|(title, _)| title.clone()));
    for row in 0..rows {
        let _ = writeln!(text, "{}", line(&|(_, cells)| cells[row].clone()));
    }
}
