//! What a descriptor's text says of number and place: the counted thing, and the relation that geometry can check.
//!
//! It reads texts alone, whichever backend wrote them, so that a lexicon and a language model are served alike.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use domain::{
    decomposition::{Decomposition, Descriptor, DescriptorKind, Predicate, Relation},
    roles::{Answer, Call, Decomposed, Decomposer},
};
use serde::Deserialize;

use crate::{
    file,
    words::{singular_form, stem},
};

/// Raised when the rules below change; the answer's cache key holds it.
const RULES_VERSION: u32 = 1;

/// The tables it needs, from the lexicon's files; what else they hold is the lexicon's.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Structure {
    numbers: BTreeMap<String, u32>,
    at_least: BTreeMap<String, u32>,
    /// All that states a relation; those that are no predicate's cannot be told.
    relations: Vec<String>,
    predicates: BTreeMap<Predicate, Vec<String>>,
}

impl Structure {
    /// Reads `(name, text)` of each file.
    ///
    /// # Errors
    ///
    /// The name and the line of the first file that is not TOML, or holds a predicate that is none, and why.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, String> {
        let mut tables = Self::default();
        for (name, text) in files {
            let file: Self = file::read(name, text)?;
            tables.numbers.extend(file.numbers);
            tables.at_least.extend(file.at_least);
            tables.relations.extend(file.relations);
            for (predicate, phrases) in file.predicates {
                tables.predicates.entry(predicate).or_default().extend(phrases);
            }
        }
        Ok(tables)
    }

    /// Fills in `noun`, `at_least` and `relation`.
    pub fn complete(&self, found: &mut Decomposition) {
        for descriptor in found.descriptors.iter_mut().filter(|d| d.kind == DescriptorKind::Object) {
            self.quantify(descriptor);
        }
        for index in 0..found.descriptors.len() {
            let relation = found
                .descriptors
                .get(index)
                .filter(|descriptor| descriptor.kind == DescriptorKind::Relation)
                .and_then(|descriptor| self.relation(&descriptor.text, &found.descriptors));
            if let Some(descriptor) = found.descriptors.get_mut(index) {
                descriptor.relation = relation;
            }
        }
    }

    /// "two cats" counts two of "cat"; "several cats" at least three.
    fn quantify(&self, descriptor: &mut Descriptor) {
        let words = words(&descriptor.text);
        let exact = longest(&words, self.numbers.iter().map(|(phrase, number)| (phrase.as_str(), *number)))
            .or_else(|| Some((1, words.first()?.parse().ok()?)));
        let least = longest(&words, self.at_least.iter().map(|(phrase, number)| (phrase.as_str(), *number)));
        let (skipped, stated) = match (exact, least) {
            (_, Some((length, number))) if descriptor.count.is_none() => {
                descriptor.at_least = true;
                (length, Some(number))
            }
            (Some((length, number)), _) => (length, Some(number)),
            // "cats" that a language model counted without writing the number down.
            (None, _) if descriptor.count > Some(1) => (0, None),
            _ => return,
        };
        let noun = words.get(skipped..).unwrap_or_default();
        if !noun.is_empty() {
            descriptor.count = descriptor.count.or(stated);
            descriptor.noun = Some(one_of(noun));
        }
    }

    /// The relation that `text` states between two (or for "between" three) of `descriptors`.
    fn relation(&self, text: &str, descriptors: &[Descriptor]) -> Option<Relation> {
        let words = words(text);
        let untold = || self.relations.iter().map(|phrase| (phrase.as_str(), None));
        let told =
            || self.predicates.iter().flat_map(|(to, all)| all.iter().map(|phrase| (phrase.as_str(), Some(*to))));
        // Where a phrase is in both, the latter counts.
        let phrases = || untold().chain(told());
        let (at, length, predicate) = (1..words.len())
            .filter_map(|at| longest(words.get(at..)?, phrases()).map(|(length, predicate)| (at, length, predicate)))
            // The first of the longest: "to the left of" is no mere "left of".
            .min_by_key(|(at, length, _)| (std::cmp::Reverse(*length), *at))?;
        let predicate = predicate?;
        let (before, after) = (words.get(..at)?, words.get(at + length..)?);
        let subject = spoken_of(before, descriptors, &[])?;
        let (object, other) = match after.iter().position(|word| word == "and") {
            Some(and) if predicate == Predicate::Between => {
                let object = spoken_of(after.get(..and)?, descriptors, &[subject])?;
                (object, spoken_of(after.get(and + 1..)?, descriptors, &[subject, object]))
            }
            _ => (spoken_of(after, descriptors, &[subject])?, None),
        };
        Some(Relation { subject, predicate, object, other })
    }
}

