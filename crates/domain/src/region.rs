//! Region proposals: boxes and run-length masks in picture pixels.

use std::borrow::Borrow;

use serde::{Deserialize, Serialize};

/// An axis-aligned box in picture pixels; serialised as `[x, y, w, h]`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f32; 4]", into = "[f32; 4]")]
pub struct BoundingBox {
    /// Left edge, pixels.
    pub x: f32,
    /// Top edge, pixels.
    pub y: f32,
    /// Width, pixels.
    pub width: f32,
    /// Height, pixels.
    pub height: f32,
}

impl From<[f32; 4]> for BoundingBox {
    fn from([x, y, width, height]: [f32; 4]) -> Self {
        Self { x, y, width, height }
    }
}

impl From<BoundingBox> for [f32; 4] {
    fn from(b: BoundingBox) -> Self {
        [b.x, b.y, b.width, b.height]
    }
}

impl BoundingBox {
    /// Area in square pixels; 0 for an empty box.
    pub fn area(&self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// Area of what both cover, square pixels.
    pub fn intersection(&self, other: &Self) -> f32 {
        let width = (self.x + self.width).min(other.x + other.width) - self.x.max(other.x);
        let height = (self.y + self.height).min(other.y + other.height) - self.y.max(other.y);
        width.max(0.0) * height.max(0.0)
    }

    /// Intersection over union with `other`, [0, 1].
    pub fn iou(&self, other: &Self) -> f32 {
        let both = self.intersection(other);
        let union = self.area() + other.area() - both;
        if union > 0.0 { both / union } else { 0.0 }
    }

    /// The part of the box that lies inside a picture of `width` × `height` pixels.
    pub fn clipped(&self, width: u32, height: u32) -> Self {
        let (w, h) = (width as f32, height as f32);
        let (x0, y0) = (self.x.clamp(0.0, w), self.y.clamp(0.0, h));
        let (x1, y1) = ((self.x + self.width).clamp(x0, w), (self.y + self.height).clamp(y0, h));
        Self { x: x0, y: y0, width: x1 - x0, height: y1 - y0 }
    }
}

/// A binary mask in row-major run lengths that alternate outside, inside, outside, … and start outside.
///
/// The mask may be coarser than its picture: its `width` × `height` cells cover the whole picture.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Mask {
    /// Cells a row.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Run lengths; they sum to `width` × `height`.
    pub counts: Vec<u32>,
}

impl Mask {
    /// Encodes `cells` (row-major, `width` × `height`; what is missing counts as outside).
    pub fn encode(width: u32, height: u32, cells: &[bool]) -> Self {
        let mut counts = Vec::new();
        let (mut inside, mut run) = (false, 0u32);
        let total = width as usize * height as usize;
        for cell in cells.iter().copied().chain(std::iter::repeat(false)).take(total) {
            if cell != inside {
                counts.push(run);
                (inside, run) = (cell, 0);
            }
            run += 1;
        }
        counts.push(run);
        Self { width, height, counts }
    }

    /// Whether the runs cover exactly `width` × `height` cells.
    pub fn is_consistent(&self) -> bool {
        let covered: u64 = self.counts.iter().map(|&run| u64::from(run)).sum();
        covered == u64::from(self.width) * u64::from(self.height)
    }

    /// The cells, row-major.
    pub fn decode(&self) -> Vec<bool> {
        let total = self.width as usize * self.height as usize;
        let mut cells = Vec::with_capacity(total);
        for (index, &run) in self.counts.iter().enumerate() {
            let room = total - cells.len();
            cells.extend(std::iter::repeat_n(index % 2 == 1, (run as usize).min(room)));
        }
        cells.resize(total, false);
        cells
    }

    /// The smallest box around the cells inside, in a picture of `width` × `height` pixels; `None` when there are none.
    pub fn bounding_box(&self, width: u32, height: u32) -> Option<BoundingBox> {
        let columns = self.width as usize;
        let inside = self.decode().into_iter().enumerate().filter(|(_, inside)| *inside);
        let cells: Vec<(usize, usize)> = inside.map(|(cell, _)| (cell % columns, cell / columns)).collect();
        let bounds = |side: fn(&(usize, usize)) -> usize, cells_across: u32, pixels: u32| {
            let pixels_a_cell = pixels as f32 / cells_across as f32;
            let (first, last) = (cells.iter().map(side).min()?, cells.iter().map(side).max()?);
            Some((first as f32 * pixels_a_cell, (last + 1 - first) as f32 * pixels_a_cell))
        };
        let (x, width) = bounds(|cell| cell.0, self.width, width)?;
        let (y, height) = bounds(|cell| cell.1, self.height, height)?;
        Some(BoundingBox { x, y, width, height })
    }

    /// Cells inside.
    pub fn count(&self) -> u64 {
        self.counts.iter().skip(1).step_by(2).map(|&run| u64::from(run)).sum()
    }

    /// Whether both have the same grid, so that their cells can be compared.
    pub const fn fits(&self, other: &Self) -> bool {
        self.width == other.width && self.height == other.height
    }

