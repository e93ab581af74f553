//! Gives every word its sense: from the lists, else from its form, and where that is open from its neighbours.

use super::{
    token::Token,
    vocabulary::{Noun, Sense, Vocabulary},
};
use crate::words;

/// A word, a listed phrase, or a mark, with what it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Item {
    /// Its text as a descriptor would show it.
    pub text: String,
    pub role: Role,
    /// Written with a capital.
    pub capital: bool,
}

/// What an item does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Word(Sense),
    Possessive,
    Quote,
    Bracket,
    Comma,
    Stop,
}

/// Tags `tokens`, in order.
pub(super) fn tag(tokens: &[Token], vocabulary: &Vocabulary) -> Vec<Item> {
    let mut items = raw(tokens, vocabulary);
    for at in 0..items.len() {
        let Some(Role::Word(sense)) = items.get(at).map(|item| item.role) else { continue };
        let settled = settle(sense, &items, at);
        if let Some(item) = items.get_mut(at) {
            item.role = Role::Word(settled);
        }
    }
    items
}

/// Tags each word without regard to its neighbours.
fn raw(tokens: &[Token], vocabulary: &Vocabulary) -> Vec<Item> {
    let words: Vec<String> = tokens.iter().map(|token| word(token).unwrap_or_default().to_owned()).collect();
    let stems: Vec<String> = words.iter().map(|word| words::stem(word)).collect();
    let mut items = Vec::with_capacity(tokens.len());
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let Token::Word { capital, .. } = token else {
            items.push(mark(token));
            at += 1;
            continue;
        };
        let rest = words.get(at..).unwrap_or_default();
        let compound = 1 + tokens.iter().skip(at + 1).take_while(|token| is_joined(token)).count();
        let listed = vocabulary
            .find(rest, stems.get(at..).unwrap_or_default())
            // "blue" of "blue-eyed" is no colour of the cat's: a listed phrase must not end within a compound.
            .filter(|(length, _)| !tokens.get(at + length).is_some_and(is_joined));
        let (length, sense) = listed.unwrap_or_else(|| (compound, guess(rest.get(..compound).unwrap_or_default())));
        items.push(Item {
            text: text(tokens.get(at..at + length).unwrap_or_default()),
            role: Role::Word(sense),
            capital: *capital,
        });
        at += length;
    }
    items
}

fn word(token: &Token) -> Option<&str> {
    match token {
        Token::Word { text, .. } => Some(text),
        _ => None,
    }
}

fn is_joined(token: &Token) -> bool {
    matches!(token, Token::Word { joined: true, .. })
}

fn mark(token: &Token) -> Item {
    let (text, role) = match token {
        Token::Quote(text) => (text.clone(), Role::Quote),
        Token::Possessive => (String::new(), Role::Possessive),
        Token::Bracket => (String::new(), Role::Bracket),
        Token::Comma => (String::new(), Role::Comma),
        Token::Stop | Token::Word { .. } => (String::new(), Role::Stop),
    };
    Item { text, role, capital: false }
}

fn text(tokens: &[Token]) -> String {
    let mut text = String::new();
    for token in tokens {
        if let Token::Word { text: word, joined, .. } = token {
            if !text.is_empty() {
                text.push(if *joined { '-' } else { ' ' });
            }
            text.push_str(word);
        }
    }
    text
}

/// Endings that make an unlisted word an adjective. Nouns that end so ("crystal", "fabric") are listed as things.
const ADJECTIVE_ENDINGS: [&str; 13] =
    ["ful", "ous", "ive", "able", "ible", "less", "ic", "al", "ish", "esque", "like", "ary", "ular"];

