//! What a graph gives, and dropping what is not needed for it.

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
