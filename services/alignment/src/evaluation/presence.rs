//! Telling own from foreign texts by a probability, and how far the probability can be believed.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    alignment::Logistic,
    statistics::{Interval, auc, interval},
};
use serde::Serialize;

use super::pairs::{Cosines, Kind, Pair, Pairs, groups};

const FOLDS: usize = 5;
const BINS: usize = 10;
const NEWTON_STEPS: usize = 30;
/// Keeps the slope finite where own and foreign cosines do not overlap.
const RIDGE: f64 = 2e-5;

/// How well own and foreign pairs of text and picture are told apart. Both sides weigh one half throughout.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Presence {
    /// Own pairs.
    pub own: usize,
    /// Foreign pairs.
    pub foreign: usize,
    /// How often an own pair's cosine is above a foreign one's; over pictures.
    pub auc: Interval,
    /// Of the configured calibration: the mean gap between probability and share of own pairs.
    pub calibration_error: f64,
    /// Of the configured calibration; a coin has 0.693.
    pub log_loss: f64,
    /// Of the configured calibration: one entry a tenth of the probabilities that holds any.
    pub reliability: Vec<Bin>,
    /// The calibration that fits these pairs best.
    pub fitted: Logistic,
    /// The calibration error of calibrations fitted on four fifths of the pictures, on the rest.
    pub held_out_calibration_error: f64,
    /// Their log loss.
    pub held_out_log_loss: f64,
}

/// A tenth of the probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Mean probability.
    pub probability: f64,
    /// Share of own pairs.
    pub own: f64,
    /// Share of all pairs that fall into it.
    pub weight: f64,
}

/// A text with a picture.
#[derive(Clone, Copy)]
struct Item {
    cosine: f64,
    own: bool,
    text_group: usize,
    picture_group: usize,
}

impl Item {
    /// How often the pair was drawn: a foreign one needs both of its groups.
    fn weight(&self, drawn: &[f64]) -> f64 {
        drawn[self.text_group] * if self.own { 1.0 } else { drawn[self.picture_group] }
    }
}

/// Presence for texts of these kinds under a calibration; `None` without own or without foreign pairs.
pub fn presence(pairs: &Pairs, cosines: &Cosines, kinds: &[Kind], calibration: Logistic) -> Option<Presence> {
    let (count, items) = items(pairs, cosines, kinds);
    let own = items.iter().filter(|item| item.own).count();
    let foreign = items.len() - own;
    if own == 0 || foreign == 0 {
        return None;
    }
    let (calibration_error, log_loss, reliability) =
        judged(&weighed(&items, |item| calibration.probability(item.cosine)));
    let fitted = fit(&items)?;
    let held_out = held_out(&items, count);
    let (held_out_calibration_error, held_out_log_loss, _) = judged(&held_out);
    let mut sorted = items;
    sorted.sort_by(|a, b| a.cosine.total_cmp(&b.cosine));
    let ranked: Vec<(f64, bool)> = sorted.iter().map(|item| (item.cosine, item.own)).collect();
    Some(Presence {
        own,
        foreign,
        auc: interval(count, |drawn| auc(&ranked, |at| sorted[at].weight(drawn))),
        calibration_error,
        log_loss,
        reliability,
        fitted,
        held_out_calibration_error,
        held_out_log_loss,
    })
}

/// Every text with its own picture, and with those that it certainly does not belong to.
fn items(pairs: &Pairs, cosines: &Cosines, kinds: &[Kind]) -> (usize, Vec<Item>) {
    let (count, picture_groups) = groups(cosines.pictures().iter().map(String::as_str));
    let words = words_by_picture(pairs);
    let mut items = Vec::new();
    for pair in pairs.pairs.iter().filter(|pair| kinds.contains(&pair.kind)) {
        let Some(own) = cosines.column(&pair.picture) else { continue };
        for (column, cosine) in cosines.of(&pair.text).iter().enumerate() {
            let picture = &cosines.pictures()[column];
            let foreign = picture_groups[column] != picture_groups[own] && !may_also_show(&words, picture, pair);
            if column == own || foreign {
                let (text_group, picture_group) = (picture_groups[own], picture_groups[column]);
                items.push(Item { cosine: *cosine, own: column == own, text_group, picture_group });
            }
        }
    }
    (count, items)
}

/// The words of each picture's captions and phrases.
fn words_by_picture(pairs: &Pairs) -> BTreeMap<&str, BTreeSet<String>> {
    let mut words: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for pair in pairs.pairs.iter().filter(|pair| pair.kind != Kind::Prompt) {
        words.entry(&pair.picture).or_default().extend(singulars(&pair.text));
    }
    words
}

/// A phrase whose last word stands in another picture's texts may be true of that one too.
fn may_also_show(words: &BTreeMap<&str, BTreeSet<String>>, picture: &str, pair: &Pair) -> bool {
    let last = singulars(&pair.text).last();
    pair.kind == Kind::Phrase && last.is_some_and(|last| words.get(picture).is_some_and(|words| words.contains(&last)))
}

