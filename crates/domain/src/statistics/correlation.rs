//! How alike two orders or two scales are.

/// Spearman's rank correlation of `xs` and `ys`, where an item counts as often as its weight says; ties share their mean
/// rank. NaN where either side does not vary.
pub fn spearman(xs: &[f64], ys: &[f64], weights: &[f64]) -> f64 {
    pearson(&ranks(xs, weights), &ranks(ys, weights), weights)
}

/// Each value's mean rank, from 1, among values that count as often as their weights say.
fn ranks(values: &[f64], weights: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64, f64)> =
        values.iter().zip(weights).enumerate().map(|(at, (value, weight))| (at, *value, *weight)).collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (mut ranks, mut below) = (vec![0.0; values.len()], 0.0);
    for tied in order.chunk_by(|a, b| a.1 == b.1) {
        let together: f64 = tied.iter().map(|(_, _, weight)| weight).sum();
        for (at, _, _) in tied {
            if let Some(rank) = ranks.get_mut(*at) {
                *rank = below + (together + 1.0) / 2.0;
            }
        }
        below += together;
    }
    ranks
}

/// Kendall's rank correlation of `xs` and `ys` (tau-b, which makes up for ties), where an item counts as often as its weight
/// says. NaN where either side does not vary.
pub fn kendall(xs: &[f64], ys: &[f64], weights: &[f64]) -> f64 {
    let mut levels = ys.to_vec();
    levels.sort_by(f64::total_cmp);
    levels.dedup();
    let mut order: Vec<(f64, usize, f64)> = xs
        .iter()
        .zip(ys)
        .zip(weights)
        .map(|((x, y), weight)| (*x, levels.partition_point(|level| level < y), *weight))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));

    // Pairs in the same order less those in the contrary one: what has a smaller x is in the tree already.
    let (mut seen, mut before, mut balance, mut tied_by_x) = (Tree(vec![0.0; levels.len() + 1]), 0.0, 0.0, 0.0);
    for tied in order.chunk_by(|a, b| a.0 == b.0) {
        for (_, level, weight) in tied {
            balance += weight * (seen.below(*level) - (before - seen.below(level + 1)));
        }
        let mut together = 0.0;
        for (_, level, weight) in tied {
            seen.add(*level, *weight);
            together += weight;
        }
        before += together;
        tied_by_x += together * together;
    }
    let tied_by_y: f64 = (0..levels.len()).map(|level| (seen.below(level + 1) - seen.below(level)).powi(2)).sum();
    let pairs = |tied: f64| (before * before - tied) / 2.0;
    balance / (pairs(tied_by_x) * pairs(tied_by_y)).sqrt()
}

/// Weights by level, summed from the lowest in logarithmic time (a Fenwick tree).
struct Tree(Vec<f64>);

impl Tree {
    fn add(&mut self, level: usize, weight: f64) {
        let mut at = level + 1;
        while let Some(sum) = self.0.get_mut(at) {
            *sum += weight;
            at += at & at.wrapping_neg();
        }
    }

    /// What all levels under `level` hold.
    fn below(&self, level: usize) -> f64 {
        let (mut at, mut sum) = (level, 0.0);
        while at > 0 {
            sum += self.0.get(at).copied().unwrap_or_default();
            at &= at - 1;
        }
        sum
    }
}

