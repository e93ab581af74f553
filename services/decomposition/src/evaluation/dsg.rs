//! The Davidsonian Scene Graph benchmark: prompts with typed tuples (`dsg_dev.csv` of j-min/DSG at 7330119a).

use std::collections::BTreeMap;

use domain::decomposition::{AttributeSource, Decomposition, DescriptorKind};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::{
    EvaluationError, Tally,
    lenient::{converse, head, overlap, same_thing, words_of},
};

/// What a tuple speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Things and their parts.
    Entity,
    /// Everything that is said of one thing, its number included.
    Attribute,
    /// A thing's colour.
    Color,
    /// How many there are.
    Count,
    /// What a thing is made of.
    Material,
    /// Any other quality: state, type, size, shape, texture and so on.
    Quality,
    /// How two things stand to each other.
    Relation,
    /// What is said of the whole picture.
    Global,
}

impl Category {
    /// All of them, in the order of a report.
    pub const ALL: [Self; 8] = [
        Self::Entity,
        Self::Attribute,
        Self::Color,
        Self::Count,
        Self::Material,
        Self::Quality,
        Self::Relation,
        Self::Global,
    ];

    /// Its name in a report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Entity => "entity",
            Self::Attribute => "attribute",
            Self::Color => "attribute: color",
            Self::Count => "attribute: count",
            Self::Material => "attribute: material",
            Self::Quality => "attribute: other",
            Self::Relation => "relation",
            Self::Global => "global",
        }
    }

    /// The category that this one is a part of.
    const fn whole(self) -> Self {
        match self {
            Self::Color | Self::Count | Self::Material | Self::Quality => Self::Attribute,
            other => other,
        }
    }
}

/// A tuple: what it speaks of, and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tuple {
    /// The finest category that fits.
    pub category: Category,
    /// `[thing]`, `[thing, value]` or `[subject, object, predicate]`.
    pub arguments: Vec<String>,
}

/// A prompt with its tuples.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// The benchmark's name for it.
    pub id: String,
    /// The prompt.
    pub text: String,
    /// What people say it says.
    pub tuples: Vec<Tuple>,
    /// Whether it is kept from whoever writes rules: every other prompt of its source, by the hash of its text.
    pub held_out: bool,
}

#[derive(Deserialize)]
struct Row {
    item_id: String,
    text: String,
    category_broad: String,
    category_detailed: String,
    tuple: String,
}

/// Reads `dsg_dev.csv`. Tuples about written text are left out: a descriptor quotes the text, and its thing is asked for
/// on its own.
///
/// # Errors
///
/// When the text is no CSV with DSG's columns.
pub fn read(csv: &str) -> Result<Vec<Prompt>, EvaluationError> {
    let mut prompts: BTreeMap<String, Prompt> = BTreeMap::new();
    for row in csv::Reader::from_reader(csv.as_bytes()).deserialize() {
        let row: Row = row?;
        let prompt = prompts.entry(row.item_id.clone()).or_insert_with(|| Prompt {
            id: row.item_id,
            text: row.text,
            tuples: Vec::new(),
            held_out: false,
        });
        if let Some(tuple) = tuple(&row.category_broad, &row.category_detailed, &row.tuple)
            && !prompt.tuples.contains(&tuple)
        {
            prompt.tuples.push(tuple);
        }
    }
    Ok(split(prompts.into_values().collect()))
}

/// Deals each source's prompts to the halves in turn, in the order of their texts' hashes.
fn split(mut prompts: Vec<Prompt>) -> Vec<Prompt> {
    let source = |prompt: &Prompt| prompt.id.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    prompts.sort_by_cached_key(|prompt| (source(prompt), Sha256::digest(prompt.text.as_bytes()).to_vec()));
    let mut dealt: BTreeMap<String, usize> = BTreeMap::new();
    for prompt in &mut prompts {
        let turn = dealt.entry(source(prompt)).or_default();
        prompt.held_out = *turn % 2 == 1;
        *turn += 1;
    }
    prompts
}

fn tuple(broad: &str, detailed: &str, text: &str) -> Option<Tuple> {
    let category = match (broad, detailed) {
        ("entity", _) => Category::Entity,
        (_, "count") => Category::Count,
        ("attribute", "color") => Category::Color,
        ("attribute", "material") => Category::Material,
        ("attribute", _) => Category::Quality,
        // "(dog, run)": a relation to nothing is a state.
        ("relation", _) if text.matches(", ").count() < 2 => Category::Quality,
        ("relation", _) => Category::Relation,
        ("global", _) => Category::Global,
        _ => return None,
    };
    let (_, inside) = text.split_once('(')?;
    let inside = inside.strip_suffix(')').unwrap_or(inside);
    if is_setting(inside) {
        return None;
    }
    let mut arguments: Vec<String> = inside.split(", ").map(|argument| argument.trim().to_owned()).collect();
    if matches!(category, Category::Entity | Category::Global) {
        arguments = vec![inside.to_owned()];
    }
    Some(Tuple { category, arguments })
}

