//! Matrix products that were quantised dynamically.
//!
//! ```text
//! x ─ DynamicQuantizeLinear ─ MatMulInteger ─ Cast ─ Mul ─ y
//!                  weights ──┘   weights' scale · x's scale ┘
//! ```

use super::{
    GraphError,
    onnx::{Graph, Node},
};

/// The tensors around a product.
pub(super) struct Product {
    pub(super) x: String,
    pub(super) weights: String,
    pub(super) weights_zero: String,
    pub(super) weights_scale: String,
    pub(super) y: String,
    /// The index of the node that writes `y`.
    pub(super) last: usize,
}

impl Product {
    /// The only one whose name holds `part`.
    pub(super) fn named(graph: &Graph, part: &str) -> Result<Self, GraphError> {
        let product = graph.only_node(part, "MatMulInteger node", |node| {
            node.is("MatMulInteger") && node.name.as_deref().is_some_and(|name| name.contains(part))
        })?;
        Self::around(graph, product)
    }

    fn around(graph: &Graph, product: &Node) -> Result<Self, GraphError> {
        let missing = |expected| GraphError::Pattern { node: product.name.clone().unwrap_or_default(), expected };
        let writer = |value: &str, op: &'static str| {
            let writes = |node: &&Node| node.is(op) && node.output.iter().any(|name| name == value);
            graph.node.iter().find(writes).ok_or_else(|| missing(op))
        };
        let reader = |value: &str, op: &'static str| {
            let reads = |node: &Node| node.is(op) && node.input.iter().any(|name| name == value);
            graph.node.iter().position(reads).ok_or_else(|| missing(op))
        };
        let [quantised, weights, _, weights_zero] = product.input.as_slice() else {
            return Err(missing("two factors with zero points"));
        };
        let quantise = writer(quantised, "DynamicQuantizeLinear")?;
        let ([x], [_, x_scale, _], [product_value]) =
            (quantise.input.as_slice(), quantise.output.as_slice(), product.output.as_slice())
        else {
            return Err(missing("DynamicQuantizeLinear"));
        };
        let cast = &graph.node[reader(product_value, "Cast")?];
        let [cast_value] = cast.output.as_slice() else { return Err(missing("Cast")) };
        let last = reader(cast_value, "Mul")?;
        let [y] = graph.node[last].output.as_slice() else { return Err(missing("Mul")) };
        let scale = other(&graph.node[last], cast_value).ok_or_else(|| missing("Mul by a scale"))?;
        let weights_scale = other(writer(scale, "Mul")?, x_scale).ok_or_else(|| missing("Mul of two scales"))?;
        Ok(Self {
            x: x.clone(),
            weights: weights.clone(),
            weights_zero: weights_zero.clone(),
            weights_scale: weights_scale.to_owned(),
            y: y.clone(),
            last,
        })
    }
}

/// The factor of a product that is not `known`.
fn other<'a>(node: &'a Node, known: &str) -> Option<&'a str> {
    match node.input.as_slice() {
        [a, b] if a == known => Some(b),
        [a, b] if b == known => Some(a),
        _ => None,
    }
}
