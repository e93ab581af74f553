//! The grid of prompt points.

/// Points in fractions of a picture of `width` × `height`: `per_side` on the longer side, the same spacing on the other.
pub fn grid(width: u32, height: u32, per_side: u32) -> Vec<(f32, f32)> {
    let longer = width.max(height).max(1) as f32;
    let count = |side: u32| ((per_side as f32 * side as f32 / longer).round() as u32).max(1);
    let (columns, rows) = (count(width), count(height));
    let at = |index: u32, count: u32| (index as f32 + 0.5) / count as f32;
    (0..rows).flat_map(|row| (0..columns).map(move |column| (at(column, columns), at(row, rows)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_follows_the_pictures_shape_and_stays_inside() {
        let points = grid(200, 100, 8);
        assert_eq!(points.len(), 8 * 4);
        assert!(points.iter().all(|&(x, y)| (0.0..1.0).contains(&x) && (0.0..1.0).contains(&y)));
        assert_eq!(grid(10_000, 1, 8).len(), 8);
    }
}
