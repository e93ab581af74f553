//! What each word of a sentence is and which word it hangs on.
//!
//! The network and its weights are those of spaCy's English pipeline `en_core_web_sm` 3.8.0 (tagger and parser), rewritten:
//! hashed word features, a four-layer convolution over the sentence, a softmax for the tags, and a greedy arc-eager
//! transition parser. `training/english_syntax` says how the weights were converted.

mod encoder;
mod features;
mod labels;
mod parser;
mod tensors;

pub(crate) use labels::{Relation, Tag};

use encoder::Encoder;
use parser::Parser;
use tensors::{Affine, Tensors};

/// Most words that are analysed at once; longer stretches are cut, so that memory stays bounded.
const MAX_WORDS: usize = 200;

/// Why the weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SyntaxError {
    /// The file is no safetensors file.
    #[error("the syntax weights cannot be read: {0}")]
    Unreadable(#[from] safetensors::SafeTensorError),
    /// A tensor or a list of names is missing or of another shape.
    #[error("the syntax weights are not those of the parser: {0}")]
    Unfit(String),
}

/// A word as it is written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word<'a> {
    /// With its capitals.
    pub text: &'a str,
    /// Whether white space follows.
    pub spaced: bool,
}

/// What a word does in its sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its part of speech.
    pub tag: Tag,
    /// The index of the word it hangs on; its own when it hangs on none.
    pub head: usize,
    /// How it hangs there.
    pub relation: Relation,
}

/// The tagger and the parser.
#[derive(Debug)]
pub(crate) struct Syntax {
    encoder: Encoder,
    tagger: Affine,
    tags: Vec<Tag>,
    parser: Parser,
}

impl Syntax {
    /// Reads the weights, safetensors of 16-bit floats.
    pub fn read(bytes: &[u8]) -> Result<Self, SyntaxError> {
        let tensors = Tensors::read(bytes)?;
        let tags: Vec<Tag> = tensors.names("tags")?.map(Tag::from_treebank).collect();
        Ok(Self {
            encoder: Encoder::read(&tensors)?,
            tagger: tensors.affine("tagger", encoder::WIDTH, tags.len())?,
            tags,
            parser: Parser::read(&tensors)?,
        })
    }

    /// Analyses the words of one sentence, in time linear in their number.
    pub fn analyse(&self, words: &[Word]) -> Vec<Node> {
        let mut nodes = Vec::with_capacity(words.len());
        for piece in words.chunks(MAX_WORDS) {
            let first = nodes.len();
            let vectors = self.encoder.encode(piece);
            let arcs = self.parser.parse(&vectors);
            for (vector, (head, relation)) in vectors.iter().zip(arcs) {
                let scores = self.tagger.apply(vector);
                let tag = tensors::best(&scores).and_then(|at| self.tags.get(at)).copied().unwrap_or(Tag::Other);
                nodes.push(Node { tag, head: first + head, relation });
            }
        }
        nodes
    }
}

#[cfg(test)]
mod tests;
