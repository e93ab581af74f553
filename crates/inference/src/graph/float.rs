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
    onnx::{Attribute, FLOAT, Graph, Node, Value},
    quantised::Product,
};

/// Changes the products whose names hold one of `parts`.
pub(super) fn to_float(graph: &mut Graph, parts: &[String]) -> Result<(), GraphError> {
    parts.iter().try_for_each(|part| one_to_float(graph, part))
}

fn one_to_float(graph: &mut Graph, part: &str) -> Result<(), GraphError> {
    let found = Product::named(graph, part)?;
    let named = |what: &str| format!("{}_{what}", found.y);
    let (cast, zero, moved, weights) =
        (named("weights_cast"), named("weights_zero"), named("weights_moved"), named("weights"));
    let to_float = Attribute::new("to", Value::Whole(i64::from(FLOAT)));
    let nodes = [
        Node::new("Cast", &[&found.weights], &cast).with(to_float.clone()),
        Node::new("Cast", &[&found.weights_zero], &zero).with(to_float),
        Node::new("Sub", &[&cast, &zero], &moved),
        Node::new("Mul", &[&moved, &found.weights_scale], &weights),
        Node::new("MatMul", &[&found.x, &weights], &found.y),
    ];
    graph.node.splice(found.last..=found.last, nodes);
    Ok(())
}
