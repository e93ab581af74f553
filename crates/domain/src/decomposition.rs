//! A prompt taken apart: what must be seen (descriptors) and how it should feel (attributes).

use serde::{Deserialize, Serialize};

/// What a descriptor says of its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DescriptorKind {
    /// The thing itself, perhaps several of it.
    Object,
    /// A thing's colour.
    Color,
    /// What a thing is made of.
    Material,
    /// A part of a thing.
    Part,
    /// How two things stand to each other.
    Relation,
    /// Any other quality that can be seen of a thing: size, shape, texture, what it does.
    State,
}

/// A part of the prompt that can be pointed at in the picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// A short phrase that stands alone: "two cats", "red umbrella", "cat on the grass".
    pub text: String,
    /// What it says.
    pub kind: DescriptorKind,
    /// How many there should be; `None` when the prompt does not say.
    pub count: Option<u32>,
    /// More than `count` is as good: "several birds".
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_least: bool,
    /// One of what is counted: "cat" for "two cats"; `None` where nothing is to be counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noun: Option<String>,
    /// What a relation says, where it is one that geometry can tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
}

impl Descriptor {
    /// A descriptor as a backend finds it, without what follows from its text.
    pub const fn new(kind: DescriptorKind, text: String, count: Option<u32>) -> Self {
        Self { text, kind, count, at_least: false, noun: None, relation: None }
    }

    /// The text that one region is compared with.
    pub fn sought(&self) -> &str {
        self.noun.as_deref().unwrap_or(&self.text)
    }

    /// How many of an object are to be counted; `None` where one is enough and more are as good.
    pub fn number(&self) -> Option<u32> {
        let stated = self.count.filter(|&count| count > 1 || self.noun.is_some() && count > 0);
        stated.filter(|_| self.kind == DescriptorKind::Object)
    }
}

/// How two things stand to each other in the picture, as its viewer sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Predicate {
    /// To the left of.
    LeftOf,
    /// To the right of.
    RightOf,
    /// Above, over.
    Above,
    /// Below, under.
    Below,
    /// On, on top of.
    On,
    /// In, inside.
    Inside,
    /// Around.
    Around,
    /// Next to, beside.
    NextTo,
    /// Between two others.
    Between,
}

impl Predicate {
    /// All predicates.
    pub const ALL: [Self; 9] = [
        Self::LeftOf,
        Self::RightOf,
        Self::Above,
        Self::Below,
        Self::On,
        Self::Inside,
        Self::Around,
        Self::NextTo,
        Self::Between,
    ];
}

/// A relation between descriptors of one decomposition, by their indices.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relation {
    /// What stands so.
    pub subject: usize,
    /// How it stands.
    pub predicate: Predicate,
    /// To what.
    pub object: usize,
    /// The second object of "between".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<usize>,
}

impl Relation {
    /// Indices of the descriptors it speaks of.
    pub fn descriptors(self) -> impl Iterator<Item = usize> {
        [Some(self.subject), Some(self.object), self.other].into_iter().flatten()
    }
}

/// What a latent attribute speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    /// An art style or a school.
    Style,
    /// A feeling.
    Mood,
    /// Where it is, and in what light or weather.
    Setting,
    /// When it is, or looks to be from.
    Era,
    /// What it is made with: photograph, oil paint, paper.
    Medium,
}

/// Where a latent attribute comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeSource {
    /// The prompt says it.
    Prompt,
    /// It follows from the prompt without being said.
    Inferred,
}

/// A quality of the whole picture that the prompt asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// A short phrase: "watercolor", "foggy morning".
    pub text: String,
    /// What it speaks of.
    pub kind: AttributeKind,
    /// Where it comes from.
    pub source: AttributeSource,
}

/// A prompt taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decomposition {
    /// What must be seen.
    pub descriptors: Vec<Descriptor>,
    /// How it should feel.
    pub attributes: Vec<Attribute>,
}

/// A prompt as caches compare it: trimmed, white space folded, lower case.
pub fn normalized_prompt(prompt: &str) -> String {
    prompt.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_that_differ_in_space_and_case_are_one() {
        assert_eq!(normalized_prompt("  A red\n\tFox "), normalized_prompt("a red fox"));
    }
}
