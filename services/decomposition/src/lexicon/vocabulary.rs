//! What the listed words and phrases mean, and how to find them in running text.

use std::collections::HashMap;

use domain::decomposition::AttributeKind;

use super::lists::{Inference, Lists};
use crate::words;

/// What a noun stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noun {
    /// Something to be seen.
    Thing,
    /// A part of a body or a thing.
    Part,
    /// Something worn.
    Clothing,
    /// A material standing alone; a thing, unless something is made of it.
    Substance,
    /// Somewhere to be; a thing as well.
    Place,
    /// "side", "view": nothing to look for.
    Vague,
    /// "background": nothing to look for, but it has a colour.
    Backdrop,
    /// "word", "caption": what a quotation is written as.
    Inscription,
    /// "photo", "oil painting": what the picture is.
    Medium,
    /// "style", "lighting": makes its phrase an attribute.
    Head(AttributeKind),
}

/// What a listed phrase does in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// A number; `None` for "several".
    Number(Option<u32>),
    /// "a set of": what follows is what counts.
    Group,
    Color,
    /// "orange": a colour or a fruit, as the context has it.
    ColorOrThing,
    /// "color", "colored": says no more than the colour does.
    ColorWord,
    /// A material, or a thing when no noun follows.
    Material,
    /// An attribute of the whole picture, whether it stands alone or describes a noun.
    Latent(AttributeKind),
    Noun(Noun),
    Relation,
    /// A relation that puts a thing somewhere: "in", "on".
    Within,
    Wear,
    MadeOf,
    StyleOf,
    Not,
    /// "in the background": where something is, with nothing to look for.
    Aside,
    /// Says nothing: "highly detailed", "8k".
    Filler,
}

/// Phrases by their first word, longest first.
#[derive(Debug)]
struct PhraseIndex<T>(HashMap<String, Vec<(Vec<String>, T)>>);

impl<T: Copy> PhraseIndex<T> {
    /// The longest phrase at the head of `words`, with the number of its words.
    fn find(&self, words: &[String]) -> Option<(usize, T)> {
        let (first, rest) = words.split_first()?;
        let phrases = self.0.get(first)?;
        phrases.iter().find(|(tail, _)| rest.starts_with(tail)).map(|(tail, value)| (tail.len() + 1, *value))
    }

    fn insert(&mut self, words: Vec<String>, value: T) -> Option<T> {
        let mut words = words.into_iter();
        let first = words.next()?;
        let tail: Vec<String> = words.collect();
        let phrases = self.0.entry(first).or_default();
        let at = phrases.partition_point(|(other, _)| other.len() > tail.len());
        let known = phrases.iter().find(|(other, _)| *other == tail).map(|(_, value)| *value);
        if known.is_none() {
            phrases.insert(at, (tail, value));
        }
        known
    }
}

/// A phrase with two meanings.
#[derive(Debug)]
pub(super) struct Conflict(pub String);

/// All lists, ready to be looked up.
#[derive(Debug)]
pub(super) struct Vocabulary {
    /// Phrases matched word by word.
    exact: PhraseIndex<Sense>,
    /// Noun phrases, matched by their words' stems, so that one entry stands for singular and plural.
    nouns: PhraseIndex<Noun>,
    /// Indices into `inferences`, by stems.
    triggers: PhraseIndex<usize>,
    pub inferences: Vec<Inference>,
}

