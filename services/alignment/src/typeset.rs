//! Text as a picture: black letters on white, as large as they fit.

use ab_glyph::{Font, FontRef, PxScale, ScaleFont, point};
use image::{Rgb, RgbImage};

const MARGIN: f32 = 8.0;
/// Sizes tried, pixels an em, largest first. The tower reads neither smaller nor, for short texts, larger letters better.
const SIZES: std::ops::RangeInclusive<u32> = 12..=32;
const LINE_SPACING: f32 = 1.2;

/// Draws `text` into a white square of `side` pixels; what does not fit at the smallest size is cut off.
pub fn typeset(font: &FontRef<'_>, text: &str, side: u32) -> RgbImage {
    let width = side as f32 - 2.0 * MARGIN;
    let layout = |size| Layout::new(font, text, size, width);
    let fitting = SIZES.rev().map(layout).find(|layout| layout.fits(width));
    let layout = fitting.unwrap_or_else(|| Layout::new(font, text, *SIZES.start(), width).cut(width));
    layout.draw(font, side)
}

/// Lines of text at one size.
struct Layout {
    lines: Vec<String>,
    scale: PxScale,
    line_height: f32,
    /// No word is wider than the square.
    every_word_fits: bool,
}

impl Layout {
    /// Breaks `text` at white space, and words wider than a line between characters.
    fn new(font: &FontRef<'_>, text: &str, size: u32, width: f32) -> Self {
        let scale = em_scale(font, size as f32);
        let advance = |text: &str| advance(font, scale, text);
        let space = advance(" ");
        let (mut lines, mut line, mut line_width) = (Vec::new(), String::new(), 0.0f32);
        let mut every_word_fits = true;
        for word in text.split_whitespace() {
            every_word_fits &= advance(word) <= width;
            for piece in pieces(word, width, &advance) {
                let piece_width = advance(&piece);
                if !line.is_empty() && line_width + space + piece_width > width {
                    lines.push(std::mem::take(&mut line));
                    line_width = 0.0;
                }
                if !line.is_empty() {
                    line.push(' ');
                    line_width += space;
                }
                line.push_str(&piece);
                line_width += piece_width;
            }
        }
        lines.push(line);
        Self { lines, scale, line_height: (LINE_SPACING * size as f32).round(), every_word_fits }
    }

    fn fits(&self, height: f32) -> bool {
        self.every_word_fits && self.lines.len() as f32 * self.line_height <= height
    }

    fn cut(mut self, height: f32) -> Self {
        self.lines.truncate((height / self.line_height) as usize);
        self
    }

    fn draw(&self, font: &FontRef<'_>, side: u32) -> RgbImage {
        let scaled = font.as_scaled(self.scale);
        let mut page = RgbImage::from_pixel(side, side, Rgb([255; 3]));
        let top = (side as f32 - self.lines.len() as f32 * self.line_height) / 2.0;
        for (index, line) in self.lines.iter().enumerate() {
            let gap = (self.line_height - (scaled.ascent() - scaled.descent())) / 2.0;
            let baseline = (top + index as f32 * self.line_height + gap + scaled.ascent()).round();
            let mut x = MARGIN;
            for character in line.chars() {
                let glyph = scaled.scaled_glyph(character).id.with_scale_and_position(self.scale, point(x, baseline));
                x += scaled.h_advance(glyph.id);
                let Some(outline) = font.outline_glyph(glyph) else { continue };
                let origin = outline.px_bounds().min;
                outline.draw(|dx, dy, coverage| {
                    let (px, py) = (origin.x as i64 + i64::from(dx), origin.y as i64 + i64::from(dy));
                    if let (Ok(px), Ok(py)) = (u32::try_from(px), u32::try_from(py))
                        && let Some(pixel) = page.get_pixel_mut_checked(px, py)
                    {
                        let ink = (coverage.clamp(0.0, 1.0) * 255.0) as u8;
                        pixel.0 = pixel.0.map(|value| value.saturating_sub(ink));
                    }
                });
            }
        }
        page
    }
}

/// `ab_glyph` scales by ascent − descent; type sizes are in ems.
fn em_scale(font: &FontRef<'_>, size: f32) -> PxScale {
    PxScale::from(font.units_per_em().map_or(size, |em| size * font.height_unscaled() / em))
}

fn advance(font: &FontRef<'_>, scale: PxScale, text: &str) -> f32 {
    let scaled = font.as_scaled(scale);
    text.chars().map(|character| scaled.h_advance(scaled.glyph_id(character))).sum()
}

/// `word`, broken between characters wherever it would be wider than `width`.
fn pieces(word: &str, width: f32, advance: &impl Fn(&str) -> f32) -> Vec<String> {
    let mut pieces = Vec::new();
    let (mut piece, mut piece_width) = (String::new(), 0.0);
    for character in word.chars() {
        let next = advance(character.encode_utf8(&mut [0; 4]));
        if piece_width + next > width && !piece.is_empty() {
            pieces.push(std::mem::take(&mut piece));
            piece_width = 0.0;
        }
        piece.push(character);
        piece_width += next;
    }
    pieces.push(piece);
    pieces
}
