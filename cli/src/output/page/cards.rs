//! Single pictures: score, prompt, what was found on them, what cost the points and what is missing.

use maud::{Markup, html};

use super::{colour, marks::Marks, number, shortened, spaced};
use crate::commands::report::{
    figures::Figures,
    rows::{Part, Scored},
    thumbnails::Shown,
};

/// A part that is less likely there than not is missing.
pub const MISSING_BELOW: f64 = 0.5;
/// Points that are told as 0.0 cost nothing.
const LEAST_LOSS: f64 = 0.05;
const MOST_LOSSES: usize = 3;
const LONGEST_PROMPT: usize = 180;
const LONGEST_LIST: usize = 120;

/// A card for each picture.
pub fn cards(figures: &Figures, pictures: &[Shown]) -> Markup {
    html! { div.cards { @for shown in pictures { (card(figures, shown)) } } }
}

/// The switch that hides all marks of the page.
pub fn switch() -> Markup {
    html! {
        p.switch {
            label {
                input #marks type="checkbox" checked;
                " Mark what was found " b.box-key {} " and what cost points " b.fault-key {}
            }
        }
    }
}

fn card(figures: &Figures, shown: &Shown) -> Markup {
    let Shown { group, row, scored, thumbnail } = shown;
    let marks = Marks::of(scored);
    let prompt = shortened(&row.prompt, LONGEST_PROMPT);
    html! {
        article class={ "card " (colour(*group)) } {
            @match thumbnail {
                Ok(thumbnail) => (marks.over(thumbnail, &format!("A picture of: {prompt}"))),
                Err(why) => p.absent { "No picture to show: " (why) },
            }
            div.told {
                p.score {
                    strong { (number(Some(scored.score), 1)) }
                    span { span.chip {} (figures.groups[*group].name()) }
                }
                p.prompt { (prompt) }
                (marks.key())
                (losses(scored))
                (missing(scored))
            }
        }
    }
}

fn losses(scored: &Scored) -> Markup {
    let mut lost: Vec<(&String, &f64)> =
        scored.points_lost.iter().filter(|(_, points)| **points >= LEAST_LOSS).collect();
    lost.sort_by(|a, b| b.1.total_cmp(a.1));
    html! {
        @if !lost.is_empty() {
            dl.losses {
                dt { "Points lost" }
                @for (name, points) in lost.into_iter().take(MOST_LOSSES) {
                    dd { span { (spaced(name)) } span.n { (number(Some(*points), 1)) } }
                }
            }
        }
    }
}

fn missing(scored: &Scored) -> Markup {
    let judged = || scored.descriptors.iter().chain(&scored.attributes).filter(|part| part.presence.is_some());
    let is_missing = |part: &&Part| part.presence.is_some_and(|presence| presence < MISSING_BELOW);
    let missing: Vec<&str> = judged().filter(is_missing).map(|part| part.text.as_str()).collect();
    html! {
        @if !missing.is_empty() { p.missing { b { "Missing " } (shortened(&missing.join(", "), LONGEST_LIST)) } }
        @else if judged().next().is_some() { p.missing { b { "Missing " } "nothing of its prompt" } }
    }
}
