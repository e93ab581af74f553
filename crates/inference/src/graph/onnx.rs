//! The part of the ONNX file format that changing a graph needs.
//!
//! Messages that no change looks into stay bytes, so nothing inside them can be lost; [`Model::decode_all`] refuses a file
//! with fields that are not listed here. Tags and types are those of `onnx.proto` (Apache-2.0), up to IR version 13.

use prost::Message;

use super::GraphError;

/// A message that is carried along unread.
type Opaque = Vec<u8>;

/// `ModelProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Model {
    #[prost(int64, optional, tag = "1")]
    ir_version: Option<i64>,
    #[prost(bytes = "vec", optional, tag = "2")]
    producer_name: Option<Opaque>,
    #[prost(bytes = "vec", optional, tag = "3")]
    producer_version: Option<Opaque>,
    #[prost(bytes = "vec", optional, tag = "4")]
    domain: Option<Opaque>,
    #[prost(int64, optional, tag = "5")]
    model_version: Option<i64>,
    #[prost(bytes = "vec", optional, tag = "6")]
    doc_string: Option<Opaque>,
    #[prost(message, optional, tag = "7")]
    pub(super) graph: Option<Graph>,
    #[prost(message, repeated, tag = "8")]
    opset_import: Vec<OperatorSet>,
    #[prost(bytes = "vec", repeated, tag = "14")]
    metadata_props: Vec<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "20")]
    training_info: Vec<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "25")]
    functions: Vec<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "26")]
    configuration: Vec<Opaque>,
}

/// `GraphProto`: nodes in an order in which each stands after what it reads.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Graph {
    #[prost(message, repeated, tag = "1")]
    pub(super) node: Vec<Node>,
    #[prost(bytes = "vec", optional, tag = "2")]
    name: Option<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "5")]
    pub(super) initializer: Vec<Opaque>,
    #[prost(bytes = "vec", optional, tag = "10")]
    doc_string: Option<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "11")]
    pub(super) input: Vec<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "12")]
    pub(super) output: Vec<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "13")]
    value_info: Vec<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "14")]
    quantization_annotation: Vec<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "15")]
    sparse_initializer: Vec<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "16")]
    metadata_props: Vec<Opaque>,
}

/// `NodeProto`.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Node {
    #[prost(string, repeated, tag = "1")]
    pub(super) input: Vec<String>,
    #[prost(string, repeated, tag = "2")]
    pub(super) output: Vec<String>,
    #[prost(string, optional, tag = "3")]
    pub(super) name: Option<String>,
    #[prost(string, optional, tag = "4")]
    pub(super) op_type: Option<String>,
    #[prost(bytes = "vec", repeated, tag = "5")]
    pub(super) attribute: Vec<Opaque>,
    #[prost(bytes = "vec", optional, tag = "6")]
    doc_string: Option<Opaque>,
    #[prost(string, optional, tag = "7")]
    domain: Option<String>,
    #[prost(bytes = "vec", optional, tag = "8")]
    overload: Option<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "9")]
    metadata_props: Vec<Opaque>,
    #[prost(bytes = "vec", repeated, tag = "10")]
    device_configurations: Vec<Opaque>,
}

/// The name inside a `ValueInfoProto`.
#[derive(Clone, PartialEq, Message)]
struct NamedValue {
    #[prost(string, optional, tag = "1")]
    name: Option<String>,
}

/// The name inside a `TensorProto`.
#[derive(Clone, PartialEq, Message)]
struct NamedTensor {
    #[prost(string, optional, tag = "8")]
    name: Option<String>,
}

/// `OperatorSetIdProto`.
#[derive(Clone, PartialEq, Message)]
struct OperatorSet {
    #[prost(string, optional, tag = "1")]
    domain: Option<String>,
    #[prost(int64, optional, tag = "2")]
    version: Option<i64>,
}

/// `AttributeProto`, of numbers.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Attribute {
    #[prost(string, required, tag = "1")]
    name: String,
    #[prost(float, optional, tag = "2")]
    real: Option<f32>,
    #[prost(int64, optional, tag = "3")]
    whole: Option<i64>,
    #[prost(int64, repeated, tag = "8")]
    wholes: Vec<i64>,
    #[prost(int32, required, tag = "20")]
    kind: i32,
}

/// What an attribute or a constant is.
pub(super) enum Value {
    Real(f32),
    Whole(i64),
    Wholes(Vec<i64>),
}

/// A float `ValueInfoProto` of any shape.
#[derive(Clone, PartialEq, Message)]
struct FloatValue {
    #[prost(string, required, tag = "1")]
    name: String,
    #[prost(message, required, tag = "2")]
    kind: ValueKind,
}

