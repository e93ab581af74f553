//! The components of each group: a small radar a group, so that any number of groups can be told apart.

use domain::measurement::Component;
use maud::{Markup, html};

use super::{colour, number, shortened};
use crate::commands::report::{figures::Figures, group::Group};

const CENTRE: [f64; 2] = [160.0, 108.0];
const RADIUS: f64 = 84.0;

/// A radar for each group that has a score.
pub fn plots(figures: &Figures) -> Markup {
    html! {
        div.radars {
            @for (rank, group, _) in figures.ranked() {
                figure class=(colour(rank - 1)) {
                    (radar(rank, group, &figures.components))
                    figcaption { (group.name()) }
                }
            }
        }
    }
}

fn radar(rank: usize, group: &Group, all: &[Option<f64>; 5]) -> Markup {
    let told = Component::ALL.into_iter().zip(group.components);
    let told = told.map(|(component, mean)| format!("{} {}", component.name().replace('_', " "), number(mean, 2)));
    let description = told.collect::<Vec<_>>().join(", ");
    let id = format!("radar-{rank}");
    html! {
        svg.radar role="img" viewBox="0 0 320 204" aria-labelledby=(format!("{id}-title {id}-description")) {
            title id=(format!("{id}-title")) { "Components of " (shortened(&group.name(), 80)) }
            desc id=(format!("{id}-description")) { (description) }
            @for ring in [0.25, 0.5, 0.75, 1.0] { polygon.grid points=(polygon(&[Some(ring); 5])) {} }
            @for axis in 0..5 {
                @let [x, y] = place(axis, 1.0);
                line.grid x1=(CENTRE[0]) y1=(CENTRE[1]) x2=(round(x)) y2=(round(y)) {}
            }
            polygon.all points=(polygon(all)) {}
            polygon.own points=(polygon(&group.components)) {}
            @for (axis, mean) in group.components.into_iter().enumerate() {
                @if let Some(mean) = mean {
                    @let [x, y] = place(axis, mean);
                    circle.corner cx=(round(x)) cy=(round(y)) r="3" {}
                }
                (axis_name(axis, mean))
            }
        }
    }
}

/// An axis' name beside its end, and how far the group reaches on it.
fn axis_name(axis: usize, mean: Option<f64>) -> Markup {
    let name = ["global", "local", "attributes", "fidelity", "aesthetics"][axis];
    let [x, y] = place(axis, 1.0);
    // At the sides there is no room for both on one line.
    let (x, y, anchor, on_two_lines) = match axis {
        0 => (x, y - 10.0, "middle", false),
        1 => (x + 9.0, y - 2.0, "start", true),
        2 | 3 => (x, y + 20.0, "middle", false),
        _ => (x - 9.0, y - 2.0, "end", true),
    };
    html! {
        text.axis x=(round(x)) y=(round(y)) text-anchor=(anchor) {
            (name) " "
            @if on_two_lines { tspan.value x=(round(x)) dy="15" { (number(mean, 2)) } }
            @else { tspan.value { (number(mean, 2)) } }
        }
    }
}

/// The corners of the components that were measured.
fn polygon(values: &[Option<f64>; 5]) -> String {
    let corners = values.iter().enumerate().filter_map(|(axis, value)| Some(place(axis, (*value)?)));
    corners.map(|[x, y]| format!("{},{}", round(x), round(y))).collect::<Vec<_>>().join(" ")
}

/// The point at `value` on an axis; the first axis points up, the others follow clockwise.
fn place(axis: usize, value: f64) -> [f64; 2] {
    let (sin, cos) = (axis as f64 * std::f64::consts::TAU / 5.0).sin_cos();
    [CENTRE[0] + RADIUS * value * sin, CENTRE[1] - RADIUS * value * cos]
}

fn round(length: f64) -> String {
    format!("{length:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_that_was_not_measured_has_no_corner() {
        assert_eq!(polygon(&[Some(1.0), None, None, None, None]), "160.0,24.0");
        assert_eq!(polygon(&[Some(0.0), None, Some(0.0), None, Some(0.0)]).split(' ').count(), 3);
    }
}
