//! What a language model behind a chat endpoint adds to the lexicon, measured on prompts decomposed by hand.
//!
//! `cargo run --release -p cpaiqa-decomposition --example model_quality -- dsg_dev.csv BASE_URL MODEL [SECONDS [MAX_TOKENS]]`
//!
//! Asks the endpoint about DSG's prompts, in an order drawn by a hash of their names, until SECONDS (600) have passed, and
//! prints recall and precision of `entity - whole` by head word for the lexicon, for the model's checked answer alone and
//! for the two together as the service answers; then how many of the model's answers were used, and how far answers
//! agree over repeated calls and over a paraphrase (mean Jaccard index of the descriptor sets; every third prompt).
#![allow(clippy::print_stdout, reason = "a command-line report")]

use std::{
    collections::{BTreeMap, BTreeSet},
    error::Error,
    fs,
    time::{Duration, Instant},
};

use cpaiqa_decomposition::{ChatEndpoint, EndpointSettings, Lexicon, Limits, WithFallback, stem};
use domain::{
    decomposition::{Decomposition, DescriptorKind},
    roles::{Call, Decomposer},
};

macro_rules! lexicon_files {
    ($($name:literal),+) => { [$(($name, include_str!(concat!("../../../config/lexicon/", $name)))),+] };
}

const SYNTAX: &[u8] = include_bytes!("../../../models/english-syntax.safetensors");

/// Every so many prompts the stability is measured as well.
const STABILITY_EVERY: usize = 3;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [csv, base_url, model, rest @ ..] = arguments.as_slice() else {
        return Err("expected: dsg_dev.csv BASE_URL MODEL [SECONDS [MAX_TOKENS]]".into());
    };
    let seconds = rest.first().map_or(Ok(600), |seconds| seconds.parse())?;
    let max_tokens = rest.get(1).map_or(Ok(1536), |tokens| tokens.parse::<u32>())?;
    let both = decomposer(base_url, model, max_tokens)?;
    let end = Instant::now() + Duration::from_secs(seconds);
    let (mut lexicon, mut alone, mut together) = (Tally::default(), Tally::default(), Tally::default());
    let mut ends: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut repeated, mut paraphrased, mut own_paraphrased) = (Mean::default(), Mean::default(), Mean::default());
    for (at, (prompt, wanted)) in prompts(&fs::read_to_string(csv)?)?.into_iter().enumerate() {
        if Instant::now() >= end {
            break;
        }
        let own = both.fallback.answer(&prompt).0;
        let told = both.primary.ask(None, &prompt).await;
        let said = told.as_ref().map(|told| told.decomposition.clone()).unwrap_or_default();
        let answer = both.settle(Call::default(), &prompt, told.clone()).await?;
        let how = match (&told, &answer.degraded) {
            (Err(_), _) => "unusable",
            (Ok(_), Some(_)) => "usable but not believed",
            (Ok(_), None) => "believed",
        };
        *ends.entry(how).or_default() += 1;
        println!("{how}: {prompt}");
        println!("  model    {}", shown(&said));
        println!("  together {}", shown(&answer.decomposition));
        if let Some(why) = &answer.degraded {
            println!("  {why}");
        }
        lexicon.add(&wanted, &entities(&own));
        alone.add(&wanted, &entities(&said));
        together.add(&wanted, &entities(&answer.decomposition));
        if at % STABILITY_EVERY == 0 {
            let again = both.decompose(Call::default(), &prompt).await?.decomposition;
            let other = paraphrase(&prompt);
            repeated.add(jaccard(&answer.decomposition, &again));
            paraphrased
                .add(jaccard(&answer.decomposition, &both.decompose(Call::default(), &other).await?.decomposition));
            own_paraphrased.add(jaccard(&own, &both.fallback.answer(&other).0));
        }
    }
    println!("answers {ends:?}");
    lexicon.report("lexicon alone");
    alone.report("model alone");
    together.report("together");
    repeated.report("agreement over repeated calls");
    paraphrased.report("agreement over a paraphrase");
    own_paraphrased.report("agreement over a paraphrase, lexicon alone");
    Ok(())
}