/// `TypeProto`.
#[derive(Clone, PartialEq, Message)]
struct ValueKind {
    #[prost(message, required, tag = "1")]
    tensor: TensorKind,
}

/// `TypeProto.Tensor`.
#[derive(Clone, PartialEq, Message)]
struct TensorKind {
    #[prost(int32, required, tag = "1")]
    element: i32,
}

/// `TensorProto.DataType.FLOAT`.
pub(super) const FLOAT: i32 = 1;

/// The domain of ONNX Runtime's own operators.
const MICROSOFT: &str = "com.microsoft";

impl Model {
    /// Reads a model, all of it.
    pub(super) fn decode_all(bytes: &[u8]) -> Result<Self, GraphError> {
        let model = Self::decode(bytes).map_err(|error| GraphError::NotOnnx(error.to_string()))?;
        // What `prost` does not know it skips; then the model has become shorter.
        match bytes.len().saturating_sub(model.encoded_len()) {
            0 if model.graph.is_some() => Ok(model),
            0 => Err(GraphError::NotOnnx("it has no graph".to_owned())),
            lost => Err(GraphError::UnknownFields { lost }),
        }
    }

    /// Names the operators' domains that the nodes use.
    pub(super) fn name_domains(&mut self) {
        let uses = |node: &Node| node.domain.as_deref() == Some(MICROSOFT);
        let is_named = self.opset_import.iter().any(|set| set.domain.as_deref() == Some(MICROSOFT));
        if !is_named && self.graph.iter().flat_map(|graph| &graph.node).any(uses) {
            self.opset_import.push(OperatorSet { domain: Some(MICROSOFT.to_owned()), version: Some(1) });
        }
    }
}

impl Graph {
    /// The only node that fits; `what` and `kind` name it in errors.
    pub(super) fn only_node(
        &self,
        what: &str,
        kind: &'static str,
        fits: impl Fn(&Node) -> bool,
    ) -> Result<&Node, GraphError> {
        let mut found = self.node.iter().filter(|node| fits(node));
        match (found.next(), found.count()) {
            (Some(node), 0) => Ok(node),
            (first, more) => {
                let found = usize::from(first.is_some()) + more;
                Err(GraphError::Ambiguous { what: what.to_owned(), kind, found })
            }
        }
    }
}

impl Node {
    /// A node; the operator's domain, where it is not ONNX's own, stands in front of it.
    pub(super) fn new(operator: &str, inputs: &[&str], output: &str) -> Self {
        let (domain, op_type) = operator.rsplit_once('.').unzip();
        Self {
            input: inputs.iter().map(|&name| name.to_owned()).collect(),
            output: vec![output.to_owned()],
            name: Some(output.to_owned()),
            op_type: Some(op_type.unwrap_or(operator).to_owned()),
            domain: domain.map(str::to_owned),
            ..Self::default()
        }
    }

    /// The node with an attribute.
    pub(super) fn with(mut self, attribute: Attribute) -> Self {
        self.attribute.push(attribute.encode_to_vec());
        self
    }

    pub(super) fn is(&self, op_type: &str) -> bool {
        self.op_type.as_deref() == Some(op_type)
    }
}

impl Attribute {
    /// An attribute of that name and value.
    pub(super) fn new(name: &str, value: Value) -> Self {
        let mut attribute = Self { name: name.to_owned(), ..Self::default() };
        // `AttributeProto.AttributeType`.
        match value {
            Value::Real(value) => (attribute.real, attribute.kind) = (Some(value), 1),
            Value::Whole(value) => (attribute.whole, attribute.kind) = (Some(value), 2),
            Value::Wholes(values) => (attribute.wholes, attribute.kind) = (values, 7),
        }
        attribute
    }
}

/// The name in a `ValueInfoProto`.
pub(super) fn value_name(value: &[u8]) -> Result<String, GraphError> {
    let named = NamedValue::decode(value).map_err(|error| GraphError::NotOnnx(error.to_string()))?;
    Ok(named.name.unwrap_or_default())
}

/// The name in a `TensorProto`.
pub(super) fn tensor_name(tensor: &[u8]) -> Result<String, GraphError> {
    let named = NamedTensor::decode(tensor).map_err(|error| GraphError::NotOnnx(error.to_string()))?;
    Ok(named.name.unwrap_or_default())
}

/// A `ValueInfoProto` for a float tensor of any shape.
pub(super) fn float_value(name: &str) -> Vec<u8> {
    FloatValue { name: name.to_owned(), kind: ValueKind { tensor: TensorKind { element: FLOAT } } }.encode_to_vec()
}
