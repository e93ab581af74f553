//! How often something is so, and where in a distribution a value lies.

/// The weighted share of `hits` that are true; NaN without weight.
pub fn share(hits: &[bool], weights: &[f64]) -> f64 {
    let hit = hits.iter().zip(weights).filter(|(hit, _)| **hit).fold(0.0, |sum, (_, weight)| sum + weight);
    hit / weights.iter().sum::<f64>()
}

/// How often an item that is `true` has the larger value than one that is not (ties count half): the area under the ROC curve.
/// `sorted` ascends by value; the item at an index counts as often as `weight` says of it. NaN without items of both kinds.
pub fn auc(sorted: &[(f64, bool)], weight: impl Fn(usize) -> f64) -> f64 {
    let (mut below, mut area, mut all_true, mut at) = (0.0, 0.0, 0.0, 0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let (mut here, mut others_here) = (0.0, 0.0);
        for (_, truth) in tied {
            *(if *truth { &mut here } else { &mut others_here }) += weight(at);
            at += 1;
        }
        area += here * (below + others_here / 2.0);
        below += others_here;
        all_true += here;
    }
    area / (all_true * below)
}

/// The smallest of `values` that at least `part` of all weight does not exceed; NaN without weight.
pub fn quantile(values: &[f64], weights: &[f64], part: f64) -> f64 {
    let mut order: Vec<(f64, f64)> =
        values.iter().copied().zip(weights.iter().copied()).filter(|(_, weight)| *weight > 0.0).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    // A rounding error must not ask for more than there is.
    let wanted = part * order.iter().map(|(_, weight)| weight).sum::<f64>() * (1.0 - 1e-12);
    let mut below = 0.0;
    let found = order.iter().find(|(_, weight)| {
        below += weight;
        below >= wanted
    });
    found.map_or(f64::NAN, |(value, _)| *value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_area_under_the_curve_counts_pairs_in_the_right_order_and_halves_ties() {
        let sorted = [(0.1, false), (0.4, false), (0.4, true), (0.9, true)];
        assert!((auc(&sorted, |_| 1.0) - 3.5 / 4.0).abs() < 1e-12);
        assert!((auc(&sorted, |at| if at == 3 { 0.0 } else { 1.0 }) - 1.5 / 2.0).abs() < 1e-12);
        assert!(auc(&sorted.map(|(value, _)| (value, true)), |_| 1.0).is_nan());
    }

    #[test]
    fn a_quantile_leaves_its_part_at_or_below() {
        let values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        assert_eq!(quantile(&values, &[1.0; 20], 0.95), 19.0);
        assert_eq!(quantile(&values, &[1.0; 20], 1.0), 20.0);
        let mut weights = [1.0; 20];
        // The largest value counts thrice, the next not at all.
        (weights[0], weights[1]) = (3.0, 0.0);
        assert_eq!(quantile(&values, &weights, 0.95), 20.0);
        assert!(quantile(&values, &[0.0; 20], 0.5).is_nan());
    }
}
