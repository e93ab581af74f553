//! What came back, and how much of it can be believed: small models fill a schema with empty strings and inventions.

use domain::{
    decomposition::{AttributeKind, AttributeSource, Decomposition, DescriptorKind},
    language::{Language, letters_of_other_scripts},
};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{error::EndpointError, request::TEMPLATE};
use crate::{
    findings::{Findings, MAX_TEXT_CHARS},
    grounding::{self, Ground},
    settings::Limits,
};

/// A chat completion, read as leniently as endpoints differ: async-openai's own type wants fields that some leave out.
#[derive(Debug, Deserialize)]
pub(super) struct Reply {
    #[serde(default)]
    choices: Vec<Choice>,
    /// Both are told and not needed, so whatever stands here is taken.
    #[serde(default)]
    model: Value,
    #[serde(default)]
    usage: Value,
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
    /// The model that answered, as the endpoint calls it.
    pub fn model(&self) -> Option<&str> {
        self.model.as_str()
    }

    /// Tokens read and written, as far as the endpoint says so.
    pub fn tokens(&self) -> [Option<u64>; 2] {
        ["prompt_tokens", "completion_tokens"].map(|name| self.usage.get(name)?.as_u64())
    }

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
    #[serde(default)]
    english: Option<String>,
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

/// What a model said that stood up to the checks.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Told {
    pub decomposition: Decomposition,
    /// The prompt in English, when it is in another language.
    pub english: Option<String>,
}

/// Keeps what is well-formed and grounded in `prompt`, or in its translation when `language` is not English.
pub(super) fn check(content: &str, prompt: &str, language: Language, limits: Limits) -> Result<Told, EndpointError> {
    let content: Content =
        serde_json::from_str(content).map_err(|error| EndpointError::Malformed(error.to_string()))?;
    let english = if language.is_english() { None } else { Some(translation(content.english, prompt)?) };
    let ground = Ground::new(english.as_deref().unwrap_or(prompt));
    let total = content.descriptors.len() + content.attributes.len();
    let (mut empty, mut ungrounded) = (0, 0);
    let mut findings = Findings::new(limits);
    for value in content.descriptors {
        let Some((claim, text)) = read(value, |claim: &ClaimedDescriptor| &claim.text) else {
            empty += 1;
            continue;
        };
        // How two things stand to each other may be all that a prompt says.
        let is_echo = claim.kind != DescriptorKind::Relation && ground.is_echo(&text);
        if ground.holds(&text) && !is_echo {
            let count = claim.count.as_ref().and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok());
            findings.descriptor(claim.kind, text, count.filter(|count| *count > 0 && ground.counts(*count)));
        } else {
            ungrounded += 1;
        }
    }
    for value in content.attributes {
        let Some((claim, text)) = read(value, |claim: &ClaimedAttribute| &claim.text) else {
            empty += 1;
            continue;
        };
        if ground.is_echo(&text) {
            ungrounded += 1;
            continue;
        }
        let said = claim.source == AttributeSource::Prompt && ground.holds(&text);
        let source = if said { AttributeSource::Prompt } else { AttributeSource::Inferred };
        findings.attribute(claim.kind, text, source);
    }
    if findings.is_empty() {
        return Err(EndpointError::NothingUsable { total, empty, ungrounded });
    }
    Ok(Told { decomposition: findings.finish(), english })
}

/// A prompt in another script is at most so many times as long in English, in characters.
const LONGEST_TRANSLATION: usize = 12;

/// The translation, if it can be one: in English, not out of proportion, and not one of the examples.
fn translation(english: Option<String>, prompt: &str) -> Result<String, EndpointError> {
    let english = english.unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ");
    let longest = LONGEST_TRANSLATION * prompt.chars().count().max(4);
    let fault = if grounding::roots(&english).is_empty() {
        "it is empty"
    } else if letters_of_other_scripts(&english) > letters_of_other_scripts(prompt) / 4
        || !Language::of(&english).is_english()
        || english == prompt
    {
        "it is not in English"
    } else if english.chars().count() > longest {
        "it is far longer than the prompt"
    } else if TEMPLATE.contains(&english) && !TEMPLATE.contains(prompt) {
        "it is an example's"
    } else {
        return Ok(english);
    };
    Err(EndpointError::NotTranslated(fault))
}

