//! The role itself: points to masks to regions.

use std::borrow::Borrow;

use async_trait::async_trait;
use domain::{
    picture::Picture,
    region::{BoundingBox, Mask, Region, non_maximum_suppression},
    roles::{Answer, Call, RoleError, Segmentation, Segmenter},
};
use image::RgbImage;
use inference::work::{Watch, blocking};
use picture::Decoder;

use crate::{
    grid::grid,
    low_res::{extent, without_specks},
    mask_decoder::Proposal,
    sam::Sam,
    settings::SegmentationSettings,
};

/// Segments with SAM.
pub struct SamSegmenter {
    decoder: Decoder,
    sam: Sam,
    settings: SegmentationSettings,
    cache_key: String,
}

impl SamSegmenter {
    /// Puts the parts together.
    pub fn new(decoder: Decoder, sam: Sam, settings: SegmentationSettings) -> Self {
        let cache_key = format!("{:?} {settings:?}", sam.models());
        Self { decoder, sam, settings, cache_key }
    }
}

#[async_trait]
impl Segmenter for SamSegmenter {
    fn cache_key(&self) -> String {
        self.cache_key.clone()
    }

    async fn segment(&self, call: Call, picture: &Picture, max_regions: Option<u32>) -> Answer<Segmentation> {
        let most = max_regions.unwrap_or(self.settings.max_regions);
        if most == 0 {
            return Err(RoleError::invalid("max_regions", "expected at least 1, got 0; leave it out for the default"));
        }
        let pixels = self.decoder.decode(picture).await?;
        let (sam, settings) = (self.sam.clone(), self.settings.clone());
        let regions = blocking(call, move |watch| regions(&sam, &settings, &pixels, most as usize, watch)).await?;
        Ok(Segmentation { regions, models: self.sam.models() })
    }
}

/// A region with the proposal that it was made from.
struct Candidate {
    region: Region,
    proposal: Proposal,
}

impl Borrow<Region> for Candidate {
    fn borrow(&self) -> &Region {
        &self.region
    }
}

/// The `most` largest regions worth keeping, largest first. They are chosen by coarse masks and then made fine.
fn regions(
    sam: &Sam,
    settings: &SegmentationSettings,
    pixels: &RgbImage,
    most: usize,
    watch: &Watch,
) -> Answer<Vec<Region>> {
    let (width, height) = pixels.dimensions();
    let encoded = sam.encode(pixels)?;
    let points = grid(width, height, settings.points_per_side);
    let proposals = sam.decoder.propose(&encoded, &points, watch)?;
    let candidate = |proposal| region(&proposal, settings, width, height).map(|region| Candidate { region, proposal });
    let candidates = proposals.into_iter().filter_map(candidate).collect();
    let mut chosen: Vec<Candidate> =
        non_maximum_suppression(candidates, settings.max_overlap, |r| r.predicted_iou + r.stability);
    chosen.sort_by(|a, b| b.region.area.total_cmp(&a.region.area));
    chosen.truncate(most);
    let chosen = chosen.into_iter().map(|candidate| candidate.proposal).collect();
    let refined = sam.decoder.refine(&encoded, chosen, watch)?;
    let mut regions: Vec<Region> =
        refined.iter().filter_map(|proposal| region(proposal, settings, width, height)).collect();
    regions.sort_by(|a, b| b.area.total_cmp(&a.area));
    Ok(regions)
}

/// The region behind a proposal, when it is good enough.
fn region(proposal: &Proposal, settings: &SegmentationSettings, width: u32, height: u32) -> Option<Region> {
    let mask = &proposal.mask;
    let stability = mask.stability(settings.stability_offset);
    if proposal.predicted_iou < settings.min_predicted_iou || stability < settings.min_stability {
        return None;
    }
    let mut cells = mask.cells(0.0);
    let share = |part: f32| (part * cells.len() as f32).ceil() as usize;
    let (least_part, least_area) = (share(settings.min_part), share(settings.min_area));
    without_specks(&mut cells, mask.width, least_part);
    let inside = cells.iter().filter(|cell| **cell).count();
    if inside < least_area {
        return None;
    }
    let [left, top, right, bottom] = extent(&cells, mask.width)?;
    let (cell_width, cell_height) = (width as f32 / mask.width as f32, height as f32 / mask.height as f32);
    Some(Region {
        bbox: BoundingBox {
            x: left as f32 * cell_width,
            y: top as f32 * cell_height,
            width: (right - left) as f32 * cell_width,
            height: (bottom - top) as f32 * cell_height,
        },
        area: inside as f32 / cells.len() as f32,
        stability,
        predicted_iou: proposal.predicted_iou,
        mask: Mask::encode(mask.width as u32, mask.height as u32, &cells),
    })
}
