//! Matrix products that were quantised dynamically, computed in float again.
//!
//! ```text
//! x ─ DynamicQuantizeLinear ─ MatMulInteger ─ Cast ─ Mul ─ y        becomes      x ─────────────── MatMul ─ y
//!                  weights ──┘   weights' scale · x's scale ┘                    weights − zero point ─ Mul ┘
//!                                                                             weights' scale ┘
//! ```
//!
//! ONNX Runtime computes what hangs on constants alone once, when it loads the model.

use super::{
    GraphError,
    onnx::{FLOAT, Graph, Node},
};

/// Changes the products whose names hold one of `parts`.
pub(super) fn to_float(graph: &mut Graph, parts: &[String]) -> Result<(), GraphError> {
    parts.iter().try_for_each(|part| one_to_float(graph, part))
}

fn one_to_float(graph: &mut Graph, part: &str) -> Result<(), GraphError> {
    let product = graph.only_node(part, "MatMulInteger node", |node| {
        node.is("MatMulInteger") && node.name.as_deref().is_some_and(|name| name.contains(part))
    })?;
    let found = Product::around(graph, product)?;
    let named = |what: &str| format!("{}_{what}", found.y);
    let (cast, zero, moved, weights) =
        (named("weights_cast"), named("weights_zero"), named("weights_moved"), named("weights"));
    let nodes = [
        Node::new("Cast", &[&found.weights], &cast).with_integer("to", i64::from(FLOAT)),
        Node::new("Cast", &[&found.weights_zero], &zero).with_integer("to", i64::from(FLOAT)),
        Node::new("Sub", &[&cast, &zero], &moved),
        Node::new("Mul", &[&moved, &found.weights_scale], &weights),
        Node::new("MatMul", &[&found.x, &weights], &found.y),
    ];
    graph.node.splice(found.last..=found.last, nodes);
    Ok(())
}

/// The tensors around a quantised product.
struct Product {
    x: String,
    weights: String,
    weights_zero: String,
    weights_scale: String,
    y: String,
    /// The index of the node that writes `y`.
    last: usize,
}

impl Product {
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
