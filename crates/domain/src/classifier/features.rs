//! What a text is compared by: words, pieces of words, and Chinese characters alone and in pairs.

use std::collections::{BTreeMap, BTreeSet};

/// What all pieces of a word weigh together, beside the word's own 1.
const PIECES_OF_A_WORD: f64 = 0.5;
/// What one Chinese character weighs, beside the 1 of a pair: most words have two, and some of one are telling.
const ONE_CHARACTER: f64 = 0.6;

/// One thing that texts can share.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Feature {
    /// A word without its ending.
    Word(String),
    /// Letters that follow each other in a word, with `^` and `$` at its ends: "illustrating" meets "illustrator", and a
    /// misspelt word most of itself.
    Piece([char; 3]),
    /// A Chinese character.
    Character(char),
    /// Two Chinese characters in a row: no dictionary is needed to find where words end.
    Pair([char; 2]),
}

/// Words that say nothing about a use.
#[derive(Clone, Debug, Default)]
pub(super) struct StopWords {
    words: BTreeSet<String>,
    /// Chinese ones, the longest first: they part the text around them.
    chinese: Vec<String>,
}

impl StopWords {
    pub fn new(words: &BTreeSet<String>) -> Self {
        let (chinese, words): (BTreeSet<String>, BTreeSet<String>) =
            words.iter().map(|word| word.to_lowercase()).partition(|word| word.chars().all(is_chinese));
        let mut chinese: Vec<String> = chinese.into_iter().collect();
        chinese.sort_by_key(|word| std::cmp::Reverse(word.len()));
        Self { words, chinese }
    }
}

/// The features of `text`, each once, with what it weighs, above 0.
pub(super) fn features(text: &str, stop_words: &StopWords) -> BTreeMap<Feature, f64> {
    let text = text.to_lowercase();
    let mut found = BTreeMap::new();
    let mut add = |feature: Feature, weight: f64| {
        let known = found.entry(feature).or_insert(weight);
        *known = weight.max(*known);
    };
    let words = text.split(|c: char| !c.is_alphanumeric() || is_chinese(c));
    for word in words.filter(|word| word.chars().nth(1).is_some() && !stop_words.words.contains(*word)) {
        add(Feature::Word(stem(word).to_owned()), 1.0);
        let letters: Vec<char> = std::iter::once('^').chain(word.chars()).chain(std::iter::once('$')).collect();
        // Weights are squared and added up: the pieces of a long word together weigh what those of a short one do.
        let weight = PIECES_OF_A_WORD / (letters.windows(3).len() as f64).sqrt();
        for piece in letters.windows(3).filter_map(|piece| piece.try_into().ok()) {
            add(Feature::Piece(piece), weight);
        }
    }
    let chinese = stop_words.chinese.iter().fold(text, |text, word| text.replace(word, " "));
    let characters: Vec<char> = chinese.chars().collect();
    for run in characters.split(|c| !is_chinese(*c)) {
        run.windows(2).filter_map(|pair| pair.try_into().ok()).for_each(|pair| add(Feature::Pair(pair), 1.0));
        run.iter().for_each(|character| add(Feature::Character(*character), ONE_CHARACTER));
    }
    found
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

/// Cuts the commonest English endings, enough for "posters" to meet "poster" and "illustrated" "illustration".
fn stem(word: &str) -> &str {
    const ENDINGS: [&str; 16] = [
        "ations", "ation", "izing", "ising", "ings", "ing", "ers", "er", "ered", "ery", "ies", "ied", "es", "ed", "s",
        "al",
    ];
    let cut = ENDINGS.iter().find_map(|ending| word.strip_suffix(ending).filter(|rest| rest.chars().count() >= 4));
    let cut = cut.unwrap_or(word);
    let bare = cut.trim_end_matches(['e', 'y']);
    if bare.is_empty() { cut } else { bare }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop_words() -> StopWords {
        StopWords::new(&["the", "for", "的", "一张"].map(str::to_owned).into())
    }

    fn words(text: &str) -> BTreeSet<String> {
        let words = features(text, &stop_words()).into_keys().filter_map(|feature| match feature {
            Feature::Word(word) => Some(word),
            _ => None,
        });
        words.collect()
    }

    #[test]
    fn word_forms_meet_and_stop_words_are_passed_over() {
        assert_eq!(words("Posters for the teachers"), words("a poster, teaching"));
        assert_eq!(words("for the"), BTreeSet::new());
        assert_eq!(words("eye"), ["eye".to_owned()].into(), "a word is never cut down to nothing");
    }

    #[test]
    fn a_misspelt_word_shares_most_of_its_pieces() {
        let of = |text: &str| features(text, &stop_words());
        let (right, wrong) = (of("advertisement"), of("advertisment"));
        let shared = wrong.keys().filter(|feature| right.contains_key(feature)).count();
        assert!(2 * shared > wrong.len(), "{shared} of {}", wrong.len());
        let pieces: f64 = right.iter().filter(|(f, _)| matches!(f, Feature::Piece(_))).map(|(_, w)| w * w).sum();
        assert!((pieces - PIECES_OF_A_WORD.powi(2)).abs() < 1e-9, "{pieces}");
    }

    #[test]
    fn chinese_is_read_in_pairs_that_stop_words_part() {
        let found = features("一张红色的花", &stop_words());
        let pairs: Vec<&Feature> = found.keys().filter(|f| matches!(f, Feature::Pair(_))).collect();
        assert_eq!(pairs, [&Feature::Pair(['红', '色'])]);
        assert!(found.contains_key(&Feature::Character('花')) && !found.contains_key(&Feature::Character('的')));
    }

    #[test]
    fn texts_without_words_have_no_features() {
        for text in ["", " \n", "?!…", "a", "的"] {
            assert_eq!(features(text, &stop_words()), BTreeMap::new(), "{text:?}");
        }
    }
}
