//! Region proposals from masks.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    picture::Picture,
    region::{Mask, Region},
    roles::{Answer, Call, Role, RoleError, Segmentation, Segmenter},
};
use picture::Decoder;

use crate::backends::pool::Probe;

use super::{
    input::View,
    server::{Model, Server},
    settings::{OipError, OipSegmentation},
    tensor::{Output, Reply, Values},
};

/// Segments with a model on a server.
pub struct OipSegmenter {
    model: Model,
    decoder: Decoder,
    settings: OipSegmentation,
}

impl OipSegmenter {
    /// What asks whether its model is ready.
    pub fn probe(&self) -> Arc<dyn Probe> {
        Arc::new(self.model.clone())
    }

    /// A segmenter as `settings` say; messages up to `max_message_bytes` are sent and taken.
    ///
    /// # Errors
    ///
    /// When a setting cannot be right.
    pub fn new(settings: OipSegmentation, decoder: Decoder, max_message_bytes: usize) -> Result<Self, OipError> {
        settings.check()?;
        let server = Server::new(&settings.endpoint, max_message_bytes)?;
        let model = server.model(Role::Segmentation, &settings.model, settings.version.as_deref());
        Ok(Self { model, decoder, settings })
    }
}

#[async_trait]
impl Segmenter for OipSegmenter {
    fn cache_key(&self) -> String {
        format!("open-inference/{:?}", self.settings)
    }

    async fn segment(&self, call: Call, picture: &Picture, max_regions: Option<u32>) -> Answer<Segmentation> {
        let most = max_regions.unwrap_or(self.settings.max_regions);
        if most == 0 {
            return Err(RoleError::invalid("max_regions", "expected at least 1, got 0; leave it out for the default"));
        }
        let OipSegmentation { input, masks, scores, .. } = &self.settings;
        let input = input.tensor(&self.decoder, picture, &[View::Whole]).await?;
        let reply = self.model.infer(call, input, &[masks, scores]).await?;
        let (side, settings) = ((picture.width, picture.height), self.settings.clone());
        let read = tokio::task::spawn_blocking(move || {
            let mut regions = regions(&reply, &settings, side)?;
            regions.sort_by(|a, b| b.area.total_cmp(&a.area));
            regions.truncate(most as usize);
            Ok(Segmentation { regions, models: vec![reply.model] })
        });
        read.await.map_err(|error| RoleError::Internal(format!("reading the masks stopped: {error}")))?
    }
}

/// The regions of a picture of `side` pixels; masks with nothing inside are none.
fn regions(reply: &Reply, settings: &OipSegmentation, side: (u32, u32)) -> Answer<Vec<Region>> {
    let OipSegmentation { masks: name, scores, .. } = settings;
    let Output { shape, values } = reply.cells(name, &["n", "height", "width"])?;
    let scores_of = reply.units(scores, &["n"])?;
    if scores_of.values.len() != shape[0] {
        let (masks, got) = (shape[0], scores_of.values.len());
        return Err(reply.wrong(scores, format!("expected a score for each of {masks} masks, got {got}")));
    }
    let grid = (u32::try_from(shape[2]), u32::try_from(shape[1]));
    let (Ok(width @ 1..), Ok(height @ 1..)) = grid else {
        if shape[0] == 0 {
            return Ok(Vec::new());
        }
        return Err(reply.wrong(name, format!("expected masks of at least one cell, got {shape:?}")));
    };
    let cells = shape[1] * shape[2];
    let region = |(at, &score): (usize, &f32)| {
        let inside = |threshold: f32| -> Mask {
            let cells: Vec<bool> = match &values {
                Values::Floats(values) => {
                    values[at * cells..][..cells].iter().map(|&value| value >= threshold).collect()
                }
                Values::Cells(values) => values[at * cells..][..cells].iter().map(|&value| value != 0).collect(),
            };
            Mask::encode(width, height, &cells)
        };
        let mask = inside(0.5);
        Some(Region {
            bbox: mask.bounding_box(side.0, side.1)?,
            area: mask.count() as f32 / cells as f32,
            // A mask without shades is as steady as can be.
            stability: if matches!(values, Values::Floats(_)) { inside(0.6).iou(&inside(0.4)) } else { 1.0 },
            predicted_iou: score,
            mask,
        })
    };
    Ok(scores_of.values.iter().enumerate().filter_map(region).collect())
}
