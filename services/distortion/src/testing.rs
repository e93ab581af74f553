//! Synthetic pictures, and faults injected into pictures with a strength in [0, 1] and a place: what the measures are
//! tested on and calibrated with.

use domain::heat_map::GRID;
use image::{Rgb, RgbImage};

use crate::{Measured, Settings, cells::Rect, measure};

/// The shipped constants.
pub fn settings() -> Settings {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config/distortion.toml");
    toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

/// The severity of type `number` in `pixels`.
pub fn severity(pixels: &RgbImage, number: usize) -> f32 {
    measure(pixels, &settings()).distortions[number - 1].severity.unwrap()
}

/// Checks that the severity of type `number` rises from `clean` through `faulty`, from next to nothing to plain.
pub fn assert_rises(clean: &RgbImage, faulty: &[RgbImage], number: usize) {
    let severities: Vec<f32> = std::iter::once(clean).chain(faulty).map(|pixels| severity(pixels, number)).collect();
    assert!(severities.is_sorted_by(|weaker, stronger| *weaker <= stronger + 0.02), "{severities:?}");
    assert!(severities[0] < 0.3 && severities.last().is_some_and(|&last| last > severities[0] + 0.4), "{severities:?}");
}

/// Whether the peak of type `number` lies in `place` of a picture of this size, give or take a cell.
pub fn peaks_in(measured: &Measured, number: usize, place: Rect, (width, height): (u32, u32)) -> bool {
    let (x, y) = measured.distortions[number - 1].peak.unwrap();
    let within = |at: f32, from: usize, to: usize, length: u32| {
        let (from, to) = (from as f32 / length as f32, to as f32 / length as f32);
        (from - 1.0 / GRID as f32..to + 1.0 / GRID as f32).contains(&at)
    };
    within(x, place.x0, place.x1, width) && within(y, place.y0, place.y1, height)
}

/// A deterministic number in [−1, 1) for each position and seed.
fn hash(x: i64, y: i64, seed: u64) -> f32 {
    let mut bits =
        (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F) ^ seed;
    for _ in 0..2 {
        bits = (bits ^ (bits >> 31)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    }
    (bits >> 40) as f32 / (1 << 23) as f32 - 1.0
}

/// Value noise with a feature every `period` pixels, about [−1, 1].
fn smooth_noise(x: u32, y: u32, period: f32, seed: u64) -> f32 {
    let (x, y) = (x as f32 / period, y as f32 / period);
    let (column, row) = (x.floor(), y.floor());
    let ease = |t: f32| t * t * (3.0 - 2.0 * t);
    let (tx, ty) = (ease(x - column), ease(y - row));
    let corner = |dx: i64, dy: i64| hash(column as i64 + dx, row as i64 + dy, seed);
    let mix = |a: f32, b: f32, t: f32| a + (b - a) * t;
    mix(mix(corner(0, 0), corner(1, 0), tx), mix(corner(0, 1), corner(1, 1), tx), ty)
}

/// Natural texture, about [−1, 1]: equal contrast in each octave.
pub fn texture(x: u32, y: u32, seed: u64) -> f32 {
    (0..6).map(|octave| 0.3 * smooth_noise(x, y, 1.5 * f32::from(1_u16 << octave), seed + octave)).sum()
}

fn grey(value: f32) -> Rgb<u8> {
    let value = (255.0 * value).round() as u8;
    Rgb([value; 3])
}

/// A clean scene: textured discs with sharp outlines on a textured ground, full tonal range, muted colours.
pub fn scene(width: u32, height: u32, seed: u64) -> RgbImage {
    let grain = |x, y| texture(x, y, seed);
    RgbImage::from_fn(width, height, |x, y| {
        let (mut value, mut hue) = (0.45, 0.0);
        for disc in 0..160 {
            let place = |salt: i64| 0.5 + 0.5 * hash(disc, salt, seed);
            let (dx, dy) = (x as f32 - place(1) * width as f32, y as f32 - place(2) * height as f32);
            let radius = (0.02 + 0.05 * place(3)) * width.max(height) as f32;
            let outside = dx.hypot(dy) - radius;
            if outside < 0.5 {
                // One pixel of anti-aliasing, as a lens and a sensor give.
                let inside = (0.5 - outside).min(1.0);
                value += inside * (0.2 + 0.6 * place(4) - value);
                hue += inside * (0.12 * (place(5) - 0.5) - hue);
            }
        }
        let value = value + 0.1 * grain(x, y);
        let channel = |shift: f32| (255.0 * (value + shift)).round() as u8;
        Rgb([channel(hue), channel(0.0), channel(-hue)])
    })
}

/// Grey stripes, `period` pixels wide, turned by `slope` pixels a row.
pub fn stripes(side: u32, period: f32, slope: f32) -> RgbImage {
    RgbImage::from_fn(side, side, |x, y| {
        let phase = (x as f32 + slope * y as f32) / period * std::f32::consts::TAU;
        grey(0.5 + 0.3 * phase.sin())
    })
}

/// The middle of a picture: a third of each side.
pub fn middle(pixels: &RgbImage) -> Rect {
    let (width, height) = (pixels.width() as usize, pixels.height() as usize);
    Rect { x0: width / 3, y0: height / 3, x1: 2 * width / 3, y1: 2 * height / 3 }
}

/// All of a picture.
pub fn everywhere(pixels: &RgbImage) -> Rect {
    Rect { x0: 0, y0: 0, x1: pixels.width() as usize, y1: pixels.height() as usize }
}

/// `pixels` with `f(x, y, old colour)` in `place`, [0, 255] a channel.
fn painted(pixels: &RgbImage, place: Rect, f: impl Fn(u32, u32, [f32; 3]) -> [f32; 3]) -> RgbImage {
    let mut painted = pixels.clone();
    for (x, y) in place.pixels() {
        let (x, y) = (x as u32, y as u32);
        painted.put_pixel(
            x,
            y,
            Rgb(f(x, y, pixels.get_pixel(x, y).0.map(f32::from)).map(|channel| channel.round() as u8)),
        );
    }
    painted
}

fn mix(a: [f32; 3], b: [f32; 3], share: f32) -> [f32; 3] {
    std::array::from_fn(|channel| a[channel] + share * (b[channel] - a[channel]))
}

/// Type 7: `place` is filled with copies of its first `period` × `period` pixels.
pub fn tiled(pixels: &RgbImage, place: Rect, period: usize, strength: f32) -> RgbImage {
    painted(pixels, place, |x, y, old| {
        let within = |at: u32, from: usize| (from + (at as usize - from) % period) as u32;
        mix(old, pixels.get_pixel(within(x, place.x0), within(y, place.y0)).0.map(f32::from), strength)
    })
}

/// Type 8: Gaussian blur of `sigma` pixels in `place`.
pub fn blurred(pixels: &RgbImage, place: Rect, sigma: f32) -> RgbImage {
    let blurred = image::imageops::blur(pixels, sigma.max(0.01));
    painted(pixels, place, |x, y, _| blurred.get_pixel(x, y).0.map(f32::from))
}

/// Type 9: a bilateral filter of `sigma` pixels and 0.15 of the range in `place`: surfaces melt, outlines stay.
pub fn smoothed(pixels: &RgbImage, place: Rect, sigma: f32, strength: f32) -> RgbImage {
    let radius = (2.0 * sigma).ceil() as i64;
    let (width, height) = (i64::from(pixels.width()), i64::from(pixels.height()));
    painted(pixels, place, |x, y, old| {
        let (mut sum, mut weights) = ([0.0; 3], 0.0);
        for dy in -radius..=radius {
            for dx in -radius..=radius {
                let (nx, ny) = ((i64::from(x) + dx).clamp(0, width - 1), (i64::from(y) + dy).clamp(0, height - 1));
                let near = pixels.get_pixel(nx as u32, ny as u32).0.map(f32::from);
                let far = (dx * dx + dy * dy) as f32 / (2.0 * sigma * sigma);
                let unlike = (near[1] - old[1]).powi(2) / (2.0 * (0.15_f32 * 255.0).powi(2));
                let weight = (-far - unlike).exp();
                weights += weight;
                sum = std::array::from_fn(|channel| sum[channel] + weight * near[channel]);
            }
        }
        mix(old, sum.map(|channel| channel / weights), strength)
    })
}

/// Type 10: a checkerboard of `levels` / 255 in `place`.
pub fn checkered(pixels: &RgbImage, place: Rect, levels: f32) -> RgbImage {
    painted(pixels, place, |x, y, old| old.map(|channel| channel + if (x + y) % 2 == 0 { levels } else { -levels }))
}

/// Type 10: `place` at half the resolution, each pixel doubled.
pub fn doubled(pixels: &RgbImage, place: Rect, strength: f32) -> RgbImage {
    painted(pixels, place, |x, y, old| mix(old, pixels.get_pixel(x & !1, y & !1).0.map(f32::from), strength))
}

/// Type 10: about Gaussian noise of σ = `levels` / 255 in `place`.
pub fn noisy(pixels: &RgbImage, place: Rect, levels: f32) -> RgbImage {
    painted(pixels, place, |x, y, old| {
        let noise: f32 = (0..6).map(|seed| hash(i64::from(x), i64::from(y), 1000 + seed)).sum::<f32>() / 2.0_f32.sqrt();
        old.map(|channel| channel + levels * noise)
    })
}

/// Type 11: a warm cast; at 1 all of the blue is gone and a third of the green.
pub fn tinted(pixels: &RgbImage, strength: f32) -> RgbImage {
    painted(pixels, everywhere(pixels), |_, _, [r, g, b]| [r, g * (1.0 - 0.33 * strength), b * (1.0 - strength)])
}

/// Type 11: contrast raised until the ends are cut off, 3 times at strength 1.
pub fn clipped(pixels: &RgbImage, place: Rect, strength: f32) -> RgbImage {
    painted(pixels, place, |_, _, old| old.map(|channel| 128.0 + (channel - 128.0) * (1.0 + 2.0 * strength)))
}

/// Type 11: tones rounded to `levels` a channel.
pub fn posterised(pixels: &RgbImage, place: Rect, levels: u32) -> RgbImage {
    let step = 255.0 / (levels - 1) as f32;
    painted(pixels, place, |_, _, old| old.map(|channel| (channel / step).round() * step))
}

/// Type 11: colours pushed away from grey, `gain` times.
pub fn saturated(pixels: &RgbImage, place: Rect, gain: f32) -> RgbImage {
    painted(pixels, place, |_, _, old| {
        let grey = 0.299 * old[0] + 0.587 * old[1] + 0.114 * old[2];
        old.map(|channel| grey + gain * (channel - grey))
    })
}

/// `pixels` through JPEG at `quality` of 100.
pub fn jpeg(pixels: &RgbImage, quality: u8) -> RgbImage {
    let mut file = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, quality).encode_image(pixels).unwrap();
    image::load_from_memory(&file).unwrap().into_rgb8()
}

/// `pixels` shrunk to `side` and enlarged again: the size of a good picture without its detail.
pub fn upscaled(pixels: &RgbImage, side: u32) -> RgbImage {
    let small = image::imageops::thumbnail(pixels, side, side);
    image::imageops::resize(&small, pixels.width(), pixels.height(), image::imageops::FilterType::CatmullRom)
}
