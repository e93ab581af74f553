//! Finds the noun phrases in tagged words and hands them, with what links them, to the clause they stand in.

use domain::decomposition::AttributeKind;

use super::{
    clause::Clause,
    link::Link,
    phrase::{NounPhrase, Trait},
    tagging::{Item, Role},
    vocabulary::{Noun, Sense},
};

/// Most words of "in the style of …" that are taken as the style's name.
const MAX_STYLE_WORDS: usize = 6;

/// Reads `items` and writes what they say into `clause`.
pub(super) fn read(items: &[Item], clause: &mut Clause<'_>) {
    let mut chunker = Chunker { items, at: 0, phrase: NounPhrase::default(), clause };
    while let Some(item) = items.get(chunker.at) {
        chunker.step(item);
        chunker.at += 1;
    }
    chunker.flush();
    chunker.clause.stop();
}

struct Chunker<'a, 'b, 'c> {
    items: &'a [Item],
    at: usize,
    phrase: NounPhrase,
    clause: &'b mut Clause<'c>,
}

impl Chunker<'_, '_, '_> {
    fn step(&mut self, item: &Item) {
        match item.role {
            Role::Word(sense) => self.word(item, sense),
            Role::Possessive => self.possessive(),
            Role::Quote => {
                self.flush();
                self.clause.quote(&item.text);
            }
            Role::Bracket => self.flush(),
            Role::Comma if self.goes_on_after_comma() => {}
            Role::Comma => {
                self.flush();
                self.clause.comma();
            }
            Role::Stop => {
                self.flush();
                self.clause.stop();
            }
        }
    }

    fn word(&mut self, item: &Item, sense: Sense) {
        let text = item.text.as_str();
        match sense {
            Sense::Noun(noun) => {
                // "three guitars, photo" often comes without its comma.
                if noun == Noun::Medium && self.phrase.has_noun() {
                    self.flush();
                    self.clause.comma();
                }
                self.phrase.push_noun(text, noun);
            }
            Sense::Determiner => self.begin().determined = true,
            Sense::Possessor => {
                let phrase = self.begin();
                phrase.determined = true;
                phrase.of_subject = true;
            }
            Sense::Number(count) => {
                let phrase = self.begin();
                phrase.count = count;
                phrase.quantity = Some(text.to_owned());
            }
            Sense::Color | Sense::ColorOrThing => self.describe(text, Trait::Color),
            Sense::Material => self.describe(text, Trait::Material),
            Sense::Adjective | Sense::Participle => self.describe(text, Trait::Other),
            Sense::Latent(kind) => self.describe(text, Trait::Latent(kind)),
            // After a colour it adds nothing; otherwise ("different colors of") its phrase names no thing.
            Sense::ColorWord if self.phrase.with(Trait::Color).next().is_none() => self.phrase = NounPhrase::default(),
            Sense::ColorWord | Sense::Filler => {}
            Sense::Group => {
                if self.phrase.has_noun() {
                    self.flush();
                }
            }
            Sense::And if self.goes_on_after_and() => {}
            Sense::By => self.by(text),
            Sense::StyleOf => self.style_of(),
            _ => {
                self.flush();
                self.link(text, sense);
            }
        }
    }

    fn link(&mut self, text: &str, sense: Sense) {
        let link = match sense {
            Sense::And => return self.clause.and(),
            Sense::Not => return self.clause.not(),
            Sense::Pronoun => return self.clause.pronoun(),
            Sense::Relative => return self.clause.relative(),
            Sense::Break => return self.clause.start_afresh(),
            Sense::Verb | Sense::Action => Link::Verb(text.to_owned()),
            Sense::Be => Link::Be,
            Sense::With => Link::With,
            Sense::Wear => Link::Wear,
            Sense::Of => Link::Of,
            Sense::MadeOf => Link::MadeOf,
            Sense::RelationTo => Link::In(text.to_owned()),
            _ => Link::Relation(text.to_owned()),
        };
        self.clause.link(link);
    }

    /// The phrase under way, or a new one when that has its noun: describing words stand before their noun.
    fn begin(&mut self) -> &mut NounPhrase {
        if self.phrase.has_noun() || self.phrase.quantity.is_some() {
            self.flush();
        }
        &mut self.phrase
    }

    fn describe(&mut self, text: &str, what: Trait) {
        if self.phrase.has_noun() {
            self.flush();
        }
        self.phrase.traits.push((text.to_owned(), what));
    }

    fn flush(&mut self) {
        let mut phrase = std::mem::take(&mut self.phrase);
        if phrase.is_empty() {
            return;
        }
        if phrase.count.is_none()
            && phrase.has_noun()
            && let Some((text, count)) = self.count_after()
        {
            phrase.count = Some(count);
            phrase.quantity = Some(text);
        }
        self.clause.phrase(phrase);
    }

    /// The number of "pot holders, set of three": it counts what stands before it.
    fn count_after(&self) -> Option<(String, u32)> {
        let ahead = |n: usize| self.items.get(self.at + n);
        match (ahead(0)?.role, ahead(1)?.role) {
            (Role::Word(Sense::Group), Role::Word(Sense::Number(Some(count)))) if !ahead(2).is_some_and(continues) => {
                Some((ahead(1)?.text.clone(), count))
            }
            _ => None,
        }
    }

    fn next(&self) -> Option<&Item> {
        self.items.get(self.at + 1)
    }

    /// "red and blue stripes": both colours are the stripes'.
    fn goes_on_after_and(&self) -> bool {
        !self.phrase.has_noun() && !self.phrase.traits.is_empty() && self.next().is_some_and(describes)
    }

    /// "a big, red chair" is one chair; "surreal, red chair" is a list.
    fn goes_on_after_comma(&self) -> bool {
        let Some(next) = self.next() else { return false };
        let open = !self.phrase.has_noun() && !self.phrase.traits.is_empty();
        let both_colors =
            self.phrase.is_colors() && matches!(next.role, Role::Word(Sense::Color | Sense::ColorOrThing));
        open && ((self.phrase.determined && describes(next)) || both_colors)
    }

    fn possessive(&mut self) {
        let owner = self.phrase.has_noun().then(|| self.phrase.name());
        self.flush();
        self.phrase.owner = owner;
    }

    /// "by Greg Land" names an artist; "by the door" a place.
    fn by(&mut self, text: &str) {
        self.flush();
        let named = self.items.iter().skip(self.at + 1).take_while(|item| is_name(item)).count().min(MAX_STYLE_WORDS);
        if named == 0 || !self.items.iter().any(|item| !item.capital && matches!(item.role, Role::Word(_))) {
            self.clause.link(Link::Relation(text.to_owned()));
            return;
        }
        let name = self.take(named);
        self.clause.attribute(AttributeKind::Style, format!("by {name}"));
    }

    fn style_of(&mut self) {
        self.flush();
        let in_name = |item: &&Item| matches!(item.role, Role::Word(sense) if continues(item) || matches!(sense, Sense::And | Sense::Of | Sense::Determiner));
        let length = self.items.iter().skip(self.at + 1).take(MAX_STYLE_WORDS).take_while(in_name).count();
        let name = self.take(length);
        if !name.is_empty() {
            self.clause.attribute(AttributeKind::Style, format!("{name} style"));
        }
    }

    fn take(&mut self, length: usize) -> String {
        let words = self.items.iter().skip(self.at + 1).take(length).map(|item| item.text.as_str());
        let name = words.collect::<Vec<_>>().join(" ");
        self.at += length;
        name
    }
}

fn is_name(item: &Item) -> bool {
    item.capital && matches!(item.role, Role::Word(Sense::Noun(_) | Sense::Adjective | Sense::Verb | Sense::Filler))
}

/// Whether the item describes a noun still to come.
fn describes(item: &Item) -> bool {
    matches!(
        item.role,
        Role::Word(Sense::Color | Sense::ColorOrThing | Sense::Material | Sense::Adjective | Sense::Latent(_))
    )
}

fn continues(item: &Item) -> bool {
    describes(item) || matches!(item.role, Role::Word(Sense::Noun(_)))
}
