//! What was found on a picture, drawn over it: boxes with numbers, faults with letters.

use maud::{Markup, html};

use super::{cards::MISSING_BELOW, data_url, number, shortened, spaced};
use crate::commands::report::{
    rows::{Found, Scored},
    thumbnails::Thumbnail,
};

/// Distortions that cost less than this many points are not marked.
const LEAST_POINTS: f64 = 1.0;
const MOST_FAULTS: usize = 3;
const LONGEST_LIST: usize = 90;

/// What is marked on one picture.
pub struct Marks<'a> {
    /// Parts of the prompt found in one place, with its box `[x, y, w, h]`, picture pixels.
    found: Vec<(Vec<&'a str>, [f32; 4])>,
    /// The distortions that cost the most.
    faults: Vec<&'a Found>,
}

impl<'a> Marks<'a> {
    /// What is worth marking of a score.
    pub fn of(scored: &'a Scored) -> Self {
        let mut found: Vec<(Vec<&str>, [f32; 4])> = Vec::new();
        for part in &scored.descriptors {
            let present = part.presence.is_some_and(|presence| presence >= MISSING_BELOW);
            let Some(bbox) = part.bbox.filter(|_| present).map(<[f32; 4]>::from) else { continue };
            match found.iter_mut().find(|(_, other)| *other == bbox) {
                Some((names, _)) => names.push(&part.text),
                None => found.push((vec![&part.text], bbox)),
            }
        }
        let cost = |found: &Found| scored.points_lost.get(&found.kind).copied().unwrap_or(0.0);
        let worth = |found: &&Found| (found.peak.is_some() || found.bbox.is_some()) && cost(found) >= LEAST_POINTS;
        let mut faults: Vec<&Found> = scored.distortions.iter().filter(worth).collect();
        faults.sort_by(|a, b| cost(b).total_cmp(&cost(a)));
        faults.truncate(MOST_FAULTS);
        Self { found, faults }
    }

    /// The picture with its marks.
    pub fn over(&self, thumbnail: &Thumbnail, title: &str) -> Markup {
        let canvas = Canvas::of(thumbnail);
        let [width, height] = canvas.size;
        html! {
            svg.picture role="img" viewBox=(format!("0 0 {width} {height}")) {
                title { (title) }
                desc { (self.told()) }
                image href=(data_url::jpeg(&thumbnail.bytes)) width=(width) height=(height) {}
                g.marks {
                    @for (index, (_, bbox)) in self.found.iter().enumerate() {
                        (canvas.rectangle("found", *bbox))
                        (canvas.badge("found", &(index + 1).to_string(), self.corner(index, canvas.pixel)))
                    }
                    @for (index, fault) in self.faults.iter().enumerate() { (canvas.fault(index, fault)) }
                }
            }
        }
    }

    /// Where a box' number stands: in its corner, beside the numbers of the boxes that begin at the same place.
    fn corner(&self, index: usize, pixel: f32) -> [f32; 2] {
        let [x, y] = self.found.get(index).map_or([0.0; 2], |(_, [x, y, ..])| [*x, *y]);
        let near = |bbox: &[f32; 4]| (bbox[0] - x).abs() + (bbox[1] - y).abs() < 40.0 * pixel;
        let before = self.found.iter().take(index).filter(|(_, bbox)| near(bbox)).count();
        [x + (11.0 + 20.0 * before as f32) * pixel, y + 11.0 * pixel]
    }

    /// The marks in words, for those who do not see them.
    fn told(&self) -> String {
        let found: Vec<String> = self.found.iter().map(|(names, _)| names.join(", ")).collect();
        let faults: Vec<String> = self.faults.iter().map(|fault| spaced(&fault.kind)).collect();
        let list = |names: Vec<String>| if names.is_empty() { "nothing".to_owned() } else { names.join("; ") };
        format!("Boxes around {}. Faults marked: {}.", list(found), list(faults))
    }

    /// What the numbers and letters stand for.
    pub fn key(&self) -> Markup {
        html! {
            @if !self.found.is_empty() || !self.faults.is_empty() {
                ul.key {
                    @for (index, (names, _)) in self.found.iter().enumerate() {
                        li { b.found { (index + 1) } span { (shortened(&names.join(", "), LONGEST_LIST)) } }
                    }
                    @for (index, fault) in self.faults.iter().enumerate() {
                        li {
                            b.fault { (letter(index)) }
                            span { (spaced(&fault.kind)) ", severity " (number(fault.severity, 2)) }
                        }
                    }
                }
            }
        }
    }
}