fn decomposer(base_url: &str, model: &str, max_tokens: u32) -> Result<WithFallback, Box<dyn Error>> {
    let files = lexicon_files!(
        "attributes.toml",
        "colors.toml",
        "grammar.toml",
        "inferences.toml",
        "materials.toml",
        "nouns.toml",
        "numbers.toml",
        "relations.toml"
    );
    let limits = Limits::default();
    let settings: EndpointSettings = toml::from_str(&format!(
        "base_url = {base_url:?}\nmodel = {model:?}\napi_key_env = \"DECOMPOSITION_API_KEY\"\ntimeout_ms = 600000\nmax_tokens = {max_tokens}"
    ))?;
    // An endpoint without keys does not mind one.
    let key = |name: &str| Some(std::env::var(name).unwrap_or_else(|_| "none".to_owned()));
    Ok(WithFallback {
        primary: ChatEndpoint::new(&settings, limits, key)?,
        fallback: Lexicon::parse(&files, SYNTAX, limits)?.into(),
    })
}

/// A prompt and the head words of its entities.
type Prompt = (String, BTreeSet<String>);

/// DSG's prompts with the head words of their entities, in the order of a hash of their names.
fn prompts(text: &str) -> Result<Vec<Prompt>, Box<dyn Error>> {
    let mut prompts: BTreeMap<u64, Prompt> = BTreeMap::new();
    for row in csv::Reader::from_reader(text.as_bytes()).deserialize() {
        let row: BTreeMap<String, String> = row?;
        let column = |name: &str| row.get(name).map(String::as_str).unwrap_or_default();
        let prompt = prompts.entry(hash(column("item_id"))).or_default();
        prompt.0 = column("text").to_owned();
        if (column("category_broad"), column("category_detailed")) == ("entity", "whole") {
            let tuple = column("tuple").split_once('(').map_or("", |(_, tuple)| tuple.trim_end_matches(')'));
            prompt.1.insert(head(tuple));
        }
    }
    Ok(prompts.into_values().collect())
}

/// FNV-1a, its bits mixed once more: it mixes short names poorly.
fn hash(name: &str) -> u64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn paraphrase(prompt: &str) -> String {
    format!("An image that shows {}, please.", prompt.trim().trim_end_matches('.'))
}

fn entities(parts: &Decomposition) -> BTreeSet<String> {
    let objects = parts.descriptors.iter().filter(|descriptor| descriptor.kind == DescriptorKind::Object);
    objects.map(|object| head(&object.text)).collect()
}

/// A phrase's head word: the last one before "of" or a quotation.
fn head(phrase: &str) -> String {
    let phrase = phrase.to_lowercase();
    let phrase = phrase.split(" of ").next().unwrap_or_default();
    let phrase = phrase.split('"').next().unwrap_or_default();
    let word = phrase.split(|c: char| !c.is_alphanumeric() && c != '\'').rfind(|word| !word.is_empty());
    stem(word.unwrap_or_default())
}

fn jaccard(a: &Decomposition, b: &Decomposition) -> f64 {
    let set = |parts: &Decomposition| -> BTreeSet<String> {
        parts.descriptors.iter().map(|d| format!("{:?} {}", d.kind, d.text.to_lowercase())).collect()
    };
    let (a, b) = (set(a), set(b));
    let all = a.union(&b).count();
    if all == 0 { 1.0 } else { a.intersection(&b).count() as f64 / all as f64 }
}

fn shown(parts: &Decomposition) -> String {
    let descriptors = parts.descriptors.iter().map(|d| format!("[{}]", d.text));
    descriptors.chain(parts.attributes.iter().map(|a| format!("({})", a.text))).collect::<Vec<_>>().join(" ")
}

#[derive(Default)]
struct Tally {
    wanted: usize,
    found: usize,
    both: usize,
}

impl Tally {
    fn add(&mut self, wanted: &BTreeSet<String>, found: &BTreeSet<String>) {
        self.wanted += wanted.len();
        self.found += found.len();
        self.both += wanted.intersection(found).count();
    }

    fn report(&self, name: &str) {
        let share = |of: usize| self.both as f64 / of.max(1) as f64;
        println!(
            "{name}: recall {:.3} ({}/{}), precision {:.3} ({}/{})",
            share(self.wanted),
            self.both,
            self.wanted,
            share(self.found),
            self.both,
            self.found
        );
    }
}

#[derive(Default)]
struct Mean {
    sum: f64,
    count: usize,
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1;
    }

    fn report(&self, name: &str) {
        println!("{name}: {:.3} over {} prompts", self.sum / self.count.max(1) as f64, self.count);
    }
}
