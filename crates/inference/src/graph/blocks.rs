//! Products with a scale for every few values of their activations: `MatMulNBits`, ONNX Runtime's product for weights of few
//! bits. The weights keep their eight bits and the scale of their column, which is told again for each block.

use super::{
    GraphError,
    onnx::{Attribute, Graph, Node, Value},
    quantised::Product,
    tensor,
};

/// Values of a row that share a scale. Fewer are more exact and take longer.
const BLOCK: usize = 128;

/// What the operator calls computing in eight bits.
const EIGHT_BITS: i64 = 4;

/// Changes the products whose names hold one of `parts`.
pub(super) fn to_blocks(graph: &mut Graph, parts: &[String]) -> Result<(), GraphError> {
    parts.iter().try_for_each(|part| one_to_blocks(graph, part))
}

fn one_to_blocks(graph: &mut Graph, part: &str) -> Result<(), GraphError> {
    let found = Product::named(graph, part)?;
    let (shape, weights) = tensor::int8(graph, &found.weights)?;
    let (_, zeros) = tensor::int8(graph, &found.weights_zero)?;
    let scales = tensor::float(graph, &found.weights_scale)?;
    let unfit = |name: &str| GraphError::Constant { name: name.to_owned() };
    let &[rows, columns] = shape.as_slice() else { return Err(unfit(&found.weights)) };
    if !rows.is_multiple_of(BLOCK) || weights.len() != rows * columns || zeros.iter().any(|&zero| zero != 0) {
        return Err(unfit(&found.weights));
    }
    if scales.len() != columns {
        return Err(unfit(&found.weights_scale));
    }
    // The operator takes columns as rows, and numbers from 0 with their zero at 128.
    let turned = (0..columns).flat_map(|column| (0..rows).map(move |row| row * columns + column));
    let turned = turned.map(|at| (weights[at] as u8).wrapping_add(128)).collect();
    let blocks = rows / BLOCK;
    let [packed, repeated] = ["packed", "scales"].map(|what| format!("{}_{what}", found.y));
    let scales = scales.into_iter().flat_map(|scale| std::iter::repeat_n(scale, blocks)).collect();
    let attributes = [
        ("K", rows as i64),
        ("N", columns as i64),
        ("bits", 8),
        ("block_size", BLOCK as i64),
        ("accuracy_level", EIGHT_BITS),
    ];
    let node = Node::new("com.microsoft.MatMulNBits", &[&found.x, &packed, &repeated], &found.y);
    let with = |node: Node, (name, value)| node.with(Attribute::new(name, Value::Whole(value)));
    graph.node[found.last] = attributes.into_iter().fold(node, with);
    graph.initializer.push(tensor::bytes(&packed, &[columns, blocks, BLOCK], turned));
    graph.initializer.push(tensor::floats(&repeated, scales));
    Ok(())
}
