//! Where edges are and how wide: the ground for edge blur, detail loss and fidelity.
//!
//! The width of an edge comes from re-blurring (Zhuo and Sim, "Defocus map estimation from a single image", 2011): for
//! a step blurred by σ, the gradient falls on re-blurring with σ₀ by R = √(σ² + σ₀²) / σ, whatever the step's height.
//! So a low and a high edge of equal sharpness measure the same.

use serde::Deserialize;

use crate::{
    cells::{quantile, windows},
    plane::Plane,
};

/// Constants of edge finding.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeSettings {
    /// σ₀, pixels at the working size.
    pub reblur_sigma: f32,
    /// The height a step must have to count, [0, 1] of the luma range.
    pub min_contrast: f32,
    /// Wider transitions are shading, not edges; pixels at the working size.
    pub max_width: f32,
    /// A cell with fewer edge pixels has no edge width.
    pub min_pixels: usize,
    /// The least side of the window in which a cell's edges are gathered, pixels.
    pub min_window: usize,
}

/// A picture's edges.
pub struct Edges {
    /// σ of the edge through each pixel, pixels; 0 where there is none. Size of the working plane.
    pub widths: Plane,
    /// Median σ of each cell's edges, pixels.
    pub cell_widths: Vec<Option<f32>>,
    /// Fine detail: |luma − luma re-blurred by σ₀|, [0, 1]. Size of the working plane.
    pub detail: Plane,
}

impl Edges {
    /// Finds the edges of `luma`.
    pub fn find(luma: &Plane, settings: &EdgeSettings) -> Self {
        let reblurred = luma.blurred(settings.reblur_sigma);
        let widths = widths(luma, &reblurred, settings);
        let mut inside = Vec::new();
        let cell_widths = windows(luma.width, luma.height, settings.min_window, usize::MAX)
            .map(|window| {
                inside.clear();
                for y in window.y0..window.y1 {
                    inside.extend(widths.row(y)[window.x0..window.x1].iter().filter(|&&width| width > 0.0));
                }
                if inside.len() < settings.min_pixels { None } else { quantile(&mut inside, 0.5) }
            })
            .collect();
        Self { widths, cell_widths, detail: luma.zip(&reblurred, |fine, coarse| (fine - coarse).abs()) }
    }

    /// σ of the picture's sharper edges: the quantile `share` over the cells that have edges.
    pub fn sharp_width(&self, share: f32) -> Option<f32> {
        quantile(&mut self.cell_widths.iter().copied().flatten().collect::<Vec<_>>(), share)
    }
}

fn widths(luma: &Plane, reblurred: &Plane, settings: &EdgeSettings) -> Plane {
    let (width, height) = (luma.width, luma.height);
    let mut widths = Plane { width, height, values: vec![0.0; width * height] };
    let sigma0 = settings.reblur_sigma;
    // No step of `min_contrast` up to `max_width` wide has a lower gradient.
    let min_gradient =
        settings.min_contrast / (std::f32::consts::TAU * (settings.max_width.powi(2) + sigma0.powi(2))).sqrt();
    for y in 2..height.saturating_sub(2) {
        for x in 2..width.saturating_sub(2) {
            let (dx, dy) = gradient(reblurred, x, y);
            let strength = length(dx, dy);
            if strength < min_gradient || !is_ridge(reblurred, x, y, dx, dy, strength) {
                continue;
            }
            let (fine_dx, fine_dy) = gradient(luma, x, y);
            let ratio = length(fine_dx, fine_dy) / strength;
            // A ratio of at most 1 is no blurred step at all: corners and thin lines.
            let sigma = sigma0 / (ratio.powi(2) - 1.0).max(1e-6).sqrt();
            let contrast = strength * (std::f32::consts::TAU * (sigma.powi(2) + sigma0.powi(2))).sqrt();
            if sigma <= settings.max_width && contrast >= settings.min_contrast {
                widths.values[y * width + x] = sigma;
            }
        }
    }
    widths
}

/// Central differences, per pixel.
fn gradient(plane: &Plane, x: usize, y: usize) -> (f32, f32) {
    (0.5 * (plane.at(x + 1, y) - plane.at(x - 1, y)), 0.5 * (plane.at(x, y + 1) - plane.at(x, y - 1)))
}

/// `f32::hypot` guards against overflow, which luma cannot reach, and is several times slower.
fn length(dx: f32, dy: f32) -> f32 {
    (dx * dx + dy * dy).sqrt()
}

/// Whether the gradient is largest here along its own direction, rounded to 45°.
fn is_ridge(plane: &Plane, x: usize, y: usize, dx: f32, dy: f32, strength: f32) -> bool {
    const TAN_22_5: f32 = 0.414_213_56;
    let step_x = if dx.abs() > TAN_22_5 * dy.abs() { dx.signum() as isize } else { 0 };
    let step_y = if dy.abs() > TAN_22_5 * dx.abs() { dy.signum() as isize } else { 0 };
    let along = |steps: isize| {
        let (dx, dy) = gradient(plane, x.wrapping_add_signed(steps * step_x), y.wrapping_add_signed(steps * step_y));
        length(dx, dy)
    };
    strength > along(1) && strength >= along(-1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn the_width_of_a_blurred_step_is_its_sigma_whatever_its_height() {
        let settings = testing::settings().edges;
        for (sigma, height) in [(1.5, 0.9), (2.0, 0.2), (2.0, 0.9), (4.0, 0.5)] {
            let values = (0..128 * 128).map(|index| if index % 128 < 64 { 0.05 } else { 0.05 + height }).collect();
            let step = Plane { width: 128, height: 128, values }.blurred(sigma);
            let width = Edges::find(&step, &settings).sharp_width(0.5).unwrap();
            assert!((width / sigma - 1.0).abs() < 0.2, "{width} for {sigma} at {height}");
        }
    }

    #[test]
    fn shading_has_no_edges() {
        let settings = testing::settings().edges;
        let shading =
            Plane { width: 256, height: 64, values: (0..256 * 64).map(|index| (index % 256) as f32 / 255.0).collect() };
        assert_eq!(Edges::find(&shading, &settings).sharp_width(0.5), None);
    }
}
