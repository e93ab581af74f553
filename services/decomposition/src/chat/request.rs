//! What is asked of the model.

use domain::language::Language;
use serde::Serialize;
use serde_json::{Value, json, value::RawValue};

use crate::settings::EndpointSettings;

/// Same prompt, same answer, as far as an endpoint keeps to it.
const SEED: u32 = 20_260_101;

/// What the model is told, with examples.
pub(super) const TEMPLATE: &str = include_str!("template.txt");

/// The request: JSON by schema, as repeatable as the endpoint allows.
///
/// Written as JSON rather than in async-openai's types: `seed` and `max_tokens` are deprecated there, but they are what
/// Ollama, vLLM and llama.cpp read.
#[derive(Serialize)]
pub(super) struct Request {
    #[serde(flatten)]
    settings: Value,
    response_format: ResponseFormat,
}

#[derive(Serialize)]
struct ResponseFormat {
    r#type: &'static str,
    json_schema: Schema,
}

#[derive(Serialize)]
struct Schema {
    name: &'static str,
    strict: bool,
    /// As the file orders it, because models write in the schema's order: first the translation, then its parts. A
    /// `Value` would sort the names.
    schema: Box<RawValue>,
}

pub(super) fn build(settings: &EndpointSettings, prompt: &str, language: Language) -> Request {
    let asked = if language.is_english() {
        format!("Prompt: {prompt}")
    } else {
        format!("Prompt ({}): {prompt}", language.tag)
    };
    Request {
        settings: json!({
            "model": settings.model,
            "messages": [
                { "role": "system", "content": TEMPLATE },
                { "role": "user", "content": asked },
            ],
            "temperature": 0,
            "seed": SEED,
            "max_tokens": settings.max_tokens,
            "stream": false,
        }),
        response_format: ResponseFormat {
            r#type: "json_schema",
            json_schema: Schema { name: "decomposition", strict: true, schema: schema() },
        },
    }
}

fn schema() -> Box<RawValue> {
    // The file is compiled in and a test reads it, so this cannot be null.
    serde_json::from_str(include_str!("schema.json")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_strict_at_every_level_and_asks_for_the_translation_first() {
        let raw = schema();
        let schema: Value = serde_json::from_str(raw.get()).unwrap();
        assert_eq!(schema["additionalProperties"], false);
        for list in ["descriptors", "attributes"] {
            assert_eq!(schema["properties"][list]["items"]["additionalProperties"], false);
        }
        let at = |name: &str| raw.get().find(&format!("\"{name}\": {{")).unwrap();
        assert!(at("english") < at("descriptors") && at("descriptors") < at("attributes"));
    }

    #[test]
    fn the_templates_examples_pass_their_own_checks() {
        for example in TEMPLATE.split("\nPrompt").skip(1) {
            let (prompt, answer) = example.split_once('\n').unwrap();
            let prompt = prompt.split_once(": ").unwrap().1;
            let value: Value = serde_json::from_str(answer).unwrap();
            let ground = crate::grounding::Ground::new(value["english"].as_str().unwrap_or(prompt));
            for item in value["descriptors"].as_array().unwrap() {
                assert!(ground.holds(item["text"].as_str().unwrap()), "{item}");
            }
        }
    }
}
