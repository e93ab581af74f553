//! The heat map's cells: which pixels they cover, which cells are near, and robust statistics over them.

use domain::heat_map::{GRID, HeatMap};

/// A half-open rectangle of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rect {
    /// Left column.
    pub x0: usize,
    /// Top row.
    pub y0: usize,
    /// One past the right column.
    pub x1: usize,
    /// One past the bottom row.
    pub y1: usize,
}

impl Rect {
    /// Positions of the pixels, row by row.
    pub fn pixels(self) -> impl Iterator<Item = (usize, usize)> {
        (self.y0..self.y1).flat_map(move |y| (self.x0..self.x1).map(move |x| (x, y)))
    }

    /// Columns.
    pub const fn width(self) -> usize {
        self.x1 - self.x0
    }

    /// Rows.
    pub const fn height(self) -> usize {
        self.y1 - self.y0
    }

    /// Pixels.
    pub const fn area(self) -> usize {
        self.width() * self.height()
    }
}

/// The window of each cell over a plane of `width` × `height`, row-major. A window is centred on its cell and as large,
/// but between `min_side` and `max_side` pixels: the windows of a small picture overlap, those of a huge one sample it.
pub fn windows(width: usize, height: usize, min_side: usize, max_side: usize) -> impl Iterator<Item = Rect> {
    let span = move |index: usize, length: usize| {
        let side = (length / GRID).clamp(min_side, max_side).min(length);
        let start = ((2 * index + 1) * length / (2 * GRID)).saturating_sub(side / 2).min(length - side);
        (start, start + side)
    };
    (0..GRID * GRID).map(move |index| {
        let ((x0, x1), (y0, y1)) = (span(index % GRID, width), span(index / GRID, height));
        Rect { x0, y0, x1, y1 }
    })
}

/// The cells at most `radius` cells from cell `index` each way, itself among them.
pub fn near(index: usize, radius: usize) -> impl Iterator<Item = usize> {
    let span = move |at: usize| at.saturating_sub(radius)..(at + radius + 1).min(GRID);
    span(index / GRID).flat_map(move |row| span(index % GRID).map(move |column| row * GRID + column))
}

/// The value below which `share` of `values` lie; `None` when there are none. Reorders them.
pub fn quantile(values: &mut [f32], share: f32) -> Option<f32> {
    let last = values.len().checked_sub(1)?;
    let rank = (last as f32 * share).round() as usize;
    Some(*values.select_nth_unstable_by(rank.min(last), f32::total_cmp).1)
}

/// A heat map of one severity a cell.
pub fn heat_map(severities: Vec<f32>) -> HeatMap {
    HeatMap::new(GRID, GRID, severities).unwrap_or(HeatMap { width: GRID, height: GRID, cells: vec![0.0; GRID * GRID] })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_tile_a_picture_of_their_own_size() {
        let mut seen = vec![0; 64 * 96];
        for window in windows(64, 96, 1, 1000) {
            window.pixels().for_each(|(x, y)| seen[y * 64 + x] += 1);
        }
        assert!(seen.iter().all(|&times| times == 1));
    }

    #[test]
    fn windows_stay_inside_pictures_of_any_size() {
        for (width, height) in [(1, 1), (32, 32), (33, 1000), (1024, 10), (5000, 31)] {
            for window in windows(width, height, 16, 32) {
                assert!(window.x0 < window.x1 && window.x1 <= width && window.y0 < window.y1 && window.y1 <= height);
            }
        }
    }

    #[test]
    fn a_corner_has_fewer_neighbours() {
        assert_eq!(near(0, 1).collect::<Vec<_>>(), [0, 1, GRID, GRID + 1]);
        assert_eq!(near(5 * GRID + 5, 2).count(), 25);
    }

    #[test]
    fn quantiles_of_nothing_are_nothing() {
        assert_eq!(quantile(&mut [], 0.5), None);
        assert_eq!(quantile(&mut [3.0, 1.0, 2.0], 0.5), Some(2.0));
    }
}
