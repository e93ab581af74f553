//! How well two regions stand in a relation, as far as boxes and masks can tell: soft degrees in [0, 1].
//!
//! Distances are measured in the regions' own sizes, so that a degree changes neither when the picture is scaled nor
//! when both regions are moved. Directions are the viewer's.

use crate::{
    decomposition::Predicate,
    region::{BoundingBox, Mask},
};

/// Centres this far apart (in mean extents along the axis) are wholly to one side of each other.
const APART: f64 = 0.5;
/// A region counts as inside another from the first to the second of these shares of its area.
const INSIDE: (f64, f64) = (0.5, 0.9);
/// Regions are next to each other up to the first, and no more from the second, of these gaps in mean extents.
const NEXT: (f64, f64) = (0.5, 1.5);
/// What stands on a thing may sink into it or float over it by this share of the smaller height.
const CONTACT: f64 = 0.15;

/// From this degree on a relation holds rather than not.
const LIKELY: f64 = 0.5;

/// Where a region lies.
#[derive(Clone, Copy, Debug)]
pub struct Shape<'a> {
    /// Picture pixels.
    pub bbox: BoundingBox,
    /// Its mask, where one is known: it tells touching from lying near.
    pub mask: Option<&'a Mask>,
}

impl Shape<'_> {
    fn centre(&self) -> [f64; 2] {
        let b = self.bbox;
        [f64::from(b.x + b.width / 2.0), f64::from(b.y + b.height / 2.0)]
    }

    /// Width and height, never 0.
    fn extent(&self) -> [f64; 2] {
        [self.bbox.width, self.bbox.height].map(|side| f64::from(side).max(1e-6))
    }

    /// Which share of the smaller of the two boxes lies inside the other, [0, 1].
    ///
    /// Boxes and not masks: a background's mask leaves out what stands before it, yet what stands before it is within
    /// the picture of it that is compared with a text.
    pub fn nesting(&self, other: &Self) -> f64 {
        let smaller = f64::from(self.bbox.area().min(other.bbox.area()));
        if smaller > 0.0 { (f64::from(self.bbox.intersection(&other.bbox)) / smaller).min(1.0) } else { 0.0 }
    }
}

/// How well `subject` stands in `predicate` to `object`, [0, 1]; `other` is the second object of "between", without
/// which "between" cannot be told.
pub fn degree(predicate: Predicate, subject: Shape<'_>, object: Shape<'_>, other: Option<Shape<'_>>) -> Option<f64> {
    Some(match predicate {
        Predicate::LeftOf => before(&subject, &object, 0),
        Predicate::RightOf => before(&object, &subject, 0),
        Predicate::Above => before(&subject, &object, 1),
        Predicate::Below => before(&object, &subject, 1),
        Predicate::On => on(&subject, &object),
        Predicate::Inside => inside(&subject, &object),
        Predicate::Around => inside(&object, &subject),
        Predicate::NextTo => next_to(&subject, &object),
        Predicate::Between => between(&subject, &object, &other?),
    })
}

/// The degree where it says something: the relation holds rather than not, or a direction's contrary does. Regions are never
/// quite where things are: a cat whose region ends above the grass may well lie on it, and the region taken for a throne may
/// be its back alone. So what needs contact is never denied; `None` then.
pub fn told(predicate: Predicate, subject: Shape<'_>, object: Shape<'_>, other: Option<Shape<'_>>) -> Option<f64> {
    let stated = degree(predicate, subject, object, other)?;
    let contrary = match predicate {
        Predicate::LeftOf | Predicate::RightOf | Predicate::Above | Predicate::Below => {
            degree(predicate, object, subject, other)?
        }
        _ => 0.0,
    };
    (stated.max(contrary) >= LIKELY).then_some(stated)
}

/// From 0 at `from` to 1 at `to`, straight between; `from` may be the larger.
fn ramp(value: f64, (from, to): (f64, f64)) -> f64 {
    ((value - from) / (to - from)).clamp(0.0, 1.0)
}

/// Offset of `b`'s centre from `a`'s along each axis, in mean extents.
fn offset(a: &Shape<'_>, b: &Shape<'_>) -> [f64; 2] {
    let (from, to, mine, theirs) = (a.centre(), b.centre(), a.extent(), b.extent());
    [0, 1].map(|axis| 2.0 * (to[axis] - from[axis]) / (mine[axis] + theirs[axis]))
}

