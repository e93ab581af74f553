//! What a clause has said so far, and what its next noun phrase therefore means.

use std::collections::HashSet;

use domain::decomposition::{AttributeKind, AttributeSource, DescriptorKind};

use super::{
    link::Link,
    phrase::{NounPhrase, Trait},
    vocabulary::Noun,
};
use crate::findings::Findings;

/// "Cats, dogs, mice … on a bench": more would only repeat the relation.
const MAX_COORDINATED: usize = 4;

/// A clause under way. Names are noun phrases' [`NounPhrase::name`].
pub(super) struct Clause<'a> {
    findings: &'a mut Findings,
    /// Things named before: "the dog" is no second dog.
    known: HashSet<String>,
    /// Who or what the clause is about.
    subject: Vec<String>,
    /// What was named last.
    last: Vec<String>,
    /// The clause before's subject: what "it" means.
    antecedent: Vec<String>,
    link: Option<Link>,
    /// What `link` starts from.
    anchors: Vec<String>,
    /// The link of the phrase before, while "and" may carry it on: "wearing a shirt and a tie".
    carried: Option<(Link, Vec<String>)>,
    after_and: bool,
    after_vague: bool,
    negated: bool,
    /// "the text", as long as a quotation may follow.
    inscription: Option<String>,
}

impl<'a> Clause<'a> {
    pub fn new(findings: &'a mut Findings) -> Self {
        Self {
            findings,
            known: HashSet::new(),
            subject: Vec::new(),
            last: Vec::new(),
            antecedent: Vec::new(),
            link: None,
            anchors: Vec::new(),
            carried: None,
            after_and: false,
            after_vague: false,
            negated: false,
            inscription: None,
        }
    }

    pub fn attribute(&mut self, kind: AttributeKind, text: String) {
        self.findings.attribute(kind, text, AttributeSource::Prompt);
    }

    pub fn link(&mut self, link: Link) {
        self.negated = false;
        self.after_and = false;
        // "the side of the road": the side is passed over, and what was linked to it is linked to the road.
        if self.after_vague && link == Link::Of {
            return;
        }
        let after_verb = matches!(self.link, Some(Link::Verb(_)));
        if !after_verb {
            let of_subject = matches!(link, Link::Verb(_) | Link::Wear) && !self.subject.is_empty();
            self.anchors = if of_subject { self.subject.clone() } else { self.last.clone() };
        }
        self.link = Some(link);
    }

    pub fn and(&mut self) {
        self.after_and = true;
    }

    pub fn not(&mut self) {
        self.negated = true;
    }

    pub fn pronoun(&mut self) {
        self.unlink();
        self.subject.clone_from(&self.antecedent);
        self.last.clone_from(&self.antecedent);
    }

    pub fn relative(&mut self) {
        self.unlink();
    }

    pub fn comma(&mut self) {
        self.unlink();
        self.after_and = false;
        self.carried = None;
    }

    pub fn start_afresh(&mut self) {
        self.comma();
        if !self.subject.is_empty() {
            self.antecedent = std::mem::take(&mut self.subject);
        }
        self.last.clear();
    }

    pub fn stop(&mut self) {
        self.settle_inscription();
        self.start_afresh();
    }

    fn unlink(&mut self) {
        self.link = None;
        self.anchors.clear();
        self.negated = false;
        self.after_vague = false;
    }

    /// Text to be written in the picture.
    pub fn quote(&mut self, text: &str) {
        let noun = self.inscription.take().unwrap_or_else(|| "text".to_owned());
        self.findings.descriptor(DescriptorKind::Object, format!("the {noun} \"{text}\""), None);
        self.unlink();
        self.last = vec![noun];
    }

    /// Takes in a noun phrase, or traits that no noun followed.
    pub fn phrase(&mut self, phrase: NounPhrase) {
        let negated = std::mem::take(&mut self.negated);
        if negated {
            self.link = None;
            return;
        }
        for (kind, text) in phrase.latents() {
            // "golden hour photograph" speaks of the hour, whatever the phrase as a whole is.
            self.attribute(kind, text);
        }
        let Some(head) = phrase.head else { return self.predicate(&phrase) };
        self.settle_inscription();
        self.after_vague = head == Noun::Vague;
        match head {
            Noun::Vague => {}
            Noun::Head(kind) => {
                if !phrase.traits.is_empty() || phrase.name().contains(' ') {
                    self.attribute(kind, phrase.full());
                }
                self.link = None;
            }
            Noun::Medium if self.anchors.is_empty() || self.link.is_none() => {
                self.attribute(AttributeKind::Medium, phrase.full());
                self.start_afresh();
                // "a photo of": what follows is no part of the photo.
                self.after_vague = true;
            }
            Noun::Inscription => {
                self.inscription = Some(phrase.name());
                self.mention(&phrase);
            }
            Noun::Backdrop => {
                self.traits(&phrase);
                let others: Vec<_> = phrase.with(Trait::Other).collect();
                if !others.is_empty() {
                    self.attribute(AttributeKind::Setting, format!("{} {}", others.join(" "), phrase.name()));
                }
                self.unlink();
                self.last = vec![phrase.name()];
            }
            Noun::Thing | Noun::Part | Noun::Clothing | Noun::Substance | Noun::Place | Noun::Medium => {
                self.thing(head, &phrase)
            }
        }
    }

