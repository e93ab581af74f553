//! What came back, and how much of it can be believed: small models fill a schema with empty strings and inventions.

use std::collections::HashSet;

use domain::decomposition::{AttributeKind, AttributeSource, Decomposition, DescriptorKind};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::error::EndpointError;
use crate::{
    findings::{Findings, MAX_TEXT_CHARS},
    settings::Limits,
    words,
};

/// Largest believable count; a larger one is left out, the thing itself is kept.
const MAX_COUNT: u64 = 100;

/// A chat completion, read as leniently as endpoints differ: async-openai's own type wants fields that some leave out.
#[derive(Debug, Deserialize)]
pub(super) struct Reply {
    #[serde(default)]
    choices: Vec<Choice>,
}

#[derive(Debug, Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

impl Reply {
    /// The model's text, if it is whole.
    pub fn content(self, max_tokens: u32) -> Result<String, EndpointError> {
        let choice = self.choices.into_iter().next();
        let choice = choice.ok_or_else(|| EndpointError::Malformed("no choices".to_owned()))?;
        match (choice.finish_reason.as_deref(), choice.message.refusal, choice.message.content) {
            (Some("length"), _, _) => Err(EndpointError::Truncated(max_tokens)),
            (Some("content_filter"), _, _) | (_, Some(_), _) => Err(EndpointError::Refused),
            (_, None, Some(content)) => Ok(content),
            (_, None, None) => Err(EndpointError::Malformed("no content".to_owned())),
        }
    }
}

#[derive(Deserialize)]
struct Content {
    descriptors: Vec<Value>,
    attributes: Vec<Value>,
}

#[derive(Deserialize)]
struct ClaimedDescriptor {
    kind: DescriptorKind,
    text: String,
    #[serde(default)]
    count: Option<Value>,
}

#[derive(Deserialize)]
struct ClaimedAttribute {
    kind: AttributeKind,
    text: String,
    source: AttributeSource,
}

/// Keeps what is well-formed and grounded in `prompt`.
pub(super) fn check(content: &str, prompt: &str, limits: Limits) -> Result<Decomposition, EndpointError> {
    let content: Content =
        serde_json::from_str(content).map_err(|error| EndpointError::Malformed(error.to_string()))?;
    let ground = Ground::new(prompt);
    let total = content.descriptors.len() + content.attributes.len();
    let (mut empty, mut ungrounded) = (0, 0);
    let mut findings = Findings::new(limits);
    for value in content.descriptors {
        let Some((claim, text)) = read(value, |claim: &ClaimedDescriptor| &claim.text) else {
            empty += 1;
            continue;
        };
        if ground.holds(&text) {
            let count = claim.count.as_ref().and_then(Value::as_u64).filter(|count| (1..=MAX_COUNT).contains(count));
            findings.descriptor(claim.kind, text, count.and_then(|count| u32::try_from(count).ok()));
        } else {
            ungrounded += 1;
        }
    }
    for value in content.attributes {
        let Some((claim, text)) = read(value, |claim: &ClaimedAttribute| &claim.text) else {
            empty += 1;
            continue;
        };
        let said = claim.source == AttributeSource::Prompt && ground.holds_said(&text);
        let source = if said { AttributeSource::Prompt } else { AttributeSource::Inferred };
        findings.attribute(claim.kind, text, source);
    }
    if findings.is_empty() {
        return Err(EndpointError::NothingUsable { total, empty, ungrounded });
    }
    Ok(findings.finish())
}

/// One item with its text trimmed; `None` when it is not of the shape asked for, or its text is empty or too long.
///
/// Items are read one by one, so that one bad one does not spoil the rest.
fn read<T: DeserializeOwned>(value: Value, text: impl Fn(&T) -> &String) -> Option<(T, String)> {
    let claim: T = serde_json::from_value(value).ok()?;
    let text = text(&claim).split_whitespace().collect::<Vec<_>>().join(" ");
    let has_content = text.chars().any(char::is_alphanumeric);
    (has_content && text.chars().count() <= MAX_TEXT_CHARS).then_some((claim, text))
}

/// The prompt's words, against which claims are held.
struct Ground {
    roots: HashSet<String>,
    /// A claim in English about a prompt in another script shares no words with it; it can be read but not checked.
    checkable: bool,
}

impl Ground {
    fn new(prompt: &str) -> Self {
        Self { roots: content_roots(prompt).collect(), checkable: !words::is_mostly_non_latin(prompt) }
    }