/// Draws in a picture's own pixels.
struct Canvas {
    size: [u32; 2],
    /// About a pixel of the screen.
    pixel: f32,
}

impl Canvas {
    fn of(thumbnail: &Thumbnail) -> Self {
        let size = [thumbnail.width, thumbnail.height];
        Self { size, pixel: thumbnail.width.max(thumbnail.height) as f32 / 300.0 }
    }

    /// A box that is seen on any ground.
    fn rectangle(&self, class: &str, [x, y, width, height]: [f32; 4]) -> Markup {
        html! { @for class in ["halo", class] { rect class=(class) x=(x) y=(y) width=(width) height=(height) {} } }
    }

    fn fault(&self, index: usize, fault: &Found) -> Markup {
        let middle = fault.bbox.map(|bbox| [bbox.x + bbox.width / 2.0, bbox.y + bbox.height / 2.0]);
        let Some([x, y]) = fault.peak.or(middle) else { return html! {} };
        html! {
            @if let Some(bbox) = fault.bbox { (self.rectangle("fault", bbox.into())) }
            @for class in ["halo", "ring"] { circle class=(class) cx=(x) cy=(y) r=(14.0 * self.pixel) {} }
            (self.badge("fault", &letter(index), [x, y]))
        }
    }

    /// A number or a letter on a disc, kept within the picture.
    fn badge(&self, class: &str, text: &str, [x, y]: [f32; 2]) -> Markup {
        let (pixel, [width, height]) = (self.pixel, self.size);
        let margin = 10.0 * pixel;
        let inside = |at: f32, side: u32| at.min(side as f32 - margin).max(margin);
        let (x, y) = (inside(x, width), inside(y, height));
        let size = format!("font-size:{}px", 12.0 * pixel);
        html! {
            circle class={ "badge " (class) } cx=(x) cy=(y) r=(9.0 * pixel) {}
            text class={ "badge " (class) } x=(x) y=(y + 4.2 * pixel) style=(size) text-anchor="middle" { (text) }
        }
    }
}

fn letter(index: usize) -> String {
    ('A'..='Z').nth(index).map(String::from).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_in_one_place_share_a_box_and_cheap_or_placeless_faults_are_not_marked() {
        let scored: Scored = serde_json::from_value(json!({
            "score": 50, "scenario": {"name": "general"}, "components": {},
            "points_lost": {"edge_blur": 2.0, "detail_loss": 0.4, "anatomical_error": 9.0, "moire": 5.0},
            "descriptors": [
                {"text": "dog", "presence": 0.9, "bbox": [1, 2, 3, 4]},
                {"text": "black dog", "presence": 0.8, "bbox": [1, 2, 3, 4]},
                {"text": "cat", "presence": 0.1, "bbox": [5, 5, 5, 5]}, {"text": "sky", "presence": 0.9, "bbox": null}],
            "distortions": [
                {"type": "edge_blur", "severity": 0.1, "peak": [1, 1]},
                {"type": "detail_loss", "severity": 0.1, "peak": [1, 1]},
                {"type": "anatomical_error", "severity": 0.2, "peak": [1, 1]}, {"type": "moire", "severity": 0.3}],
        }))
        .unwrap();
        let marks = Marks::of(&scored);
        assert_eq!(marks.found, [(vec!["dog", "black dog"], [1.0, 2.0, 3.0, 4.0])]);
        let faults: Vec<&str> = marks.faults.iter().map(|fault| fault.kind.as_str()).collect();
        assert_eq!(faults, ["anatomical_error", "edge_blur"]);
        assert_eq!(marks.told(), "Boxes around dog, black dog. Faults marked: anatomical error; edge blur.");
    }

    #[test]
    fn numbers_stay_within_the_picture_and_beside_one_another() {
        let canvas = Canvas { size: [300, 200], pixel: 1.0 };
        let drawn = canvas.badge("fault", "A", [299.0, 0.0]).into_string();
        assert!(drawn.contains(r#"cx="290" cy="10""#), "{drawn}");
        let marks = Marks { found: vec![(vec!["a"], [50.0; 4]), (vec!["b"], [55.0; 4])], faults: vec![] };
        assert_eq!([marks.corner(0, 1.0), marks.corner(1, 1.0)], [[61.0, 61.0], [86.0, 66.0]]);
    }
}