    /// Something to look for: on its own, or as a part of what it is linked to.
    fn thing(&mut self, head: Noun, phrase: &NounPhrase) {
        if self.after_and
            && let Some((link, anchors)) = self.carried.take()
            && (link.carries_on() || head == Noun::Clothing)
        {
            self.link = Some(link);
            self.anchors = anchors;
        }
        let owner = match (&self.link, head) {
            (_, Noun::Part | Noun::Clothing) if phrase.owner.is_some() => phrase.owner.clone(),
            (_, Noun::Part | Noun::Clothing) if phrase.of_subject => {
                self.subject.first().or(self.antecedent.first()).cloned()
            }
            (Some(Link::Wear), _)
            | (Some(Link::With), Noun::Part | Noun::Clothing)
            | (Some(Link::In(_)), Noun::Clothing) => self.anchors.first().cloned(),
            _ => None,
        };
        let is_part = owner.is_some();
        let is_material = self.link == Some(Link::MadeOf);
        if let Some(owner) = owner {
            self.findings.descriptor(DescriptorKind::Part, phrase.part_of(&owner), phrase.count);
        } else if is_material && head == Noun::Substance {
            // The bench of wood is to be looked for, not the wood.
        } else if !(phrase.determined && phrase.traits.is_empty() && self.known.contains(&phrase.name())) {
            self.findings.descriptor(DescriptorKind::Object, phrase.object(), phrase.count);
        }
        self.known.insert(phrase.name());
        self.traits(phrase);
        if head == Noun::Place && matches!(self.link, Some(Link::In(_))) {
            self.attribute(AttributeKind::Setting, phrase.full());
        }
        if is_material {
            for anchor in &self.anchors {
                let text = format!("{anchor} made of {}", phrase.name());
                self.findings.descriptor(DescriptorKind::Material, text, None);
            }
        } else if !is_part {
            self.relate(phrase);
        }
        self.mention(phrase);
    }

    fn traits(&mut self, phrase: &NounPhrase) {
        let name = phrase.name();
        for (wanted, kind) in [(Trait::Color, DescriptorKind::Color), (Trait::Material, DescriptorKind::Material)] {
            for word in phrase.with(wanted) {
                self.findings.descriptor(kind, format!("{word} {name}"), None);
            }
        }
    }

    /// Colours that follow their noun: "the car is red", "a dress in blue".
    fn predicate(&mut self, phrase: &NounPhrase) {
        let named = if self.link.is_some() && !self.anchors.is_empty() { &self.anchors } else { &self.last };
        for name in named.iter().take(MAX_COORDINATED) {
            for color in phrase.with(Trait::Color) {
                self.findings.descriptor(DescriptorKind::Color, format!("{color} {name}"), None);
            }
        }
    }

    fn relate(&mut self, phrase: &NounPhrase) {
        let name = phrase.name();
        let Some(text) = self.link.as_ref().and_then(Link::text) else { return };
        for anchor in self.anchors.iter().filter(|anchor| **anchor != name).take(MAX_COORDINATED) {
            self.findings.descriptor(DescriptorKind::Relation, format!("{anchor} {text} {name}"), None);
        }
    }

    /// Makes the phrase what the next link starts from.
    fn mention(&mut self, phrase: &NounPhrase) {
        let name = phrase.name();
        let linked = self.link.take();
        let anchors = std::mem::take(&mut self.anchors);
        let after_and = std::mem::take(&mut self.after_and);
        match linked {
            Some(link) if !anchors.is_empty() => {
                let worn = phrase.head == Some(Noun::Clothing);
                self.carried = (link.carries_on() || worn).then_some((link, anchors));
            }
            _ if after_and && self.subject.len() < MAX_COORDINATED && self.last == self.subject => {
                self.subject.push(name);
                self.last.clone_from(&self.subject);
                return;
            }
            _ if !after_and || self.subject.is_empty() => self.subject = vec![name.clone()],
            _ => {}
        }
        self.last = vec![name];
    }

    /// An inscription that no quotation followed is a thing like any other.
    fn settle_inscription(&mut self) {
        if let Some(noun) = self.inscription.take() {
            self.findings.descriptor(DescriptorKind::Object, noun, None);
        }
    }
}