    fn holds(&self, text: &str) -> bool {
        !self.checkable || self.holds_said(text)
    }

    /// Whether the prompt itself has every word of content in `text`, and there is one.
    fn holds_said(&self, text: &str) -> bool {
        let mut any = false;
        content_roots(text).all(|root| {
            any = true;
            self.roots.contains(&root)
        }) && any
    }
}

/// The roots of the words that carry content; small words and numbers may be put differently than in the prompt.
fn content_roots(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’'))
        .map(|word| word.to_lowercase().replace('’', "'"))
        .map(|word| word.trim_end_matches("'s").trim_matches('\'').to_owned())
        .filter(|word| !word.is_empty() && !SMALL_WORDS.contains(&word.as_str()) && word.parse::<u64>().is_err())
        .map(|word| words::root(&word))
}

const SMALL_WORDS: [&str; 62] = [
    "a", "an", "the", "this", "that", "these", "those", "its", "his", "her", "their", "s", "is", "are", "being", "has",
    "have", "of", "in", "on", "at", "to", "from", "with", "by", "for", "and", "or", "under", "over", "above", "below",
    "behind", "beside", "near", "next", "between", "around", "into", "inside", "front", "top", "left", "right", "made",
    "wearing", "text", "color", "colour", "single", "pair", "one", "two", "three", "four", "five", "six", "seven",
    "eight", "nine", "ten", "dozen",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn checked(prompt: &str, descriptors: Value, attributes: Value) -> Result<Decomposition, EndpointError> {
        let content = json!({ "descriptors": descriptors, "attributes": attributes }).to_string();
        check(&content, prompt, Limits::default())
    }

    fn texts(found: &Decomposition) -> Vec<&str> {
        found.descriptors.iter().map(|descriptor| descriptor.text.as_str()).collect()
    }

    #[test]
    fn inventions_empty_texts_unknown_kinds_and_repeats_are_dropped() {
        let found = checked(
            "two red cats sitting on a wooden bench",
            json!([
                { "kind": "object", "text": " two  cats ", "count": 2 },
                { "kind": "object", "text": "Two cats", "count": 2 },
                { "kind": "object", "text": "dog", "count": 1 },
                { "kind": "object", "text": "", "count": null },
                { "kind": "smell", "text": "cats", "count": null },
                { "kind": "relation", "text": "cats sit on the bench", "count": null },
                { "kind": "material", "text": "wood bench" },
                "cats",
                { "kind": "object", "text": "the", "count": null },
            ]),
            json!([]),
        );
        assert_eq!(texts(&found.unwrap()), ["two cats", "cats sit on the bench", "wood bench"]);
    }

    #[test]
    fn a_count_out_of_bounds_is_left_out_and_the_thing_kept() {
        let found = checked(
            "cats, dogs and birds",
            json!([
                { "kind": "object", "text": "cats", "count": 0 },
                { "kind": "object", "text": "dogs", "count": 1_000_000_000_000_u64 },
                { "kind": "object", "text": "birds", "count": "many" },
            ]),
            json!([]),
        );
        assert!(found.unwrap().descriptors.iter().all(|descriptor| descriptor.count.is_none()));
    }

    #[test]
    fn an_attribute_that_the_prompt_does_not_say_is_inferred_whatever_the_model_claims() {
        let found = checked(
            "a foggy castle",
            json!([]),
            json!([
                { "kind": "setting", "text": "foggy", "source": "prompt" },
                { "kind": "era", "text": "medieval", "source": "prompt" },
            ]),
        );
        let sources: Vec<_> = found.unwrap().attributes.iter().map(|attribute| attribute.source).collect();
        assert_eq!(sources, [AttributeSource::Prompt, AttributeSource::Inferred]);
    }

    #[test]
    fn nothing_usable_is_an_error() {
        let error = checked("a cat", json!([{ "kind": "object", "text": " ", "count": null }]), json!([])).unwrap_err();
        assert_eq!(error, EndpointError::NothingUsable { total: 1, empty: 1, ungrounded: 0 });
    }

    #[test]
    fn a_translation_is_kept_but_its_attributes_count_as_inferred() {
        let found = checked(
            "一只红色的猫，水彩",
            json!([{ "kind": "color", "text": "red cat", "count": null }]),
            json!([{ "kind": "medium", "text": "watercolor", "source": "prompt" }]),
        )
        .unwrap();
        assert_eq!(texts(&found), ["red cat"]);
        assert_eq!(found.attributes[0].source, AttributeSource::Inferred);
    }
}
