//! Regions that are not quite where they were.

use domain::region::{BoundingBox, Mask, RegionShape};
use fastrand::Rng;

/// The region moved by `share` of its width to the left or right and by `share` of its height up or down, in a picture of
/// `size` pixels; what leaves the picture is cut off.
pub fn shifted(region: &RegionShape, share: f64, size: (u32, u32), random: &mut Rng) -> RegionShape {
    let mut by = |side: f32| side * share as f32 * if random.bool() { 1.0 } else { -1.0 };
    let (x, y) = (by(region.bbox.width), by(region.bbox.height));
    let bbox = BoundingBox { x: region.bbox.x + x, y: region.bbox.y + y, ..region.bbox };
    let mask = region.mask.as_ref().map(|mask| {
        let cells = |by: f32, side: u32, cells: u32| (by / side as f32 * cells as f32).round() as i64;
        moved(mask, cells(x, size.0, mask.width), cells(y, size.1, mask.height))
    });
    RegionShape { bbox: bbox.clipped(size.0, size.1), mask }
}

/// The mask moved by so many cells.
fn moved(mask: &Mask, right: i64, down: i64) -> Mask {
    let (from, width, height) = (mask.decode(), i64::from(mask.width), i64::from(mask.height));
    let there = |cell: i64| {
        let (x, y) = (cell % width - right, cell / width - down);
        let inside = (0..width).contains(&x) && (0..height).contains(&y);
        inside && usize::try_from(y * width + x).ok().and_then(|cell| from.get(cell)).is_some_and(|inside| *inside)
    };
    let cells: Vec<bool> = (0..width * height).map(there).collect();
    Mask::encode(mask.width, mask.height, &cells)
}

/// The regions with one of them, chosen by chance, and the one whose centre is nearest to its centre made one.
pub fn merged(mut regions: Vec<RegionShape>, random: &mut Rng) -> Vec<RegionShape> {
    if regions.len() < 2 {
        return regions;
    }
    let one = random.usize(..regions.len());
    let distance = |other: usize| {
        let centre = |b: BoundingBox| (b.x + b.width / 2.0, b.y + b.height / 2.0);
        let (a, b) = (centre(regions[one].bbox), centre(regions[other].bbox));
        (a.0 - b.0).hypot(a.1 - b.1)
    };
    let others = (0..regions.len()).filter(|&other| other != one);
    let Some(other) = others.min_by(|&a, &b| distance(a).total_cmp(&distance(b))) else { return regions };
    let both = union(&regions[one], &regions[other]);
    regions[one.min(other)] = both;
    regions.remove(one.max(other));
    regions
}

fn union(a: &RegionShape, b: &RegionShape) -> RegionShape {
    let (x, y) = (a.bbox.x.min(b.bbox.x), a.bbox.y.min(b.bbox.y));
    let right = (a.bbox.x + a.bbox.width).max(b.bbox.x + b.bbox.width);
    let bottom = (a.bbox.y + a.bbox.height).max(b.bbox.y + b.bbox.height);
    let mask = a.mask.as_ref().zip(b.mask.as_ref()).filter(|(a, b)| a.fits(b)).map(|(a, b)| {
        let cells: Vec<bool> = a.decode().into_iter().zip(b.decode()).map(|(a, b)| a || b).collect();
        Mask::encode(a.width, a.height, &cells)
    });
    RegionShape { bbox: BoundingBox { x, y, width: right - x, height: bottom - y }, mask }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A region of whole cells, in a grid of 10 × 10 cells over 100 × 200 pixels.
    fn region(x: u32, y: u32, width: u32, height: u32) -> RegionShape {
        let inside = |cell: u32| (x..x + width).contains(&(cell % 10)) && (y..y + height).contains(&(cell / 10));
        let cells: Vec<bool> = (0..100).map(inside).collect();
        let [x, y, width, height] = [x, 2 * y, width, 2 * height].map(|side| 10.0 * side as f32);
        RegionShape { bbox: BoundingBox { x, y, width, height }, mask: Some(Mask::encode(10, 10, &cells)) }
    }

    #[test]
    fn a_shifted_region_is_the_same_shape_elsewhere() {
        let mut seen = Vec::new();
        for seed in 0..20 {
            let moved = shifted(&region(4, 4, 2, 2), 0.5, (100, 200), &mut Rng::with_seed(seed));
            let expected = [region(3, 3, 2, 2), region(3, 5, 2, 2), region(5, 3, 2, 2), region(5, 5, 2, 2)];
            seen.push(expected.iter().position(|expected| *expected == moved).unwrap());
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [0, 1, 2, 3], "into all four directions");
    }

    #[test]
    fn what_leaves_the_picture_is_cut_off() {
        for seed in 0..10 {
            let moved = shifted(&region(0, 0, 10, 10), 0.5, (100, 200), &mut Rng::with_seed(seed));
            assert_eq!((moved.bbox.width, moved.bbox.height), (50.0, 100.0));
            assert_eq!(moved.mask.unwrap().count(), 25);
        }
    }

    #[test]
    fn neighbours_become_one_region_that_covers_both() {
        let regions = vec![region(0, 0, 2, 2), region(9, 9, 1, 1), region(3, 0, 2, 2)];
        let left = (0..20).map(|seed| merged(regions.clone(), &mut Rng::with_seed(seed)));
        let pairs: Vec<Vec<RegionShape>> = left.filter(|left| left[1] == region(9, 9, 1, 1)).collect();
        assert!(!pairs.is_empty());
        for pair in pairs {
            assert_eq!(pair.len(), 2);
            assert_eq!(pair[0].bbox, region(0, 0, 5, 2).bbox);
            assert_eq!(pair[0].mask.as_ref().unwrap().count(), 8);
        }
        assert_eq!(merged(vec![region(0, 0, 1, 1)], &mut Rng::with_seed(0)).len(), 1);
    }
}
