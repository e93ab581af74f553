//! Whether two wordings say the same: by lemma, without articles, with synonyms.

use crate::words;

/// Words that carry nothing of their own.
const EMPTY: [&str; 14] = ["a", "an", "the", "of", "to", "be", "is", "are", "it", "its", "their", "his", "her", "s"];

/// Words that say the same for a picture's sake; the first one stands for all.
const SYNONYMS: [&[&str]; 17] = [
    &["photo", "photograph", "picture", "image", "photography", "pic", "shot"],
    &["person", "people", "human", "someone"],
    &["television", "tv", "telly"],
    &["bike", "bicycle"],
    &["couch", "sofa"],
    &["plane", "airplane", "aeroplane", "aircraft"],
    &["on", "atop", "upon", "onto", "over"],
    &["in", "inside", "within", "into"],
    &["next", "beside", "near", "by", "adjacent", "alongside", "nearby", "close"],
    &["under", "below", "beneath", "underneath"],
    &["gray", "grey"],
    &["big", "large", "huge", "giant"],
    &["small", "little", "tiny"],
    &["wear", "dress", "with", "have", "has"],
    &["painting", "paint"],
    &["watercolor", "watercolour"],
    &["text", "word", "caption", "sign", "message"],
];

/// What a relation is called from its other end. Nothing between two things is "of", which is empty.
const CONVERSES: [(&str, &[&str]); 8] = [
    ("", &["in", "on"]),
    ("with", &["in", "on", "with"]),
    ("contain", &["in"]),
    ("behind", &["front"]),
    ("front", &["behind"]),
    ("under", &["on", "above"]),
    ("above", &["under"]),
    ("next", &["next"]),
];

/// The words of a text, each in the form that its relatives share; empty ones left out.
pub(super) fn words_of(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty() && !EMPTY.contains(word));
    words.map(canonical).collect()
}

fn canonical(word: &str) -> String {
    let stem = words::stem(word);
    let same = SYNONYMS.iter().find(|group| group.contains(&word) || group.contains(&stem.as_str()));
    words::root(same.and_then(|group| group.first()).copied().unwrap_or(word))
}

/// The word that a noun phrase is about: the last one before "of" or a quotation.
pub(super) fn head(phrase: &str) -> String {
    let phrase = phrase.to_lowercase();
    let named = phrase.split(['"', '_']).next().filter(|text| !text.trim().is_empty()).unwrap_or(&phrase);
    let named = named.split(" of ").next().unwrap_or_default();
    words_of(named).pop().unwrap_or_default()
}

/// Whether two noun phrases name the same thing: by their heads, or because one says all that the other says.
pub(super) fn same_thing(one: &str, other: &str) -> bool {
    let (a, b) = (head(one), head(other));
    if a.is_empty() || b.is_empty() {
        return false;
    }
    let (one, other) = (words_of(one), words_of(other));
    a == b || (one.len() > 1 && one.iter().all(|word| other.contains(word)) && other.last() == one.last())
}

/// What the words between two things say when the things change places: a plate with food is food on a plate.
pub(super) fn converse(between: &[String]) -> Vec<String> {
    let said = |word: &str| {
        let word = canonical(word);
        if word.is_empty() { between.is_empty() } else { between.contains(&word) }
    };
    CONVERSES
        .iter()
        .filter(|(word, _)| said(word))
        .flat_map(|(_, others)| others.iter().map(|other| canonical(other)))
        .collect()
}

/// Whether the texts share a word that says something.
pub(super) fn overlap(one: &[String], other: &[String]) -> bool {
    one.iter().any(|word| other.contains(word))
}
