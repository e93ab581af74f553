//! Whether a text speaks of what a prompt says: compared by the roots of the words that carry content.

use std::collections::HashSet;

use crate::words;

/// Words of content, by root: "two cats sitting" and "the cat sits" hold the same.
pub(crate) type Roots = HashSet<String>;

/// The roots of the words that carry content; small words and numbers may be put differently than in the prompt.
pub(crate) fn roots(text: &str) -> Roots {
    plain_words(text)
        .filter(|word| !SMALL_WORDS.contains(&word.as_str()) && word.parse::<u64>().is_err())
        .map(|word| words::root(&word))
        .collect()
}

/// What a claim is held against: the prompt, or its translation.
pub(crate) struct Ground {
    words: HashSet<String>,
    roots: Roots,
}

impl Ground {
    pub fn new(text: &str) -> Self {
        Self { words: plain_words(text).collect(), roots: roots(text) }
    }

    /// Whether every word of content in `text` is there, and there is one.
    pub fn holds(&self, text: &str) -> bool {
        let claimed = roots(text);
        !claimed.is_empty() && claimed.is_subset(&self.roots)
    }

    /// Whether the number is said, in figures or in a word.
    pub fn counts(&self, count: u32) -> bool {
        let said = |word: &str| self.words.contains(word);
        said(&count.to_string()) || NUMBERS.iter().any(|(number, word)| *number == count && said(word))
    }

    /// Whether `text` only gives the whole prompt back; of a short prompt that may be all there is to say.
    pub fn is_echo(&self, text: &str) -> bool {
        self.roots.len() >= SHORTEST_ECHO && self.roots.is_subset(&roots(text))
    }
}

/// From so many words of content on, a phrase that has them all is no part of the prompt.
const SHORTEST_ECHO: usize = 4;

/// Lower case, with neither punctuation nor possessive endings.
fn plain_words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’'))
        .map(|word| word.to_lowercase().replace('’', "'"))
        .map(|word| word.trim_end_matches("'s").trim_matches('\'').to_owned())
        .filter(|word| !word.is_empty())
}

const NUMBERS: [(u32, &str); 18] = [
    (1, "one"),
    (1, "single"),
    (2, "two"),
    (2, "pair"),
    (2, "couple"),
    (2, "twin"),
    (3, "three"),
    (3, "trio"),
    (4, "four"),
    (5, "five"),
    (6, "six"),
    (7, "seven"),
    (8, "eight"),
    (9, "nine"),
    (10, "ten"),
    (11, "eleven"),
    (12, "twelve"),
    (12, "dozen"),
];

const SMALL_WORDS: [&str; 62] = [
    "a", "an", "the", "this", "that", "these", "those", "its", "his", "her", "their", "s", "is", "are", "being", "has",
    "have", "of", "in", "on", "at", "to", "from", "with", "by", "for", "and", "or", "under", "over", "above", "below",
    "behind", "beside", "near", "next", "between", "around", "into", "inside", "front", "top", "left", "right", "made",
    "wearing", "text", "color", "colour", "single", "pair", "one", "two", "three", "four", "five", "six", "seven",
    "eight", "nine", "ten", "dozen",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_needs_every_word_of_content_in_the_prompt() {
        let ground = Ground::new("two red cats sitting on a wooden bench");
        assert!(ground.holds("the cat sits on the bench") && ground.holds("wood bench"));
        assert!(!ground.holds("red dog") && !ground.holds("the two") && !ground.holds(""));
    }

    #[test]
    fn a_number_counts_only_where_it_is_said() {
        let ground = Ground::new("a pair of cats and 14 birds");
        assert!(ground.counts(2) && ground.counts(14));
        assert!(!ground.counts(1) && !ground.counts(3));
    }

    #[test]
    fn the_whole_prompt_is_no_part_of_it_unless_it_is_short() {
        assert!(Ground::new("a red cat on a wooden bench").is_echo("Red cat on the wooden bench"));
        assert!(!Ground::new("a red cat on a wooden bench").is_echo("red cat"));
        assert!(!Ground::new("a red cat").is_echo("a red cat"));
    }
}