fn singulars(text: &str) -> impl Iterator<Item = String> {
    let lowered = text.to_lowercase().replace("'s", "");
    let words: Vec<String> =
        lowered.split_whitespace().map(|word| word.trim_matches([',', '.']).trim_end_matches('s').to_owned()).collect();
    words.into_iter()
}

/// Logistic regression by Newton's method; `None` where it has no solution.
fn fit(items: &[Item]) -> Option<Logistic> {
    let own = items.iter().filter(|item| item.own).count() as f64;
    let (own, foreign) = (0.5 / own, 0.5 / (items.len() as f64 - own));
    let weighed = || items.iter().map(|item| (item, if item.own { own } else { foreign }));
    let centre: f64 = weighed().map(|(item, weight)| weight * item.cosine).sum();
    let spread = weighed().map(|(item, weight)| weight * (item.cosine - centre).powi(2)).sum::<f64>().sqrt();
    let (mut slope, mut offset) = (0.0, 0.0);
    for _ in 0..NEWTON_STEPS {
        let (mut by_slope, mut by_offset) = (RIDGE * slope, 0.0);
        let (mut slopes, mut mixed, mut offsets) = (RIDGE, 0.0, 0.0);
        for (item, weight) in weighed() {
            let x = (item.cosine - centre) / spread;
            let p = Logistic { slope, offset }.probability(x);
            let gap = weight * (p - f64::from(u8::from(item.own)));
            let bend = weight * p * (1.0 - p);
            by_slope += gap * x;
            by_offset += gap;
            slopes += bend * x * x;
            mixed += bend * x;
            offsets += bend;
        }
        let determinant = slopes * offsets - mixed * mixed;
        slope -= (offsets * by_slope - mixed * by_offset) / determinant;
        offset -= (slopes * by_offset - mixed * by_slope) / determinant;
    }
    let fitted = Logistic { slope: slope / spread, offset: offset - slope * centre / spread };
    (fitted.slope.is_finite() && fitted.offset.is_finite()).then_some(fitted)
}

/// Probabilities of each fifth's pairs under the calibration that the other pictures gave.
fn held_out(items: &[Item], groups: usize) -> Vec<Judged> {
    let mut order: Vec<usize> = (0..groups).collect();
    fastrand::Rng::with_seed(1).shuffle(&mut order);
    let mut fold_of = vec![0; groups];
    order.iter().enumerate().for_each(|(place, group)| fold_of[*group] = place % FOLDS);
    let mut found = Vec::new();
    for fold in 0..FOLDS {
        let inside = |item: &&Item| fold_of[item.text_group] == fold && fold_of[item.picture_group] == fold;
        let outside = |item: &&Item| fold_of[item.text_group] != fold && fold_of[item.picture_group] != fold;
        let learnt: Vec<Item> = items.iter().filter(outside).copied().collect();
        if let Some(calibration) = fit(&learnt) {
            let tested: Vec<Item> = items.iter().filter(inside).copied().collect();
            found.extend(weighed(&tested, |item| calibration.probability(item.cosine)));
        }
    }
    found
}

/// A probability, what was true, and how much it weighs.
struct Judged {
    probability: f64,
    own: bool,
    weight: f64,
}

/// Own and foreign pairs weigh one half each.
fn weighed(items: &[Item], probability: impl Fn(&Item) -> f64) -> Vec<Judged> {
    let own = items.iter().filter(|item| item.own).count();
    let weight = |is_own: bool| 0.5 / (if is_own { own } else { items.len() - own }) as f64;
    let judged = |item: &Item| Judged { probability: probability(item), own: item.own, weight: weight(item.own) };
    items.iter().map(judged).collect()
}

/// Calibration error, log loss and the tenths behind the error.
fn judged(items: &[Judged]) -> (f64, f64, Vec<Bin>) {
    let total: f64 = items.iter().map(|item| item.weight).sum();
    let mut bins = vec![(0.0, 0.0, 0.0); BINS];
    let mut loss = 0.0;
    for Judged { probability, own, weight } in items {
        let bin = &mut bins[((probability * BINS as f64) as usize).min(BINS - 1)];
        bin.0 += weight * probability;
        bin.1 += weight * f64::from(u8::from(*own));
        bin.2 += weight;
        loss -= weight * if *own { probability.ln() } else { (1.0 - probability).ln() };
    }
    let error = bins.iter().map(|(probability, own, _)| (probability - own).abs()).sum::<f64>() / total;
    let bin = |(probability, own, weight): (f64, f64, f64)| Bin {
        probability: probability / weight,
        own: own / weight,
        weight: weight / total,
    };
    (error, loss / total, bins.into_iter().filter(|bin| bin.2 > 0.0).map(bin).collect())
}
