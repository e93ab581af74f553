//! The built-in decomposer: a tagger and parser, and word lists for what grammar does not tell. It
//! answers at once and never fails.

use async_trait::async_trait;
use domain::{
    decomposition::{AttributeKind, AttributeSource, Decomposition},
    language::Language,
    roles::{Answer, Call, Decomposed, Decomposer, ModelInfo},
};
use sha2::{Digest, Sha256};

use crate::{
    file,
    findings::Findings,
    settings::Limits,
    syntax::{Syntax, SyntaxError},
    words,
};

mod answer;
mod chunks;
mod clauses;
mod language;
mod lists;
mod reading;
mod token;
mod vocabulary;

use lists::Lists;
use reading::Reading;
use token::Token;
use vocabulary::{Conflict, Vocabulary};

/// Version of the rules; to be raised when a change of code makes the same lists give other answers.
const RULES_VERSION: &str = "2";

/// Why the word lists or the parser cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// A file is no TOML, or names a list there is not; the message names the file and the line.
    #[error("{0}")]
    Unreadable(String),
    /// The parser's weights cannot be used.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// A phrase stands in two lists that give it different meanings.
    #[error("'{phrase}' has two meanings, keep one: {}", places.join("; "))]
    Conflict {
        /// The phrase.
        phrase: String,
        /// The lists, with their files and lines.
        places: Vec<String>,
    },
}

/// Takes English prompts apart by their grammar.
#[derive(Debug)]
pub struct Lexicon {
    syntax: Syntax,
    vocabulary: Vocabulary,
    limits: Limits,
    /// SHA-256 of the lists and the parser's weights in hex.
    sha256: String,
}

impl Lexicon {
    /// Reads the word lists, each file as (name, TOML), see `config/lexicon/`, and the parser's weights,
    /// `models/english-syntax.safetensors`.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, a phrase stands in two lists, or the weights are not the parser's.
    pub fn parse(files: &[(&str, &str)], weights: &[u8], limits: Limits) -> Result<Self, LexiconError> {
        let mut lists = Lists::default();
        let mut hash = Sha256::new();
        for (file, text) in files {
            lists.merge(file::read(file, text).map_err(LexiconError::Unreadable)?);
            hash.update(text);
        }
        hash.update(weights);
        let sha256 = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let vocabulary = Vocabulary::new(lists).map_err(|Conflict(phrase)| {
            let places = file::places(files, |other| vocabulary::same(other, &phrase));
            LexiconError::Conflict { phrase, places }
        })?;
        Ok(Self { syntax: Syntax::read(weights)?, vocabulary, limits, sha256 })
    }

    /// Takes `prompt` apart in time linear in its length; the second value says why the answer is worse than it
    /// should be.
    pub fn answer(&self, prompt: &str) -> (Decomposition, Option<String>) {
        let tokens = token::tokenize(prompt, self.limits.max_prompt_chars);
        if let Some(reason) = language::obstacle(prompt) {
            return (Decomposition::default(), Some(reason));
        }
        let reading = Reading::new(&tokens, &self.syntax, &self.vocabulary);
        let chunks = chunks::chunks(&reading);
        let statements = clauses::statements(&reading, &chunks);
        let mut findings = Findings::new(self.limits);
        answer::write(&reading, &chunks, &statements, &mut findings);
        self.infer(&tokens, &mut findings);
        (findings.finish(), None)
    }

    /// Adds what follows from the prompt's words without being said.
    fn infer(&self, tokens: &[Token], findings: &mut Findings) {
        let stems: Vec<String> = tokens
            .iter()
            .map(|token| match token {
                Token::Word { text, .. } => words::stem(text),
                _ => String::new(),
            })
            .collect();
        for at in 0..stems.len() {
            let Some(inference) = self.vocabulary.inference(stems.get(at..).unwrap_or_default()) else { continue };
            // A picture has one medium and one era; what the prompt says outweighs what it hints at.
            let exclusive = matches!(inference.kind, AttributeKind::Medium | AttributeKind::Era);
            if !(exclusive && findings.has_attribute(inference.kind)) {
                findings.attribute(inference.kind, inference.text.clone(), AttributeSource::Inferred);
            }
        }
    }

    fn version(&self) -> String {
        format!("{RULES_VERSION}-{}", self.sha256.get(..12).unwrap_or_default())
    }
}

#[async_trait]
impl Decomposer for Lexicon {
    fn cache_key(&self) -> String {
        let Limits { max_descriptors, max_attributes, max_prompt_chars } = self.limits;
        format!("lexicon/{}/{max_descriptors}-{max_attributes}-{max_prompt_chars}", self.version())
    }

    async fn decompose(&self, _call: Call, prompt: &str) -> Answer<Decomposed> {
        let (decomposition, degraded) = self.answer(prompt);
        Ok(Decomposed {
            decomposition,
            language: Language::of(prompt).tag.to_owned(),
            english: None,
            backend: "lexicon".to_owned(),
            degraded,
            models: vec![ModelInfo {
                role: "decomposition".to_owned(),
                name: "lexicon".to_owned(),
                version: self.version(),
                sha256: self.sha256.clone(),
                ..ModelInfo::default()
            }],
        })
    }
}

#[cfg(test)]
mod tests;
