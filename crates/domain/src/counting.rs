//! How many of a thing the picture shows: distinct regions that hold one each.
//!
//! Region proposals nest: a head lies in its cat, and a mask may cover both of two cats. Neither is a cat more.

use serde::{Deserialize, Serialize};

use crate::geometry::Shape;

/// When regions count as instances, and how far a count may be off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counting {
    /// Least presence of the noun in a region that holds one, [0, 1].
    pub present_from: f64,
    /// How far an instance's cosine may lie below the best one's: instances of one thing look alike.
    pub margin: f64,
    /// A region is part of another when at least this share of it lies inside, [0, 1].
    pub nested_from: f64,
    /// Parts of one region are things of their own when the smallest is at least this share of the largest, [0, 1].
    pub alike_from: f64,
    /// Standard deviation of a count's error, as a share of the number.
    pub spread: f64,
}

/// One region's likeness to the counted noun.
#[derive(Clone, Copy, Debug)]
pub struct Likeness {
    /// Cosine with the noun.
    pub cosine: f64,
    /// The cosine's calibration, [0, 1].
    pub presence: f64,
}

impl Counting {
    /// Indices of the regions that hold one instance each, likest first; `likeness` has one entry a region.
    pub fn instances(&self, likeness: &[Likeness], shapes: &[Shape<'_>]) -> Vec<usize> {
        let best = likeness.iter().map(|one| one.cosine).fold(f64::NEG_INFINITY, f64::max);
        let mut candidates: Vec<usize> = (0..likeness.len().min(shapes.len()))
            .filter(|&region| {
                likeness[region].presence >= self.present_from && likeness[region].cosine >= best - self.margin
            })
            .collect();
        candidates.sort_by(|&a, &b| shapes[b].bbox.area().total_cmp(&shapes[a].bbox.area()).then(a.cmp(&b)));
        let mut found = self.distinct(&candidates, shapes);
        found.sort_by(|&a, &b| likeness[b].cosine.total_cmp(&likeness[a].cosine).then(a.cmp(&b)));
        found
    }

    /// Of `candidates`, largest first, those that are neither part nor group of others.
    fn distinct(&self, candidates: &[usize], shapes: &[Shape<'_>]) -> Vec<usize> {
        let Some((&largest, rest)) = candidates.split_first() else { return Vec::new() };
        let nest = |a: usize, b: usize| shapes[a].nesting(&shapes[b]) >= self.nested_from;
        let (parts, mut others): (Vec<usize>, Vec<usize>) = rest.iter().partition(|&&region| nest(largest, region));
        let mut parts = self.distinct(&parts, shapes);
        let areas = || parts.iter().map(|&part| f64::from(shapes[part].bbox.area()));
        let (smallest, greatest) = (areas().fold(f64::INFINITY, f64::min), areas().fold(0.0, f64::max));
        if parts.len() < 2 || smallest < self.alike_from * greatest {
            parts = vec![largest];
        }
        // Parts may reach out of their group, and so into what lies beside it.
        others.retain(|&other| !parts.iter().any(|&part| nest(part, other)));
        parts.extend(self.distinct(&others, shapes));
        parts
    }

    /// How well `counted` agrees with `wanted`, [0, 1]: 1 where they are equal, falling as the error outgrows what
    /// counting itself is off by. `at_least` takes more as just as good.
    pub fn agreement(&self, wanted: u32, counted: u32, at_least: bool) -> f64 {
        // Whether there is any is for the noun's presence to say; what is there is at least one.
        let (wanted, counted) = (wanted.max(1), counted.max(1));
        if wanted == counted || at_least && counted > wanted {
            return 1.0;
        }
        let error = f64::from(wanted.abs_diff(counted)) / (self.spread * f64::from(wanted.max(counted)));
        (-error * error / 2.0).exp()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::BoundingBox;
    use proptest::prelude::*;

    const COUNTING: Counting =
        Counting { present_from: 0.5, margin: 0.1, nested_from: 0.7, alike_from: 0.4, spread: 0.2 };

    fn shape(x: f32, y: f32, width: f32, height: f32) -> Shape<'static> {
        Shape { bbox: BoundingBox { x, y, width, height }, mask: None }
    }

    fn count(regions: &[(f64, Shape<'_>)]) -> Vec<usize> {
        let likeness: Vec<Likeness> =
            regions.iter().map(|(cosine, _)| Likeness { cosine: *cosine, presence: cosine + 0.4 }).collect();
        let shapes: Vec<Shape<'_>> = regions.iter().map(|(_, shape)| *shape).collect();
        COUNTING.instances(&likeness, &shapes)
    }

    #[test]
    fn a_head_inside_its_cat_is_no_second_cat() {
        assert_eq!(count(&[(0.3, shape(0.0, 0.0, 100.0, 100.0)), (0.35, shape(60.0, 0.0, 30.0, 30.0))]), [0]);
    }

    #[test]
    fn a_region_around_two_cats_is_neither_of_them() {
        let cats = [shape(0.0, 0.0, 100.0, 90.0), shape(110.0, 0.0, 90.0, 90.0)];
        assert_eq!(count(&[(0.38, shape(0.0, 0.0, 200.0, 100.0)), (0.3, cats[0]), (0.35, cats[1])]), [2, 1]);
    }

    #[test]
    fn what_is_much_less_alike_than_the_best_is_something_else() {
        assert_eq!(count(&[(0.4, shape(0.0, 0.0, 50.0, 50.0)), (0.2, shape(100.0, 0.0, 50.0, 50.0))]), [0]);
        assert!(count(&[(0.05, shape(0.0, 0.0, 50.0, 50.0))]).is_empty(), "there is none");
    }

    #[test]
    fn too_few_and_too_many_agree_less_but_at_least_takes_more() {
        let agreement = |wanted, counted| COUNTING.agreement(wanted, counted, false);
        assert_eq!((agreement(2, 2), agreement(2, 0)), (1.0, agreement(2, 1)));
        assert!(agreement(2, 1) < 0.2 && agreement(2, 4) < 0.2);
        assert!(agreement(7, 6) > 0.5, "six of seven is nearly right");
        assert_eq!(COUNTING.agreement(3, 5, true), 1.0);
        assert!(COUNTING.agreement(3, 1, true) < 0.2);
    }

    proptest! {
        #[test]
        fn the_further_off_the_less_it_agrees(wanted in 1u32..20, counted in 0u32..20, at_least in any::<bool>()) {
            let agreement = |counted| COUNTING.agreement(wanted, counted, at_least);
            prop_assert!((0.0..=1.0).contains(&agreement(counted)));
            let further = if counted < wanted { counted.saturating_sub(1) } else { counted + 1 };
            prop_assert!(agreement(further) <= agreement(counted));
        }

        #[test]
        fn instances_never_nest(
            regions in proptest::collection::vec(
                (0.15f64..0.4, (0.0f32..200.0, 0.0f32..200.0, 5.0f32..150.0, 5.0f32..150.0)), 0..9
            )
        ) {
            let regions: Vec<_> = regions.into_iter().map(|(c, (x, y, w, h))| (c, shape(x, y, w, h))).collect();
            let found = count(&regions);
            for (at, &a) in found.iter().enumerate() {
                for &b in &found[at + 1..] {
                    prop_assert!(regions[a].1.nesting(&regions[b].1) < COUNTING.nested_from);
                }
            }
        }
    }
}
