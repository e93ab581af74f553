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
