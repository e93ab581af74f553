//! Who does what, and what stands where: how the noun phrases hang together.

use super::{
    chunks::Chunk,
    reading::Reading,
    vocabulary::{Noun, Sense},
};
use crate::syntax::{Relation, Tag};

/// Longest way up a tree that a subject is looked for.
const MAX_STEPS: usize = 6;

/// Something said of one chunk, or of two. Numbers are indices of chunks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// One thing stands to another or does something with it.
    Relation {
        subject: usize,
        predicate: String,
        object: usize,
    },
    /// A part of something, or something worn.
    Part {
        whole: usize,
        part: usize,
    },
    MadeOf {
        whole: usize,
        material: usize,
    },
    /// What something does or is like: "sitting", "stands", "open". `before` tells where the word goes.
    State {
        subject: usize,
        text: String,
        before: bool,
    },
    /// The colour of something, said after it: "the car is red".
    Traits {
        subject: usize,
        traits: usize,
    },
    /// "By Greg Land": whose manner the picture is in.
    Artist {
        chunk: usize,
    },
    /// A chunk that only leads to another: "a photo of", "the side of".
    Alias {
        of: usize,
        chunk: usize,
    },
}

/// Reads the clauses around `chunks`, in order.
pub(super) fn statements(reading: &Reading, chunks: &[Chunk]) -> Vec<Statement> {
    let mut chunk_at = vec![None; reading.terms.len()];
    for (index, chunk) in chunks.iter().enumerate() {
        for slot in chunk_at.get_mut(chunk.start..chunk.end).unwrap_or_default() {
            *slot = Some(index);
        }
    }
    let mut reader = Clauses { reading, chunks, chunk_at, statements: Vec::new() };
    let mut at = 0;
    while at < reading.terms.len() {
        at = reader.step(at);
    }
    reader.statements
}

struct Clauses<'a> {
    reading: &'a Reading,
    chunks: &'a [Chunk],
    chunk_at: Vec<Option<usize>>,
    statements: Vec<Statement>,
}

