//! A prompt as it is read: its words with their grammar, and the listed phrases among them.

use super::{
    token::Token,
    vocabulary::{Sense, Vocabulary},
};
use crate::{
    syntax::{Node, Relation, Syntax, Tag, Word},
    words,
};

/// A word, a hyphenated compound, a quotation or a mark.
#[derive(Clone, Debug)]
pub(super) struct Term {
    /// Lower case, but for quotations.
    pub text: String,
    /// Its grammar; heads count from the prompt's beginning.
    pub node: Node,
    /// The listed phrase that it belongs to.
    pub phrase: Option<usize>,
    pub is_quote: bool,
    /// Written with a capital.
    pub capital: bool,
    /// The sentence that it stands in.
    pub sentence: usize,
}

/// A listed phrase: terms `start..end`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Phrase {
    pub start: usize,
    pub end: usize,
    pub sense: Sense,
}

/// A whole prompt.
#[derive(Debug, Default)]
pub(super) struct Reading {
    pub terms: Vec<Term>,
    pub phrases: Vec<Phrase>,
}

impl Reading {
    pub fn new(tokens: &[Token], syntax: &Syntax, vocabulary: &Vocabulary) -> Self {
        let mut reading = Self::default();
        for sentence in tokens.split(|token| *token == Token::Stop) {
            reading.sentence(sentence, syntax);
        }
        reading.mark(vocabulary);
        reading
    }

    pub fn node(&self, at: usize) -> Option<Node> {
        self.terms.get(at).map(|term| term.node)
    }

    pub fn tag(&self, at: usize) -> Tag {
        self.node(at).map_or(Tag::Other, |node| node.tag)
    }

    pub fn text(&self, at: usize) -> &str {
        self.terms.get(at).map_or("", |term| &term.text)
    }

    /// The words of `range` as one text.
    pub fn span(&self, range: std::ops::Range<usize>) -> String {
        let terms = self.terms.get(range).unwrap_or_default();
        terms.iter().map(|term| term.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    pub fn phrase(&self, at: usize) -> Option<Phrase> {
        self.terms.get(at)?.phrase.and_then(|phrase| self.phrases.get(phrase)).copied()
    }

    pub fn sense(&self, at: usize) -> Option<Sense> {
        self.phrase(at).map(|phrase| phrase.sense)
    }

    /// The words that hang on the word at `at`, in order.
    pub fn children(&self, at: usize) -> impl Iterator<Item = (usize, Node)> {
        // A word's dependants stand near it; looking no further keeps the time linear.
        const REACH: usize = 40;
        let first = at.saturating_sub(REACH);
        let near = self.terms.get(first..(at + REACH).min(self.terms.len())).unwrap_or_default();
        near.iter()
            .enumerate()
            .map(move |(nth, term)| (first + nth, term.node))
            .filter(move |(child, node)| node.head == at && *child != at)
    }

    fn sentence(&mut self, tokens: &[Token], syntax: &Syntax) {
        let first = self.terms.len();
        let sentence = self.terms.last().map_or(0, |term| term.sentence + 1);
        let mut written: Vec<String> = Vec::new();
        for token in tokens {
            let blank = Node { tag: Tag::Other, head: 0, relation: Relation::Root };
            let (text, as_written, is_quote, capital) = match token {
                Token::Word { text, joined: true, .. } if self.terms.len() > first => {
                    if let (Some(term), Some(before)) = (self.terms.last_mut(), written.last_mut()) {
                        term.text = format!("{}-{text}", term.text);
                        *before = format!("{before}-{text}");
                    }
                    continue;
                }
                Token::Word { text, capital, .. } => (text.clone(), capitalised(text, *capital), false, *capital),
                Token::Possessive => ("'s".to_owned(), "'s".to_owned(), false, false),
                // The parser is to see a name there, whatever is quoted.
                Token::Quote(text) => (text.clone(), "Title".to_owned(), true, true),
                Token::Bracket | Token::Comma | Token::Stop => (",".to_owned(), ",".to_owned(), false, false),
            };
            self.terms.push(Term { text, node: blank, phrase: None, is_quote, capital, sentence });
            written.push(as_written);
        }
        let words: Vec<Word> = written
            .iter()
            .enumerate()
            .map(|(at, text)| Word {
                text,
                spaced: written.get(at + 1).is_some_and(|next| !matches!(next.as_str(), "," | "'s")),
            })
            .collect();
        for (term, node) in self.terms.iter_mut().skip(first).zip(syntax.analyse(&words)) {
            term.node = Node { head: first + node.head, ..node };
        }
    }

    /// Finds the listed phrases, the longest at each place.
    fn mark(&mut self, vocabulary: &Vocabulary) {
        // Lists know no hyphens: "t-shirt" is looked up as two words, which must not be torn apart.
        let pieces: Vec<(usize, String)> = self
            .terms
            .iter()
            .enumerate()
            .filter(|(_, term)| !term.is_quote)
            .flat_map(|(at, term)| term.text.split('-').map(move |piece| (at, piece.to_owned())))
            .collect();
        let (texts, stems): (Vec<String>, Vec<String>) =
            pieces.iter().map(|(_, piece)| (piece.clone(), words::stem(piece))).unzip();
        let term_of = |piece: usize| pieces.get(piece).map(|(at, _)| *at);
        let mut at = 0;
        while let Some(start) = term_of(at) {
            let starts_term = at == 0 || term_of(at - 1) != Some(start);
            let found = vocabulary
                .find(texts.get(at..).unwrap_or_default(), stems.get(at..).unwrap_or_default())
                .filter(|(length, _)| starts_term && term_of(at + length) != term_of(at + length - 1));
            let Some((length, sense)) = found else {
                at += 1;
                continue;
            };
            let end = term_of(at + length - 1).map_or(start, |last| last + 1);
            for term in self.terms.get_mut(start..end).unwrap_or_default() {
                term.phrase = Some(self.phrases.len());
            }
            self.phrases.push(Phrase { start, end, sense });
            at += length;
        }
    }
}

fn capitalised(text: &str, capital: bool) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if capital => first.to_uppercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}
