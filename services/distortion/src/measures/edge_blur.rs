//! Type 8: are boundaries smeared where the rest is sharp?
//!
//! Always relative to the picture itself: a soft-focus picture has no sharp edges to be blurred against, and where most
//! edges are soft (shallow depth of field) the softness is the style.

use serde::Deserialize;

use crate::{
    cells::{near, quantile},
    edges::Edges,
    settings::Ramp,
};

/// Constants of edge blur.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Share of the cells that the severity is pooled over.
    pub pool_share: f32,
    /// A cell is judged with its neighbours this far, cells: one soft line among sharp ones is a shadow, not a smear.
    pub patch_radius: usize,
    /// Cells with edges that such a patch must have.
    pub min_patch: usize,
    /// How far around a cell its sharp reference is looked for, cells.
    pub reference_radius: usize,
    /// The reference is this quantile of the edge widths around.
    pub reference_share: f32,
    /// Trust over the reference's own width, pixels at the working size: soft references tell nothing.
    pub reference_width: Ramp,
    /// Severity over ln(width of the patch's sharpest edges / reference).
    pub widening: Ramp,
    /// Trust over the share of the edges around that are at most `sharp_ratio` times wider than the reference.
    pub sharp_share: Ramp,
    /// See `sharp_share`.
    pub sharp_ratio: f32,
}

/// Severity of each cell.
pub fn severities(edges: &Edges, settings: &Settings) -> Vec<f32> {
    let widths = &edges.cell_widths;
    let around = |index, radius| near(index, radius).filter_map(|near| widths[near]).collect::<Vec<f32>>();
    (0..widths.len())
        .map(|index| {
            let patch = around(index, settings.patch_radius);
            if patch.len() < settings.min_patch {
                return 0.0;
            }
            let sharpest = patch.into_iter().fold(f32::INFINITY, f32::min);
            let mut around = around(index, settings.reference_radius);
            let Some(reference) = quantile(&mut around, settings.reference_share) else { return 0.0 };
            let sharp = around.iter().filter(|&&width| width <= settings.sharp_ratio * reference).count();
            settings.widening.at((sharpest / reference).ln())
                * settings.reference_width.at(reference)
                * settings.sharp_share.at(sharp as f32 / around.len() as f32)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::{measure, testing};

    const NUMBER: usize = 8;

    #[test]
    fn a_blurred_patch_among_sharp_ones_is_found_where_it_is() {
        let clean = testing::scene(512, 512, 3);
        let place = testing::middle(&clean);
        let blurred = [0.5, 1.0, 1.25, 1.5].map(|sigma| testing::blurred(&clean, place, sigma));
        testing::assert_rises(&clean, &blurred, NUMBER);
        assert!(testing::peaks_in(&measure(&blurred[3], &testing::settings()), NUMBER, place, (512, 512)));
    }

    #[test]
    fn a_uniformly_soft_picture_is_not_edge_blur() {
        let clean = testing::scene(512, 512, 4);
        for sigma in [0.0, 1.0, 2.0, 4.0] {
            let severity = testing::severity(&testing::blurred(&clean, testing::everywhere(&clean), sigma), NUMBER);
            assert!(severity < 0.3, "sigma {sigma}: {severity}");
        }
    }
}
