//! Single-channel pictures and the few filters the measures share.

use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::{Rgb, RgbImage};

/// One channel of a picture: row-major `width` × `height` values, usually luma in [0, 1].
#[derive(Clone, Debug)]
pub struct Plane {
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width` × `height` values.
    pub values: Vec<f32>,
}

/// BT.601 luma of a gamma-coded pixel, [0, 1].
pub fn luma(pixel: &Rgb<u8>) -> f32 {
    let [r, g, b] = pixel.0;
    (0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)) / 255.0
}

/// `pixels` with a long side of at most `long_side`; never upscaled, and `None` when it already fits.
pub fn shrunk(pixels: &RgbImage, long_side: u32) -> Option<RgbImage> {
    let (width, height) = pixels.dimensions();
    let scale = f64::from(long_side) / f64::from(width.max(height));
    if scale >= 1.0 {
        return None;
    }
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    let large = ImageRef::new(width, height, pixels.as_raw(), PixelType::U8x3).ok()?;
    let mut small = Image::new(side(width), side(height), PixelType::U8x3);
    // The default kernel (Lanczos) rings beside edges, which reads as texture; the box kernel only averages.
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Box));
    Resizer::new().resize(&large, &mut small, &options).ok()?;
    RgbImage::from_raw(small.width(), small.height(), small.into_vec())
}

impl Plane {
    /// The luma of `pixels`, [0, 1].
    pub fn luma(pixels: &RgbImage) -> Self {
        let (width, height) = pixels.dimensions();
        Self { width: width as usize, height: height as usize, values: pixels.pixels().map(luma).collect() }
    }

    /// One row of values.
    pub fn row(&self, y: usize) -> &[f32] {
        &self.values[y * self.width..(y + 1) * self.width]
    }

    /// The value at (`x`, `y`).
    pub fn at(&self, x: usize, y: usize) -> f32 {
        self.values[y * self.width + x]
    }

    /// A plane of the same size with `f` of each pair of values.
    pub fn zip(&self, other: &Self, f: impl Fn(f32, f32) -> f32) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(&a, &b)| f(a, b)).collect();
        Self { width: self.width, height: self.height, values }
    }

    /// Gaussian blur of standard deviation `sigma` pixels; the border repeats.
    pub fn blurred(&self, sigma: f32) -> Self {
        let kernel = gaussian_kernel(sigma);
        let radius = kernel.len() / 2;
        let (width, height) = (self.width, self.height);
        let mut across = Vec::with_capacity(self.values.len());
        let mut padded = vec![0.0; width + 2 * radius];
        let mut sums = vec![0.0; width];
        for y in 0..height {
            let row = self.row(y);
            padded[..radius].fill(row[0]);
            padded[radius..radius + width].copy_from_slice(row);
            padded[radius + width..].fill(row[width - 1]);
            weighted_sum(&mut sums, kernel.iter().enumerate().map(|(tap, &k)| (k, &padded[tap..tap + width])));
            across.extend_from_slice(&sums);
        }
        let mut values = Vec::with_capacity(self.values.len());
        for y in 0..height {
            let source = |tap: usize| (y + tap).saturating_sub(radius).min(height - 1) * width;
            let taps = kernel.iter().enumerate().map(|(tap, &k)| (k, &across[source(tap)..source(tap) + width]));
            weighted_sum(&mut sums, taps);
            values.extend_from_slice(&sums);
        }
        Self { width, height, values }
    }

    /// Half the size each way (rounded up), by 2 × 2 means.
    pub fn halved(&self) -> Self {
        let (width, height) = (self.width.div_ceil(2), self.height.div_ceil(2));
        let mut values = Vec::with_capacity(width * height);
        for y in 0..height {
            let (top, bottom) = (self.row(2 * y), self.row((2 * y + 1).min(self.height - 1)));
            for x in 0..width {
                let (left, right) = (2 * x, (2 * x + 1).min(self.width - 1));
                values.push(0.25 * (top[left] + top[right] + bottom[left] + bottom[right]));
            }
        }
        Self { width, height, values }
    }
}

/// Row by row rather than pixel by pixel, so that the compiler can use vector instructions.
fn weighted_sum<'a>(sums: &mut [f32], taps: impl Iterator<Item = (f32, &'a [f32])>) {
    sums.fill(0.0);
    for (weight, values) in taps {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += weight * value;
        }
    }
}

fn gaussian_kernel(sigma: f32) -> Vec<f32> {
    let radius = (3.0 * sigma).ceil().max(1.0) as i32;
    let weights = (-radius..=radius).map(|x| (-0.5 * (x as f32 / sigma.max(0.1)).powi(2)).exp());
    let sum: f32 = weights.clone().sum();
    weights.map(|weight| weight / sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blurring_keeps_the_mean_and_spreads_a_point_as_far_as_sigma_says() {
        let mut point = Plane { width: 41, height: 41, values: vec![0.0; 41 * 41] };
        point.values[20 * 41 + 20] = 1.0;
        let blurred = point.blurred(3.0);
        assert!((blurred.values.iter().sum::<f32>() - 1.0).abs() < 1e-4);
        let variance: f32 =
            (0..41).map(|x| (x as f32 - 20.0).powi(2) * (0..41).map(|y| blurred.at(x, y)).sum::<f32>()).sum();
        assert!((variance.sqrt() - 3.0).abs() < 0.1, "{variance}");
    }

    #[test]
    fn shrinking_keeps_the_aspect_and_never_enlarges() {
        assert_eq!(shrunk(&RgbImage::new(4000, 40), 1000).map(|small| small.dimensions()), Some((1000, 10)));
        assert_eq!(shrunk(&RgbImage::new(300_000, 1), 1000).map(|small| small.dimensions()), Some((1000, 1)));
        assert!(shrunk(&RgbImage::new(1000, 40), 1000).is_none());
    }

    #[test]
    fn halving_an_odd_plane_repeats_its_border() {
        let plane = Plane { width: 3, height: 1, values: vec![0.0, 1.0, 4.0] };
        assert_eq!(plane.halved().values, [0.5, 4.0]);
    }
}