/// The descriptor that `words` speak of: one whose head is among them, with the most words in common.
fn spoken_of(words: &[String], descriptors: &[Descriptor], taken: &[usize]) -> Option<usize> {
    let said: Vec<String> = words.iter().map(|word| stem(word)).collect();
    let fit = |(index, descriptor): (usize, &Descriptor)| {
        if descriptor.kind == DescriptorKind::Relation || taken.contains(&index) {
            return None;
        }
        let own: Vec<String> = self::words(descriptor.sought()).iter().map(|word| stem(word)).collect();
        let head = own.get(head(&own)?)?;
        let shared = own.iter().filter(|word| said.contains(word)).count();
        // A thing stands for itself before its colour or material does.
        let is_thing = descriptor.kind == DescriptorKind::Object;
        said.contains(head).then_some((shared, own.len() == shared, is_thing, std::cmp::Reverse(index)))
    };
    descriptors.iter().enumerate().filter_map(fit).max().map(|(.., std::cmp::Reverse(index))| index)
}

/// The longest of `phrases` that `words` begin with, with the number of its words.
fn longest<'a, T>(words: &[String], phrases: impl Iterator<Item = (&'a str, T)>) -> Option<(usize, T)> {
    phrases
        .map(|(phrase, value)| (phrase.split(' ').collect::<Vec<_>>(), value))
        .filter(|(phrase, _)| words.len() >= phrase.len() && words.iter().zip(phrase).all(|(word, own)| word == own))
        .map(|(phrase, value)| (phrase.len(), value))
        .max_by_key(|(length, _)| *length)
}

/// Lower-case words without the punctuation around them.
fn words(text: &str) -> Vec<String> {
    let bare = |word: &str| word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_lowercase();
    text.split_whitespace().map(bare).filter(|word| !word.is_empty()).collect()
}

/// Where the noun of a noun phrase stands: "piece" in "piece of cake", else the last word.
fn head<T: AsRef<str>>(words: &[T]) -> Option<usize> {
    let of = words.iter().position(|word| word.as_ref() == "of").unwrap_or(words.len());
    of.checked_sub(1).or_else(|| words.len().checked_sub(1))
}

/// The phrase for one of them: "piece of cake" for "pieces of cake".
fn one_of(words: &[String]) -> String {
    let head = head(words);
    let word = |(index, word): (usize, &String)| if Some(index) == head { singular_form(word) } else { word.clone() };
    words.iter().enumerate().map(word).collect::<Vec<_>>().join(" ")
}

/// A decomposer whose answers say what is counted and which relations geometry can check.
pub struct Structured {
    inner: Arc<dyn Decomposer>,
    structure: Structure,
}

impl Structured {
    /// Completes the answers of `inner`.
    pub fn new(inner: Arc<dyn Decomposer>, structure: Structure) -> Self {
        Self { inner, structure }
    }
}

#[async_trait]
impl Decomposer for Structured {
    fn cache_key(&self) -> String {
        format!("{}/structure-{RULES_VERSION}", self.inner.cache_key())
    }

