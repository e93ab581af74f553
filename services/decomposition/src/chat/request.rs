//! What is asked of the model.

use serde_json::{Value, json};

use crate::settings::EndpointSettings;

/// Same prompt, same answer, as far as an endpoint keeps to it.
const SEED: u32 = 20_260_101;

/// The request: JSON by schema, as repeatable as the endpoint allows.
///
/// Written as JSON rather than in async-openai's types: `seed` and `max_tokens` are deprecated there, but they are what
/// Ollama, vLLM and llama.cpp read.
pub(super) fn build(settings: &EndpointSettings, prompt: &str) -> Value {
    json!({
        "model": settings.model,
        "messages": [
            { "role": "system", "content": include_str!("template.txt") },
            { "role": "user", "content": format!("Prompt: {prompt}") },
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": { "name": "decomposition", "strict": true, "schema": schema() },
        },
        "temperature": 0,
        "seed": SEED,
        "max_tokens": settings.max_tokens,
        "stream": false,
    })
}

fn schema() -> Value {
    // The file is compiled in and a test reads it, so this cannot be null.
    serde_json::from_str(include_str!("schema.json")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schema_is_strict_at_every_level() {
        let schema = schema();
        assert_eq!(schema["additionalProperties"], false);
        for list in ["descriptors", "attributes"] {
            assert_eq!(schema["properties"][list]["items"]["additionalProperties"], false);
        }
    }
}
