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
    // Names on the old way → names on the new one, of what is copied.
    let mut renamed: HashMap<String, String> = HashMap::new();
    let mut copies: Vec<Node> = Vec::new();
    for node in &graph.node {
        let inputs: Vec<String> = node
            .input
            .iter()
            .map(|name| wanted.replace.get(name).unwrap_or(name))
            .map(|name| renamed.get(name).unwrap_or(name).clone())
            .collect();
        if inputs == node.input || node.output.iter().any(|name| wanted.replace.contains_key(name)) {
            continue;
        }
        let mut copy = node.clone();
        copy.input = inputs;
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
