//! What noun phrases and clauses say, as descriptors and attributes.

use std::collections::{HashMap, HashSet};

use domain::decomposition::{AttributeKind, AttributeSource, DescriptorKind};

use super::{
    chunks::{Chunk, Trait},
    clauses::Statement,
    reading::Reading,
    vocabulary::{Noun, Sense},
};
use crate::findings::Findings;

/// Most steps from "the side" over "the picture" to what it is of.
const MAX_ALIASES: usize = 4;
/// Most words of "in the style of …".
const MAX_STYLE_WORDS: usize = 4;

/// Writes everything that was read, in the prompt's order.
pub(super) fn write(reading: &Reading, chunks: &[Chunk], statements: &[Statement], findings: &mut Findings) {
    let mut aliases = HashMap::new();
    let mut owners = HashMap::new();
    let mut materials = HashSet::new();
    let mut artists = HashSet::new();
    for statement in statements {
        match statement {
            Statement::Alias { of, chunk } => drop(aliases.insert(*chunk, *of)),
            Statement::Part { whole, part } => drop(owners.entry(*part).or_insert(*whole)),
            Statement::MadeOf { material, .. } => drop(materials.insert(*material)),
            Statement::Artist { chunk } => drop(artists.insert(*chunk)),
            _ => {}
        }
    }
    let mut writer = Writer { chunks, aliases, owners, materials, artists, known: HashSet::new(), findings };
    let mut phrases = reading.phrases.iter().peekable();
    for (index, chunk) in chunks.iter().enumerate() {
        while let Some(phrase) = phrases.next_if(|phrase| phrase.start < chunk.start) {
            style(reading, phrase.end, phrase.sense, writer.findings);
        }
        writer.chunk(index, chunk);
    }
    for phrase in phrases {
        style(reading, phrase.end, phrase.sense, writer.findings);
    }
    for statement in statements {
        writer.statement(statement);
    }
}

/// "in the style of X": X is a style.
fn style(reading: &Reading, start: usize, sense: Sense, findings: &mut Findings) {
    if sense != Sense::StyleOf {
        return;
    }
    let name = (start..start + MAX_STYLE_WORDS).take_while(|at| {
        use crate::syntax::Tag;
        let tag = reading.tag(*at);
        tag.is_noun() || matches!(tag, Tag::Adjective | Tag::Determiner | Tag::Conjunction)
    });
    let end = start + name.count();
    let name = reading.span(start..end);
    if !name.is_empty() {
        findings.attribute(AttributeKind::Style, format!("{name} style"), AttributeSource::Prompt);
    }
}

struct Writer<'a> {
    chunks: &'a [Chunk],
    aliases: HashMap<usize, usize>,
    /// The whole of each part.
    owners: HashMap<usize, usize>,
    /// Chunks that name what something is made of.
    materials: HashSet<usize>,
    /// Chunks that name whose manner the picture is in.
    artists: HashSet<usize>,
    /// Names of things mentioned: "the dog" is no second dog.
    known: HashSet<String>,
    findings: &'a mut Findings,
}

