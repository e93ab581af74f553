//! The figures behind the plots.

use domain::measurement::Component;
use maud::{Markup, html};

use super::{colour, number, spaced};
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
    let names = Component::ALL.map(|component| capital(&spaced(component.name())));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    table("Component means by group", &names, figures, |group| {
        group.components.iter().map(|mean| number(*mean, 2)).collect()
    })
}

/// Shares of accept, review and reject, as a bar and as numbers.
pub fn verdicts(figures: &Figures) -> Markup {
    html! {
        p { "What the acceptance rules of the scenario say, in per cent of the pictures that have a verdict." }
        div.verdicts {
            @for (rank, group, _) in figures.ranked() {
                @if let Some(shares) = group.verdicts { (bar(rank, group, shares)) }
            }
        }
        (table("Verdicts by group, %", &["Accept", "Review", "Reject"], figures, |group| {
            (0..3).map(|at| number(group.verdicts.map(|shares| 100.0 * shares[at]), 0)).collect()
        }))
    }
}

fn bar(rank: usize, group: &Group, shares: [f64; 3]) -> Markup {
    let title = format!("verdict-{rank}");
    let names = ["accept", "review", "reject"];
    let told = names.iter().zip(shares).map(|(name, share)| format!("{name} {:.0} %", 100.0 * share));
    let told = told.collect::<Vec<_>>().join(", ");
    let starts = [0.0, shares[0], shares[0] + shares[1]];
    html! {
        div {
            p { (group.name()) span { (told) } }
            svg.bar role="img" width="100%" height="14" aria-labelledby=(title) {
                title id=(title) { "Verdicts of " (group.name()) }
                desc { (told) }
                @for ((name, share), start) in names.iter().zip(shares).zip(starts) {
                    rect class=(name) x=(percent(start)) width=(percent(share)) height="14" {}
                }
            }
        }
    }
}

/// A share as an SVG length.
fn percent(share: f64) -> String {
    format!("{:.2}%", 100.0 * share)
}

/// A row a group.
fn table(caption: &str, titles: &[&str], figures: &Figures, cells: impl Fn(&Group) -> Vec<String>) -> Markup {
    html! {
        div.scroll role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead {
                    tr {
                        th scope="col" { "Group" }
                        @for title in titles { th.n scope="col" { (title) } }
                    }
                }
                tbody {
                    @for (index, group) in figures.groups.iter().enumerate() {
                        tr {
                            th scope="row" {
                                @if group.scores.is_some() { span class={ "chip " (colour(index)) } {} }
                                (group.name())
                            }
                            @for cell in cells(group) { td.n { (cell) } }
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
