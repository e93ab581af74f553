//! Means with their intervals, and how sure the order is.

use maud::{Markup, html};

use super::{
    colour, number,
    strips::{self, MIDDLE, Scale, Strip},
};
use crate::commands::report::{figures::Figures, group::Scores};

/// The ranking in a sentence or two.
pub fn takeaway(figures: &Figures) -> String {
    let Some((_, best, scores)) = figures.ranked().next() else { return String::new() };
    let mut text = format!("{} has the highest mean, {}.", best.name(), number(Some(scores.mean), 1));
    let compared: Vec<_> = figures.groups.iter().filter_map(|group| group.next).collect();
    let sure = compared.iter().filter(|next| next.is_significant()).count();
    text += &match (compared.len(), sure) {
        (0, _) => String::new(),
        (1, 0) => " Its lead over the next is not significant.".to_owned(),
        (1, _) => " Its lead over the next is significant.".to_owned(),
        (many, 0) => format!(" None of the {many} differences between neighbours in rank is significant."),
        (many, 1) => format!(" Of the {many} differences between neighbours in rank, one is significant."),
        (many, sure) => format!(" Of the {many} differences between neighbours in rank, {sure} are significant."),
    };
    text
}

/// The plot of all groups that have a score.
pub fn plot(figures: &Figures) -> Markup {
    let ends = |scores: &Scores| scores.interval.map_or([scores.mean; 2], |interval| [interval.low, interval.high]);
    let scale = Scale::over(figures.ranked().flat_map(|(_, _, scores)| ends(scores)));
    let strips: Vec<Strip> = figures
        .ranked()
        .map(|(rank, group, scores)| {
            let [low, high] = ends(scores);
            Strip {
                class: colour(rank - 1),
                name: format!("{rank}. {}", group.name()),
                figures: told(scores),
                marks: html! {
                    line.interval x1=(scale.at(low)) x2=(scale.at(high)) y1=(MIDDLE) y2=(MIDDLE) {}
                    circle.centre cx=(scale.at(scores.mean)) cy=(MIDDLE) r="6" {}
                },
            }
        })
        .collect();
    let description =
        figures.ranked().map(|(rank, group, scores)| format!("{rank}. {}: {}.", group.name(), told(scores)));
    let description = description.collect::<Vec<_>>().join(" ");
    strips::plot("means", "Mean score of each group with its 95 % interval", &description, scale, &strips)
}

fn told(scores: &Scores) -> String {
    let mean = number(Some(scores.mean), 1);
    scores.interval.map_or(mean.clone(), |interval| format!("{mean} ({:.1} to {:.1})", interval.low, interval.high))
}

/// Each group against the next; nothing where no two can be compared.
pub fn table(figures: &Figures) -> Markup {
    let pairs = || figures.groups.windows(2).filter_map(|two| Some((&two[0], &two[1], two[0].next?)));
    if pairs().next().is_none() {
        return html! {};
    }
    html! {
        div.scroll role="region" aria-label="Each group against the next" tabindex="0" {
            table {
                caption { "Each group against the next in rank" }
                thead {
                    tr {
                        th scope="col" { "Group" }
                        th scope="col" { "Next" }
                        th.n scope="col" { "Difference" }
                        th.n scope="col" { "95 % interval" }
                        th.n scope="col" { "p" }
                        th.n scope="col" { "p (Holm)" }
                        th.last scope="col" { "Order" }
                    }
                }
                tbody {
                    @for (better, worse, next) in pairs() {
                        tr {
                            th scope="row" { (better.name()) }
                            td { (worse.name()) }
                            td.n { "+" (number(Some(next.difference.interval.value), 1)) }
                            td.n { (number(Some(next.difference.interval.low), 1)) " to "
                                   (number(Some(next.difference.interval.high), 1)) }
                            td.n { (p_value(next.difference.p)) }
                            td.n { (p_value(next.corrected)) }
                            td.last {
                                @if next.is_significant() { strong { "significant" } } @else { "not significant" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn p_value(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}
