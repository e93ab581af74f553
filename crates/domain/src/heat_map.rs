//! Where a distortion is: a grid of severities over the picture.

use crate::region::Mask;

/// Cells on each side of a heat map that this project's own detector gives.
pub const GRID: usize = 32;

/// A grid of severities, each in [0, 1], that covers the whole picture; row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// Cells a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width` × `height` severities.
    pub cells: Vec<f32>,
}

impl HeatMap {
    /// A map of `width` × `height` cells, clamped to [0, 1]; `None` when `cells` has another length or the map is empty.
    pub fn new(width: usize, height: usize, mut cells: Vec<f32>) -> Option<Self> {
        if cells.is_empty() || width.checked_mul(height) != Some(cells.len()) {
            return None;
        }
        for cell in &mut cells {
            *cell = if cell.is_finite() { cell.clamp(0.0, 1.0) } else { 0.0 };
        }
        Some(Self { width, height, cells })
    }

    /// The mean of the worst `share` of the cells (at least one), [0, 1]: a small fault counts, a single cell hardly.
    pub fn pooled(&self, share: f32) -> f32 {
        let mut cells = self.cells.clone();
        cells.sort_by(|a, b| b.total_cmp(a));
        let worst = ((cells.len() as f32 * share).ceil() as usize).clamp(1, cells.len());
        cells[..worst].iter().sum::<f32>() / worst as f32
    }

    /// The centre of the worst cell, in fractions of the picture's width and height.
    pub fn peak(&self) -> (f32, f32) {
        let worst = self.cells.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index);
        let (column, row) = (worst % self.width, worst / self.width);
        ((column as f32 + 0.5) / self.width as f32, (row as f32 + 0.5) / self.height as f32)
    }

    /// What hangs together around the worst cell and is at least half as bad: the place that one fault takes up;
    /// `None` where nothing is wrong anywhere.
    pub fn around_peak(&self) -> Option<Mask> {
        let worst = self.cells.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(index, _)| index);
        let least = self.cells[worst] / 2.0;
        if least <= 0.0 {
            return None;
        }
        let mut inside = vec![false; self.cells.len()];
        let mut waiting = vec![worst];
        while let Some(cell) = waiting.pop() {
            if inside[cell] || self.cells[cell] < least {
                continue;
            }
            inside[cell] = true;
            let column = cell % self.width;
            waiting.extend((column > 0).then(|| cell - 1));
            waiting.extend((column + 1 < self.width).then(|| cell + 1));
            waiting.extend(cell.checked_sub(self.width));
            waiting.extend(Some(cell + self.width).filter(|below| *below < self.cells.len()));
        }
        Some(Mask::encode(self.width as u32, self.height as u32, &inside))
    }

    /// The cells as bytes, 255 for a severity of 1: the form in which maps travel.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.cells.iter().map(|cell| (cell * 255.0).round() as u8).collect()
    }

    /// The map that `to_bytes` wrote; `None` as for [`HeatMap::new`].
    pub fn from_bytes(width: usize, height: usize, bytes: &[u8]) -> Option<Self> {
        Self::new(width, height, bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_of_the_wrong_size_is_refused() {
        assert_eq!(HeatMap::new(2, 2, vec![0.0; 3]), None);
        assert_eq!(HeatMap::new(0, 0, vec![]), None);
    }

    #[test]
    fn pooling_takes_the_worst_cells_and_the_peak_is_the_worst_one() {
        let mut cells = vec![0.0; 100];
        cells[57] = 1.0;
        cells[58] = 0.5;
        let map = HeatMap::new(10, 10, cells).unwrap();
        assert!((map.pooled(0.02) - 0.75).abs() < 1e-6);
        assert_eq!(map.peak(), (0.75, 0.55));
    }

    #[test]
    fn bytes_keep_a_map_within_half_a_step() {
        let map = HeatMap::new(2, 1, vec![0.3, f32::NAN]).unwrap();
        let back = HeatMap::from_bytes(2, 1, &map.to_bytes()).unwrap();
        assert!((back.cells[0] - 0.3).abs() < 0.5 / 255.0);
        assert_eq!(back.cells[1], 0.0);
    }
}
