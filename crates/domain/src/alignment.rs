//! From cosines to alignment: calibration, assignment of regions to descriptors, and the aggregates s_l and s_a.

use serde::{Deserialize, Serialize};

use crate::{
    counting::{Counting, Likeness},
    decomposition::{Attribute, Descriptor, Predicate, Relation},
    geometry::{Shape, told},
};

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

/// How a presence was judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judge {
    /// By how alike the text and its best region, or the whole picture, are.
    #[default]
    Similarity,
    /// By counting the regions that hold one of the thing.
    Count,
    /// By where the regions of the two things lie.
    Geometry,
}

/// Where one descriptor was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DescriptorMatch {
    /// How sure it is that the descriptor is there, [0, 1].
    pub presence: f64,
    /// Indices of the regions that hold it, best first; empty when the whole picture fits better than any region.
    pub regions: Vec<usize>,
    /// How the presence was judged.
    pub judged_by: Judge,
    /// How many were found, where they were counted.
    pub counted: Option<u32>,
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

/// How regions are matched with descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Matching {
    /// Calibration of a phrase's cosine with one region, for what is asked of that region alone.
    pub calibration: Logistic,
    /// How a descriptor's coverage weighs.
    pub coverage: CoverageWeight,
    /// How objects are counted.
    pub counting: Counting,
}

/// Assigns regions to descriptors and aggregates the matches.
///
/// `cosines` has one row for each of `shapes`, then one for the whole picture; `presences` says of each descriptor how
/// likely the picture shows it, [0, 1], whatever its number or place; `picture_area` is in square pixels. A
/// descriptor takes its best region, or the whole picture; an object of stated number takes every region that holds
/// one; a relation between two things that have regions is judged by where these lie. `None` when there is nothing to
/// match.
pub fn local_alignment(
    descriptors: &[Descriptor],
    cosines: Vec<Vec<f32>>,
    presences: &[f64],
    shapes: &[Shape<'_>],
    picture_area: f64,
    matching: &Matching,
) -> Option<LocalAlignment> {
    let whole = cosines.len().checked_sub(1)?;
    let fits = |values: usize| values == descriptors.len();
    if descriptors.is_empty()
        || whole != shapes.len()
        || !fits(presences.len())
        || !cosines.iter().all(|r| fits(r.len()))
    {
        return None;
    }
    let seen = Seen { cosines: &cosines, presences, shapes, matching };
    let alone: Vec<DescriptorMatch> = descriptors
        .iter()
        .enumerate()
        .map(|(column, descriptor)| match descriptor.number() {
            Some(number) => seen.count(column, number, descriptor.at_least),
            None => seen.best(column),
        })
        .collect();
    let related = descriptors.iter().map(|descriptor| seen.relate(descriptor.relation?, &alone));
    let matches: Vec<DescriptorMatch> =
        related.zip(&alone).map(|(related, alone)| related.unwrap_or_else(|| alone.clone())).collect();
    let (mut sum, mut total) = (0.0, 0.0);
    for found in &matches {
        let covered = found.regions.iter().map(|&region| f64::from(shapes[region].bbox.area()) / picture_area);
        let share = matching.coverage.weigh(if found.regions.is_empty() { 1.0 } else { covered.sum() });
        sum += share * found.presence;
        total += share;
    }
    Some(LocalAlignment { score: sum / total, matches, cosines })
}

/// What the matching of one descriptor looks at.
struct Seen<'a> {
    cosines: &'a [Vec<f32>],
    presences: &'a [f64],
    shapes: &'a [Shape<'a>],
    matching: &'a Matching,
}

