//! Type 9: are surfaces waxy, with form but without grain?
//!
//! Natural texture has about as much contrast in each octave of scale, so where there is relief at several pixels there
//! is some at one or two as well. A smoothed surface keeps the relief (and, if the smoothing spared edges, sharp
//! outlines) and lacks the rest. A flat sky or a studio backdrop has no relief to begin with. The detail is compared
//! with constants, not with the relief: relief differs between pictures for many reasons, missing grain does not.

use serde::Deserialize;

use crate::{
    cells::{near, quantile, windows},
    edges::Edges,
    plane::Plane,
    settings::Ramp,
};

/// Constants of detail loss.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Share of the cells that the severity is pooled over.
    pub pool_share: f32,
    /// Pixels this near an edge are not surface, quarter-size pixels.
    pub edge_margin: usize,
    /// The least side of the window in which a cell is judged, quarter-size pixels.
    pub min_window: usize,
    /// A cell with less surface than this share of its window is not judged.
    pub min_surface: f32,
    /// Trust over the RMS relief, [0, 1] of the luma range: below it the surface is flat.
    pub relief: Ramp,
    /// Severity over the mean fine detail, [0, 1] of the luma range: the less, the worse.
    pub detail: Ramp,
    /// The picture's own reference is this quantile of its surfaces' detail.
    pub reference_share: f32,
    /// Trust over ln(detail / reference): a picture smooth throughout is so on purpose, or was compressed.
    pub below_reference: Ramp,
    /// How far around a cell a sharp edge is looked for, cells.
    pub edge_radius: usize,
    /// Trust over the width of the sharpest edge near, pixels: out of focus is not waxy.
    pub edge_width: Ramp,
}

/// What a cell's surface looks like, edges left out.
struct Surface {
    /// Mean fine detail, [0, 1] of the luma range.
    detail: f32,
    /// RMS relief, [0, 1] of the luma range.
    relief: f32,
    /// Width of the sharpest edge near, pixels at the working size.
    sharpest: f32,
}

/// Severity of each cell.
pub fn severities(luma: &Plane, edges: &Edges, settings: &Settings) -> Vec<f32> {
    let surfaces = surfaces(luma, edges, settings);
    let mut details: Vec<f32> = surfaces
        .iter()
        .flatten()
        .filter(|surface| settings.relief.at(surface.relief) > 0.0)
        .map(|surface| surface.detail)
        .collect();
    let reference = quantile(&mut details, settings.reference_share).unwrap_or(0.0).max(f32::MIN_POSITIVE);
    let severity = |surface: Surface| {
        settings.relief.at(surface.relief)
            * settings.detail.at(surface.detail)
            * settings.below_reference.at((surface.detail / reference).ln())
            * settings.edge_width.at(surface.sharpest)
    };
    surfaces.into_iter().map(|surface| surface.map_or(0.0, severity)).collect()
}

/// The surface of each cell; `None` where there is too little, or no edge near.
fn surfaces(luma: &Plane, edges: &Edges, settings: &Settings) -> Vec<Option<Surface>> {
    let quarter = luma.halved().halved();
    let detail = edges.detail.halved().halved();
    let surface = away_from(&edges.widths.halved().halved(), settings.edge_margin);
    let mut points = Vec::new();

    windows(quarter.width, quarter.height, settings.min_window, usize::MAX)
        .enumerate()
        .map(|(index, window)| {
            points.clear();
            points.extend(window.pixels().filter(|&(x, y)| surface.at(x, y) > 0.0));
            if points.is_empty() || (points.len() as f32) < settings.min_surface * window.area() as f32 {
                return None;
            }
            let sharpest =
                near(index, settings.edge_radius).filter_map(|near| edges.cell_widths[near]).reduce(f32::min)?;
            let detail = points.iter().map(|&(x, y)| detail.at(x, y)).sum::<f32>() / points.len() as f32;
            Some(Surface { detail, relief: relief(&quarter, &points), sharpest })
        })
        .collect()
}

/// RMS of what the best-fitting tilted plane leaves over at `points`: even shading is no relief.
fn relief(luma: &Plane, points: &[(usize, usize)]) -> f32 {
    let samples = || points.iter().map(|&(x, y)| [x as f32, y as f32, luma.at(x, y)]);
    let mean = samples().fold([0.0; 3], |sum, sample| [sum[0] + sample[0], sum[1] + sample[1], sum[2] + sample[2]]);
    let mean = mean.map(|sum| sum / points.len() as f32);
    // Covariances of x, y and luma, summed; the plane's slopes solve the two normal equations.
    let (mut xx, mut xy, mut yy, mut xv, mut yv, mut vv) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for sample in samples() {
        let [x, y, v] = [0, 1, 2].map(|axis| sample[axis] - mean[axis]);
        (xx, xy, yy) = (xx + x * x, xy + x * y, yy + y * y);
        (xv, yv, vv) = (xv + x * v, yv + y * v, vv + v * v);
    }
    let determinant = xx * yy - xy * xy;
    let explained =
        if determinant > 1e-3 { (yy * xv * xv - 2.0 * xy * xv * yv + xx * yv * yv) / determinant } else { 0.0 };
    ((vv - explained).max(0.0) / points.len() as f32).sqrt()
}

/// 1 where a pixel is more than `margin` pixels away, each way, from all those where `edges` is above 0; else 0.
fn away_from(edges: &Plane, margin: usize) -> Plane {
    let (width, height) = (edges.width, edges.height);
    let mut away = vec![1.0; edges.values.len()];
    for y in 0..height {
        for x in (0..width).filter(|&x| edges.at(x, y) > 0.0) {
            let columns = x.saturating_sub(margin)..(x + margin + 1).min(width);
            for row in y.saturating_sub(margin)..(y + margin + 1).min(height) {
                away[row * width + columns.start..row * width + columns.end].fill(0.0);
            }
        }
    }
    Plane { width, height, values: away }
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use crate::{measure, testing};

    const NUMBER: usize = 9;

    #[test]
    fn severity_rises_with_strength_and_peaks_in_the_smoothed_patch() {
        let clean = testing::scene(512, 512, 1);
        let place = testing::middle(&clean);
        let smoothed = [0.6, 0.8, 0.9, 1.0].map(|strength| testing::smoothed(&clean, place, 3.0, strength));
        testing::assert_rises(&clean, &smoothed, NUMBER);
        assert!(testing::peaks_in(&measure(&smoothed[3], &testing::settings()), NUMBER, place, (512, 512)));
    }

    #[test]
    fn natural_texture_is_not_detail_loss() {
        assert!(testing::severity(&testing::scene(512, 512, 2), NUMBER) < 0.1);
    }

    #[test]
    fn a_sky_without_relief_is_not_detail_loss() {
        let sky = RgbImage::from_fn(512, 512, |x, y| {
            if y > 400 { Rgb([40 + (x % 64) as u8; 3]) } else { Rgb([100 + (y / 4) as u8, 150 + (y / 6) as u8, 220]) }
        });
        assert!(testing::severity(&sky, NUMBER) < 0.1);
    }
}
