//! A second way through part of a graph.

use std::collections::HashMap;

use super::{
    Branch, GraphError,
    onnx::{Graph, Node, float_value},
};

/// Adds the output `wanted` tells of, with copies of the nodes between what is replaced and the output it is like.
pub(super) fn add(graph: &mut Graph, wanted: &Branch) -> Result<(), GraphError> {
    for name in wanted.replace.iter().flat_map(|(of, by)| [of, by]).chain([&wanted.like]) {
        graph.only_node(name, "node's output", |node| node.output.contains(name))?;
    }
    // Names on the old way → names on the new one.
    let mut renamed: HashMap<String, String> = wanted.replace.clone().into_iter().collect();
    let mut copies: Vec<Node> = Vec::new();
    for node in &graph.node {
        let replaced = node.output.iter().any(|name| wanted.replace.contains_key(name));
        if replaced || !node.input.iter().any(|name| renamed.contains_key(name)) {
            continue;
        }
        let mut copy = node.clone();
        for input in &mut copy.input {
            if let Some(new) = renamed.get(input) {
                input.clone_from(new);
            }
        }
        for output in &mut copy.output {
            let new = if *output == wanted.like { wanted.name.clone() } else { format!("{output}/{}", wanted.name) };
            renamed.insert(std::mem::replace(output, new.clone()), new);
        }
        copy.name = copy.output.first().cloned();
        copies.push(copy);
    }
    if !renamed.contains_key(&wanted.like) {
        return Err(GraphError::Apart { output: wanted.like.clone() });
    }
    graph.node.extend(copies);
    graph.output.push(float_value(&wanted.name));
    Ok(())
}
