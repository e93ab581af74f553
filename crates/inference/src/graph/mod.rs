//! Changes of a published ONNX graph that keep its weights: what a model's file in the store is made with.
//!
//! A change is named in the models manifest and done in the order given there; what nothing reads any more is dropped
//! afterwards. The same file and changes give the same bytes on every machine, so that the result is checked by its
//! checksum like any other file.

mod blocks;
mod branch;
mod eight_bits;
mod float;
mod numbers;
mod onnx;
mod program;
mod prune;
mod quantised;
mod tensor;

use std::collections::BTreeMap;

use prost::Message;
use serde::Deserialize;

pub use numbers::Numbers;
use onnx::Model;

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Dynamically quantised matrix products that shall be computed in float: each entry is a part of exactly one
    /// `MatMulInteger` node's name. The weights stay int8 in the file and are scaled to float when it is loaded.
    Float(Vec<String>),
    /// Such products that shall be computed in eight bits with a scale for every 128 values of a row of the activations,
    /// where they have one for all; named in the same way. Weights and their scales stay as they are.
    Blocks(Vec<String>),
    /// Float products by constant weights that shall be computed in eight bits, with a scale for each column of the weights
    /// and one for all activations: each entry is how the names of one `MatMul` node or more begin.
    EightBits(Vec<String>),
    /// The inputs that the graph shall have instead of its own, by name: floats of any shape.
    Inputs(Vec<String>),
    /// Nodes to add, as text (see `program.rs`).
    Nodes(String),
    /// Sizes that the export wrote down as numbers, for an input of another size.
    Numbers(Numbers),
    /// Outputs that shall not be computed, by name.
    DropOutputs(Vec<String>),
    /// Tensors within the graph that shall be outputs, by name; floats.
    Outputs(Vec<String>),
    /// One more output.
    Branch(Branch),
}

/// An output that is computed as another one is, with some tensors on the way replaced by others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// The new output's name.
    pub name: String,
    /// The output that it is computed like.
    pub like: String,
    /// Tensor → the one that stands for it, an earlier one. What is computed from none of them stays shared.
    pub replace: BTreeMap<String, String>,
}

/// Why a graph cannot be changed.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// Not an ONNX file.
    #[error("not an ONNX model: {0}")]
    NotOnnx(String),
    /// Writing it again would lose something.
    #[error("the ONNX model holds {lost} bytes in fields that this program does not know, and would lose them")]
    UnknownFields {
        /// Bytes.
        lost: usize,
    },
    /// A name of the change names nothing, or several things.
    #[error("expected {what} to name exactly one {kind} of the graph, got {found}; correct the manifest's change")]
    Ambiguous {
        /// The name.
        what: String,
        /// What it should name.
        kind: &'static str,
        /// How many it names.
        found: usize,
    },
    /// A number to replace is not there.
    #[error(
        "expected the number {number} in a constant whose name begins with '{under}'; correct the manifest's change"
    )]
    Number {
        /// The number.
        number: i64,
        /// Where it should be.
        under: String,
    },
    /// A beginning of names with which none begins.
    #[error(
        "expected {beginning} to begin the name of a product (MatMul) by a constant; correct the manifest's change"
    )]
    Beginning {
        /// The beginning.
        beginning: String,
    },
    /// The node is not part of the pattern that is replaced.
    #[error(
        "node {node} is not followed by {expected}, as in a dynamically quantised product; leave it out of the change"
    )]
    Pattern {
        /// The node.
        node: String,
        /// What should stand there.
        expected: &'static str,
    },
    /// The replaced tensors do not lead to the output.
    #[error("output {output} depends on none of the tensors to replace; correct the manifest's change")]
    Apart {
        /// The output.
        output: String,
    },
    /// A constant is not there, or of another kind.
    #[error("expected a constant '{name}' of the kind that this change needs; leave it out of the change")]
    Constant {
        /// Its name.
        name: String,
    },
    /// The text of nodes to add is not one.
    #[error("line {line} of the nodes to add: expected {expected} before '{found}'")]
    Program {
        /// From 1.
        line: usize,
        /// What should stand there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// Nodes that read each other.
    #[error("'{name}' is computed from itself; correct the nodes to add")]
    Circle {
        /// One tensor on the way.
        name: String,
    },
    /// Nothing would be left.
    #[error("no output would be left; keep at least one")]
    NoOutput,
}

/// The model in `bytes` with `changes` done, as a file.
pub fn apply(bytes: &[u8], changes: &[Change]) -> Result<Vec<u8>, GraphError> {
    let mut model = Model::decode_all(bytes)?;
    let graph = model.graph.get_or_insert_default();
    for change in changes {
        match change {
            Change::Float(nodes) => float::to_float(graph, nodes)?,
            Change::Blocks(nodes) => blocks::to_blocks(graph, nodes)?,
            Change::EightBits(beginnings) => eight_bits::quantise(graph, beginnings)?,
            Change::Inputs(names) => prune::set_inputs(graph, names),
            Change::Nodes(text) => program::add(graph, text)?,
            Change::Numbers(wanted) => numbers::replace(graph, wanted)?,
            Change::DropOutputs(names) => prune::drop_outputs(graph, names)?,
            Change::Outputs(names) => prune::add_outputs(graph, names)?,
            Change::Branch(wanted) => branch::add(graph, wanted)?,
        }
    }
    prune::put_in_order(graph)?;
    prune::drop_unread(graph)?;
    model.name_domains();
    Ok(model.encode_to_vec())
}
