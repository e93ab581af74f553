//! What a graph takes and gives, and dropping what is not needed for it.

use std::collections::HashSet;

use super::{
    GraphError,
    onnx::{Graph, float_value, tensor_name, value_name},
};

/// Makes tensors within the graph its outputs.
pub(super) fn add_outputs(graph: &mut Graph, names: &[String]) -> Result<(), GraphError> {
    for name in names {
        graph.only_node(name, "node's output", |node| node.output.contains(name))?;
        graph.output.push(float_value(name));
    }
    Ok(())
}

/// Makes `names` the graph's inputs: floats of any shape.
pub(super) fn set_inputs(graph: &mut Graph, names: &[String]) {
    graph.input = names.iter().map(|name| float_value(name)).collect();
}

/// Takes outputs away; what only they needed goes with [`drop_unread`].
pub(super) fn drop_outputs(graph: &mut Graph, names: &[String]) -> Result<(), GraphError> {
    for name in names {
        let before = graph.output.len();
        let mut kept = Vec::with_capacity(before);
        for output in graph.output.drain(..) {
            if value_name(&output)? != *name {
                kept.push(output);
            }
        }
        graph.output = kept;
        let found = before - graph.output.len();
        if found != 1 {
            return Err(GraphError::Ambiguous { what: name.clone(), kind: "output", found });
        }
    }
    if graph.output.is_empty() { Err(GraphError::NoOutput) } else { Ok(()) }
}

/// Puts each node after what it reads; where they stand in such an order already, they stay.
pub(super) fn put_in_order(graph: &mut Graph) -> Result<(), GraphError> {
    let mut waiting = std::mem::take(&mut graph.node);
    let mut unmade: HashSet<String> = waiting.iter().flat_map(|node| &node.output).cloned().collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        let mut later = Vec::new();
        for node in waiting {
            if node.input.iter().any(|name| unmade.contains(name)) {
                later.push(node);
            } else {
                node.output.iter().for_each(|name| _ = unmade.remove(name));
                graph.node.push(node);
            }
        }
        if later.len() == before {
            let name = later.into_iter().flat_map(|node| node.output).next().unwrap_or_default();
            return Err(GraphError::Circle { name });
        }
        waiting = later;
    }
    Ok(())
}

/// Drops the nodes and constants on which no output depends. Nodes with graphs of their own are kept, since those may
/// read anything.
pub(super) fn drop_unread(graph: &mut Graph) -> Result<(), GraphError> {
    let mut read: HashSet<String> = graph.output.iter().map(|output| value_name(output)).collect::<Result<_, _>>()?;
    let mut nodes = Vec::with_capacity(graph.node.len());
    // Backwards: each node stands after what it reads.
    for node in graph.node.drain(..).rev() {
        if node.output.iter().any(|name| read.contains(name)) {
            read.extend(node.input.iter().cloned());
            nodes.push(node);
        }
    }
    nodes.reverse();
    graph.node = nodes;
    let mut constants = Vec::with_capacity(graph.initializer.len());
    for tensor in graph.initializer.drain(..) {
        if read.contains(&tensor_name(&tensor)?) {
            constants.push(tensor);
        }
    }
    graph.initializer = constants;
    Ok(())
}
