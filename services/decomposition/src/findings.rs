//! Collects an answer within its limits and without repeats; both backends write through it.

use std::collections::HashSet;

use domain::decomposition::{Attribute, AttributeKind, AttributeSource, Decomposition, Descriptor, DescriptorKind};

use crate::settings::Limits;

/// Longest text of one descriptor or attribute, in characters: CLIP reads 77 tokens, and these are to be short phrases.
pub(crate) const MAX_TEXT_CHARS: usize = 120;

/// An answer under construction.
#[derive(Debug)]
pub(crate) struct Findings {
    limits: Limits,
    found: Decomposition,
    seen_descriptors: HashSet<(DescriptorKind, String)>,
    seen_attributes: HashSet<String>,
}

impl Findings {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            found: Decomposition::default(),
            seen_descriptors: HashSet::new(),
            seen_attributes: HashSet::new(),
        }
    }

    /// Adds a descriptor unless it is empty, too long, known or one too many.
    pub fn descriptor(&mut self, kind: DescriptorKind, text: String, count: Option<u32>) {
        if is_usable(&text)
            && self.found.descriptors.len() < self.limits.max_descriptors
            && self.seen_descriptors.insert((kind, text.to_lowercase()))
        {
            self.found.descriptors.push(Descriptor::new(kind, text, count));
        }
    }

    /// Adds an attribute unless it is empty, too long, known or one too many.
    pub fn attribute(&mut self, kind: AttributeKind, text: String, source: AttributeSource) {
        if is_usable(&text)
            && self.found.attributes.len() < self.limits.max_attributes
            && self.seen_attributes.insert(text.to_lowercase())
        {
            self.found.attributes.push(Attribute { text, kind, source });
        }
    }

    /// Whether an attribute of this kind is there already.
    pub fn has_attribute(&self, kind: AttributeKind) -> bool {
        self.found.attributes.iter().any(|attribute| attribute.kind == kind)
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.found.descriptors.is_empty() && self.found.attributes.is_empty()
    }

    pub fn finish(self) -> Decomposition {
        self.found
    }
}

fn is_usable(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= MAX_TEXT_CHARS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_first_wins_and_repeats_do_not_count() {
        let mut findings = Findings::new(Limits { max_descriptors: 2, ..Limits::default() });
        for text in ["cat", "Cat", "", "dog", "bird"] {
            findings.descriptor(DescriptorKind::Object, text.to_owned(), None);
        }
        let texts: Vec<_> = findings.finish().descriptors.into_iter().map(|descriptor| descriptor.text).collect();
        assert_eq!(texts, ["cat", "dog"]);
    }
}