/// One item with its text trimmed; `None` when it is not of the shape asked for, or its text is empty or too long.
///
/// Items are read one by one, so that one bad one does not spoil the rest.
fn read<T: DeserializeOwned>(value: Value, text: impl Fn(&T) -> &String) -> Option<(T, String)> {
    let claim: T = serde_json::from_value(value).ok()?;
    let text = text(&claim).split_whitespace().collect::<Vec<_>>().join(" ");
    (!grounding::roots(&text).is_empty() && text.chars().count() <= MAX_TEXT_CHARS).then_some((claim, text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn checked(prompt: &str, descriptors: Value, attributes: Value) -> Result<Decomposition, EndpointError> {
        let content = json!({ "descriptors": descriptors, "attributes": attributes }).to_string();
        check(&content, prompt, Language::of(prompt), Limits::default()).map(|told| told.decomposition)
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

    fn translated(prompt: &str, english: Value) -> Result<Told, EndpointError> {
        let content = json!({
            "english": english,
            "descriptors": [
                { "kind": "object", "text": "dragon", "count": 1 },
                { "kind": "color", "text": "red paper-cut", "count": null },
                { "kind": "object", "text": "tiger", "count": null },
            ],
            "attributes": [{ "kind": "medium", "text": "paper-cut", "source": "prompt" }],
        });
        check(&content.to_string(), prompt, Language::of(prompt), Limits::default())
    }

    #[test]
    fn a_translations_parts_are_held_against_the_translation() {
        let told = translated("红色的中国剪纸，一条龙", json!(" A red Chinese paper-cut,  one dragon ")).unwrap();
        assert_eq!(told.english.unwrap(), "A red Chinese paper-cut, one dragon");
        assert_eq!(texts(&told.decomposition), ["dragon", "red paper-cut"]);
        assert_eq!(told.decomposition.descriptors[0].count, Some(1));
        assert_eq!(told.decomposition.attributes[0].source, AttributeSource::Prompt);
    }

    #[test]
    fn what_cannot_be_a_translation_is_none() {
        let prompt = "红色的中国剪纸，一条龙";
        for (english, fault) in [
            (Value::Null, "empty"),
            (json!(" . "), "empty"),
            (json!(prompt), "not in English"),
            (json!("paper 红色的中国剪纸 dragon cut red one two"), "not in English"),
            (json!("un dragón rojo sobre el papel"), "not in English"),
            (json!("a dragon and ".repeat(40)), "far longer"),
            (json!("A blue-and-white porcelain vase, with three cranes painted on its body"), "an example's"),
        ] {
            let error = translated(prompt, english.clone()).unwrap_err();
            assert!(error.to_string().contains(fault), "{english}: {error}");
        }
    }

    #[test]
    fn an_english_prompt_is_not_rewritten() {
        let told = translated("a red paper-cut of a dragon", json!("a blue tiger")).unwrap();
        assert_eq!(told.english, None);
        assert_eq!(texts(&told.decomposition), ["dragon", "red paper-cut"]);
    }

    #[test]
    fn a_count_that_the_prompt_does_not_say_and_an_echo_of_it_are_dropped() {
        let prompt = "cats asleep under two wooden tables in a garden";
        let found = checked(
            prompt,
            json!([
                { "kind": "object", "text": "cats", "count": 3 },
                { "kind": "object", "text": "wooden tables", "count": 2 },
                { "kind": "object", "text": prompt, "count": null },
            ]),
            json!([{ "kind": "setting", "text": prompt, "source": "prompt" }]),
        )
        .unwrap();
        assert_eq!(texts(&found), ["cats", "wooden tables"]);
        assert_eq!((found.descriptors[0].count, found.descriptors[1].count), (None, Some(2)));
        assert!(found.attributes.is_empty());
    }

    /// What bad models were seen to write, or may.
    fn bad_content() -> impl Strategy<Value = String> {
        let text = prop_oneof![
            Just(String::new()),
            Just(" \n ".to_owned()),
            Just("a red cat on a wooden bench".to_owned()),
            Just("dog".to_owned()),
            Just("cat".to_owned()),
            "\\PC{0,140}",
        ];
        let kind = prop_oneof![Just("object"), Just("color"), Just("relation"), Just("style"), Just("smell"), Just("")];
        let item = (text, kind, any::<i64>())
            .prop_map(|(text, kind, count)| json!({ "kind": kind, "text": text, "count": count, "source": "prompt" }));
        let items = proptest::collection::vec(item, 0..60);
        (items.clone(), items, any::<bool>(), 0..=100_usize).prop_map(|(descriptors, attributes, english, kept)| {
            let english = english.then_some("a blue tiger in a garden");
            let whole = json!({ "english": english, "descriptors": descriptors, "attributes": attributes }).to_string();
            // Half of them break off somewhere.
            let length = if kept > 50 { usize::MAX } else { whole.chars().count() * kept / 50 };
            whole.chars().take(length).collect()
        })
    }

    proptest! {
        #[test]
        fn whatever_a_model_writes_only_grounded_and_bounded_items_come_out(content in bad_content()) {
            for prompt in ["a red cat on a wooden bench", "一只红猫"] {
                let Ok(told) = check(&content, prompt, Language::of(prompt), Limits::default()) else { continue };
                let ground = Ground::new(told.english.as_deref().unwrap_or(prompt));
                let limits = Limits::default();
                prop_assert!(told.decomposition.descriptors.len() <= limits.max_descriptors);
                prop_assert!(told.decomposition.attributes.len() <= limits.max_attributes);
                for descriptor in &told.decomposition.descriptors {
                    prop_assert!(ground.holds(&descriptor.text), "{}", descriptor.text);
                    prop_assert!(descriptor.count.is_none_or(|count| ground.counts(count)));
                }
                for attribute in &told.decomposition.attributes {
                    prop_assert!(attribute.source == AttributeSource::Inferred || ground.holds(&attribute.text));
                    prop_assert!(attribute.text.chars().count() <= MAX_TEXT_CHARS);
                }
            }
        }
    }
}
