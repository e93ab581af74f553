//! One file a distortion type. Each takes a [`View`] and gives one severity a cell, [0, 1], larger is worse.

use std::borrow::Cow;

use domain::distortion::DistortionType;
use image::RgbImage;

use crate::{
    Settings,
    edges::Edges,
    plane::{Plane, shrunk},
};

pub mod autocorrelation;
pub mod color_tone;
pub mod detail_loss;
pub mod edge_blur;
pub mod fold;
pub mod generative_noise;
pub mod texture_repetition;

/// A picture with what several measures need of it.
pub struct View<'a> {
    /// The picture's own pixels: grids and noise do not survive resizing.
    pub native: &'a RgbImage,
    /// The picture at the working size.
    pub working: Cow<'a, RgbImage>,
    /// Its luma, [0, 1].
    pub luma: Plane,
    /// Its edges.
    pub edges: Edges,
    /// Native statistics of each cell: grids and noise.
    pub folds: Vec<fold::Fold>,
}

impl<'a> View<'a> {
    /// Prepares `pixels`.
    pub fn new(pixels: &'a RgbImage, settings: &Settings) -> Self {
        let working = shrunk(pixels, settings.working_side).map_or(Cow::Borrowed(pixels), Cow::Owned);
        let luma = Plane::luma(&working);
        let edges = Edges::find(&luma, &settings.edges);
        let folds = fold::folds(pixels, &settings.generative_noise.fold);
        Self { native: pixels, working, luma, edges, folds }
    }
}

/// The severity of each cell, and the share of the cells that the picture's severity is pooled over; `None` for types
/// that need more than pixels.
pub fn severities(kind: DistortionType, view: &View<'_>, settings: &Settings) -> Option<(Vec<f32>, f32)> {
    Some(match kind {
        DistortionType::TextureRepetition => {
            let settings = &settings.texture_repetition;
            (texture_repetition::severities(&view.luma, settings), settings.pool_share)
        }
        DistortionType::EdgeBlur => {
            let settings = &settings.edge_blur;
            (edge_blur::severities(&view.edges, settings), settings.pool_share)
        }
        DistortionType::DetailLoss => {
            let settings = &settings.detail_loss;
            (detail_loss::severities(&view.luma, &view.edges, settings), settings.pool_share)
        }
        DistortionType::GenerativeNoise => {
            let settings = &settings.generative_noise;
            (generative_noise::severities(&view.folds, settings), settings.pool_share)
        }
        DistortionType::ColorToneAnomaly => {
            let settings = &settings.color_tone;
            (color_tone::severities(&view.working, settings), settings.pool_share)
        }
        _ => return None,
    })
}