impl Vocabulary {
    pub fn new(lists: Lists) -> Result<Self, Conflict> {
        let mut vocabulary = Self {
            exact: PhraseIndex(HashMap::new()),
            nouns: PhraseIndex(HashMap::new()),
            triggers: PhraseIndex(HashMap::new()),
            inferences: lists.inferences,
        };
        let shaded: Vec<String> = lists
            .shades
            .iter()
            .flat_map(|shade| {
                lists.colors.iter().chain(&lists.color_things).map(move |color| format!("{shade} {color}"))
            })
            .collect();
        let with_senses = [
            (shaded, Sense::Color),
            (lists.colors, Sense::Color),
            (lists.color_things, Sense::ColorOrThing),
            (lists.color_words, Sense::ColorWord),
            (lists.materials, Sense::Material),
            (lists.made_of, Sense::MadeOf),
            (lists.quantifiers, Sense::Number(None)),
            (lists.groups, Sense::Group),
            (lists.relations, Sense::Relation),
            (lists.places_in, Sense::Within),
            (lists.wearing, Sense::Wear),
            (lists.styles, Sense::Latent(AttributeKind::Style)),
            (lists.moods, Sense::Latent(AttributeKind::Mood)),
            (lists.settings, Sense::Latent(AttributeKind::Setting)),
            (lists.eras, Sense::Latent(AttributeKind::Era)),
            (lists.media_phrases, Sense::Latent(AttributeKind::Medium)),
            (lists.style_of, Sense::StyleOf),
            (lists.negators, Sense::Not),
            (lists.asides, Sense::Aside),
            (lists.fillers, Sense::Filler),
        ];
        for (phrases, sense) in with_senses {
            for phrase in phrases {
                vocabulary.add_exact(&phrase, sense)?;
            }
        }
        for (phrase, number) in &lists.numbers {
            vocabulary.add_exact(phrase, Sense::Number(Some(*number)))?;
        }
        let nouns = [
            (lists.things, Noun::Thing),
            (lists.parts, Noun::Part),
            (lists.clothing, Noun::Clothing),
            (lists.places, Noun::Place),
            (lists.vague, Noun::Vague),
            (lists.backdrops, Noun::Backdrop),
            (lists.inscriptions, Noun::Inscription),
            (lists.media, Noun::Medium),
        ];
        for (phrases, noun) in nouns {
            for phrase in phrases {
                vocabulary.add_noun(&phrase, noun)?;
            }
        }
        for (head, kind) in &lists.heads {
            vocabulary.add_noun(head, Noun::Head(*kind))?;
        }
        for (index, inference) in vocabulary.inferences.iter().enumerate() {
            for phrase in &inference.when {
                vocabulary.triggers.insert(stems(phrase), index);
            }
        }
        Ok(vocabulary)
    }

    fn add_exact(&mut self, phrase: &str, sense: Sense) -> Result<(), Conflict> {
        match self.exact.insert(phrase_words(phrase).collect(), sense) {
            // Two meanings for one word would make the files' order decide; whoever edits them is to.
            Some(known) if known != sense => Err(Conflict(phrase.to_owned())),
            _ => Ok(()),
        }
    }

    fn add_noun(&mut self, phrase: &str, noun: Noun) -> Result<(), Conflict> {
        match self.nouns.insert(stems(phrase), noun) {
            Some(known) if known != noun => Err(Conflict(phrase.to_owned())),
            _ => Ok(()),
        }
    }

    /// The longest listed phrase at the head of `words`; `stems` are the same words' stems.
    pub fn find(&self, words: &[String], stems: &[String]) -> Option<(usize, Sense)> {
        let exact = self.exact.find(words);
        let noun = self.nouns.find(stems).map(|(length, noun)| (length, Sense::Noun(noun)));
        match (exact, noun) {
            (Some(exact), Some(noun)) => Some(if noun.0 > exact.0 { noun } else { exact }),
            (exact, noun) => exact.or(noun),
        }
    }

    /// What the phrase at the head of `stems` implies.
    pub fn inference(&self, stems: &[String]) -> Option<&Inference> {
        self.triggers.find(stems).and_then(|(_, index)| self.inferences.get(index))
    }
}

/// A listed phrase's words as the tokenizer would cut them; a hyphen and a space are the same to it.
fn phrase_words(phrase: &str) -> impl Iterator<Item = String> {
    phrase.split([' ', '-']).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// Whether both mean the same entry of a list.
pub(super) fn same(a: &str, b: &str) -> bool {
    stems(a) == stems(b)
}

fn stems(phrase: &str) -> Vec<String> {
    phrase_words(phrase).map(|word| words::stem(&word)).collect()
}
