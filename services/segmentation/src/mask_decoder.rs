//! SAM's mask decoder: points to masks.

use domain::roles::{Answer, ModelInfo, RoleError};
use inference::{
    runtime::{Session, Tensor},
    work::Watch,
};

use crate::{low_res::LowResMask, sam::Encoded};

/// Cells on each side of a mask that the decoder for one point takes.
const LOW_RES: usize = 256;
/// Points a run: more take more memory, fewer more time.
const BATCH: usize = 4;

/// The decoder, as its file takes points.
#[derive(Clone)]
pub enum MaskDecoder {
    /// One at a time, with the tensors of Meta's own export.
    Single(Session),
    /// Many at once, coarse masks of all and fine ones of some (`mobile-sam-decoder` in `config/models.toml`).
    Many(Session),
}

/// What a point gave.
pub struct Proposal {
    /// As the decoder takes it.
    point: (f32, f32),
    /// Logits; positive is inside.
    pub mask: LowResMask,
    /// The IoU that the model expects of its mask, clamped to [0, 1].
    pub predicted_iou: f32,
}

impl MaskDecoder {
    /// The decoder in `session`; its inputs tell which it is.
    pub fn new(session: Session) -> Self {
        if session.inputs().iter().any(|name| name == "least_iou") {
            Self::Many(session)
        } else {
            Self::Single(session)
        }
    }

    /// Which model this is.
    pub const fn info(&self) -> &ModelInfo {
        match self {
            Self::Single(session) | Self::Many(session) => session.info(),
        }
    }

    /// What the points give, in fractions of the picture's width and height, with masks that are good enough to choose by.
    /// Blocks.
    pub fn propose(&self, picture: &Encoded, points: &[(f32, f32)], watch: &Watch) -> Answer<Vec<Proposal>> {
        let points: Vec<(f32, f32)> = points.iter().map(|&point| picture.place(point)).collect();
        let mut proposals = Vec::with_capacity(points.len());
        match self {
            Self::Single(session) => {
                for point in points {
                    watch.check()?;
                    proposals.push(single(session, picture, point)?);
                }
            }
            Self::Many(session) => {
                for points in points.chunks(BATCH) {
                    watch.check()?;
                    // More than any point can promise: no fine masks.
                    let [promised, masks, _] = many(session, picture, points, f32::INFINITY)?;
                    let masks = cut(&masks, picture, points.len())?;
                    let given = points.iter().zip(masks).zip(&promised.data);
                    proposals.extend(given.map(|((&point, mask), iou)| Proposal::new(point, mask, *iou)));
                }
            }
        }
        Ok(proposals)
    }

    /// The proposals with the finest masks there are. Blocks.
    pub fn refine(&self, picture: &Encoded, proposals: Vec<Proposal>, watch: &Watch) -> Answer<Vec<Proposal>> {
        let Self::Many(session) = self else { return Ok(proposals) };
        let mut refined = Vec::with_capacity(proposals.len());
        for proposals in proposals.chunks(BATCH) {
            watch.check()?;
            let points: Vec<(f32, f32)> = proposals.iter().map(|proposal| proposal.point).collect();
            let [_, _, masks] = many(session, picture, &points, f32::NEG_INFINITY)?;
            let masks = cut(&masks, picture, points.len())?;
            let given = proposals.iter().zip(masks);
            refined.extend(given.map(|(coarse, mask)| Proposal::new(coarse.point, mask, coarse.predicted_iou)));
        }
        Ok(refined)
    }
}

impl Proposal {
    fn new(point: (f32, f32), mask: LowResMask, predicted_iou: f32) -> Self {
        Self { point, mask, predicted_iou: predicted_iou.clamp(0.0, 1.0) }
    }
}

fn single(session: &Session, picture: &Encoded, (x, y): (f32, f32)) -> Answer<Proposal> {
    let inputs: [(&str, &[usize], &[f32]); 6] = [
        ("image_embeddings", &picture.embedding.shape, &picture.embedding.data),
        // The graph wants a second, padding point when there is no box.
        ("point_coords", &[1, 2, 2], &[x, y, 0.0, 0.0]),
        ("point_labels", &[1, 2], &[1.0, -1.0]),
        ("mask_input", &[1, 1, LOW_RES, LOW_RES], &NO_MASK),
        ("has_mask_input", &[1], &[0.0]),
        // Full-size masks cost most of the decoder's time; only the low-resolution ones are used.
        ("orig_im_size", &[2], &[64.0, 64.0]),
    ];
    let output = session.run(&inputs, &["iou_predictions", "low_res_masks"])?;
    let [promised, masks] = <[Tensor; 2]>::try_from(output).map_err(|_| odd("a mask"))?;
    let mask = cut(&masks, picture, 1)?.next().ok_or_else(|| odd("a mask"))?;
    Ok(Proposal::new((x, y), mask, *promised.data.first().ok_or_else(|| odd("a predicted IoU"))?))
}

/// What the points promise, their coarse masks, and the fine ones of those that promise at least `least_iou`.
fn many(session: &Session, picture: &Encoded, points: &[(f32, f32)], least_iou: f32) -> Answer<[Tensor; 3]> {
    let coordinates: Vec<f32> = points.iter().flat_map(|&(x, y)| [x, y, 0.0, 0.0]).collect();
    let labels = [1.0, -1.0].repeat(points.len());
    let inputs: [(&str, &[usize], &[f32]); 4] = [
        ("image_embeddings", &picture.embedding.shape, &picture.embedding.data),
        ("point_coords", &[points.len(), 2, 2], &coordinates),
        ("point_labels", &[points.len(), 2], &labels),
        ("least_iou", &[], &[least_iou]),
    ];
    let output = session.run(&inputs, &["iou", "coarse_masks", "fine_masks"])?;
    let found = <[Tensor; 3]>::try_from(output).map_err(|_| odd("three outputs"))?;
    if found[0].data.len() == points.len() { Ok(found) } else { Err(odd("a predicted IoU for each point")) }
}

/// The `count` square masks in `masks`, without the cells that lie wholly in the padding: a mask covers the
/// picture alone.
fn cut<'a>(masks: &'a Tensor, picture: &Encoded, count: usize) -> Answer<impl Iterator<Item = LowResMask> + 'a> {
    let side = masks.shape.last().copied().unwrap_or_default();
    if side == 0 || masks.data.len() != count * side * side {
        return Err(odd(&format!("{count} square masks")));
    }
    let [width, height] = picture.cells(side);
    Ok(masks.data.chunks(side * side).map(move |logits| {
        let logits = logits.chunks(side).take(height).flat_map(|row| &row[..width]).copied().collect();
        LowResMask { width, height, logits }
    }))
}

fn odd(expected: &str) -> RoleError {
    RoleError::Internal(format!("the decoder gave something else than {expected}"))
}

static NO_MASK: [f32; LOW_RES * LOW_RES] = [0.0; LOW_RES * LOW_RES];
