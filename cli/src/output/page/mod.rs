//! A report as one HTML page that needs nothing else: a script that shows the figures, and the figures as JSON. Without
//! scripts the page shows plain tables.

mod data;
mod tables;

use data::Data;
use maud::{Markup, html};

use crate::{
    commands::report::{figures::Figures, thumbnails::Shown},
    error::CliError,
};

/// As `npm run build` in `web/` makes it; its script is allowed by its digest.
const TEMPLATE: &str = include_str!("../../../../web/dist/report.html");

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
pub fn render(page: &Page) -> Result<String, CliError> {
    let title = format!("Picture quality by {}", page.figures.by.join(" and ").replace('_', " "));
    let data = serde_json::to_string(&Data::of(page)).map_err(CliError::part)?;
    // So that no text of a prompt can end the element that holds the data.
    let data = data.replace('<', "\\u003c");
    let plain = plain(page, &title).into_string();
    let title = html! { (title) }.into_string();
    // In the order of their places; what is filled in is not looked through again.
    let (mut done, mut rest) = (String::with_capacity(TEMPLATE.len() + data.len() + plain.len()), TEMPLATE);
    for (place, filling) in [("REPORT_TITLE", &title), ("REPORT_STATIC", &plain), ("REPORT_DATA", &data)] {
        let (before, after) =
            rest.split_once(place).ok_or_else(|| CliError::part(format!("the page has no {place}")))?;
        done.push_str(before);
        done.push_str(filling);
        rest = after;
    }
    Ok(done + rest)
}

/// What a reader without scripts meets.
fn plain(page: &Page, title: &str) -> Markup {
    let figures = page.figures;
    html! {
        main.report {
            h1 { (title) }
            @if figures.pictures == 0 { p { "No picture has a score, so there is nothing to show." } }
            @else {
                p { "This page shows plots and pictures where scripts are allowed." }
                (tables::scores(figures))
                (tables::components(figures))
                @if figures.has_verdicts() { (tables::verdicts(figures)) }
                p { (figures.method()) "." }
            }
            p { "From " code { (page.source) } " by cpaiqa " (env!("CARGO_PKG_VERSION")) "." }
        }
    }
}

fn number(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}").replace('-', "−"))
}
