//! The shape of the word lists in `config/lexicon/*.toml`; the files themselves say what each list is for.

use std::collections::BTreeMap;

use domain::decomposition::AttributeKind;
use serde::{Deserialize, de::IgnoredAny};

/// Word lists. Each file holds some of them; [`Lists::merge`] puts them together.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Lists {
    pub colors: Vec<String>,
    pub shades: Vec<String>,
    pub color_things: Vec<String>,
    pub color_words: Vec<String>,

    pub materials: Vec<String>,
    pub made_of: Vec<String>,

    pub numbers: BTreeMap<String, u32>,
    pub quantifiers: Vec<String>,
    pub groups: Vec<String>,

    pub relations: Vec<String>,
    pub places_in: Vec<String>,
    pub wearing: Vec<String>,

    pub things: Vec<String>,
    pub parts: Vec<String>,
    pub clothing: Vec<String>,
    pub places: Vec<String>,
    pub vague: Vec<String>,
    pub backdrops: Vec<String>,
    pub inscriptions: Vec<String>,

    pub styles: Vec<String>,
    pub moods: Vec<String>,
    pub settings: Vec<String>,
    pub eras: Vec<String>,
    pub media: Vec<String>,
    pub media_phrases: Vec<String>,
    pub heads: BTreeMap<String, AttributeKind>,
    pub style_of: Vec<String>,

    pub negators: Vec<String>,
    pub asides: Vec<String>,
    pub fillers: Vec<String>,

    pub inferences: Vec<Inference>,

    // Read by `structure`, which serves every backend.
    #[serde(rename = "at_least")]
    _at_least: IgnoredAny,
    #[serde(rename = "predicates")]
    _predicates: IgnoredAny,
}

/// "Where the prompt says one of `when`, it implies `text`."
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Inference {
    pub when: Vec<String>,
    pub kind: AttributeKind,
    pub text: String,
}

macro_rules! extend_all {
    ($into:ident, $from:ident: $($field:ident),+ $(,)?) => {{ $($into.$field.extend($from.$field);)+ }};
}

impl Lists {
    /// Adds what another file holds.
    pub fn merge(&mut self, other: Self) {
        extend_all!(self, other: colors, shades, color_things, color_words, materials, made_of, numbers, quantifiers,
            groups, relations, places_in, wearing, things, parts, clothing, places, vague, backdrops, inscriptions,
            styles, moods, settings, eras, media, media_phrases, heads, style_of, negators,
            asides, fillers, inferences);
    }
}
