//! Low-resolution masks: thresholds, stability, small parts and holes.

/// Logits over the picture, row-major; positive is inside.
pub struct LowResMask {
    /// Cells a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width` × `height` logits.
    pub logits: Vec<f32>,
}

impl LowResMask {
    /// The cells above `threshold`.
    pub fn cells(&self, threshold: f32) -> Vec<bool> {
        self.logits.iter().map(|&logit| logit > threshold).collect()
    }

    /// IoU of the mask at `offset` above and below the threshold, [0, 1].
    pub fn stability(&self, offset: f32) -> f32 {
        let inside = self.logits.iter().filter(|&&logit| logit > offset).count();
        let around = self.logits.iter().filter(|&&logit| logit > -offset).count();
        if around > 0 { inside as f32 / around as f32 } else { 0.0 }
    }
}

/// Removes connected parts, and fills holes, of fewer than `least` cells (4-connected).
pub fn without_specks(cells: &mut [bool], width: usize, least: usize) {
    for value in [true, false] {
        for part in parts(cells, width, value) {
            if part.len() < least {
                part.into_iter().for_each(|index| cells[index] = !value);
            }
        }
    }
}

/// The connected parts of the cells that equal `value`.
fn parts(cells: &[bool], width: usize, value: bool) -> Vec<Vec<usize>> {
    let mut seen = vec![false; cells.len()];
    let mut parts = Vec::new();
    for start in 0..cells.len() {
        if seen[start] || cells[start] != value {
            continue;
        }
        seen[start] = true;
        let (mut part, mut next) = (Vec::new(), vec![start]);
        while let Some(index) = next.pop() {
            part.push(index);
            let column = index % width;
            let left = (column > 0).then(|| index - 1);
            let right = (column + 1 < width).then_some(index + 1);
            for neighbour in [left, right, index.checked_sub(width), Some(index + width)].into_iter().flatten() {
                if neighbour < cells.len() && !seen[neighbour] && cells[neighbour] == value {
                    seen[neighbour] = true;
                    next.push(neighbour);
                }
            }
        }
        parts.push(part);
    }
    parts
}

/// The box around the true cells, as first and last-plus-one column and row; `None` when there are none.
pub fn extent(cells: &[bool], width: usize) -> Option<[usize; 4]> {
    let inside =
        || cells.iter().enumerate().filter(|(_, cell)| **cell).map(|(index, _)| (index % width, index / width));
    let (left, right) = (inside().map(|p| p.0).min()?, inside().map(|p| p.0).max()?);
    let (top, bottom) = (inside().map(|p| p.1).min()?, inside().map(|p| p.1).max()?);
    Some([left, top, right + 1, bottom + 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specks_go_and_holes_close() {
        let picture = ["#######..", "#.#####.#", "#######..", "#######.."];
        let mut cells: Vec<bool> = picture.iter().flat_map(|row| row.chars().map(|c| c == '#')).collect();
        without_specks(&mut cells, 9, 3);
        let rows: Vec<String> =
            cells.chunks(9).map(|row| row.iter().map(|&c| if c { '#' } else { '.' }).collect()).collect();
        assert_eq!(rows, ["#######.."; 4]);
        assert_eq!(extent(&cells, 9), Some([0, 0, 7, 4]));
        assert_eq!(extent(&[false; 4], 2), None);
    }

    #[test]
    fn a_sharp_mask_is_steadier_than_a_vague_one() {
        let mask = |logit: f32| LowResMask { width: 2, height: 1, logits: vec![8.0, logit] };
        assert_eq!(mask(-8.0).stability(1.0), 1.0);
        assert_eq!(mask(0.5).stability(1.0), 0.5);
    }
}