/// The sense of a word, or of the words of a compound, that no list holds.
fn guess(compound: &[String]) -> Sense {
    let Some(last) = compound.last() else { return Sense::Break };
    let ends = |endings: &[&str]| endings.iter().any(|end| last.len() > end.len() + 2 && last.ends_with(end));
    if !last.chars().all(|c| words::is_latin(c) || c.is_ascii_digit() || matches!(c, '\'' | '.')) {
        return Sense::Break;
    }
    if compound.len() > 1 {
        let starts_with_number = compound.first().is_some_and(|first| first.starts_with(|c: char| c.is_ascii_digit()));
        let describes = starts_with_number || ends(&["ed", "ing", "style", "shaped", "like", "free", "quality"]);
        return if describes { Sense::Adjective } else { Sense::Noun(Noun::Thing) };
    }
    if last.starts_with(|c: char| c.is_ascii_digit()) {
        return numeric(last);
    }
    if last.chars().count() == 1 || ends(&["ly"]) {
        Sense::Filler
    } else if ends(&["ing", "ed"]) {
        Sense::Participle
    } else if ends(&ADJECTIVE_ENDINGS) {
        Sense::Adjective
    } else {
        Sense::Noun(Noun::Thing)
    }
}

fn numeric(word: &str) -> Sense {
    if let Ok(number) = word.parse::<u64>() {
        return match u32::try_from(number) {
            Ok(count @ 1..=100) => Sense::Number(Some(count)),
            // A year or a serial number counts nothing.
            _ => Sense::Filler,
        };
    }
    let is_decade =
        word.len() >= 3 && word.strip_suffix("0s").is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()));
    if is_decade {
        Sense::Latent(domain::decomposition::AttributeKind::Era)
    } else if ["st", "nd", "rd", "th"].iter().any(|end| word.ends_with(end)) {
        Sense::Adjective
    } else {
        Sense::Filler
    }
}

/// Decides a sense that depends on the neighbours; those before `at` are settled already.
fn settle(sense: Sense, items: &[Item], at: usize) -> Sense {
    let previous = at.checked_sub(1).and_then(|at| items.get(at));
    let next = items.get(at + 1);
    let after_noun = previous.is_some_and(is_noun);
    let before_noun = next.is_some_and(leads_to_noun);
    match sense {
        Sense::Participle if !after_noun && before_noun => Sense::Adjective,
        Sense::Participle => Sense::Verb,
        Sense::Action => {
            let plural = previous.is_some_and(|item| words::is_plural(&item.text));
            let third = items.get(at).is_some_and(|item| item.text.ends_with('s'));
            let agrees = plural != third;
            let after_subject = after_noun
                || previous.is_some_and(|item| {
                    matches!(item.role, Role::Word(Sense::Relative | Sense::Pronoun | Sense::Break))
                });
            if after_subject && (agrees || !before_noun) { Sense::Verb } else { Sense::Noun(Noun::Thing) }
        }
        // "silver color" is a colour.
        Sense::Material if next.is_some_and(|item| item.role == Role::Word(Sense::ColorWord)) => Sense::Color,
        Sense::Material if before_noun || continues_with(items, at, Sense::Material) => Sense::Material,
        Sense::Material => Sense::Noun(Noun::Substance),
        Sense::ColorOrThing => {
            let counted = previous.is_some_and(|item| {
                matches!(item.role, Role::Word(Sense::Determiner | Sense::Number(_) | Sense::Color))
            });
            let colors = before_noun || next.is_some_and(|item| item.role == Role::Word(Sense::ColorWord));
            if counted && !colors && !continues_with(items, at, Sense::Color) {
                Sense::Noun(Noun::Thing)
            } else {
                Sense::Color
            }
        }
        settled => settled,
    }
}

fn is_noun(item: &Item) -> bool {
    matches!(item.role, Role::Quote | Role::Word(Sense::Noun(_)))
}

/// Whether a noun phrase can go on with this item.
fn leads_to_noun(item: &Item) -> bool {
    matches!(
        item.role,
        Role::Word(
            Sense::Noun(_)
                | Sense::Color
                | Sense::ColorOrThing
                | Sense::Material
                | Sense::Adjective
                | Sense::Latent(_)
                | Sense::Participle
                | Sense::Action
        )
    )
}

/// "glass and steel", "orange and blue": whether "and" and the same sense follow.
fn continues_with(items: &[Item], at: usize, sense: Sense) -> bool {
    items.get(at + 1).is_some_and(|item| item.role == Role::Word(Sense::And))
        && items.get(at + 2).is_some_and(|item| item.role == Role::Word(sense))
}
