//! How each group's scores lie: a box plot with the single pictures.

use maud::{Markup, html};

use super::{
    colour, number,
    strips::{self, MIDDLE, Scale, Strip},
};
use crate::commands::report::{
    figures::Figures,
    group::{Group, Scores},
};

/// More dots than this would hide one another; then every second or third is drawn, and so on.
const MOST_DOTS: usize = 300;
const HALF_BOX: f64 = 9.0;

/// The plot of all groups that have a score.
pub fn plot(figures: &Figures) -> Markup {
    let all = figures.groups.iter().flat_map(|group| &group.pictures).map(|(_, scored)| scored.score);
    let scale = Scale::over(all);
    let strips: Vec<Strip> = figures
        .ranked()
        .map(|(rank, group, scores)| Strip {
            class: colour(rank - 1),
            name: group.name(),
            figures: format!("median {}", number(Some(scores.quartiles[1]), 1)),
            marks: marks(group, scores, scale),
        })
        .collect();
    let told = figures.ranked().map(|(_, group, scores)| {
        let [q1, median, q3] = scores.quartiles;
        format!("{}: median {median:.1}, quartiles {q1:.1} and {q3:.1}.", group.name())
    });
    let description = told.collect::<Vec<_>>().join(" ");
    strips::plot("boxes", "Distribution of scores by group", &description, scale, &strips)
}

fn marks(group: &Group, scores: &Scores, scale: Scale) -> Markup {
    let [q1, median, q3] = scores.quartiles;
    let reach = 1.5 * (q3 - q1);
    let within =
        || group.pictures.iter().map(|(_, scored)| scored.score).filter(|s| (q1 - reach..=q3 + reach).contains(s));
    let (low, high) = within().fold((q1, q3), |(low, high), score| (low.min(score), high.max(score)));
    let step = group.pictures.len().div_ceil(MOST_DOTS).max(1);
    html! {
        line.whisker x1=(scale.at(low)) x2=(scale.at(high)) y1=(MIDDLE) y2=(MIDDLE) {}
        rect.box x=(scale.at(q1)) y=(MIDDLE - HALF_BOX) width=(scale.between(q1, q3)) height=(2.0 * HALF_BOX) rx="3" {}
        @for (index, (row, scored)) in group.pictures.iter().enumerate().step_by(step) {
            circle.dot cx=(scale.at(scored.score)) cy=(format!("{:.1}", MIDDLE + lift(index))) r="2.6" {
                title { (row.image) ": " (number(Some(scored.score), 1)) }
            }
        }
        line.median x1=(scale.at(median)) x2=(scale.at(median)) y1=(MIDDLE - HALF_BOX) y2=(MIDDLE + HALF_BOX) {}
        svg x=(scale.at(scores.mean)) y=(MIDDLE) { path.mean d="M0-5.5 5.5 0 0 5.5-5.5 0Z" {} }
    }
}

/// Moves dots apart, evenly and always alike: multiples of the golden ratio fill a range without a pattern.
fn lift(index: usize) -> f64 {
    ((index as f64 * 0.618_033_988_75).fract() - 0.5) * 1.6 * HALF_BOX
}
