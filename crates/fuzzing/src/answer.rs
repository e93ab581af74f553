use std::sync::LazyLock;

use decomposition::{Lexicon, Limits, Structure, read_answer};
use domain::decomposition::{Decomposition, Relation};

const LISTS: [(&str, &str); 8] = [
    ("attributes", include_str!("../../../config/lexicon/attributes.toml")),
    ("colors", include_str!("../../../config/lexicon/colors.toml")),
    ("grammar", include_str!("../../../config/lexicon/grammar.toml")),
    ("inferences", include_str!("../../../config/lexicon/inferences.toml")),
    ("materials", include_str!("../../../config/lexicon/materials.toml")),
    ("nouns", include_str!("../../../config/lexicon/nouns.toml")),
    ("numbers", include_str!("../../../config/lexicon/numbers.toml")),
    ("relations", include_str!("../../../config/lexicon/relations.toml")),
];
const WEIGHTS: &[u8] = include_bytes!("../../../models/english-syntax.safetensors");

static LEXICON: LazyLock<Option<Lexicon>> = LazyLock::new(|| Lexicon::parse(&LISTS, WEIGHTS, Limits::default()).ok());
static STRUCTURE: LazyLock<Option<Structure>> = LazyLock::new(|| Structure::parse(&LISTS).ok());

/// Reads a prompt in the first line, and in the others what a chat endpoint answered to it, or what its model wrote; whether
/// something was found.
pub fn answer(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (prompt, answer) = text.split_once('\n').unwrap_or(("a cat", &text));
    let Ok((found, english)) = read_answer(answer.as_bytes(), prompt, Limits::default()) else { return false };
    assert!(!found.descriptors.is_empty() || !found.attributes.is_empty());
    assert!(english.is_none_or(|english| !english.trim().is_empty()));
    complete(found)
}

/// Takes a prompt apart by grammar, which any text can be.
pub fn prompt(bytes: &[u8]) -> bool {
    LEXICON.as_ref().is_some_and(|lexicon| complete(lexicon.answer(&String::from_utf8_lossy(bytes)).0))
}

/// Parts are as many as are allowed and have texts; relations are between those that are there. False where the word lists
/// cannot be read.
fn complete(mut found: Decomposition) -> bool {
    let Some(structure) = &*STRUCTURE else { return false };
    structure.complete(&mut found);
    let Limits { max_descriptors, max_attributes, .. } = Limits::default();
    let Decomposition { descriptors, attributes } = &found;
    assert!(descriptors.len() <= max_descriptors && attributes.len() <= max_attributes, "{found:?}");
    let texts = descriptors.iter().map(|one| &one.text).chain(attributes.iter().map(|one| &one.text));
    assert!(texts.into_iter().all(|text| !text.trim().is_empty()), "{found:?}");
    let mut related = descriptors.iter().filter_map(|one| one.relation).flat_map(Relation::descriptors);
    assert!(related.all(|index| index < descriptors.len()), "{found:?}");
    true
}
