//! How much a window of a picture resembles itself, shifted: the Wiener-Khinchin theorem, through the FFT.

use std::f32::consts::PI;

use rustfft::{Fft, FftDirection, algorithm::Radix4, num_complex::Complex32};

use crate::{cells::Rect, plane::Plane};

/// A shift, pixels.
pub type Lag = (isize, isize);

/// Autocorrelation of square windows.
pub struct Autocorrelation {
    side: usize,
    forward: Radix4<f32>,
    inverse: Radix4<f32>,
    /// Hann taper: without one, the window's own border correlates.
    taper: Vec<f32>,
    /// The taper's own circular autocorrelation, 1 at lag 0.
    taper_correlation: Vec<f32>,
}

/// The autocorrelation of one window, 1 at lag 0.
pub struct Lags {
    side: usize,
    values: Vec<f32>,
}

impl Lags {
    /// The autocorrelation at `lag`, about [−1, 1].
    pub fn at(&self, (dx, dy): Lag) -> f32 {
        let wrap = |lag: isize| lag.rem_euclid(self.side as isize) as usize;
        self.values[wrap(dy) * self.side + wrap(dx)]
    }
}

impl Autocorrelation {
    /// For windows of at most `side` pixels each way.
    pub fn new(side: usize) -> Self {
        let taper: Vec<f32> = (0..side).map(|x| (PI * (x as f32 + 0.5) / side as f32).sin().powi(2)).collect();
        let at = |lag: usize| -> f32 { (0..side).map(|x| taper[x] * taper[(x + lag) % side]).sum() };
        let taper_correlation = (0..side).map(|lag| at(lag) / at(0)).collect();
        // The planner would bring every algorithm for every length along and make this crate minutes to compile.
        let (forward, inverse) = (Radix4::new(side, FftDirection::Forward), Radix4::new(side, FftDirection::Inverse));
        Self { side, forward, inverse, taper, taper_correlation }
    }

    /// The window's autocorrelation, corrected for what the taper takes away at large lags.
    pub fn of(&self, texture: &Plane, window: Rect) -> Lags {
        let mut values = self.raw(|x, y| texture.at(window.x0 + x, window.y0 + y), window.width(), window.height());
        let taper = &self.taper_correlation;
        let zero = values[0].max(1e-12);
        for (index, value) in values.iter_mut().enumerate() {
            *value /= zero * (taper[index % self.side] * taper[index / self.side]).max(0.05);
        }
        Lags { side: self.side, values }
    }

    fn raw(&self, value: impl Fn(usize, usize) -> f32, width: usize, height: usize) -> Vec<f32> {
        let mut buffer = vec![Complex32::default(); self.side * self.side];
        for y in 0..height {
            for x in 0..width {
                buffer[y * self.side + x].re = value(x, y) * self.taper[x] * self.taper[y];
            }
        }
        self.transform(&mut buffer, &self.forward);
        for bin in &mut buffer {
            *bin = Complex32::new(bin.norm_sqr(), 0.0);
        }
        self.transform(&mut buffer, &self.inverse);
        buffer.into_iter().map(|bin| bin.re).collect()
    }

    /// A two-dimensional transform in place; the result is transposed, which two of them undo.
    fn transform(&self, buffer: &mut [Complex32], fft: &Radix4<f32>) {
        fft.process(buffer);
        transpose(buffer, self.side);
        fft.process(buffer);
    }
}

fn transpose(buffer: &mut [Complex32], side: usize) {
    for y in 0..side {
        for x in 0..y {
            buffer.swap(y * side + x, x * side + y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_pattern_resembles_itself_one_period_on_and_not_half_of_one() {
        let values = (0..96 * 96).map(|at| testing::texture(at % 96 % 24, at / 96 % 24, 1)).collect::<Vec<f32>>();
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let pattern = Plane { width: 96, height: 96, values: values.into_iter().map(|value| value - mean).collect() };
        let lags = Autocorrelation::new(64).of(&pattern, Rect { x0: 10, y0: 5, x1: 74, y1: 69 });
        assert!((lags.at((0, 0)) - 1.0).abs() < 1e-3);
        for period in [(24, 0), (0, 24), (-24, 0), (24, -24)] {
            assert!(lags.at(period) > lags.at((period.0 / 2, period.1 / 2)) + 0.4, "{period:?}");
        }
    }
}