    /// Intersection over union of two masks of one size, [0, 1]; 0 when the sizes differ.
    pub fn iou(&self, other: &Self) -> f32 {
        if !self.fits(other) {
            return 0.0;
        }
        let both = self.overlap(other);
        let union = self.count() + other.count() - both;
        if union > 0 { both as f32 / union as f32 } else { 0.0 }
    }

    fn overlap(&self, other: &Self) -> u64 {
        let (mut mine, mut theirs) = (self.runs(), other.runs());
        let (mut a, mut b) = (mine.next(), theirs.next());
        let mut both = 0;
        while let (Some((a_start, a_end)), Some((b_start, b_end))) = (a, b) {
            both += a_end.min(b_end).saturating_sub(a_start.max(b_start));
            if a_end <= b_end {
                a = mine.next();
            } else {
                b = theirs.next();
            }
        }
        both
    }

    /// The runs inside, as half-open cell ranges.
    fn runs(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let mut at = 0u64;
        self.counts.iter().enumerate().filter_map(move |(index, &run)| {
            let start = at;
            at += u64::from(run);
            (index % 2 == 1).then_some((start, at))
        })
    }
}

/// Where in a picture to look: a box and, where it is known, the mask inside it.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionShape {
    /// The box, picture pixels.
    pub bbox: BoundingBox,
    /// The mask, over the whole picture.
    pub mask: Option<Mask>,
}

impl From<BoundingBox> for RegionShape {
    fn from(bbox: BoundingBox) -> Self {
        Self { bbox, mask: None }
    }
}

impl From<&Region> for RegionShape {
    fn from(region: &Region) -> Self {
        Self { bbox: region.bbox, mask: Some(region.mask.clone()) }
    }
}

/// One region proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// The mask's bounding box, picture pixels.
    pub bbox: BoundingBox,
    /// Which part of the picture it covers, (0, 1].
    pub area: f32,
    /// IoU of the mask at a stricter and at a looser threshold, [0, 1]; larger is steadier.
    pub stability: f32,
    /// The segmenter's own estimate of the mask's IoU, [0, 1].
    pub predicted_iou: f32,
    /// The mask.
    pub mask: Mask,
}

/// Keeps, in order of `quality`, the candidates whose masks overlap no better one by more than `max_iou`.
pub fn non_maximum_suppression<T: Borrow<Region>>(
    mut candidates: Vec<T>,
    max_iou: f32,
    quality: impl Fn(&Region) -> f32,
) -> Vec<T> {
    candidates.sort_by(|a, b| quality(b.borrow()).total_cmp(&quality(a.borrow())));
    let mut kept: Vec<T> = Vec::new();
    for candidate in candidates {
        let region = candidate.borrow();
        let covers = |better: &Region| better.bbox.iou(&region.bbox) > 0.0 && better.mask.iou(&region.mask) > max_iou;
        if !kept.iter().any(|better| covers(better.borrow())) {
            kept.push(candidate);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn region(x: u32, quality: f32) -> Region {
        let cells: Vec<bool> = (0..100).map(|cell| (x..x + 4).contains(&(cell % 10))).collect();
        Region {
            bbox: BoundingBox { x: x as f32, y: 0.0, width: 4.0, height: 10.0 },
            area: 0.4,
            stability: 1.0,
            predicted_iou: quality,
            mask: Mask::encode(10, 10, &cells),
        }
    }

    #[test]
    fn the_better_of_two_overlapping_regions_is_kept() {
        let kept =
            non_maximum_suppression(vec![region(0, 0.5), region(1, 0.9), region(6, 0.1)], 0.5, |r| r.predicted_iou);
        let left: Vec<f32> = kept.iter().map(|r| r.bbox.x).collect();
        assert_eq!(left, [1.0, 6.0]);
    }

    #[test]
    fn a_masks_box_is_in_picture_pixels() {
        let mut cells = vec![false; 12];
        (cells[5], cells[6]) = (true, true);
        let mask = Mask::encode(4, 3, &cells);
        assert_eq!(mask.bounding_box(400, 600), Some(BoundingBox { x: 100.0, y: 200.0, width: 200.0, height: 200.0 }));
        assert_eq!(Mask::encode(2, 1, &[false, false]).bounding_box(10, 10), None);
    }

    proptest! {
        #[test]
        fn a_mask_survives_its_encoding(cells in proptest::collection::vec(any::<bool>(), 60)) {
            let mask = Mask::encode(10, 6, &cells);
            prop_assert!(mask.is_consistent());
            prop_assert_eq!(mask.count(), cells.iter().filter(|&&c| c).count() as u64);
            prop_assert_eq!(mask.decode(), cells);
        }

        #[test]
        fn mask_iou_is_what_counting_cells_gives(
            a in proptest::collection::vec(any::<bool>(), 60), b in proptest::collection::vec(any::<bool>(), 60)
        ) {
            let both = a.iter().zip(&b).filter(|(x, y)| **x && **y).count() as f32;
            let either = a.iter().zip(&b).filter(|(x, y)| **x || **y).count() as f32;
            let expected = if either > 0.0 { both / either } else { 0.0 };
            prop_assert!((Mask::encode(10, 6, &a).iou(&Mask::encode(10, 6, &b)) - expected).abs() < 1e-6);
        }
    }
}
