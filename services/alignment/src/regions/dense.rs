//! All regions out of one run: the embeddings of the patches that a region covers, averaged by how much it covers.

use domain::{
    region::{BoundingBox, Mask, RegionShape},
    roles::Answer,
};
use image::RgbImage;
use picture::scale::{Filter, resized};

use crate::joint_space::normalise;

/// The tower's view of the whole picture: unlike [`crate::crop::whole`], nothing is cut off.
pub fn view(pixels: &RgbImage, side: u32) -> Answer<RgbImage> {
    resized(pixels, None, side, side, Filter::Bicubic)
}

/// The average of the `patches`, a square of them, under `region` in a picture of that size.
pub fn pooled(patches: &[Vec<f32>], region: &RegionShape, size: (u32, u32)) -> Vec<f32> {
    let grid = patches.len().isqrt();
    let by_mask = region.mask.as_ref().map(|mask| under_mask(mask, grid));
    let weights = by_mask
        .filter(|weights| weights.iter().any(|&w| w > 0.0))
        .unwrap_or_else(|| under_box(region.bbox, size, grid));
    let mut sum = vec![0.0; patches.first().map_or(0, Vec::len)];
    for (patch, weight) in patches.iter().zip(weights) {
        sum.iter_mut().zip(patch).for_each(|(sum, value)| *sum += weight * value);
    }
    normalise(sum)
}

/// Mask cells in each patch.
fn under_mask(mask: &Mask, grid: usize) -> Vec<f32> {
    let mut weights = vec![0.0; grid * grid];
    let (width, height) = (mask.width as usize, mask.height as usize);
    for (index, _) in mask.decode().into_iter().enumerate().filter(|(_, inside)| *inside) {
        weights[index / width * grid / height * grid + index % width * grid / width] += 1.0;
    }
    weights
}

/// How much of each patch a box covers; an empty box lies in one patch.
fn under_box(bbox: BoundingBox, (width, height): (u32, u32), grid: usize) -> Vec<f32> {
    let covered = |start: f32, length: f32, side: u32| {
        let scale = grid as f32 / side as f32;
        // Not quite nothing, so that a line still weighs.
        let (start, end) = (start * scale, (start + length).max(start + 1e-3) * scale);
        let start = start.min(grid as f32 - 1e-3);
        (0..grid).map(|cell| (end.min(cell as f32 + 1.0) - start.max(cell as f32)).max(0.0)).collect::<Vec<f32>>()
    };
    let (columns, rows) = (covered(bbox.x, bbox.width, width), covered(bbox.y, bbox.height, height));
    rows.iter().flat_map(|row| columns.iter().map(move |column| row * column)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRID: usize = 14;

    /// Patches that say in which row and column they stand.
    fn patches() -> Vec<Vec<f32>> {
        let angle = |cell: usize| (cell % GRID) as f32 * 0.1;
        (0..GRID * GRID).map(|cell| vec![angle(cell).cos(), angle(cell).sin()]).collect()
    }

    #[test]
    fn a_mask_and_the_same_box_take_the_same_patches() {
        let bbox = BoundingBox { x: 70.0, y: 0.0, width: 70.0, height: 140.0 };
        let right: Vec<bool> = (0..28 * 28).map(|cell| cell % 28 >= 14).collect();
        let masked = RegionShape { bbox, mask: Some(Mask::encode(28, 28, &right)) };
        let by_mask = pooled(&patches(), &masked, (140, 140));
        let by_box = pooled(&patches(), &bbox.into(), (140, 140));
        // Columns 7 to 13: on average column 10.
        assert!((by_mask[1].atan2(by_mask[0]) - 1.0).abs() < 1e-4, "{by_mask:?}");
        assert!((by_box[0] - by_mask[0]).abs() < 1e-4, "{by_box:?}");
    }

    #[test]
    fn an_empty_region_takes_the_patch_it_lies_in() {
        let bbox = BoundingBox { x: 140.0, y: 140.0, width: 0.0, height: 0.0 };
        let region = RegionShape { bbox, mask: Some(Mask::encode(4, 4, &[])) };
        let pooled = pooled(&patches(), &region, (140, 140));
        assert!((pooled[1].atan2(pooled[0]) - 1.3).abs() < 1e-4, "{pooled:?}");
    }
}