/// Whether `a` comes before `b` along `axis`, and more along it than across it.
fn before(a: &Shape<'_>, b: &Shape<'_>, axis: usize) -> f64 {
    let offset = offset(a, b);
    let (along, across) = (offset[axis], offset[1 - axis].abs());
    // Up to twice as far across as along is still "to the left of".
    let direction = if across > 0.0 { (2.0 * along / across).clamp(0.0, 1.0) } else { 1.0 };
    ramp(along, (0.0, APART)) * direction
}

/// Whether most of `a` lies within `b`'s box, and `a` is the smaller: what lies in a basket is not part of its mask.
fn inside(a: &Shape<'_>, b: &Shape<'_>) -> f64 {
    let (mine, theirs) = (f64::from(a.bbox.area()), f64::from(b.bbox.area()));
    if mine <= 0.0 {
        return 0.0;
    }
    let share = f64::from(a.bbox.intersection(&b.bbox)) / mine;
    ramp(share, INSIDE) * (theirs / mine).min(1.0)
}

/// Whether little lies between the two, and neither is part of the other.
fn next_to(a: &Shape<'_>, b: &Shape<'_>) -> f64 {
    let (mine, theirs) = (a.extent(), b.extent());
    let (from, to) = (a.centre(), b.centre());
    let gaps = [0, 1].map(|axis| {
        let reach = (mine[axis] + theirs[axis]) / 2.0;
        ((to[axis] - from[axis]).abs() - reach).max(0.0) / reach
    });
    ramp(gaps[0].hypot(gaps[1]), (NEXT.1, NEXT.0)) * (1.0 - ramp(a.nesting(b), INSIDE))
}

/// Whether `a`'s lower edge rests on `b`: by masks the cells under its feet, by boxes how near its lower edge comes to
/// `b`'s. "On" a wall or a meadow `b` lies under and around `a`, so its upper edge sets no bound.
fn on(a: &Shape<'_>, b: &Shape<'_>) -> f64 {
    let (mine, theirs) = (a.bbox, b.bbox);
    let bottom = |b: &BoundingBox| f64::from(b.y + b.height);
    let slack = CONTACT * a.extent()[1].min(b.extent()[1]);
    let under = (f64::from(mine.x + mine.width).min(f64::from(theirs.x + theirs.width))
        - f64::from(mine.x.max(theirs.x)))
    .max(0.0)
        / a.extent()[0].min(b.extent()[0]);
    // Above its upper edge it floats, below its lower edge it hangs down past it.
    let floats = ramp(f64::from(theirs.y) - bottom(&mine), (3.0 * slack, slack));
    let sinks = ramp(bottom(&mine) - bottom(&theirs), (slack, 0.0));
    let boxes = ramp(under, (0.0, 0.5)) * floats * sinks;
    match (a.mask, b.mask) {
        (Some(mine), Some(theirs)) if mine.fits(theirs) => boxes * ramp(support(mine, theirs), (0.0, 0.5)),
        _ => boxes,
    }
}

/// Which share of the columns that reach `a`'s foot (its lowest part) has `b` just below or behind, [0, 1].
fn support(a: &Mask, b: &Mask) -> f64 {
    let (width, height) = (a.width as usize, a.height as usize);
    let (mine, theirs) = (a.decode(), b.decode());
    let lowest: Vec<Option<usize>> =
        (0..width).map(|x| (0..height).rev().find(|y| mine.get(y * width + x) == Some(&true))).collect();
    let top = mine.iter().position(|&cell| cell).map_or(0, |cell| cell / width.max(1));
    let Some(bottom) = lowest.iter().flatten().max().copied() else { return 0.0 };
    let reach = (CONTACT * (bottom - top + 1) as f64).ceil() as usize;
    let (mut feet, mut held) = (0usize, 0usize);
    for (x, y) in lowest.iter().enumerate().filter_map(|(x, y)| Some((x, (*y)?))).filter(|(_, y)| y + reach >= bottom) {
        feet += 1;
        let below = (y + 1)..(y + 1 + reach).min(height);
        held += usize::from(below.into_iter().any(|y| theirs.get(y * width + x) == Some(&true)));
    }
    if feet > 0 { held as f64 / feet as f64 } else { 0.0 }
}

