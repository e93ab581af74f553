//! The frame of plots with a horizontal strip for each group. Places along the axis are percentages of the width, so
//! that letters and dots keep their size on a phone, without any script.

use maud::{Markup, html};

use super::shortened;

/// Heights, pixels.
const STRIP: usize = 62;
const AXIS: usize = 26;
/// Where a strip's marks have their middle, pixels below its top.
pub const MIDDLE: f64 = 38.0;
/// Longer names do not fit a phone beside the figures.
const LONGEST_NAME: usize = 26;

/// A strip of the plot.
pub struct Strip {
    /// Its colour's class.
    pub class: String,
    pub name: String,
    /// To the right of the name.
    pub figures: String,
    pub marks: Markup,
}

/// The axis of scores, between two round numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    low: f64,
    high: f64,
}

impl Scale {
    /// A scale that holds all of `values`, each [0, 100].
    pub fn over(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((100.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = ((low / 10.0).floor() * 10.0, (high / 10.0).ceil() * 10.0);
        if high - low < 20.0 {
            return Self { low: (low - 10.0).max(0.0), high: (high.max(low) + 10.0).min(100.0) };
        }
        Self { low, high }
    }

    /// How far along the axis `value` lies, [0, 100].
    pub fn along(&self, value: f64) -> f64 {
        (100.0 * (value - self.low) / (self.high - self.low)).clamp(0.0, 100.0)
    }

    /// The same as an SVG length.
    pub fn at(&self, value: f64) -> String {
        format!("{:.2}%", self.along(value))
    }

    /// The width from `from` to `to`, as an SVG length.
    pub fn between(&self, from: f64, to: f64) -> String {
        format!("{:.2}%", (self.along(to) - self.along(from)).max(0.0))
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        let (low, high) = (self.low, self.high);
        let step = if high - low > 60.0 { 20.0 } else { 10.0 };
        (0..=10).map(move |index| f64::from(index) * step).filter(move |tick| (low..=high).contains(tick))
    }
}

/// The plot with its title and its description for those who do not see it.
pub fn plot(id: &str, title: &str, description: &str, scale: Scale, strips: &[Strip]) -> Markup {
    let height = strips.len() * STRIP + AXIS;
    let (title_id, description_id) = (format!("{id}-title"), format!("{id}-description"));
    html! {
        svg.strips role="img" width="100%" height=(height) aria-labelledby=(format!("{title_id} {description_id}")) {
            title id=(title_id) { (title) }
            desc id=(description_id) { (description) }
            @for tick in scale.ticks() {
                line.grid x1=(scale.at(tick)) x2=(scale.at(tick)) y1="0" y2=(height - AXIS) {}
                text.tick x=(scale.at(tick)) y=(height - 8) text-anchor=(anchor(scale.along(tick))) { (tick) }
            }
            @for (index, strip) in strips.iter().enumerate() {
                svg class=(strip.class) x="0" y=(index * STRIP) width="100%" height=(STRIP) {
                    text.name x="0" y="17" { title { (strip.name) } (shortened(&strip.name, LONGEST_NAME)) }
                    text.figures x="100%" y="17" text-anchor="end" { (strip.figures) }
                    (strip.marks)
                }
            }
        }
    }
}

/// Numbers at the axis' ends stay within it.
fn anchor(along: f64) -> &'static str {
    match along {
        ..=1.0 => "start",
        99.0.. => "end",
        _ => "middle",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_round_and_holds_its_values() {
        let scale = Scale::over([43.0, 71.5].into_iter());
        assert_eq!(scale, Scale { low: 40.0, high: 80.0 });
        assert_eq!((scale.at(40.0).as_str(), scale.at(50.0).as_str()), ("0.00%", "25.00%"));
        assert_eq!(scale.ticks().collect::<Vec<_>>(), [40.0, 50.0, 60.0, 70.0, 80.0]);
    }

    #[test]
    fn equal_values_and_none_still_have_a_scale() {
        for values in [vec![50.0], vec![0.0], vec![100.0], vec![]] {
            let scale = Scale::over(values.iter().copied());
            assert!(scale.high - scale.low >= 10.0 && scale.low >= 0.0 && scale.high <= 100.0, "{values:?} {scale:?}");
        }
    }
}