impl Clauses<'_> {
    fn step(&mut self, at: usize) -> usize {
        if let Some(phrase) = self.reading.phrase(at).filter(|phrase| phrase.start == at) {
            let is_link = matches!(phrase.sense, Sense::Relation | Sense::Within | Sense::Wear | Sense::MadeOf);
            if is_link && self.chunk(at).is_none() {
                self.link(at, phrase.end, phrase.sense);
                return phrase.end;
            }
        }
        if self.chunk(at).is_some() {
            return at + 1;
        }
        match self.reading.tag(at) {
            Tag::Preposition if !matches!(self.reading.text(at), "to") => self.link(at, at + 1, Sense::Relation),
            tag if tag.is_verb() => self.verb(at),
            Tag::Adjective => self.adjective(at),
            _ => {}
        }
        at + 1
    }

    fn chunk(&self, at: usize) -> Option<usize> {
        self.chunk_at.get(at).copied().flatten()
    }

    fn of(&self, chunk: usize) -> Option<&Chunk> {
        self.chunks.get(chunk)
    }

    /// The chunk that ends last before `at`, in the same sentence.
    fn before(&self, at: usize) -> Option<usize> {
        let after = self.chunks.partition_point(|chunk| chunk.end <= at);
        let index = after.checked_sub(1)?;
        let sentence = |at: usize| self.reading.terms.get(at).map(|term| term.sentence);
        (sentence(self.of(index)?.start) == sentence(at)).then_some(index)
    }

    /// The chunk that starts at `at` or just after.
    fn after(&self, at: usize) -> Option<usize> {
        let index = self.chunks.partition_point(|chunk| chunk.start < at);
        let chunk = self.of(index)?;
        let sentence = |at: usize| self.reading.terms.get(at).map(|term| term.sentence);
        (chunk.start <= at + 1 && sentence(chunk.start) == sentence(at.saturating_sub(1))).then_some(index)
    }

    /// Whom a pronoun speaks of: the first thing of the nearest sentence or clause before.
    fn resolve(&self, index: usize) -> Option<usize> {
        let chunk = self.of(index)?;
        if !chunk.is_pronoun {
            return Some(index);
        }
        // "We can see": the speaker is not in the picture.
        if matches!(self.reading.text(chunk.start), "i" | "we" | "you" | "there" | "me" | "us" | "here") {
            return None;
        }
        let sentence = |chunk: &Chunk| self.reading.terms.get(chunk.start).map_or(0, |term| term.sentence);
        let own = sentence(chunk);
        let mut found = None;
        for (nth, other) in self.chunks.iter().enumerate().take(index).rev().take(12) {
            if found.is_some() && sentence(other) + 1 < own {
                break;
            }
            if !other.is_pronoun
                && !other.is_quote
                && !matches!(other.noun, Noun::Vague | Noun::Medium | Noun::Backdrop)
            {
                found = Some(nth);
                if sentence(other) == own {
                    break;
                }
            }
        }
        found
    }

    /// Who does what the verb at `at` says.
    fn subject(&self, at: usize) -> Option<usize> {
        let mut verb = at;
        for _ in 0..MAX_STEPS {
            let said = self.reading.children(verb).find(|(_, node)| {
                matches!(node.relation, Relation::Subject | Relation::PassiveSubject) && node.tag != Tag::Question
            });
            if let Some(subject) = said.and_then(|(child, _)| self.chunk(child)) {
                return self.resolve(subject);
            }
            let node = self.reading.node(verb)?;
            if node.head == verb {
                break;
            }
            match self.chunk(node.head) {
                Some(chunk) if node.head < at => {
                    return self.resolve(self.bearer(node.head, chunk).unwrap_or(chunk));
                }
                _ => verb = node.head,
            }
        }
        self.before(at).and_then(|chunk| self.resolve(chunk))
    }

    /// Who has the part or wears the clothing at `thing`: of "a cat with a crown lounging" the cat lounges. But of "a room
    /// with a cat sleeping" the cat sleeps.
    fn bearer(&self, thing: usize, chunk: usize) -> Option<usize> {
        let with = self.reading.node(thing)?.head;
        let is_worn = matches!(self.of(chunk)?.noun, Noun::Part | Noun::Clothing);
        if !is_worn || self.reading.text(with) != "with" {
            return None;
        }
        self.chunk(self.reading.node(with)?.head)
    }

    /// What the words at `start` hang on: the thing, or who does what the verb says.
    fn anchor(&self, start: usize) -> Option<usize> {
        let head = self.reading.node(start)?.head;
        if head >= start {
            return self.before(start).and_then(|chunk| self.resolve(chunk));
        }
        match self.chunk(head) {
            Some(chunk) => self.resolve(chunk),
            // "We can see fruits on the table": the fruits are there, not we.
            None => self.subject(head).or_else(|| self.before(start).and_then(|chunk| self.resolve(chunk))),
        }
    }

    /// A chunk and those that "and" puts beside it.
    fn with_conjuncts(&self, first: usize) -> Vec<usize> {
        let mut all = vec![first];
        let mut last = first;
        while let (Some(chunk), Some(next)) = (self.of(last), self.of(last + 1)) {
            let between = chunk.end..next.start;
            let joined = between.clone().all(|at| matches!(self.reading.tag(at), Tag::Conjunction | Tag::Punctuation))
                && (between.clone().any(|at| self.reading.tag(at) == Tag::Conjunction)
                    // "in blue, yellow and red"
                    || (chunk.name.is_empty() && next.name.is_empty()))
                && !next.is_pronoun;
            if !joined || all.len() >= MAX_STEPS {
                break;
            }
            last += 1;
            all.push(last);
        }
        all
    }

    /// The chunk, with those before it that "and" joins to it.
    fn with_earlier(&self, last: usize) -> Vec<usize> {
        let mut first = last;
        while let Some(before) = first.checked_sub(1) {
            let (Some(a), Some(b)) = (self.of(before), self.of(first)) else { break };
            let mut between = a.end..b.start;
            let tag = |at| self.reading.tag(at);
            let joint = if first == last { Tag::Conjunction } else { Tag::Punctuation };
            let joined = between.clone().any(|at| matches!(tag(at), Tag::Conjunction) || tag(at) == joint)
                && between.all(|at| matches!(tag(at), Tag::Conjunction | Tag::Punctuation));
            let governed = a.start.checked_sub(1).is_some_and(|at| {
                self.chunk(at).is_none()
                    && (tag(at) == Tag::Preposition
                        || (tag(at).is_verb() && !matches!(self.reading.text(at), "is" | "are" | "see")))
            });
            if joined && !governed && !a.is_pronoun && last - before < MAX_STEPS {
                first = before;
            } else {
                break;
            }
        }
        (first..=last).collect()
    }

    /// A preposition, or a listed phrase that stands for one: terms `start..end`.
    fn link(&mut self, start: usize, end: usize, sense: Sense) {
        let governed = self
            .reading
            .children(end - 1)
            .find(|(child, node)| {
                *child >= end && matches!(node.relation, Relation::Governed | Relation::Object | Relation::Complement)
            })
            .and_then(|(child, _)| self.chunk(child));
        let Some(object) = self.after(end).or(governed) else { return };
        let text = self.reading.span(start..end);
        let Some(subject) = self.anchor(start) else { return };
        if subject == object {
            return;
        }
        let (Some(whole), Some(thing)) = (self.of(subject), self.of(object)) else { return };
        let worn = matches!(thing.noun, Noun::Part | Noun::Clothing);
        if text == "of" && !matches!(thing.noun, Noun::Vague) && matches!(whole.noun, Noun::Vague | Noun::Medium) {
            self.statements.push(Statement::Alias { of: object, chunk: subject });
            return;
        }
        let is_named =
            self.reading.terms.get(thing.head).is_some_and(|term| term.capital && term.node.tag == Tag::Name);
        if text == "by" && is_named && !thing.known {
            self.statements.push(Statement::Artist { chunk: object });
            return;
        }
        let is_part = sense == Sense::Wear
            || (matches!(text.as_str(), "with") && worn)
            || (matches!(text.as_str(), "in") && thing.noun == Noun::Clothing);
        let traits_only = thing.name.is_empty();
        for object in self.with_conjuncts(object) {
            if traits_only {
                self.statements.push(Statement::Traits { subject, traits: object });
            } else if sense == Sense::MadeOf {
                self.statements.push(Statement::MadeOf { whole: subject, material: object });
            } else if is_part {
                self.statements.push(Statement::Part { whole: subject, part: object });
            } else if text == "by" && self.reading.node(start).is_some_and(|node| node.relation == Relation::Agent) {
                let verb = self.reading.node(start).map_or(start, |node| node.head);
                let predicate = self.reading.text(verb).to_owned() + " by";
                self.statements.push(Statement::Relation { subject, predicate, object });
            } else {
                // "Leaves and flowers on a table": it may hang on the first or the last of them.
                let nearest = self.before(start).map(|last| self.with_earlier(last)).unwrap_or_default();
                let subjects = if nearest.contains(&subject) { nearest } else { self.with_earlier(subject) };
                for subject in subjects {
                    self.statements.push(Statement::Relation { subject, predicate: text.clone(), object });
                }
            }
        }
    }

    fn verb(&mut self, at: usize) {
        let Some(node) = self.reading.node(at) else { return };
        if node.relation == Relation::Auxiliary {
            return;
        }
        let text = self.reading.text(at).to_owned();
        let Some(subject) = self.subject(at) else { return };
        let is_be = matches!(
            text.as_str(),
            "is" | "are" | "was" | "were" | "be" | "being" | "'s" | "seems" | "looks" | "appears"
        );
        let mut object = None;
        let mut complement = None;
        let mut particle = None;
        let mut moves = false;
        for (child, node) in self.reading.children(at) {
            match node.relation {
                Relation::Object if child > at => object = object.or(self.chunk(child)),
                Relation::Complement if child > at => complement = complement.or(self.chunk(child)),
                Relation::Particle => particle = Some(child),
                Relation::Preposition | Relation::Agent if child > at => moves = true,
                _ => {}
            }
        }
        let predicate = match particle {
            Some(particle) => format!("{text} {}", self.reading.text(particle)),
            None => text.clone(),
        };
        if let Some(traits) = complement.or(object.filter(|_| is_be))
            && is_be
        {
            if traits != subject {
                self.statements.push(Statement::Traits { subject, traits });
            }
            return;
        }
        let owns = matches!(text.as_str(), "has" | "have" | "having");
        // "Placed on a bench" is told by where it is; "sitting on a bench" says more.
        let only_there = moves && is_placed(&text);
        match object.filter(|object| *object != subject) {
            Some(object) => {
                for object in self.with_conjuncts(object) {
                    let worn = self.of(object).is_some_and(|chunk| matches!(chunk.noun, Noun::Part | Noun::Clothing));
                    if owns && worn {
                        self.statements.push(Statement::Part { whole: subject, part: object });
                    } else {
                        self.statements.push(Statement::Relation { subject, predicate: predicate.clone(), object });
                    }
                }
            }
            None if !is_be && !owns && !only_there && is_plain(&text) => {
                // "a cat sitting" and "a fallen tree" put the verb first; "the cat sleeps" does not.
                let before = matches!(node.tag, Tag::Gerund | Tag::Participle);
                self.statements.push(Statement::State { subject, text: predicate, before });
            }
            None => {}
        }
    }

    /// "The door is open", "a man asleep": the adjective stands in no chunk.
    fn adjective(&mut self, at: usize) {
        if let Some(subject) = self.anchor(at) {
            let text = self.reading.text(at).to_owned();
            self.statements.push(Statement::State { subject, text, before: true });
        }
    }
}

/// Verbs that say of a thing no more than that it is where it is.
fn is_placed(verb: &str) -> bool {
    matches!(
        verb,
        "placed"
            | "located"
            | "situated"
            | "set"
            | "kept"
            | "found"
            | "displayed"
            | "arranged"
            | "positioned"
            | "mounted"
            | "shown"
            | "seen"
            | "coming"
            | "made"
            | "written"
            | "taken"
            | "looking"
            | "looks"
            | "look"
            | "inspired"
            | "trending"
            | "going"
    )
}

/// Verbs that say nothing of how a thing looks.
fn is_plain(verb: &str) -> bool {
    !matches!(
        verb,
        "do" | "does"
            | "did"
            | "can"
            | "see"
            | "seen"
            | "says"
            | "say"
            | "saying"
            | "reads"
            | "shows"
            | "showing"
            | "made"
            | "using"
            | "based"
            | "featuring"
    )
}
