//! Which texts belong to which pictures.

use std::collections::BTreeSet;

/// What a text says of its picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A sentence on all of it.
    Caption,
    /// What it was made from.
    Prompt,
    /// One to five words on a part of it.
    Phrase,
}

/// A text that is true of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The picture's file name.
    pub picture: String,
    /// What the text says.
    pub kind: Kind,
    /// The text.
    pub text: String,
}

/// A text that is true of a picture, and one that is wrong in one point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Swap {
    /// The picture's file name.
    pub picture: String,
    /// The point in which the wrong text is wrong: `attribute`, `object`, `relation`, `number`.
    pub point: String,
    /// True of the picture.
    pub right: String,
    /// Not true of it.
    pub wrong: String,
}

/// What belongs together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Texts and their pictures.
    pub pairs: Vec<Pair>,
    /// Right and wrong texts.
    pub swaps: Vec<Swap>,
}

/// Why a file of pairs cannot be read.
#[derive(Debug, thiserror::Error)]
#[error(
    "line {line}: expected `picture, caption|phrase|prompt, text` or `picture, swap:POINT, right text, wrong text` \
     separated by tabs, got '{got}'"
)]
pub struct PairsError {
    /// The line's number, from 1.
    pub line: usize,
    /// What stands there.
    pub got: String,
}

impl Pairs {
    /// Reads lines of three or four columns after a header line.
    pub fn read(text: &str) -> Result<Self, PairsError> {
        let mut found = Self::default();
        for (index, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
            found.add(line).ok_or_else(|| PairsError { line: index + 1, got: line.to_owned() })?;
        }
        Ok(found)
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let columns: Vec<&str> = line.split('\t').map(str::trim).collect();
        if columns.iter().any(|column| column.is_empty()) {
            return None;
        }
        match columns.as_slice() {
            [picture, swap, right, wrong] => self.swaps.push(Swap {
                picture: (*picture).to_owned(),
                point: swap.strip_prefix("swap:")?.to_owned(),
                right: (*right).to_owned(),
                wrong: (*wrong).to_owned(),
            }),
            [picture, kind, text] => {
                let kind = match *kind {
                    "caption" => Kind::Caption,
                    "prompt" => Kind::Prompt,
                    "phrase" => Kind::Phrase,
                    _ => return None,
                };
                self.pairs.push(Pair { picture: (*picture).to_owned(), kind, text: (*text).to_owned() });
            }
            _ => return None,
        }
        Some(())
    }

    /// Every picture once.
    pub fn pictures(&self) -> Vec<String> {
        let of_pairs = self.pairs.iter().map(|pair| &pair.picture);
        of_pairs
            .chain(self.swaps.iter().map(|swap| &swap.picture))
            .collect::<BTreeSet<_>>()
            .into_iter()
            .cloned()
            .collect()
    }

    /// Whether `text` is a phrase of some picture.
    pub fn is_phrase(&self, text: &str) -> bool {
        self.pairs.iter().any(|pair| pair.kind == Kind::Phrase && pair.text == text)
    }

    /// Every text once, sorted.
    pub fn texts(&self) -> Vec<String> {
        let of_pairs = self.pairs.iter().map(|pair| &pair.text);
        let of_swaps = self.swaps.iter().flat_map(|swap| [&swap.right, &swap.wrong]);
        of_pairs.chain(of_swaps).collect::<BTreeSet<_>>().into_iter().cloned().collect()
    }
}

/// Log odds beyond which a presence is certain.
const MOST_LOG_ODDS: f64 = 20.0;

/// Cosines of every text with every picture.
pub struct Cosines {
    /// Sorted names.
    pictures: Vec<String>,
    /// Sorted texts.
    texts: Vec<String>,
    /// One row a text, one column a picture.
    rows: Vec<Vec<f64>>,
}

impl Cosines {
    /// From one or more unit embeddings a picture, of which the best counts, and one a text, in the order of
    /// [`Pairs::pictures`] and [`Pairs::texts`].
    pub fn new(pairs: &Pairs, pictures: &[&[Vec<f32>]], texts: &[Vec<f32>]) -> Self {
        let cosine = |text: &[f32], view: &[f32]| -> f64 {
            text.iter().zip(view).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let best = |text: &[f32], views: &[Vec<f32>]| {
            views.iter().map(|view| cosine(text, view)).fold(f64::NEG_INFINITY, f64::max)
        };
        let row = |text: &Vec<f32>| pictures.iter().map(|views| best(text, views)).collect();
        Self { pictures: pairs.pictures(), texts: pairs.texts(), rows: texts.iter().map(row).collect() }
    }

    /// Of the texts in `judged`, the log odds of their presences in place of cosines: of each picture one a text.
    pub fn of_presences(pairs: &Pairs, judged: &[String], presences: &[&[f64]]) -> Self {
        let log_odds = |presence: f64| (presence / (1.0 - presence)).ln().clamp(-MOST_LOG_ODDS, MOST_LOG_ODDS);
        let row = |column| presences.iter().filter_map(|row| row.get(column)).map(|value| log_odds(*value)).collect();
        let texts = pairs.texts();
        let of = |text: &String| judged.iter().position(|known| known == text).map_or(vec![], row);
        let rows = texts.iter().map(of).collect();
        Self { pictures: pairs.pictures(), texts, rows }
    }

    /// The pictures, sorted.
    pub fn pictures(&self) -> &[String] {
        &self.pictures
    }

    /// A text's cosines, one a picture; empty for an unknown text.
    pub fn of(&self, text: &str) -> &[f64] {
        let index = self.texts.binary_search_by(|known| known.as_str().cmp(text));
        index.ok().and_then(|index| self.rows.get(index)).map_or(&[], Vec::as_slice)
    }

    /// A picture's column.
    pub fn column(&self, picture: &str) -> Option<usize> {
        self.pictures.binary_search_by(|known| known.as_str().cmp(picture)).ok()
    }
}

/// Pictures of one group show almost the same: their names differ in what follows the last dash.
pub(super) fn group(picture: &str) -> &str {
    picture.rsplit_once('-').map_or(picture, |(group, _)| group)
}

/// Numbers the groups of `pictures`: how many there are, and each picture's.
pub(super) fn groups<'a>(pictures: impl Iterator<Item = &'a str>) -> (usize, Vec<usize>) {
    let pictures: Vec<&str> = pictures.map(group).collect();
    let names: Vec<&str> = pictures.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let numbers = pictures.iter().filter_map(|picture| names.binary_search(picture).ok()).collect();
    (names.len(), numbers)
}
