//! A noun phrase as it is read, word by word, and the short texts that come of it.

use domain::decomposition::AttributeKind;

use super::vocabulary::Noun;

/// Longest run of nouns, and of words describing them, that still makes a short phrase; the nearest to the head stay.
const MAX_WORDS: usize = 5;

/// What a describing word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trait {
    Color,
    Material,
    Latent(AttributeKind),
    Other,
}

/// A noun phrase, perhaps not yet complete: without nouns it is a mere list of traits.
#[derive(Clone, Debug, Default)]
pub(super) struct NounPhrase {
    /// "the", "this", "a" … stood before it.
    pub determined: bool,
    /// Its number as the prompt writes it: "two", "several".
    pub quantity: Option<String>,
    pub count: Option<u32>,
    /// Whose it is: the "dog" of "the dog's tail".
    pub owner: Option<String>,
    /// "his", "its": it is the clause's subject's.
    pub of_subject: bool,
    /// Describing words in order.
    pub traits: Vec<(String, Trait)>,
    nouns: Vec<String>,
    /// What the last noun stands for.
    pub head: Option<Noun>,
}

impl NounPhrase {
    pub fn is_empty(&self) -> bool {
        self.nouns.is_empty()
            && self.traits.is_empty()
            && self.quantity.is_none()
            && self.owner.is_none()
            && !self.determined
    }

    pub fn has_noun(&self) -> bool {
        !self.nouns.is_empty()
    }

    /// Adds a noun; the last one is the head. A vague one adds nothing to a thing: "city scene" is a city.
    pub fn push_noun(&mut self, text: &str, noun: Noun) {
        if noun == Noun::Vague && self.has_noun() {
            return;
        }
        self.nouns.push(text.to_owned());
        self.head = Some(noun);
    }

    pub fn with(&self, wanted: Trait) -> impl Iterator<Item = &str> {
        self.traits.iter().filter(move |(_, this)| *this == wanted).map(|(text, _)| text.as_str())
    }

    /// Whether only colours have been read so far.
    pub fn is_colors(&self) -> bool {
        !self.has_noun() && !self.traits.is_empty() && self.traits.iter().all(|(_, this)| *this == Trait::Color)
    }

    /// The thing's name alone: "fire hydrant".
    pub fn name(&self) -> String {
        last(&self.nouns).join(" ")
    }

    /// The thing as it is to be looked for, without what other descriptors say of it: "two fluffy cats".
    pub fn object(&self) -> String {
        let words = self.quantity.iter().map(String::as_str).chain(self.plain_traits()).collect::<Vec<_>>();
        join(&words, &self.name())
    }

    /// The thing with all that describes it: "blurry photograph", "soft blue light".
    pub fn full(&self) -> String {
        join(&last(&self.traits).iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(), &self.name())
    }

    /// The thing as part of `owner`: "dog's long tail".
    pub fn part_of(&self, owner: &str) -> String {
        let words: Vec<_> = self.plain_traits().collect();
        let apostrophe = if owner.ends_with('s') { "'" } else { "'s" };
        format!("{owner}{apostrophe} {}", join(&words, &self.name()))
    }

    fn plain_traits(&self) -> impl Iterator<Item = &str> {
        last(&self.traits)
            .iter()
            .filter(|(_, this)| !matches!(this, Trait::Color | Trait::Material))
            .map(|(text, _)| text.as_str())
    }

    /// What is said of the whole picture; neighbours of one kind belong together: "foggy morning".
    pub fn latents(&self) -> Vec<(AttributeKind, String)> {
        let mut found: Vec<(AttributeKind, String)> = Vec::new();
        let mut adjacent = false;
        for (text, this) in &self.traits {
            let Trait::Latent(kind) = this else {
                adjacent = false;
                continue;
            };
            match found.last_mut() {
                Some((before, joined)) if adjacent && before == kind => {
                    joined.push(' ');
                    joined.push_str(text);
                }
                _ => found.push((*kind, text.clone())),
            }
            adjacent = true;
        }
        found
    }
}

fn last<T>(words: &[T]) -> &[T] {
    words.get(words.len().saturating_sub(MAX_WORDS)..).unwrap_or_default()
}

fn join(words: &[&str], name: &str) -> String {
    words.iter().copied().chain([name]).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