/// Whether a tuple repeats what is addressed to the generator and cannot be seen: "--ar 16:9", "aspect ratio 16:9".
fn is_setting(arguments: &str) -> bool {
    let said = arguments.rsplit(", ").next().unwrap_or(arguments);
    said.starts_with("--") || said.starts_with("aspect ratio") || (said.starts_with("ar ") && said.contains(':'))
}

/// How well `found` meets the prompt's tuples, by category.
///
/// Each item of the answer may meet one tuple and each tuple one item. An attribute meets any attribute tuple; the finer
/// categories then count tuples by DSG's kind and items by the answer's own.
pub fn compare(prompt: &Prompt, found: &Decomposition) -> BTreeMap<Category, Tally> {
    let items = items(found);
    let mut used = vec![false; items.len()];
    let mut tallies: BTreeMap<Category, Tally> = BTreeMap::new();
    let mut count = |category: Category, add: fn(&mut Tally)| {
        add(tallies.entry(category).or_default());
        if category.whole() != category {
            add(tallies.entry(category.whole()).or_default());
        }
    };
    for tuple in &prompt.tuples {
        count(tuple.category, |tally| tally.wanted += 1);
        let meeting = items
            .iter()
            .enumerate()
            .position(|(at, item)| !used.get(at).copied().unwrap_or(true) && meets(item, tuple));
        if let Some(at) = meeting {
            if let Some(used) = used.get_mut(at) {
                *used = true;
            }
            count(tuple.category, |tally| tally.recalled += 1);
        }
    }
    for (item, used) in items.iter().zip(used) {
        // Written text has tuples of another kind, which are not read; it is neither right nor wrong here.
        if !used && item.category == Category::Entity && item.text.contains('"') {
            continue;
        }
        count(item.category, |tally| tally.found += 1);
        if used {
            count(item.category, |tally| tally.right += 1);
        }
    }
    tallies
}

/// A piece of an answer.
struct Item<'a> {
    category: Category,
    text: &'a str,
    words: Vec<String>,
    count: Option<u32>,
}

fn items(found: &Decomposition) -> Vec<Item<'_>> {
    let item = |category, text, count| Item { category, text, words: words_of(text), count };
    let mut items = Vec::new();
    for descriptor in &found.descriptors {
        let category = match descriptor.kind {
            DescriptorKind::Object | DescriptorKind::Part => Category::Entity,
            DescriptorKind::Color => Category::Color,
            DescriptorKind::Material => Category::Material,
            DescriptorKind::State => Category::Quality,
            DescriptorKind::Relation => Category::Relation,
        };
        items.push(item(category, descriptor.text.as_str(), None));
        if let Some(count) = descriptor.count {
            items.push(item(Category::Count, descriptor.text.as_str(), Some(count)));
        }
    }
    let said = found.attributes.iter().filter(|attribute| attribute.source == AttributeSource::Prompt);
    items.extend(said.map(|attribute| item(Category::Global, attribute.text.as_str(), None)));
    items
}

fn meets(item: &Item, tuple: &Tuple) -> bool {
    if item.category.whole() != tuple.category.whole() {
        return false;
    }
    let argument = |at: usize| tuple.arguments.get(at).map_or("", String::as_str);
    match tuple.category {
        Category::Entity => same_thing(item.text, argument(0)),
        Category::Global => overlap(&item.words, &words_of(argument(0))),
        Category::Relation => {
            let (subject, object) = (head(argument(0)), head(argument(1)));
            let said = words_of(argument(2));
            let between = |a: &str, b: &str| {
                let from = item.words.iter().position(|word| word == a)?;
                let to = item.words.iter().rposition(|word| word == b)?;
                item.words.get(from + 1..to)
            };
            between(&subject, &object).is_some_and(|words| overlap(words, &said))
                || between(&object, &subject).is_some_and(|words| overlap(&converse(words), &said))
        }
        Category::Count if argument(1).ends_with(|c: char| c.is_ascii_digit()) => {
            let count = argument(1).trim_start_matches('=').parse().ok();
            item.count.is_some() && item.count == count && item.words.contains(&head(argument(0)))
        }
        _ => {
            let thing = head(argument(0));
            let said: Vec<String> = item.words.iter().filter(|word| **word != thing).cloned().collect();
            item.count.is_none()
                && said.len() < item.words.len()
                && overlap(&said, &words_of(&tuple.arguments.get(1..).unwrap_or_default().join(" ")))
        }
    }
}
