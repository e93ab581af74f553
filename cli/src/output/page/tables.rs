//! The figures as plain tables, for readers without scripts.

use domain::measurement::Component;
use maud::{Markup, html};

use super::number;
use crate::commands::report::{
    figures::Figures,
    group::{Group, Scores},
};

/// Count, mean, deviation and quartiles of every group, those without a score too.
pub fn scores(figures: &Figures) -> Markup {
    let of = |group: &Group, figure: fn(&Scores) -> Option<f64>| number(group.scores.as_ref().and_then(figure), 1);
    table("Scores by group", &["Pictures", "No score", "Mean", "SD", "Q1", "Median", "Q3"], figures, |group| {
        vec![
            group.pictures.len().to_string(),
            group.failed.to_string(),
            of(group, |scores| Some(scores.mean)),
            of(group, |scores| scores.deviation),
            of(group, |scores| Some(scores.quartiles[0])),
            of(group, |scores| Some(scores.quartiles[1])),
            of(group, |scores| Some(scores.quartiles[2])),
        ]
    })
}

/// Component means.
pub fn components(figures: &Figures) -> Markup {
    let names = Component::ALL.map(|component| capital(&component.name().replace('_', " ")));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    table("Component means by group", &names, figures, |group| {
        group.components.iter().map(|mean| number(*mean, 2)).collect()
    })
}

/// Shares of accept, review and reject.
pub fn verdicts(figures: &Figures) -> Markup {
    table("Verdicts by group, %", &["Accept", "Review", "Reject"], figures, |group| {
        (0..3).map(|at| number(group.verdicts.map(|shares| 100.0 * shares[at]), 0)).collect()
    })
}

/// A row a group.
fn table(caption: &str, titles: &[&str], figures: &Figures, cells: impl Fn(&Group) -> Vec<String>) -> Markup {
    html! {
        div.scroll role="region" aria-label=(caption) tabindex="0" {
            table.table {
                caption { (caption) }
                thead {
                    tr {
                        th scope="col" { "Group" }
                        @for title in titles { th.number scope="col" { (title) } }
                    }
                }
                tbody {
                    @for group in &figures.groups {
                        tr {
                            th scope="row" { (group.name()) }
                            @for cell in cells(group) { td.number { (cell) } }
                        }
                    }
                }
            }
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
