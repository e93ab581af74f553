//! Numbers that an export wrote into the graph where they follow from the size of the input.

use prost::Message;
use serde::Deserialize;

use super::{
    GraphError,
    onnx::{Graph, Value},
    tensor::{self, Wholes},
};

/// Whole numbers that become others.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Numbers {
    /// How the names of the constants begin.
    pub under: String,
    /// A part of the names of those that stay as they are.
    pub except: Option<String>,
    /// Pairs: a number, and the one that it becomes wherever it stands in these constants.
    pub changes: Vec<[i64; 2]>,
}

/// The attribute `value` of a `Constant` node.
#[derive(Clone, PartialEq, Message)]
struct ConstantValue {
    #[prost(bytes = "vec", optional, tag = "5")]
    tensor: Option<Vec<u8>>,
}

/// Changes the numbers of the constants of whole numbers that `wanted` names.
pub(super) fn replace(graph: &mut Graph, wanted: &Numbers) -> Result<(), GraphError> {
    let Numbers { under, except, changes } = wanted;
    let mut met = vec![false; changes.len()];
    let mut replaced = Vec::new();
    for node in graph.node.iter().filter(|node| node.is("Constant")) {
        let Some(name) = node.output.first() else { continue };
        if !name.starts_with(under) || except.as_ref().is_some_and(|part| name.contains(part)) {
            continue;
        }
        let Some(value) = node.attribute.first() else { continue };
        let value = ConstantValue::decode(value.as_slice()).map_err(|error| GraphError::NotOnnx(error.to_string()))?;
        let Some(Wholes { shape, mut values }) = tensor::wholes(&value.tensor.unwrap_or_default())? else { continue };
        for number in &mut values {
            if let Some(at) = changes.iter().position(|[before, _]| before == number) {
                (*number, met[at]) = (changes[at][1], true);
            }
        }
        replaced.push((name.clone(), tensor::constant(name, &shape, Value::Wholes(values))));
    }
    if let Some(at) = met.iter().position(|met| !met) {
        return Err(GraphError::Number { number: changes[at][0], under: under.clone() });
    }
    graph.node.retain(|node| !replaced.iter().any(|(name, _)| node.output.contains(name)));
    graph.initializer.extend(replaced.into_iter().map(|(_, tensor)| tensor));
    Ok(())
}