/// Pearson's correlation of `xs` and `ys`, where an item counts as often as its weight says. NaN where either side does not
/// vary.
pub(super) fn pearson(xs: &[f64], ys: &[f64], weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    let mean = |values: &[f64]| values.iter().zip(weights).map(|(value, weight)| value * weight).sum::<f64>() / total;
    let (x_mean, y_mean) = (mean(xs), mean(ys));
    let (mut both, mut x_alone, mut y_alone) = (0.0, 0.0, 0.0);
    for ((x, y), weight) in xs.iter().zip(ys).zip(weights) {
        let (x, y) = (x - x_mean, y - y_mean);
        both += weight * x * y;
        x_alone += weight * x * x;
        y_alone += weight * y * y;
    }
    both / (x_alone * y_alone).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rank_correlation_sees_order_alone_and_shares_tied_ranks() {
        let (even, rising) = ([1.0; 4], [1.0, 2.0, 30.0, 400.0]);
        assert!((spearman(&[0.0, 1.0, 2.0, 3.0], &rising, &even) - 1.0).abs() < 1e-12);
        assert!((spearman(&[3.0, 2.0, 1.0, 0.0], &rising, &even) + 1.0).abs() < 1e-12);
        // Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / √(4.5 · 5).
        assert!((spearman(&[1.0, 2.0, 2.0, 3.0], &rising, &even) - 0.9_f64.sqrt()).abs() < 1e-12);
        assert!(spearman(&[1.0; 4], &rising, &even).is_nan());
    }

    #[test]
    fn an_item_of_weight_two_counts_like_two_items() {
        let weighed = spearman(&[1.0, 3.0, 2.0], &[1.0, 2.0, 5.0], &[1.0, 2.0, 1.0]);
        let repeated = spearman(&[1.0, 3.0, 3.0, 2.0], &[1.0, 2.0, 2.0, 5.0], &[1.0; 4]);
        assert!((weighed - repeated).abs() < 1e-12);
    }

    /// Values with ties, and how often each is drawn.
    const XS: [f64; 10] = [1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 5.0, 6.0, 7.0, 8.0];
    const YS: [f64; 10] = [2.0, 1.0, 4.0, 3.0, 3.0, 6.0, 5.0, 8.0, 8.0, 7.0];
    const DRAWN: [f64; 10] = [2.0, 0.0, 1.0, 1.0, 3.0, 1.0, 1.0, 2.0, 1.0, 0.0];

    #[test]
    fn correlations_with_ties_are_those_of_scipy() {
        // SciPy 1.17.1: stats.kendalltau(XS, YS) and stats.spearmanr(XS, YS), then both of the values repeated as drawn.
        for (weights, tau, rho) in [
            ([1.0; 10], 0.720_930_232_558_139_6, 0.883_435_582_822_086),
            (DRAWN, 0.810_827_032_227_266_3, 0.909_187_092_647_877_8),
        ] {
            assert!((kendall(&XS, &YS, &weights) - tau).abs() < 1e-12, "{}", kendall(&XS, &YS, &weights));
            assert!((spearman(&XS, &YS, &weights) - rho).abs() < 1e-12, "{}", spearman(&XS, &YS, &weights));
        }
    }

    #[test]
    fn kendall_is_undefined_where_nothing_varies() {
        assert!(kendall(&[1.0; 3], &[1.0, 2.0, 3.0], &[1.0; 3]).is_nan());
        assert!(kendall(&[], &[], &[]).is_nan());
    }

    proptest! {
        #[test]
        fn kendall_is_what_comparing_every_pair_gives(items in proptest::collection::vec((0..6u8, 0..6u8, 0..3u8), 2..30)) {
            let of = |pick: fn(&(u8, u8, u8)) -> u8| items.iter().map(|item| f64::from(pick(item))).collect::<Vec<f64>>();
            let (xs, ys, weights) = (of(|item| item.0), of(|item| item.1), of(|item| item.2));
            let (mut balance, mut by_x, mut by_y) = (0.0, 0.0, 0.0);
            for (a, b) in (0..items.len()).flat_map(|a| (0..a).map(move |b| (a, b))) {
                let (x, y, weight) = (xs[a] - xs[b], ys[a] - ys[b], weights[a] * weights[b]);
                balance += weight * if x * y == 0.0 { 0.0 } else { (x * y).signum() };
                by_x += if x == 0.0 { 0.0 } else { weight };
                by_y += if y == 0.0 { 0.0 } else { weight };
            }
            let (expected, got): (f64, f64) = (balance / f64::sqrt(by_x * by_y), kendall(&xs, &ys, &weights));
            prop_assert!(expected.is_nan() && got.is_nan() || (expected - got).abs() < 1e-9, "{} {}", expected, got);
        }
    }
}
