//! The noun phrases of a prompt.

use domain::decomposition::AttributeKind;

use super::{
    reading::Reading,
    vocabulary::{Noun, Sense},
};
use crate::syntax::{Relation, Tag};

/// What a describing word says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trait {
    Color,
    Material,
    Latent(AttributeKind),
    /// Size, shape, texture, state and whatever else can be said of a thing.
    State,
}

/// A noun with the words before it that belong to it: terms `start..end`.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub start: usize,
    pub end: usize,
    /// The term of its last noun.
    pub head: usize,
    /// What that noun stands for.
    pub noun: Noun,
    /// The thing's name alone: "fire hydrant".
    pub name: String,
    /// Describing words in order.
    pub traits: Vec<(String, Trait)>,
    /// Its number as the prompt writes it: "two", "several".
    pub quantity: Option<String>,
    pub count: Option<u32>,
    /// "the" stood before it.
    pub known: bool,
    /// "no cars".
    pub negated: bool,
    /// "his": it belongs to whom the clause is about.
    pub of_subject: bool,
    /// The chunk that "'s" made its owner.
    pub owner: Option<usize>,
    pub is_quote: bool,
    pub is_pronoun: bool,
}

impl Chunk {
    fn new(start: usize) -> Self {
        Self {
            start,
            end: start,
            head: start,
            noun: Noun::Thing,
            name: String::new(),
            traits: Vec::new(),
            quantity: None,
            count: None,
            known: false,
            negated: false,
            of_subject: false,
            owner: None,
            is_quote: false,
            is_pronoun: false,
        }
    }

    /// The thing with its number: "two cats".
    pub fn counted(&self) -> String {
        match &self.quantity {
            Some(quantity) => format!("{quantity} {}", self.name),
            None => self.name.clone(),
        }
    }

    /// The thing with all that describes it: "blurry photograph".
    pub fn full(&self) -> String {
        let words = self.traits.iter().map(|(text, _)| text.as_str()).chain([self.name.as_str()]);
        words.collect::<Vec<_>>().join(" ")
    }
}

/// Finds the noun phrases, in order.
pub(super) fn chunks(reading: &Reading) -> Vec<Chunk> {
    let mut builder = Builder { reading, done: Vec::new(), current: None, nouns: Vec::new() };
    let mut at = 0;
    while at < reading.terms.len() {
        at = builder.term(at);
    }
    builder.close();
    builder.done
}

/// Of these, "a pair" is one thing.
const ONE_PAIR: [&str; 18] = [
    "scissors",
    "glasses",
    "sunglasses",
    "spectacles",
    "goggles",
    "binoculars",
    "headphones",
    "pants",
    "trousers",
    "jeans",
    "shorts",
    "leggings",
    "tights",
    "overalls",
    "pajamas",
    "pliers",
    "tongs",
    "tweezers",
];

struct Builder<'a> {
    reading: &'a Reading,
    done: Vec<Chunk>,
    current: Option<Chunk>,
    nouns: Vec<String>,
}

