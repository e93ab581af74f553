//! Matrix products by constant weights, computed in eight bits.
//!
//! ```text
//! x ─ MatMul ─ y      becomes      x ─ DynamicQuantizeLinear ─ MatMulInteger ─ Cast ─ Mul ─ y
//!  weights ┘                                        weights ──┘   weights' scales · x's scale ┘
//! ```
//!
//! The activations get one scale for all of them at each run, each column of the weights one of its own: the form that
//! ONNX Runtime has a kernel for.

use super::{
    GraphError,
    onnx::{Attribute, FLOAT, Graph, Node, Value, tensor_name},
    tensor,
};

/// The largest weight of a column, in eight bits.
const MOST: f32 = 127.0;

/// Changes the products whose names begin with one of `beginnings`, each of which must begin at least one.
pub(super) fn quantise(graph: &mut Graph, beginnings: &[String]) -> Result<(), GraphError> {
    let constants = graph.initializer.iter().map(|tensor| tensor_name(tensor)).collect::<Result<Vec<_>, _>>()?;
    let (mut nodes, mut weights) = (Vec::with_capacity(graph.node.len()), Vec::new());
    let mut met = vec![false; beginnings.len()];
    for node in &graph.node {
        let name = node.name.as_deref().unwrap_or_default();
        let begins = |beginning: &String| name.starts_with(beginning);
        match (node.input.as_slice(), node.output.as_slice()) {
            ([x, factor], [y]) if node.is("MatMul") && constants.contains(factor) && beginnings.iter().any(begins) => {
                met.iter_mut().zip(beginnings).for_each(|(met, beginning)| *met |= begins(beginning));
                weights.extend(quantised(graph, factor, y)?);
                nodes.extend(product(x, y));
            }
            _ => nodes.push(node.clone()),
        }
    }
    if let Some(at) = met.iter().position(|met| !met) {
        return Err(GraphError::Beginning { beginning: beginnings[at].clone() });
    }
    graph.node = nodes;
    graph.initializer.extend(weights);
    Ok(())
}

/// The nodes of the product `y` of `x` and what [`quantised`] made of its weights.
fn product(x: &str, y: &str) -> [Node; 5] {
    let named = |what: &str| format!("{y}_{what}");
    let [values, scale, zero, whole, float, scales] = ["x", "x_scale", "x_zero", "whole", "float", "scales"].map(named);
    let mut quantise = Node::new("DynamicQuantizeLinear", &[x], &values);
    quantise.output.extend([scale.clone(), zero.clone()]);
    [
        quantise,
        Node::new("MatMulInteger", &[&values, &named("weights"), &zero], &whole),
        Node::new("Cast", &[&whole], &float).with(Attribute::new("to", Value::Whole(i64::from(FLOAT)))),
        Node::new("Mul", &[&scale, &named("weights_scale")], &scales),
        Node::new("Mul", &[&float, &scales], y),
    ]
}

/// The float constant `name`, rows by columns, in eight bits, and the scales of its columns.
fn quantised(graph: &Graph, name: &str, y: &str) -> Result<[Vec<u8>; 2], GraphError> {
    let (shape, weights) = tensor::float_matrix(graph, name)?;
    let [_, columns] = shape;
    let mut largest = vec![0.0_f32; columns];
    for (at, weight) in weights.iter().enumerate() {
        largest[at % columns] = largest[at % columns].max(weight.abs());
    }
    let scales: Vec<f32> = largest.into_iter().map(|most| if most > 0.0 { most / MOST } else { 1.0 }).collect();
    let whole = weights.iter().enumerate().map(|(at, weight)| (weight / scales[at % columns]).round() as i8);
    let whole = whole.map(|value| value as u8).collect();
    Ok([
        tensor::signed_bytes(&format!("{y}_weights"), &shape, whole),
        tensor::floats(&format!("{y}_weights_scale"), scales),
    ])
}
