//! A report as one HTML page that needs nothing else: no script, no network, plots as SVG, thumbnails as data URLs.

mod boxes;
mod cards;
mod data_url;
mod heat;
mod marks;
mod radar;
mod ranking;
mod strips;
mod tables;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::commands::report::{figures::Figures, thumbnails::Shown};

const STYLE: &str = include_str!("style.css");
/// Even a picture's prompt that a browser takes for markup could load nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/// What a page shows.
pub struct Page<'a> {
    pub figures: &'a Figures<'a>,
    /// The results' file name.
    pub source: &'a str,
    /// The best first.
    pub best: Vec<Shown<'a>>,
    /// The worst first.
    pub worst: Vec<Shown<'a>>,
}

/// The whole page.
pub fn render(page: &Page) -> String {
    let figures = page.figures;
    let title = format!("Picture quality by {}", figures.by.join(" and ").replace('_', " "));
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p.eyebrow { "CPA-IQA report" }
                    h1 { (title) }
                    (tiles(figures))
                }
                main {
                    @if figures.ranked().next().is_some() { (sections(page)) }
                    @else { section { p { "No picture has a score, so there is nothing to show." } } }
                }
                footer {
                    p { "From " code { (page.source) } " by cpaiqa " (env!("CARGO_PKG_VERSION")) "." }
                }
            }
        }
    };
    document.into_string()
}

fn sections(page: &Page) -> Markup {
    let figures = page.figures;
    html! {
        (section("ranking", "Ranking", html! {
            p { (ranking::takeaway(figures)) }
            (ranking::plot(figures))
            (ranking::table(figures))
            p.note { (figures.method()) "." }
            @if let Some(warning) = small_groups(figures) { p.note { (warning) } }
        }))
        (section("scores", "Scores", html! {
            p { "Every dot is a picture. A box reaches from the first to the third quartile, its bar is the median, \
                 the diamond the mean; whiskers end at the last picture within one and a half box lengths." }
            (boxes::plot(figures))
            (tables::scores(figures))
        }))
        (section("components", "Components", html! {
            p { "Means from 0 in the middle to 1 at the rim. The dashed outline is the mean of all pictures." }
            (radar::plots(figures))
            (tables::components(figures))
        }))
        @if !figures.types.is_empty() { (section("distortions", "Distortions", heat::table(figures))) }
        @if figures.has_verdicts() { (section("verdicts", "Verdicts", tables::verdicts(figures))) }
        @if !page.best.is_empty() {
            (section("best", "Best pictures", html! { (cards::switch()) (cards::cards(figures, &page.best)) }))
        }
        @if !page.worst.is_empty() { (section("worst", "Worst pictures", cards::cards(figures, &page.worst))) }
    }
}

fn section(id: &str, title: &str, content: Markup) -> Markup {
    html! { section id=(id) { h2 { (title) } (content) } }
}

fn tiles(figures: &Figures) -> Markup {
    let scores = figures.groups.iter().flat_map(|group| &group.pictures).map(|(_, scored)| scored.score);
    let mean = (figures.pictures > 0).then(|| scores.sum::<f64>() / figures.pictures as f64);
    let tile = |number: String, what: &str| html! { div { dt { (what) } dd { (number) } } };
    let many = |number: usize, one: &str| if number == 1 { one.to_owned() } else { format!("{one}s") };
    html! {
        dl.tiles {
            (tile(figures.pictures.to_string(), &many(figures.pictures, "picture")))
            (tile(figures.prompts.to_string(), &many(figures.prompts, "prompt")))
            (tile(figures.groups.len().to_string(), &many(figures.groups.len(), "group")))
            (tile(number(mean, 1), "mean score"))
            @if figures.failed > 0 { (tile(figures.failed.to_string(), "without a score")) }
        }
    }
}

/// What to hold of intervals from a handful of pictures.
fn small_groups(figures: &Figures) -> Option<String> {
    const FEW: usize = 10;
    let small = figures.ranked().filter(|(_, group, _)| group.pictures.len() < FEW);
    let names: Vec<String> = small.map(|(_, group, _)| group.name()).collect();
    let named = shortened(&names.join(", "), 120);
    (!names.is_empty()).then(|| {
        format!(
            "Fewer than {FEW} pictures: {named}. Intervals from so few are too narrow, and one picture more may change \
             the order."
        )
    })
}

/// The class of a group's colour.
fn colour(group: usize) -> String {
    format!("g{}", group % 7)
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}").replace('-', "−"))
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// At most `most` characters.
fn shortened(text: &str, most: usize) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.chars().count() <= most { folded } else { folded.chars().take(most - 1).chain(['…']).collect() }
}