/// Whether `a` lies near the middle of the way from `b` to `c`.
fn between(a: &Shape<'_>, b: &Shape<'_>, c: &Shape<'_>) -> f64 {
    let ([ax, ay], [bx, by], [cx, cy]) = (a.centre(), b.centre(), c.centre());
    let (dx, dy) = (cx - bx, cy - by);
    let squared = dx * dx + dy * dy;
    if squared <= 0.0 {
        return 0.0;
    }
    let along = ((ax - bx) * dx + (ay - by) * dy) / squared;
    let across = ((ax - bx) * dy - (ay - by) * dx).abs() / squared;
    ramp(along.min(1.0 - along), (0.0, 0.25)) * ramp(across, (0.75, 0.25))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shape(x: f32, y: f32, width: f32, height: f32) -> Shape<'static> {
        Shape { bbox: BoundingBox { x, y, width, height }, mask: None }
    }

    fn told(predicate: Predicate, a: Shape<'_>, b: Shape<'_>) -> f64 {
        degree(predicate, a, b, None).unwrap()
    }

    /// A mask of 20 × 20 cells over a picture of 200 × 200 pixels.
    fn mask(inside: impl Fn(usize, usize) -> bool) -> Mask {
        let cells: Vec<bool> = (0..400).map(|cell| inside(cell % 20, cell / 20)).collect();
        Mask::encode(20, 20, &cells)
    }

    #[test]
    fn what_stands_the_wrong_way_round_has_no_degree() {
        let (cat, dog) = (shape(10.0, 50.0, 40.0, 40.0), shape(120.0, 45.0, 50.0, 50.0));
        assert_eq!((told(Predicate::LeftOf, cat, dog), told(Predicate::RightOf, cat, dog)), (1.0, 0.0));
        let bird = shape(20.0, 0.0, 20.0, 20.0);
        assert_eq!((told(Predicate::Above, bird, cat), told(Predicate::Below, bird, cat)), (1.0, 0.0));
        assert!(told(Predicate::LeftOf, bird, cat) < 0.1, "above is not to the left of");
    }

    #[test]
    fn what_neither_holds_nor_is_contradicted_is_not_told() {
        let (cat, grass, beside) =
            (shape(40.0, 20.0, 40.0, 40.0), shape(0.0, 90.0, 200.0, 60.0), shape(150.0, 20.0, 40.0, 40.0));
        assert_eq!(super::told(Predicate::On, cat, grass, None), None, "it ends a little above");
        assert_eq!(super::told(Predicate::NextTo, cat, grass, None).map(|degree| degree > 0.5), Some(true));
        assert_eq!(super::told(Predicate::Inside, cat, beside, None), None);
        assert_eq!(super::told(Predicate::LeftOf, cat, beside, None), Some(1.0));
        assert_eq!(super::told(Predicate::RightOf, cat, beside, None), Some(0.0));
        assert_eq!(
            super::told(Predicate::On, shape(40.0, 160.0, 40.0, 40.0), cat, None),
            None,
            "contact is never denied"
        );
    }

    #[test]
    fn on_needs_contact_and_something_below() {
        let (cat, bench) = (shape(40.0, 20.0, 40.0, 40.0), shape(10.0, 60.0, 120.0, 40.0));
        assert_eq!((told(Predicate::On, cat, bench), told(Predicate::On, bench, cat)), (1.0, 0.0));
        assert_eq!(told(Predicate::On, shape(40.0, 0.0, 40.0, 20.0), bench), 0.0, "it floats");
        assert_eq!(told(Predicate::On, shape(150.0, 20.0, 40.0, 40.0), bench), 0.0, "it is beside");
        assert_eq!(told(Predicate::On, shape(20.0, 65.0, 20.0, 20.0), bench), 1.0, "a label on the bench");
    }

    #[test]
    fn masks_tell_standing_on_from_standing_before() {
        // A horseshoe-shaped hill: its box holds the cat, but under the cat there is nothing of it.
        let hill = mask(|x, y| (4..16).contains(&x) && (y < 12 && y > 8 || !(6..14).contains(&x)));
        let cat = mask(|x, y| (8..12).contains(&x) && (14..18).contains(&y));
        let meadow = mask(|x, y| y >= 10 && !((8..12).contains(&x) && (14..18).contains(&y)));
        let bbox = |x, y, width, height| BoundingBox { x, y, width, height };
        let cat = Shape { bbox: bbox(80.0, 140.0, 40.0, 40.0), mask: Some(&cat) };
        let hill = Shape { bbox: bbox(40.0, 0.0, 120.0, 200.0), mask: Some(&hill) };
        let meadow = Shape { bbox: bbox(0.0, 100.0, 200.0, 100.0), mask: Some(&meadow) };
        assert_eq!((told(Predicate::On, cat, hill), told(Predicate::On, cat, meadow)), (0.0, 1.0));
    }

    #[test]
    fn what_lies_inside_is_smaller_and_its_holder_lies_around_it() {
        let (ring, cat) = (shape(0.0, 0.0, 100.0, 100.0), shape(30.0, 30.0, 40.0, 40.0));
        assert_eq!((told(Predicate::Inside, cat, ring), told(Predicate::Around, ring, cat)), (1.0, 1.0));
        assert!(told(Predicate::Inside, ring, cat) < 0.1);
        assert_eq!(told(Predicate::NextTo, cat, ring), 0.0, "a part is not beside its whole");
    }

    #[test]
    fn between_needs_both_ends() {
        let (left, right, cat) =
            (shape(0.0, 0.0, 20.0, 20.0), shape(100.0, 0.0, 20.0, 20.0), shape(50.0, 5.0, 20.0, 20.0));
        assert_eq!(degree(Predicate::Between, cat, left, Some(right)), Some(1.0));
        assert_eq!(degree(Predicate::Between, left, cat, Some(right)), Some(0.0));
        assert_eq!(degree(Predicate::Between, cat, left, None), None);
    }

    fn any_shape() -> impl Strategy<Value = Shape<'static>> {
        (0.0f32..500.0, 0.0f32..500.0, 1.0f32..300.0, 1.0f32..300.0).prop_map(|(x, y, w, h)| shape(x, y, w, h))
    }

    fn mapped(s: Shape<'_>, map: impl Fn(BoundingBox) -> BoundingBox) -> Shape<'_> {
        Shape { bbox: map(s.bbox), ..s }
    }

    proptest! {
        #[test]
        fn degrees_are_probabilities_and_survive_moving_and_scaling(
            a in any_shape(), b in any_shape(), c in any_shape(), by in -200.0f32..200.0, scale in 0.3f32..4.0
        ) {
            for predicate in Predicate::ALL {
                let here = degree(predicate, a, b, Some(c)).unwrap();
                prop_assert!((0.0..=1.0).contains(&here), "{predicate:?} {here}");
                let there = |s| mapped(s, |b| BoundingBox {
                    x: (b.x + by) * scale, y: (b.y - by) * scale, width: b.width * scale, height: b.height * scale,
                });
                let moved = degree(predicate, there(a), there(b), Some(there(c))).unwrap();
                prop_assert!((here - moved).abs() < 2e-2, "{predicate:?} {here} {moved}");
            }
        }

        #[test]
        fn a_mirrored_picture_swaps_left_and_right(a in any_shape(), b in any_shape()) {
            let mirror = |s| mapped(s, |b| BoundingBox { x: 1000.0 - b.x - b.width, ..b });
            let (left, right) = (told(Predicate::LeftOf, a, b), told(Predicate::RightOf, mirror(a), mirror(b)));
            prop_assert!((left - right).abs() < 1e-3);
            for kept in [Predicate::Above, Predicate::Inside, Predicate::NextTo, Predicate::On] {
                prop_assert!((told(kept, a, b) - told(kept, mirror(a), mirror(b))).abs() < 2e-2, "{kept:?}");
            }
        }

        #[test]
        fn opposites_swap_with_their_sides_and_never_both_hold(a in any_shape(), b in any_shape()) {
            prop_assert_eq!(told(Predicate::LeftOf, a, b), told(Predicate::RightOf, b, a));
            prop_assert_eq!(told(Predicate::Above, a, b), told(Predicate::Below, b, a));
            prop_assert_eq!(told(Predicate::Inside, a, b), told(Predicate::Around, b, a));
            prop_assert!((told(Predicate::NextTo, a, b) - told(Predicate::NextTo, b, a)).abs() < 1e-9);
            prop_assert!(told(Predicate::LeftOf, a, b) == 0.0 || told(Predicate::LeftOf, b, a) == 0.0);
        }

        #[test]
        fn moving_further_left_never_makes_it_less_left(a in any_shape(), b in any_shape(), by in 0.0f32..300.0) {
            let moved = mapped(a, |a| BoundingBox { x: a.x - by, ..a });
            prop_assert!(told(Predicate::LeftOf, moved, b) >= told(Predicate::LeftOf, a, b) - 1e-6);
        }
    }
}
