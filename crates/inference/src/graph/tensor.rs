//! Constant tensors: `TensorProto`, as far as changes make and read them.

use prost::Message;

use super::{
    GraphError,
    onnx::{FLOAT, Graph, Value, tensor_name},
};

/// `TensorProto.DataType`s beside [`FLOAT`].
const UINT8: i32 = 2;
const INT8: i32 = 3;
const INT64: i32 = 7;

/// `TensorProto`, without what no change needs.
#[derive(Clone, PartialEq, Message)]
struct Tensor {
    #[prost(int64, repeated, tag = "1")]
    dims: Vec<i64>,
    #[prost(int32, required, tag = "2")]
    kind: i32,
    #[prost(float, repeated, tag = "4")]
    floats: Vec<f32>,
    #[prost(int64, repeated, tag = "7")]
    wholes: Vec<i64>,
    #[prost(string, required, tag = "8")]
    name: String,
    #[prost(bytes = "vec", optional, tag = "9")]
    raw: Option<Vec<u8>>,
}

/// A constant of that shape, row-major.
pub(super) fn constant(name: &str, shape: &[usize], value: Value) -> Vec<u8> {
    let (kind, floats, wholes) = match value {
        Value::Real(value) => (FLOAT, vec![value], Vec::new()),
        Value::Whole(value) => (INT64, Vec::new(), vec![value]),
        Value::Wholes(values) => (INT64, Vec::new(), values),
    };
    Tensor { dims: dims(shape), kind, floats, wholes, name: name.to_owned(), raw: None }.encode_to_vec()
}

/// A constant of bytes.
pub(super) fn bytes(name: &str, shape: &[usize], values: Vec<u8>) -> Vec<u8> {
    of_bytes(name, shape, UINT8, values)
}

/// A constant of bytes that are numbers with a sign.
pub(super) fn signed_bytes(name: &str, shape: &[usize], values: Vec<u8>) -> Vec<u8> {
    of_bytes(name, shape, INT8, values)
}

fn of_bytes(name: &str, shape: &[usize], kind: i32, values: Vec<u8>) -> Vec<u8> {
    let raw = Some(values);
    Tensor { dims: dims(shape), kind, floats: Vec::new(), wholes: Vec::new(), name: name.to_owned(), raw }
        .encode_to_vec()
}

/// A constant list of floats.
pub(super) fn floats(name: &str, floats: Vec<f32>) -> Vec<u8> {
    Tensor { dims: dims(&[floats.len()]), kind: FLOAT, floats, wholes: Vec::new(), name: name.to_owned(), raw: None }
        .encode_to_vec()
}

fn dims(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|&extent| extent as i64).collect()
}

/// The shape and values of the graph's constant `name`, which must be `int8`.
pub(super) fn int8(graph: &Graph, name: &str) -> Result<(Vec<usize>, Vec<i8>), GraphError> {
    let tensor = find(graph, name, INT8)?;
    let shape = tensor.dims.iter().map(|&extent| extent as usize).collect();
    Ok((shape, tensor.raw.unwrap_or_default().into_iter().map(|byte| byte as i8).collect()))
}

/// The values of the graph's constant `name`, which must be floats.
pub(super) fn float(graph: &Graph, name: &str) -> Result<Vec<f32>, GraphError> {
    Ok(floats_of(find(graph, name, FLOAT)?))
}

/// Rows and columns of the graph's constant `name`, which must be a matrix of floats, and its values, row-major.
pub(super) fn float_matrix(graph: &Graph, name: &str) -> Result<([usize; 2], Vec<f32>), GraphError> {
    let tensor = find(graph, name, FLOAT)?;
    let &[rows, columns] = tensor.dims.as_slice() else { return Err(GraphError::Constant { name: name.to_owned() }) };
    let (shape, values) = ([rows as usize, columns as usize], floats_of(tensor));
    if values.is_empty() || shape[0].checked_mul(shape[1]) != Some(values.len()) {
        return Err(GraphError::Constant { name: name.to_owned() });
    }
    Ok((shape, values))
}

fn floats_of(tensor: Tensor) -> Vec<f32> {
    let Some(raw) = tensor.raw else { return tensor.floats };
    raw.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// A constant of whole numbers.
pub(super) struct Wholes {
    pub(super) shape: Vec<usize>,
    /// Row-major.
    pub(super) values: Vec<i64>,
}

/// The constant in a `TensorProto`; `None` for one of another kind.
pub(super) fn wholes(tensor: &[u8]) -> Result<Option<Wholes>, GraphError> {
    let tensor = Tensor::decode(tensor).map_err(|error| GraphError::NotOnnx(error.to_string()))?;
    if tensor.kind != INT64 {
        return Ok(None);
    }
    let read = |raw: Vec<u8>| raw.chunks_exact(8).filter_map(|b| b.try_into().ok()).map(i64::from_le_bytes).collect();
    let shape = tensor.dims.iter().map(|&extent| extent as usize).collect();
    Ok(Some(Wholes { shape, values: tensor.raw.map_or(tensor.wholes, read) }))
}

fn find(graph: &Graph, name: &str, kind: i32) -> Result<Tensor, GraphError> {
    for tensor in &graph.initializer {
        if tensor_name(tensor)? == name {
            let tensor = Tensor::decode(tensor.as_slice()).map_err(|error| GraphError::NotOnnx(error.to_string()))?;
            let fits = tensor.kind == kind;
            return if fits { Ok(tensor) } else { Err(GraphError::Constant { name: name.to_owned() }) };
        }
    }
    Err(GraphError::Constant { name: name.to_owned() })
}