impl Seen<'_> {
    fn likeness(&self, row: usize, column: usize) -> Likeness {
        let cosine = f64::from(self.cosines[row][column]);
        Likeness { cosine, presence: self.matching.calibration.probability(cosine) }
    }

    /// The region that fits best; none when the whole picture, which is the last row, fits better.
    fn best(&self, column: usize) -> DescriptorMatch {
        let whole = self.shapes.len();
        let best = (0..whole)
            .max_by(|&a, &b| self.likeness(a, column).cosine.total_cmp(&self.likeness(b, column).cosine))
            .filter(|&region| self.likeness(region, column).cosine >= self.likeness(whole, column).cosine);
        DescriptorMatch {
            presence: self.presences[column],
            regions: best.into_iter().collect(),
            ..DescriptorMatch::default()
        }
    }

    /// An object of stated number: whether it is there at all, times how well its count agrees.
    fn count(&self, column: usize, number: u32, at_least: bool) -> DescriptorMatch {
        let counting = &self.matching.counting;
        let likeness: Vec<Likeness> = (0..self.shapes.len()).map(|row| self.likeness(row, column)).collect();
        let regions = counting.instances(&likeness, self.shapes);
        let counted = u32::try_from(regions.len()).unwrap_or(u32::MAX);
        DescriptorMatch {
            presence: self.presences[column] * counting.agreement(number, counted, at_least),
            regions,
            judged_by: Judge::Count,
            counted: Some(counted),
        }
    }

    /// A relation between things that have regions of their own: as sure as the less sure of them, as far as their
    /// regions stand in it. `None` leaves it to similarity: where regions are missing, or tell neither way.
    fn relate(&self, relation: Relation, alone: &[DescriptorMatch]) -> Option<DescriptorMatch> {
        let columns: Vec<usize> = relation.descriptors().collect();
        if columns.iter().any(|&column| column >= alone.len()) {
            return None;
        }
        let regions = self.regions_of(&columns, relation.predicate)?;
        let shape = |at: usize| regions.get(at).map(|&region| self.shapes[region]);
        let degree = told(relation.predicate, shape(0)?, shape(1)?, shape(2))?;
        let there = columns.iter().map(|&column| self.presences[column]).fold(1.0, f64::min);
        Some(DescriptorMatch { presence: there * degree, regions, judged_by: Judge::Geometry, counted: None })
    }

    /// The distinct regions that together fit the descriptors best, one each; `None` when there is no such set in
    /// which every thing is more likely there than not.
    fn regions_of(&self, columns: &[usize], predicate: Predicate) -> Option<Vec<usize>> {
        let counting = &self.matching.counting;
        // What is in, on or around a thing may well lie within its region; what is beside it is no part of it.
        let may_nest = matches!(predicate, Predicate::On | Predicate::Inside | Predicate::Around);
        let apart =
            |a: usize, b: usize| a != b && (may_nest || self.shapes[a].nesting(&self.shapes[b]) < counting.nested_from);
        // Each thing's regions, the likest last.
        let likely = |&column: &usize| {
            let all = (0..self.shapes.len()).map(|region| (region, self.likeness(region, column)));
            let mut likely: Vec<(usize, f64)> =
                all.filter(|(_, one)| one.presence >= 0.5).map(|(region, one)| (region, one.cosine)).collect();
            likely.sort_by(|a, b| a.1.total_cmp(&b.1));
            likely
        };
        let candidates: Vec<Vec<(usize, f64)>> = columns.iter().map(likely).collect();
        // What the things from each on can add at most: a hundred regions make a million sets of three, and most of them cannot
        // be the best.
        let mut most = vec![0.0; candidates.len() + 1];
        for (place, regions) in candidates.iter().enumerate().rev() {
            most[place] = most[place + 1] + regions.last()?.1;
        }
        let mut best: Option<(f64, Vec<usize>)> = None;
        let mut stack: Vec<(f64, Vec<usize>)> = vec![(0.0, Vec::new())];
        while let Some((sum, taken)) = stack.pop() {
            if best.as_ref().is_some_and(|(best, _)| sum + most[taken.len()] <= *best) {
                continue;
            }
            let Some(regions) = candidates.get(taken.len()) else {
                best = Some((sum, taken));
                continue;
            };
            for &(region, cosine) in regions {
                if taken.iter().all(|&other| apart(other, region)) {
                    stack.push((sum + cosine, [taken.as_slice(), &[region]].concat()));
                }
            }
        }
        best.map(|(_, regions)| regions)
    }
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
    use crate::{decomposition::DescriptorKind, region::BoundingBox};

    const MATCHING: Matching = Matching {
        calibration: Logistic { slope: 10.0, offset: -2.0 },
        coverage: CoverageWeight { floor: 0.5 },
        counting: Counting { present_from: 0.5, margin: 0.2, nested_from: 0.7, alike_from: 0.4, spread: 0.2 },
    };

    fn object(text: &str, count: Option<u32>) -> Descriptor {
        Descriptor::new(DescriptorKind::Object, text.into(), count)
    }

    /// Squares of 20 pixels in a picture of 100 × 100, side by side.
    fn squares(number: usize) -> Vec<Shape<'static>> {
        let square = |at: usize| BoundingBox { x: 30.0 * at as f32, y: 0.0, width: 20.0, height: 20.0 };
        (0..number).map(|at| Shape { bbox: square(at), mask: None }).collect()
    }

    /// Matches of `descriptors`; `cosines` has one row a square and a last one for the whole picture.
    fn matches(descriptors: &[Descriptor], cosines: &[&[f32]]) -> Vec<DescriptorMatch> {
        let rows = cosines.iter().map(|row| row.to_vec()).collect();
        let best = |column: usize| cosines.iter().map(|row| row[column]).fold(f32::NEG_INFINITY, f32::max);
        let presence = |column| MATCHING.calibration.probability(f64::from(best(column)));
        let presences: Vec<f64> = (0..descriptors.len()).map(presence).collect();
        local_alignment(descriptors, rows, &presences, &squares(cosines.len() - 1), 1e4, &MATCHING).unwrap().matches
    }

    #[test]
    fn two_cats_are_two_and_neither_one_nor_three() {
        let two = [object("two cats", Some(2))];
        let right = matches(&two, &[&[0.9], &[0.85], &[-0.9], &[0.9]]).remove(0);
        assert_eq!((right.counted, right.judged_by, right.regions.as_slice()), (Some(2), Judge::Count, &[0, 1][..]));
        assert!(right.presence > 0.99);
        let one = matches(&two, &[&[0.9], &[-0.9], &[0.9]]).remove(0);
        let three = matches(&two, &[&[0.9], &[0.9], &[0.9], &[0.9]]).remove(0);
        assert_eq!((one.counted, three.counted), (Some(1), Some(3)));
        assert!(one.presence < 0.3 && three.presence < 0.3, "{} {}", one.presence, three.presence);
    }

    #[test]
    fn several_cats_may_be_any_number_from_there() {
        let several = [Descriptor { at_least: true, ..object("several cats", Some(3)) }];
        assert!(matches(&several, &[&[0.9], &[0.9], &[0.9], &[0.9], &[0.9]])[0].presence > 0.99);
        assert!(matches(&several, &[&[0.9], &[0.9]])[0].presence < 0.3);
    }

    #[test]
    fn the_whole_picture_counts_where_no_region_fits_better() {
        let found = matches(&[object("sea", None)], &[&[0.1], &[0.5]]).remove(0);
        assert!(found.regions.is_empty() && found.judged_by == Judge::Similarity);
        assert!((found.presence - MATCHING.calibration.probability(0.5)).abs() < 1e-6);
    }

    #[test]
    fn without_regions_there_is_one_thing_at_most() {
        let found = matches(&[object("five cats", Some(5))], &[&[0.9]]).remove(0);
        assert!(found.presence < 0.01 && found.counted == Some(0), "{}", found.presence);
    }

    fn cat_and_dog(predicate: Predicate) -> [Descriptor; 3] {
        let relation = Some(Relation { subject: 0, predicate, object: 1, other: None });
        let text = "cat and dog".into();
        let related = Descriptor { relation, ..Descriptor::new(DescriptorKind::Relation, text, None) };
        [object("cat", None), object("dog", None), related]
    }

    #[test]
    fn things_that_stand_the_wrong_way_round_are_in_no_relation() {
        // Similarity cannot tell: the relation's own column is high everywhere.
        let cosines: [&[f32]; 3] = [&[0.9, 0.1, 0.9], &[0.1, 0.9, 0.9], &[0.8, 0.8, 0.9]];
        let left = matches(&cat_and_dog(Predicate::LeftOf), &cosines).remove(2);
        let right = matches(&cat_and_dog(Predicate::RightOf), &cosines).remove(2);
        assert_eq!((left.judged_by, left.regions.as_slice()), (Judge::Geometry, &[0, 1][..]));
        assert!(left.presence > 0.99 && right.presence < 0.01, "{} {}", left.presence, right.presence);
    }

    #[test]
    fn a_relation_that_regions_tell_neither_way_is_left_to_similarity() {
        let cosines: [&[f32]; 3] = [&[0.9, 0.1, 0.7], &[0.1, 0.9, 0.7], &[0.8, 0.8, 0.5]];
        let on = matches(&cat_and_dog(Predicate::On), &cosines).remove(2);
        assert_eq!(on.judged_by, Judge::Similarity, "beside each other: neither is on the other");
    }

    #[test]
    fn a_relation_of_things_without_regions_is_left_to_similarity() {
        let one = matches(&cat_and_dog(Predicate::LeftOf), &[&[0.9, 0.1, 0.7], &[0.8, 0.8, 0.5]]).remove(2);
        assert_eq!(one.judged_by, Judge::Similarity);
        assert!((one.presence - MATCHING.calibration.probability(0.7)).abs() < 1e-6);
        let mut strays = cat_and_dog(Predicate::LeftOf);
        strays[2].relation = Some(Relation { subject: 0, predicate: Predicate::LeftOf, object: 9, other: None });
        assert_eq!(matches(&strays, &[&[0.9, 0.1, 0.7], &[0.1, 0.9, 0.5]])[2].judged_by, Judge::Similarity);
    }

    /// As the largest query has them: without leaving out what cannot be best, this took twelve seconds, which no deadline ends.
    #[test]
    fn many_regions_and_many_relations_are_matched_with_the_best_of_them() {
        const MANY: usize = 128;
        let relation = |other| Relation { subject: 0, predicate: Predicate::Between, object: 1, other: Some(other) };
        let things = (0..3).map(|_| object("cat", None));
        let related = (3..MANY).map(|_| Descriptor {
            relation: Some(relation(2)),
            ..Descriptor::new(DescriptorKind::Relation, "cat between cats".into(), None)
        });
        let descriptors: Vec<Descriptor> = things.chain(related).collect();
        // The subject looks most like the region in the middle, the other two like those at its sides.
        let best = [MANY / 2, MANY / 2 - 1, MANY / 2 + 1];
        let cosine = |row: usize, column: usize| if best.get(column) == Some(&row) { 0.9 } else { 0.8 };
        let cosines = (0..=MANY).map(|row| (0..MANY).map(|column| cosine(row, column)).collect()).collect();
        let found =
            local_alignment(&descriptors, cosines, &[0.9; MANY], &squares(MANY), 1e6, &MATCHING).unwrap().matches;
        assert!(found[3..].iter().all(|found| found.judged_by == Judge::Geometry && found.regions == best));
    }

    #[test]
    fn nothing_to_match_gives_no_value() {
        let square = squares(1);
        assert_eq!(local_alignment(&[], vec![vec![]], &[], &[], 1.0, &MATCHING), None);
        assert_eq!(local_alignment(&[object("a", None)], vec![], &[0.5], &[], 1.0, &MATCHING), None);
        assert_eq!(local_alignment(&[object("a", None)], vec![vec![0.5]], &[0.5], &square, 1.0, &MATCHING), None);
        assert_eq!(attribute_consistency(&[], &[]), None);
    }
}
