//! How often each distortion is seen in each group: a table whose cells are the darker the larger their number.

use maud::{Markup, html};

use super::spaced;
use crate::commands::report::{
    figures::Figures,
    group::{Group, Incidence},
};

/// The share with the full colour is at least this, so that rare distortions look rare.
const LEAST_FULL: f64 = 0.2;
/// So many groups have room for their names side by side.
const FEW: usize = 7;

/// The table with its explanation.
pub fn table(figures: &Figures) -> Markup {
    let groups: Vec<&Group> = figures.ranked().map(|(_, group, _)| group).collect();
    let of = |group: &Group, kind: &str| group.incidence.get(kind).copied().unwrap_or_default();
    let shares = groups.iter().flat_map(|group| group.incidence.values()).filter_map(|incidence| incidence.share());
    let full = shares.fold(LEAST_FULL, f64::max);
    html! {
        p { (explanation(figures, full)) }
        div.scroll role="region" aria-label="Distortion incidence" tabindex="0" {
            table class=(if groups.len() <= FEW { "heat few" } else { "heat" }) {
                caption { "Distortion incidence by group, %" }
                thead {
                    tr {
                        th scope="col" { "Distortion" }
                        @for group in &groups { th.turned scope="col" { span { (group.name()) } } }
                    }
                }
                tbody {
                    @for kind in &figures.types {
                        tr {
                            th scope="row" { (spaced(kind)) }
                            @for group in &groups { (cell(of(group, kind), full)) }
                        }
                    }
                }
            }
        }
    }
}

fn explanation(figures: &Figures, full: f64) -> String {
    let pictures = figures.groups.iter().flat_map(|group| &group.pictures);
    let severities =
        pictures.flat_map(|(_, scored)| &scored.distortions).filter_map(|found| Some((found.severity?, found)));
    let largest = severities.max_by(|a, b| a.0.total_cmp(&b.0));
    let mut text = format!(
        "In how many of a hundred pictures a distortion has a severity of {} or more. The full colour is {}\u{a0}%.",
        figures.threshold,
        percent(full)
    );
    if let Some((severity, found)) = largest.filter(|(severity, _)| *severity < figures.threshold) {
        text += &format!(" No picture has that: the largest severity is {severity:.2}, of {}.", spaced(&found.kind));
    }
    text
}

fn cell(incidence: Incidence, full: f64) -> Markup {
    let Some(share) = incidence.share() else { return html! { td.heat title="not assessed" { "–" } } };
    let title = format!("{} of {} pictures", incidence.seen, incidence.assessed);
    html! { td.heat style=(format!("--share:{}%", percent(share / full))) title=(title) { (percent(share)) } }
}

fn percent(share: f64) -> String {
    format!("{:.0}", 100.0 * share)
}