    async fn decompose(&self, call: Call, prompt: &str) -> Answer<Decomposed> {
        let mut answer = self.inner.decompose(call, prompt).await?;
        self.structure.complete(&mut answer.decomposition);
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn structure() -> Structure {
        let files = [
            include_str!("../../../config/lexicon/numbers.toml"),
            include_str!("../../../config/lexicon/relations.toml"),
            include_str!("../../../config/lexicon/nouns.toml"),
        ];
        Structure::parse(&files.map(|text| ("shipped", text))).unwrap()
    }

    fn completed(descriptors: &[(DescriptorKind, &str, Option<u32>)]) -> Vec<Descriptor> {
        let descriptors = descriptors.iter().map(|(kind, text, n)| Descriptor::new(*kind, (*text).to_owned(), *n));
        let mut found = Decomposition { descriptors: descriptors.collect(), attributes: Vec::new() };
        structure().complete(&mut found);
        found.descriptors
    }

    fn counted(text: &str, count: Option<u32>) -> (Option<u32>, bool, Option<String>) {
        let found = completed(&[(DescriptorKind::Object, text, count)]).remove(0);
        (found.count, found.at_least, found.noun)
    }

    /// The predicate of `text` among these objects, with the texts it stands between.
    fn related(objects: &[&str], text: &str) -> Option<(String, Predicate, String, Option<String>)> {
        let mut all: Vec<_> = objects.iter().map(|object| (DescriptorKind::Object, *object, None)).collect();
        all.push((DescriptorKind::Relation, text, None));
        let found = completed(&all);
        let relation = found.last()?.relation?;
        let text = |index: usize| found[index].text.clone();
        Some((text(relation.subject), relation.predicate, text(relation.object), relation.other.map(text)))
    }

    #[test]
    fn a_number_is_taken_off_what_it_counts() {
        let one = |noun: &str| Some(noun.to_owned());
        assert_eq!(counted("two cats", Some(2)), (Some(2), false, one("cat")));
        assert_eq!(counted("Seven pieces of cake", Some(7)), (Some(7), false, one("piece of cake")));
        assert_eq!(counted("3 small boxes", None), (Some(3), false, one("small box")));
        assert_eq!(counted("a pair of shoes", Some(2)), (Some(2), false, one("shoe")));
        assert_eq!(counted("women", Some(4)), (Some(4), false, one("woman")), "counted, not written");
        assert_eq!(counted("one dog", Some(1)), (Some(1), false, one("dog")));
        assert_eq!(counted("dog", Some(1)), (Some(1), false, None), "the article counts nothing");
        assert_eq!(counted("two", Some(2)), (Some(2), false, None));
    }

    #[test]
    fn several_are_at_least_so_many() {
        let (count, at_least, noun) = counted("several birds", None);
        assert!(at_least && count >= Some(3) && noun.as_deref() == Some("bird"), "{count:?}");
        assert!(!counted("seven birds", Some(7)).1);
    }

    #[test]
    fn every_way_to_say_a_relation_gives_its_predicate() {
        for (link, predicate) in [
            ("to the right of", Predicate::RightOf),
            ("on the right side of", Predicate::RightOf),
            ("on the left of", Predicate::LeftOf),
            ("atop", Predicate::On),
            ("sitting on", Predicate::On),
            ("underneath", Predicate::Below),
            ("over", Predicate::Above),
            ("inside of", Predicate::Inside),
            ("surrounded by", Predicate::Inside),
            ("surrounding", Predicate::Around),
            ("beside", Predicate::NextTo),
        ] {
            let told = related(&["red cat", "the bench", "tree"], &format!("cat {link} a bench"));
            assert_eq!(told, Some(("red cat".into(), predicate, "the bench".into(), None)), "{link}");
        }
        let between = related(&["cat", "dog", "horse"], "the cat between a dog and the horse").unwrap();
        assert_eq!((between.1, between.2.as_str(), between.3.as_deref()), (Predicate::Between, "dog", Some("horse")));
    }

    #[test]
    fn what_geometry_cannot_tell_has_no_structure() {
        let objects = ["man", "horse"];
        for text in ["man riding horse", "man behind horse", "man in front of horse", "on horse", "man on", "man", ""] {
            assert_eq!(related(&objects, text), None, "{text}");
        }
        assert_eq!(related(&objects, "dog on horse"), None, "nobody else speaks of a dog");
        assert_eq!(related(&objects, "man on man"), None);
    }

    #[test]
    fn the_things_that_share_most_words_stand_in_the_relation() {
        let told = related(&["white dog", "black dog"], "black dogs to the left of white dog").unwrap();
        assert_eq!((told.0.as_str(), told.2.as_str()), ("black dog", "white dog"));
    }
}
