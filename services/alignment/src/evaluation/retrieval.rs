//! Finding a text's own picture among all, and a picture's own text.

use domain::statistics::{Interval, interval, share};
use serde::Serialize;

use super::pairs::{Cosines, Kind, Pairs, groups};

/// How often the own one is among the nearest.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Retrieval {
    /// Texts of this kind, each with its picture.
    pub texts: usize,
    /// Pictures to choose from.
    pub pictures: usize,
    /// The own picture is the nearest to its text.
    pub picture_first: Interval,
    /// The own picture is among the five nearest.
    pub picture_in_five: Interval,
    /// The own text is the nearest to its picture, among texts of this kind.
    pub text_first: Interval,
    /// The own text is among the five nearest.
    pub text_in_five: Interval,
}

/// Retrieval with texts of `kind`; `None` without any. Intervals are over pictures.
pub fn retrieval(pairs: &Pairs, cosines: &Cosines, kind: Kind) -> Option<Retrieval> {
    let chosen: Vec<_> = pairs.pairs.iter().filter(|pair| pair.kind == kind).collect();
    let columns: Vec<usize> = chosen.iter().filter_map(|pair| cosines.column(&pair.picture)).collect();
    if chosen.is_empty() || columns.len() != chosen.len() {
        return None;
    }
    let rows: Vec<&[f64]> = chosen.iter().map(|pair| cosines.of(&pair.text)).collect();
    let own = |index: usize| rows[index][columns[index]];
    let above = |value: f64, others: &mut dyn Iterator<Item = f64>| others.filter(|other| *other > value).count();
    let by_text: Vec<usize> =
        (0..rows.len()).map(|index| above(own(index), &mut rows[index].iter().copied())).collect();
    let by_picture: Vec<usize> =
        (0..rows.len()).map(|index| above(own(index), &mut rows.iter().map(|row| row[columns[index]]))).collect();

    let (count, group) = groups(chosen.iter().map(|pair| pair.picture.as_str()));
    let within = |ranks: &[usize], nearest: usize| {
        let hits: Vec<bool> = ranks.iter().map(|rank| *rank < nearest).collect();
        interval(count, |drawn| share(&hits, &group.iter().map(|&group| drawn[group]).collect::<Vec<_>>()))
    };
    Some(Retrieval {
        texts: chosen.len(),
        pictures: cosines.pictures().len(),
        picture_first: within(&by_text, 1),
        picture_in_five: within(&by_text, 5),
        text_first: within(&by_picture, 1),
        text_in_five: within(&by_picture, 5),
    })
}
