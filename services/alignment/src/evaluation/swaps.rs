//! Telling a text from one that is wrong in one point.

use std::collections::BTreeMap;

use domain::statistics::{Interval, interval, share};
use serde::Serialize;

use super::pairs::{Cosines, Pairs, Swap, groups};

/// One point in which texts are wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SwapFigure {
    /// `attribute`, `object`, `relation`, `number`, or what else the file names.
    pub point: String,
    /// Pairs of texts.
    pub pairs: usize,
    /// The right text is nearer to the picture than the wrong one; a half is chance.
    pub right_nearer: Interval,
}

/// One figure a point; intervals over pictures.
pub fn swaps(pairs: &Pairs, cosines: &Cosines) -> Vec<SwapFigure> {
    let mut by_point: BTreeMap<&str, Vec<&Swap>> = BTreeMap::new();
    for swap in &pairs.swaps {
        by_point.entry(&swap.point).or_default().push(swap);
    }
    let figure = |(point, swaps): (&str, Vec<&Swap>)| {
        let nearer = |swap: &&Swap| {
            let column = cosines.column(&swap.picture);
            let cosine = |text: &str| column.and_then(|column| cosines.of(text).get(column)).copied();
            cosine(&swap.right) > cosine(&swap.wrong)
        };
        let hits: Vec<bool> = swaps.iter().map(nearer).collect();
        let (count, group) = groups(swaps.iter().map(|swap| swap.picture.as_str()));
        let weights = |drawn: &[f64]| group.iter().map(|&group| drawn[group]).collect::<Vec<_>>();
        SwapFigure {
            point: point.to_owned(),
            pairs: swaps.len(),
            right_nearer: interval(count, |drawn| share(&hits, &weights(drawn))),
        }
    };
    by_point.into_iter().map(figure).collect()
}
