//! Whether a prompt is in a language that the lists can read: nonsense is worse than no answer.

use std::collections::HashSet;

use super::{
    token::Token,
    vocabulary::{Sense, Vocabulary},
};
use crate::words;

/// Why the prompt cannot be read; `None` when it can.
pub(super) fn obstacle(prompt: &str, tokens: &[Token], vocabulary: &Vocabulary) -> Option<String> {
    if words::is_mostly_non_latin(prompt) {
        return Some("language: the lexicon reads English, and the prompt is mostly in another script".to_owned());
    }
    let mut foreign = HashSet::new();
    let mut english = HashSet::new();
    for token in tokens {
        let Token::Word { text, .. } = token else { continue };
        if vocabulary.is_foreign(text) {
            foreign.insert(text);
        } else if is_function_word(text, vocabulary) {
            english.insert(text);
        }
    }
    // One foreign word may be a name ("La Liga"); two, and hardly an English one, make a foreign sentence.
    (foreign.len() >= 2 && foreign.len() > english.len())
        .then(|| "language: the lexicon reads English, and the prompt seems to be in another language".to_owned())
}

fn is_function_word(word: &str, vocabulary: &Vocabulary) -> bool {
    let listed = vocabulary.find(std::slice::from_ref(&word.to_owned()), &[]);
    matches!(listed, Some((1, Sense::Function | Sense::Relation | Sense::Within)))
}
