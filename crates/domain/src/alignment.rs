//! From cosines to alignment: calibration, assignment of regions to descriptors, and the aggregates s_l and s_a.

use serde::{Deserialize, Serialize};

use crate::decomposition::{Attribute, Descriptor, DescriptorKind};

/// A logistic map from a cosine to a probability of presence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logistic {
    /// Steepness, a unit of cosine.
    pub slope: f64,
    /// Logit at a cosine of 0.
    pub offset: f64,
}

impl Logistic {
    /// The probability for `value`, (0, 1).
    pub fn probability(self, value: f64) -> f64 {
        1.0 / (1.0 + (-(self.slope * value + self.offset)).exp())
    }
}

/// One comparison.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Similarity {
    /// Cosine of centred embeddings, [−1, 1].
    pub cosine: f64,
    /// The encoder's own calibration of it, [0, 1].
    pub calibrated: f64,
}

/// Where one descriptor was found.
#[derive(Clone, Debug, PartialEq)]
pub struct DescriptorMatch {
    /// How sure it is that the descriptor is there, [0, 1].
    pub presence: f64,
    /// Indices of the regions that hold it, best first; empty when the whole picture fits better than any region.
    pub regions: Vec<usize>,
}

/// Regions against descriptors.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LocalAlignment {
    /// s_l, [0, 1].
    pub score: f64,
    /// One match a descriptor, in the query's order.
    pub matches: Vec<DescriptorMatch>,
    /// Cosines, one row a region and a last row for the whole picture; one column a descriptor.
    pub cosines: Vec<Vec<f32>>,
}

/// How well the picture shows one attribute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AttributeMatch {
    /// p(attribute given the picture), [0, 1].
    pub presence: f64,
}

/// How much a descriptor weighs by what it covers: from `floor` for a speck to 1 for the whole picture.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CoverageWeight {
    /// Weight of a descriptor that covers nothing, (0, 1].
    pub floor: f64,
}

impl CoverageWeight {
    fn weigh(self, coverage: f64) -> f64 {
        self.floor + (1.0 - self.floor) * coverage.clamp(0.0, 1.0).sqrt()
    }
}

/// Assigns regions to descriptors and aggregates the matches.
///
/// `cosines` has one row a region, then one for the whole picture; `areas` one entry a region, each (0, 1].
/// A descriptor takes its best region; a counted object takes one region a count, and its presence is their mean, so
/// that a second cat which is not there halves the presence of "two cats". `None` when there is nothing to match.
pub fn local_alignment(
    descriptors: &[Descriptor],
    cosines: Vec<Vec<f32>>,
    areas: &[f64],
    calibration: Logistic,
    weight: CoverageWeight,
) -> Option<LocalAlignment> {
    let whole = cosines.len().checked_sub(1)?;
    if descriptors.is_empty() || cosines.iter().any(|row| row.len() != descriptors.len()) {
        return None;
    }
    let (mut sum, mut total) = (0.0, 0.0);
    let mut matches = Vec::with_capacity(descriptors.len());
    for (column, descriptor) in descriptors.iter().enumerate() {
        let mut ranked: Vec<(usize, f64)> = cosines
            .iter()
            .enumerate()
            .map(|(row, line)| (row, calibration.probability(f64::from(line[column]))))
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let wanted = match descriptor.kind {
            DescriptorKind::Object => descriptor.count.unwrap_or(1).max(1) as usize,
            _ => 1,
        };
        if wanted > 1 {
            // Several things need several regions: the whole picture cannot stand for two of them.
            ranked.retain(|(row, _)| *row != whole);
        }
        ranked.truncate(wanted);
        let presence = ranked.iter().map(|(_, p)| p).sum::<f64>() / wanted as f64;
        let regions: Vec<usize> = ranked.iter().map(|(row, _)| *row).filter(|row| *row != whole).collect();
        let coverage = if regions.is_empty() { 1.0 } else { regions.iter().filter_map(|&row| areas.get(row)).sum() };
        let share = weight.weigh(coverage);
        sum += share * presence;
        total += share;
        matches.push(DescriptorMatch { presence, regions });
    }
    Some(LocalAlignment { score: sum / total, matches, cosines })
}

/// s_a: the geometric mean of the attributes' presences, [0, 1], so that one missing attribute is not bought off by
/// the others; `None` when there is none.
pub fn attribute_consistency(attributes: &[Attribute], matches: &[AttributeMatch]) -> Option<f64> {
    let pairs = attributes.len().min(matches.len());
    if pairs == 0 {
        return None;
    }
    // A presence of exactly 0 would silence everything else for good.
    let sum: f64 = matches[..pairs].iter().map(|m| m.presence.max(1e-3).ln()).sum();
    Some((sum / pairs as f64).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALIBRATION: Logistic = Logistic { slope: 10.0, offset: -2.0 };
    const WEIGHT: CoverageWeight = CoverageWeight { floor: 0.5 };

    fn object(text: &str, count: Option<u32>) -> Descriptor {
        Descriptor { text: text.into(), kind: DescriptorKind::Object, count }
    }

    #[test]
    fn two_cats_need_two_regions() {
        let descriptors = [object("two cats", Some(2))];
        let local = |second: f32| {
            local_alignment(&descriptors, vec![vec![0.9], vec![second], vec![0.9]], &[0.2, 0.2], CALIBRATION, WEIGHT)
                .unwrap()
        };
        let (both, one) = (local(0.9), local(-0.9));
        assert_eq!(both.matches[0].regions, [0, 1]);
        assert!(both.score > 0.99 && one.score < 0.51);
    }

    #[test]
    fn the_whole_picture_counts_where_no_region_fits_better() {
        let local =
            local_alignment(&[object("sea", None)], vec![vec![0.1], vec![0.5]], &[0.3], CALIBRATION, WEIGHT).unwrap();
        assert!(local.matches[0].regions.is_empty());
        assert!((local.score - CALIBRATION.probability(0.5)).abs() < 1e-9);
    }

    #[test]
    fn without_regions_a_counted_object_is_absent() {
        let local = local_alignment(&[object("two cats", Some(2))], vec![vec![0.9]], &[], CALIBRATION, WEIGHT).unwrap();
        assert_eq!(local.score, 0.0);
    }

    #[test]
    fn nothing_to_match_gives_no_value() {
        assert_eq!(local_alignment(&[], vec![vec![]], &[], CALIBRATION, WEIGHT), None);
        assert_eq!(local_alignment(&[object("a", None)], vec![], &[], CALIBRATION, WEIGHT), None);
        assert_eq!(attribute_consistency(&[], &[]), None);
    }
}
