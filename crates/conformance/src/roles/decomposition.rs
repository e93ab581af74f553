//! Prompts taken apart.

use domain::{language::Language, roles::Role};
use proto::{
    common::AttributeSource,
    decomposition::{DecomposeRequest, DecomposeResponse},
};

use super::{ANSWERED, MODELS, READABLE, asked, look_at_models};
use crate::{
    asking::{Asked, Expects},
    question::Question,
    rule::{Findings, Rule},
};

const FOUND: Rule = Rule::advised(
    "parts",
    "a prompt that names things has descriptors",
    "without descriptors nothing is looked for in the picture, and local alignment stays unmeasured",
);
const GROUNDED: Rule = Rule::required(
    "grounded",
    "descriptors, and attributes that are said to come from the prompt, speak of what the prompt (or its translation) says",
    "drop what a model adds; pictures lose points for what nobody asked for",
);
const BOUNDED: Rule = Rule::advised(
    "number-of-parts",
    "no more than 127 descriptors and attributes come",
    "keep the most telling ones; our aligner refuses more than 128 texts at once",
);
const FOREIGN: Rule = Rule::advised(
    "language",
    "a prompt in another language comes with its translation, or without parts and with 'language: …' in degraded",
    "fill in english, or degraded; the gateway drops parts that it cannot compare in English",
);
const NAMED: Rule = Rule::advised(
    "backend-name",
    "answers say which backend and which language it was",
    "fill in backend and language; both are shown beside the score",
);
const ODD: Rule = Rule::required(
    "odd-prompt",
    "an empty prompt and one of 100,000 letters are answered or refused as bad input",
    "refuse with INVALID_ARGUMENT what cannot be taken apart",
);

pub const RULES: [Rule; 9] = [ANSWERED, READABLE, MODELS, FOUND, GROUNDED, BOUNDED, FOREIGN, NAMED, ODD];

const PROMPTS: [&str; 5] = [
    "two red cats on a wooden bench, watercolor",
    "a lighthouse above a stone bridge, oil painting",
    "an astronaut riding a white horse through a dark forest",
    "a bowl of green apples next to a glass of water",
    "夜晚山顶上的一座红色宝塔",
];

/// As our aligner takes them, less the prompt itself.
const MOST: usize = 127;
/// Letters by which words are the same: "wood" and "wooden".
const STEM: usize = 3;
const SMALL: [&str; 24] = [
    "a", "an", "the", "of", "on", "in", "at", "to", "from", "with", "by", "for", "and", "or", "next", "above", "below",
    "over", "under", "through", "one", "two", "is", "are",
];

pub fn questions() -> Vec<Asked> {
    let decompose = |prompt: &str| Question::Decompose(DecomposeRequest { prompt: prompt.to_owned() });
    let good = PROMPTS.map(|prompt| asked(&format!("'{prompt}'"), decompose(prompt), Expects::Answer(&ANSWERED)));
    let long = "cat ".repeat(25_000);
    let odd = [("an empty prompt", ""), ("a prompt of 100,000 letters", &long)];
    let odd = odd.map(|(about, prompt)| asked(about, decompose(prompt), Expects::AnswerOrRefusal(&ODD)));
    good.into_iter().chain(odd).collect()
}

pub fn look(request: &DecomposeRequest, answer: &DecomposeResponse, found: &mut Findings) {
    look_at_models(Role::Decomposition, &answer.models, found);
    let parts = answer.descriptors.len() + answer.attributes.len();
    found.expect(&BOUNDED, parts <= MOST, || format!("expected at most {MOST} parts, got {parts}"));
    if found.read(&READABLE, wire::decomposition::from_response(answer.clone())).is_none() {
        return;
    }
    let named = !answer.backend.trim().is_empty() && !answer.language.trim().is_empty();
    found.expect(&NAMED, named, || {
        format!("expected backend and language, got '{}' and '{}'", answer.backend, answer.language)
    });
    let english = answer.english.as_deref().filter(|english| !english.trim().is_empty());
    let said = if Language::of(&request.prompt).is_english() {
        Some(request.prompt.as_str())
    } else {
        let told = answer.degraded.as_deref().is_some_and(|why| why.starts_with("language: "));
        found.expect(&FOREIGN, english.is_some() || (told && parts == 0), || {
            let degraded = answer.degraded.as_deref().unwrap_or_default();
            format!(
                "expected english, or degraded and no parts, got no english, degraded '{degraded}' and {parts} parts"
            )
        });
        english
    };
    if let Some(said) = said {
        look_at_texts(said, answer, found);
    }
    if PROMPTS.contains(&request.prompt.as_str()) && said.is_some() {
        found
            .expect(&FOUND, !answer.descriptors.is_empty(), || "expected at least one descriptor, got none".to_owned());
    }
}

fn look_at_texts(said: &str, answer: &DecomposeResponse, found: &mut Findings) {
    let said = words(said);
    let descriptors = answer.descriptors.iter().map(|descriptor| &descriptor.text);
    let from_prompt = |source| source == i32::from(AttributeSource::Prompt);
    let attributes = answer.attributes.iter().filter(|attribute| from_prompt(attribute.source)).map(|a| &a.text);
    for text in descriptors.chain(attributes) {
        let claimed = words(text);
        let grounded = claimed.is_empty() || claimed.iter().any(|word| said.iter().any(|other| alike(word, other)));
        found.expect(&GROUNDED, grounded, || format!("expected words of the prompt, got '{text}'"));
    }
}

/// Lower-case words that carry content.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase);
    words.filter(|word| !word.is_empty() && !SMALL.contains(&word.as_str())).collect()
}

/// Whether the words begin alike: loose, so that no wording of a backend's own is taken for an invention.
fn alike(a: &str, b: &str) -> bool {
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    shared >= STEM.min(a.chars().count()).min(b.chars().count())
}