impl Builder<'_> {
    /// Takes in the term or listed phrase at `at`; answers where to go on.
    fn term(&mut self, at: usize) -> usize {
        let Some(term) = self.reading.terms.get(at) else { return at + 1 };
        let other_sentence =
            at > 0 && self.reading.terms.get(at - 1).is_some_and(|before| before.sentence != term.sentence);
        if other_sentence {
            self.close();
        }
        if term.is_quote {
            self.close();
            let mut chunk = Chunk::new(at);
            (chunk.end, chunk.is_quote, chunk.name) = (at + 1, true, term.text.clone());
            self.done.push(chunk);
            return at + 1;
        }
        if let Some(phrase) = self.reading.phrase(at)
            && phrase.start == at
            && self.phrase(at, phrase.end, phrase.sense)
        {
            return phrase.end;
        }
        self.word(at);
        at + 1
    }

    /// Takes in a listed phrase, if its grammar allows what it is listed as.
    fn phrase(&mut self, start: usize, end: usize, sense: Sense) -> bool {
        let text = self.reading.span(start..end);
        let verbal = end == start + 1 && self.acts(start);
        match sense {
            Sense::Number(count) => self.number(start, end, text, count),
            Sense::Color => self.describe(start, end, text, Trait::Color),
            Sense::ColorOrThing | Sense::Material if self.leads_to_noun(end) => {
                let what = if sense == Sense::Material { Trait::Material } else { Trait::Color };
                self.describe(start, end, text, what);
            }
            Sense::ColorOrThing | Sense::Material if !self.stands_as_noun(start, end) => {
                let what = if sense == Sense::Material { Trait::Material } else { Trait::Color };
                self.describe(start, end, text, what);
            }
            Sense::ColorOrThing => self.noun(start, end, text, Noun::Thing),
            Sense::Material => self.noun(start, end, text, Noun::Substance),
            Sense::ColorWord if self.has_color() => self.extend(end),
            Sense::ColorWord => self.noun(start, end, text, Noun::Vague),
            Sense::Latent(kind) if !verbal => self.describe(start, end, text, Trait::Latent(kind)),
            Sense::Noun(noun) if !(verbal && self.has_partner(start)) => self.noun(start, end, text, noun),
            Sense::Filler | Sense::Aside => self.close(),
            Sense::Group if self.reading.text(end - 1) == "of" => {
                // "a set of nine labels" counts the labels; "a group of people" is people.
                let current = self.current.take();
                self.current = current.map(|chunk| Chunk { traits: Vec::new(), count: None, quantity: None, ..chunk });
                self.nouns.clear();
                self.open(start).end = end;
            }
            Sense::Not => {
                self.close();
                self.open(start).negated = true;
                self.extend(end);
            }
            Sense::Relation | Sense::Within | Sense::Wear | Sense::MadeOf | Sense::StyleOf => self.close(),
            _ => return false,
        }
        true
    }

    fn word(&mut self, at: usize) {
        let text = self.reading.text(at).to_owned();
        match self.reading.tag(at) {
            Tag::Determiner => {
                self.close();
                self.open(at).known = text != "a" && text != "an";
                self.extend(at + 1);
            }
            Tag::Possessor => {
                self.close();
                self.open(at).of_subject = true;
                self.extend(at + 1);
            }
            Tag::Possessive => {
                self.close();
                let owner = self.done.len().checked_sub(1);
                self.open(at).owner = owner;
                self.extend(at + 1);
            }
            Tag::Pronoun => {
                self.close();
                let chunk = self.open(at);
                (chunk.end, chunk.is_pronoun) = (at + 1, true);
                let chunk = self.current.take();
                self.done.extend(chunk);
            }
            Tag::Number => match text.parse() {
                Ok(count @ 1..=100) => self.number(at, at + 1, text, Some(count)),
                _ => self.close(),
            },
            Tag::Noun | Tag::Plural | Tag::Name if is_word(&text) => self.noun(at, at + 1, text, Noun::Thing),
            Tag::Adjective if is_word(&text) => {
                if self.leads_to_noun(at + 1) || !self.stands_as_noun(at, at + 1) {
                    self.describe(at, at + 1, text, Trait::State);
                } else {
                    self.noun(at, at + 1, text, Noun::Thing);
                }
            }
            Tag::Gerund | Tag::Participle if self.modifies(at) => self.describe(at, at + 1, text, Trait::State),
            Tag::Gerund | Tag::Participle if self.stands_as_noun(at, at + 1) && !self.acts(at) => {
                self.noun(at, at + 1, text, Noun::Thing);
            }
            Tag::Adverb
                if self.current.as_ref().is_some_and(|_| self.nouns.is_empty()) && self.leads_to_noun(at + 1) =>
            {
                self.extend(at + 1);
            }
            // "red and blue stripes", "a big, red chair": both are the noun's.
            Tag::Conjunction | Tag::Punctuation if self.awaits_noun() && self.leads_to_noun(at + 1) => {
                self.extend(at + 1)
            }
            _ => self.close(),
        }
    }

    fn open(&mut self, at: usize) -> &mut Chunk {
        self.current.get_or_insert_with(|| Chunk::new(at))
    }

    fn extend(&mut self, end: usize) {
        if let Some(chunk) = &mut self.current {
            chunk.end = end;
        }
    }

    fn awaits_noun(&self) -> bool {
        self.nouns.is_empty() && self.current.as_ref().is_some_and(|chunk| !chunk.traits.is_empty())
    }

    fn has_color(&self) -> bool {
        self.current.as_ref().is_some_and(|chunk| chunk.traits.last().is_some_and(|(_, what)| *what == Trait::Color))
    }

    fn describe(&mut self, start: usize, end: usize, text: String, what: Trait) {
        if !self.nouns.is_empty() && !self.continues(start) {
            self.close();
        }
        self.open(start).traits.push((text, what));
        self.extend(end);
    }

    fn number(&mut self, start: usize, end: usize, text: String, count: Option<u32>) {
        if !self.nouns.is_empty() || self.current.as_ref().is_some_and(|chunk| chunk.count.is_some()) {
            self.close();
        }
        let chunk = self.open(start);
        (chunk.quantity, chunk.count, chunk.end) = (Some(text), count.filter(|count| *count > 1), end);
    }

    fn noun(&mut self, start: usize, end: usize, text: String, noun: Noun) {
        if !self.nouns.is_empty() && !self.continues(start) {
            self.close();
        }
        let first = self.nouns.is_empty();
        let chunk = self.open(start);
        chunk.end = end;
        // A vague noun adds nothing to a thing: "city scene" is a city.
        if noun != Noun::Vague || first {
            (chunk.head, chunk.noun) = (end - 1, noun);
            self.nouns.push(text);
        }
    }

    /// Whether the noun before goes with what stands at `at`: "fire hydrant", but not "the man books".
    fn continues(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1).and_then(|before| self.reading.node(before)) else { return false };
        let ahead = before.head >= at;
        // A plural ends its phrase unless the parser says otherwise; "fire hydrant" goes on.
        let compound = before.tag == Tag::Noun && matches!(self.reading.tag(at), Tag::Noun | Tag::Plural);
        ahead || compound || matches!(before.relation, Relation::Compound | Relation::Modifier | Relation::Owner)
    }

    /// Whether the words from `at` on lead to a noun that a describing word before them belongs to.
    fn leads_to_noun(&self, at: usize) -> bool {
        const REACH: usize = 6;
        for ahead in at..at + REACH {
            let tag = self.reading.tag(ahead);
            match self.reading.sense(ahead) {
                Some(Sense::Noun(_)) => return true,
                Some(Sense::Color | Sense::ColorOrThing | Sense::Material | Sense::Latent(_)) => {
                    if tag.is_noun() && self.reading.node(ahead).is_some_and(|node| node.head < at) {
                        return true;
                    }
                    continue;
                }
                Some(Sense::ColorWord) => return true,
                Some(Sense::Relation | Sense::Within | Sense::Wear | Sense::Filler | Sense::Aside | Sense::MadeOf) => {
                    return false;
                }
                _ => {}
            }
            match tag {
                _ if self.reading.terms.get(ahead).is_some_and(|term| term.is_quote) => return false,
                _ if tag.is_noun() => return true,
                Tag::Adjective => {}
                Tag::Gerund | Tag::Participle if self.modifies(ahead) => {}
                Tag::Conjunction | Tag::Punctuation if ahead > at && self.describes(ahead + 1) => {}
                Tag::Conjunction if ahead == at && self.describes(ahead + 1) => {}
                Tag::Punctuation
                    if ahead == at
                        && self.current.as_ref().is_some_and(|chunk| chunk.start + 1 < at)
                        && self.describes(ahead + 1) => {}
                _ => return false,
            }
        }
        false
    }

    fn describes(&self, at: usize) -> bool {
        matches!(self.reading.tag(at), Tag::Adjective)
            || matches!(self.reading.sense(at), Some(Sense::Color | Sense::ColorOrThing | Sense::Material))
    }

    /// Whether a word in -ing or -ed describes the noun after it.
    fn modifies(&self, at: usize) -> bool {
        self.reading
            .node(at)
            .is_some_and(|node| node.head > at && matches!(node.relation, Relation::Modifier | Relation::Compound))
    }

    /// Whether the parser found a noun's place for these words.
    fn stands_as_noun(&self, start: usize, end: usize) -> bool {
        let after_article = start > 0
            && (matches!(self.reading.tag(start - 1), Tag::Determiner | Tag::Number | Tag::Possessor)
                || matches!(self.reading.sense(start - 1), Some(Sense::Number(_) | Sense::Color)));
        let placed = self.reading.node(end - 1).is_some_and(|node| {
            matches!(
                node.relation,
                Relation::Governed | Relation::Object | Relation::Subject | Relation::PassiveSubject
            ) || (node.tag.is_noun()
                && matches!(node.relation, Relation::Root | Relation::Conjunct | Relation::Apposition))
        });
        let ends = !self.leads_to_noun(end);
        ends && (after_article || placed)
    }

    /// Whether the word is a verb with someone who does it, or something done.
    fn acts(&self, at: usize) -> bool {
        self.reading.tag(at).is_verb()
            && !self.modifies(at)
            && self.reading.node(at).is_some_and(|node| node.relation != Relation::Governed)
            && (at > 0 && !matches!(self.reading.tag(at - 1), Tag::Determiner | Tag::Possessor | Tag::Adjective))
    }

    /// Whether someone does what the verb says, or something has it done.
    fn has_partner(&self, at: usize) -> bool {
        self.reading
            .children(at)
            .any(|(_, node)| matches!(node.relation, Relation::Subject | Relation::PassiveSubject | Relation::Object))
    }

    fn close(&mut self) {
        let Some(mut chunk) = self.current.take() else { return };
        let nouns = std::mem::take(&mut self.nouns);
        let is_pair = chunk.quantity.as_ref().is_some_and(|quantity| quantity.ends_with("pair of"));
        if is_pair && nouns.last().is_some_and(|noun| ONE_PAIR.contains(&noun.as_str())) {
            (chunk.quantity, chunk.count) = (None, None);
        }
        chunk.name = nouns.join(" ");
        if chunk.name.is_empty() && chunk.traits.is_empty() {
            return;
        }
        self.done.push(chunk);
    }
}

/// Something that can be looked for: with a letter, and more than one.
fn is_word(text: &str) -> bool {
    text.chars().count() > 1 && text.chars().any(char::is_alphabetic)
}