impl Writer<'_> {
    /// The thing that a chunk stands for; `None` when it is nothing to look for.
    fn thing(&self, index: usize) -> Option<&Chunk> {
        let mut index = index;
        for _ in 0..MAX_ALIASES {
            match self.aliases.get(&index) {
                Some(of) => index = *of,
                None => break,
            }
        }
        let chunk = self.chunks.get(index)?;
        let hidden = chunk.is_pronoun || chunk.negated || chunk.name.is_empty();
        (!hidden && !matches!(chunk.noun, Noun::Vague | Noun::Medium | Noun::Head(_))).then_some(chunk)
    }

    fn attribute(&mut self, kind: AttributeKind, text: String) {
        self.findings.attribute(kind, text, AttributeSource::Prompt);
    }

    fn chunk(&mut self, index: usize, chunk: &Chunk) {
        if chunk.is_pronoun || chunk.negated {
            return;
        }
        if chunk.is_quote {
            let noun = index
                .checked_sub(1)
                .and_then(|before| self.chunks.get(before))
                .filter(|before| before.noun == Noun::Inscription && chunk.start <= before.end + 3)
                .map_or("text", |before| before.name.as_str());
            self.findings.descriptor(DescriptorKind::Object, format!("the {noun} \"{}\"", chunk.name), None);
            return;
        }
        if self.artists.contains(&index) {
            self.attribute(AttributeKind::Style, format!("by {}", chunk.name));
            return;
        }
        self.latents(chunk);
        match chunk.noun {
            _ if chunk.name.is_empty() => {}
            Noun::Vague => {}
            Noun::Head(kind) => {
                if chunk.traits.iter().any(|(_, what)| !matches!(what, Trait::Latent(_))) || chunk.name.contains(' ') {
                    self.attribute(kind, chunk.full());
                }
            }
            Noun::Medium if !self.placed(index) => self.attribute(AttributeKind::Medium, chunk.full()),
            Noun::Backdrop => {
                self.traits(chunk);
            }
            Noun::Inscription
                if self.chunks.get(index + 1).is_some_and(|next| next.is_quote && next.start <= chunk.end + 3) => {}
            _ => self.object(index, chunk),
        }
    }

    /// Whether a picture is itself a thing in the picture: "a painting on the wall", "two photos".
    fn placed(&self, index: usize) -> bool {
        self.chunks.get(index).is_some_and(|chunk| chunk.count.is_some()) || self.owners.contains_key(&index)
    }

    fn object(&mut self, index: usize, chunk: &Chunk) {
        let stated = self.owners.get(&index).copied();
        let belongs = matches!(chunk.noun, Noun::Part | Noun::Clothing);
        let owner = stated
            .or(chunk.owner.filter(|_| belongs))
            .or_else(|| (belongs && chunk.of_subject).then(|| self.subject_before(index)).flatten())
            .and_then(|owner| self.thing(owner));
        if let Some(owner) = owner {
            let text = format!("{} {}", possessive(&owner.name), chunk.name);
            self.findings.descriptor(DescriptorKind::Part, text, chunk.count);
        } else {
            let is_material = self.materials.contains(&index) && chunk.noun == Noun::Substance;
            let is_repeated = chunk.known && chunk.traits.is_empty() && self.known.contains(&chunk.name);
            if !is_material && !is_repeated {
                self.findings.descriptor(DescriptorKind::Object, chunk.counted(), chunk.count);
            }
        }
        self.known.insert(chunk.name.clone());
        self.traits(chunk);
    }

    /// Whom "his" speaks of: the nearest thing before that is no part.
    fn subject_before(&self, index: usize) -> Option<usize> {
        let before = self.chunks.get(..index).unwrap_or_default();
        let whole = |chunk: &Chunk| {
            matches!(chunk.noun, Noun::Thing) && !chunk.is_quote && !chunk.is_pronoun && !chunk.name.is_empty()
        };
        before.iter().position(whole)
    }

    fn traits(&mut self, chunk: &Chunk) {
        self.say(&chunk.name, &chunk.traits, chunk.noun == Noun::Backdrop);
    }

    fn say(&mut self, name: &str, traits: &[(String, Trait)], is_whole: bool) {
        for (text, what) in traits {
            let kind = match what {
                Trait::Color => DescriptorKind::Color,
                Trait::Material => DescriptorKind::Material,
                Trait::State => DescriptorKind::State,
                Trait::Latent(_) if is_whole => continue,
                Trait::Latent(_) => DescriptorKind::State,
            };
            self.findings.descriptor(kind, format!("{text} {name}"), None);
        }
    }

    /// What is said of the whole picture; neighbours of one kind belong together: "foggy morning".
    fn latents(&mut self, chunk: &Chunk) {
        let is_thing = !chunk.name.is_empty()
            && matches!(chunk.noun, Noun::Thing | Noun::Part | Noun::Clothing | Noun::Substance | Noun::Inscription);
        let mut joined: Option<(AttributeKind, String)> = None;
        for (text, what) in &chunk.traits {
            match (what, &mut joined) {
                (Trait::Latent(kind), Some((before, words))) if kind == before => *words = format!("{words} {text}"),
                _ => {
                    let done = match what {
                        Trait::Latent(kind) => joined.replace((*kind, text.clone())),
                        _ => joined.take(),
                    };
                    self.latent(done, is_thing);
                }
            }
        }
        self.latent(joined, is_thing);
    }

    /// "A sad man" is no sad picture, but a surreal chair makes a surreal one.
    fn latent(&mut self, said: Option<(AttributeKind, String)>, of_thing: bool) {
        if let Some((kind, text)) = said
            && !(of_thing && kind != AttributeKind::Style)
        {
            self.attribute(kind, text);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Relation { subject, predicate, object } => {
                let (Some(a), Some(b)) = (self.thing(*subject), self.thing(*object)) else { return };
                // "text that says 'Hi'" is one thing: the text "Hi".
                let is_inscription = a.noun == Noun::Inscription && b.is_quote;
                let (a, b) = (shown(a), shown(b));
                if a != b && !is_inscription {
                    self.findings.descriptor(DescriptorKind::Relation, format!("{a} {predicate} {b}"), None);
                }
            }
            Statement::MadeOf { whole, material } => {
                let Some(whole) = self.thing(*whole).map(|chunk| chunk.name.clone()) else { return };
                let Some(material) = self.chunks.get(*material) else { return };
                let text = format!("{whole} made of {}", material.name);
                self.findings.descriptor(DescriptorKind::Material, text, None);
            }
            Statement::State { subject, text, before } => {
                let Some(name) = self.thing(*subject).filter(|chunk| !chunk.is_quote).map(|chunk| chunk.name.clone())
                else {
                    return;
                };
                let text = if *before { format!("{text} {name}") } else { format!("{name} {text}") };
                self.findings.descriptor(DescriptorKind::State, text, None);
            }
            Statement::Traits { subject, traits } => {
                let Some(name) = self.thing(*subject).map(|chunk| chunk.name.clone()) else { return };
                let Some(traits) = self.chunks.get(*traits).filter(|chunk| chunk.name.is_empty()) else { return };
                self.say(&name, &traits.traits, false);
            }
            Statement::Part { .. } | Statement::Artist { .. } | Statement::Alias { .. } => {}
        }
    }
}

fn shown(chunk: &Chunk) -> String {
    if chunk.is_quote { format!("text \"{}\"", chunk.name) } else { chunk.name.clone() }
}

fn possessive(owner: &str) -> String {
    format!("{owner}{}", if owner.ends_with('s') { "'" } else { "'s" })
}
