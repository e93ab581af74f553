//! Tensors of the protocol: inputs written, outputs read and checked in every point, since a server may answer anything.

use bytes::{Buf, Bytes};
use domain::roles::{Answer, ModelInfo, Role, RoleError};
use proto::inference::{
    InferTensorContents, ModelInferResponse, model_infer_request::InferInputTensor,
    model_infer_response::InferOutputTensor,
};

/// An input tensor.
pub(super) struct Input(pub InferInputTensor);

impl Input {
    /// `BYTES [n]`.
    pub fn bytes(name: &str, elements: Vec<Bytes>) -> Self {
        let shape = [elements.len()];
        Self::new(name, "BYTES", &shape, InferTensorContents { bytes_contents: elements, ..Default::default() })
    }

    /// `FP32` of `shape`.
    pub fn floats(name: &str, shape: &[usize], values: Vec<f32>) -> Self {
        Self::new(name, "FP32", shape, InferTensorContents { fp32_contents: values, ..Default::default() })
    }

    fn new(name: &str, datatype: &str, shape: &[usize], contents: InferTensorContents) -> Self {
        Self(InferInputTensor {
            name: name.to_owned(),
            datatype: datatype.to_owned(),
            // Lengths of what lies in memory.
            shape: shape.iter().map(|&side| side as i64).collect(),
            contents: Some(contents),
        })
    }
}

/// A tensor's values.
pub(super) enum Values {
    /// `FP32`; finite.
    Floats(Vec<f32>),
    /// `UINT8`, or `BOOL` as 0 and 1.
    Cells(Vec<u8>),
}

/// An output tensor that was read; its sides multiply to the number of its values.
pub(super) struct Output<T> {
    /// Its sides. Of tensors with one more side than expected, a first one of 1, that one is left out.
    pub shape: Vec<usize>,
    /// Its values, row by row.
    pub values: T,
}

/// A model's answer.
pub(super) struct Reply {
    /// Who gave it, for errors: the server and the model.
    pub who: String,
    /// The model, as it names itself.
    pub model: ModelInfo,
    response: ModelInferResponse,
}

impl Reply {
    /// The `response` of the model asked for as `model` and `version`, which serves `role`.
    pub fn new(who: String, role: Role, asked: (&str, &str), response: ModelInferResponse) -> Self {
        let told = |told: &str, asked: &str| if told.is_empty() { asked.to_owned() } else { told.to_owned() };
        let model = ModelInfo {
            role: role.name().to_owned(),
            name: told(&response.model_name, asked.0),
            version: told(&response.model_version, asked.1),
            ..ModelInfo::default()
        };
        Self { who, model, response }
    }

    /// The output `name`, which is to be `FP32` with as many sides as `expected` names, e.g. `[n, d]`.
    pub fn floats(&self, name: &str, expected: &[&str]) -> Answer<Output<Vec<f32>>> {
        let Output { shape, values } = self.read(name, &["FP32"], expected)?;
        match values {
            Values::Floats(values) => Ok(Output { shape, values }),
            Values::Cells(_) => Err(self.wrong(name, "expected FP32")),
        }
    }

    /// As [`Self::floats`], with values in [0, 1].
    pub fn units(&self, name: &str, expected: &[&str]) -> Answer<Output<Vec<f32>>> {
        let output = self.floats(name, expected)?;
        match output.values.iter().position(|value| !(0.0..=1.0).contains(value)) {
            Some(at) => Err(self.wrong(name, format!("expected values in [0, 1], got {} at {at}", output.values[at]))),
            None => Ok(output),
        }
    }

    /// The output `name`, which is to be `BOOL`, `UINT8` or `FP32` with as many sides as `expected` names.
    pub fn cells(&self, name: &str, expected: &[&str]) -> Answer<Output<Values>> {
        self.read(name, &["BOOL", "UINT8", "FP32"], expected)
    }

    /// The one element of the output `name`, which is to be `BYTES [1]`.
    pub fn element(&self, name: &str) -> Answer<Bytes> {
        let (tensor, raw) = self.find(name)?;
        let shape = self.shape(name, tensor, &["BYTES"], &["1"])?;
        let mut elements = match raw {
            Some(raw) => elements(raw).ok_or_else(|| {
                let got = raw.len();
                self.wrong(
                    name,
                    format!("expected each element after its length in four bytes, got {got} bytes that are not"),
                )
            })?,
            None => tensor.contents.as_ref().map(|contents| contents.bytes_contents.clone()).unwrap_or_default(),
        };
        match (shape.as_slice(), elements.len(), elements.pop()) {
            ([1], 1, Some(element)) => Ok(element),
            (_, got, _) => Err(self.wrong(name, format!("expected one element, got {shape:?} with {got}"))),
        }
    }

    fn read(&self, name: &str, datatypes: &[&str], expected: &[&str]) -> Answer<Output<Values>> {
        let (tensor, raw) = self.find(name)?;
        let shape = self.shape(name, tensor, datatypes, expected)?;
        let product = shape.iter().try_fold(1usize, |product, &side| product.checked_mul(side));
        let count =
            product.ok_or_else(|| self.wrong(name, format!("expected a shape that fits in memory, got {shape:?}")))?;
        let floats = tensor.datatype == "FP32";
        let values = match raw {
            Some(raw) if floats && Some(raw.len()) == count.checked_mul(4) => {
                Values::Floats(raw.chunks_exact(4).map(|mut value| value.get_f32_le()).collect())
            }
            Some(raw) if !floats && raw.len() == count => Values::Cells(raw.to_vec()),
            Some(raw) => {
                let (size, got) = (if floats { 4 } else { 1 }, raw.len());
                return Err(
                    self.wrong(name, format!("expected {count} values of {size} bytes for {shape:?}, got {got} bytes"))
                );
            }
            None => typed(&tensor.datatype, tensor.contents.clone().unwrap_or_default(), count)
                .map_err(|got| self.wrong(name, format!("expected {count} values for {shape:?}, got {got}")))?,
        };
        if let Values::Floats(values) = &values
            && let Some(at) = values.iter().position(|value| !value.is_finite())
        {
            return Err(self.wrong(name, format!("expected finite values, got {} at {at}", values[at])));
        }
        Ok(Output { shape, values })
    }

    /// The output `name`, and its values in bytes where the answer has them so.
    fn find(&self, name: &str) -> Answer<(&InferOutputTensor, Option<&Bytes>)> {
        let ModelInferResponse { outputs, raw_output_contents: raw, .. } = &self.response;
        let at = outputs.iter().position(|output| output.name == name).ok_or_else(|| {
            let names: Vec<&str> = outputs.iter().map(|output| output.name.as_str()).collect();
            self.wrong(name, format!("expected it in the answer, got [{}]", names.join(", ")))
        })?;
        match raw.get(at) {
            None if raw.is_empty() => Ok((&outputs[at], None)),
            Some(raw) => Ok((&outputs[at], Some(raw))),
            None => {
                let (expected, got) = (outputs.len(), raw.len());
                Err(self.wrong(name, format!("expected raw contents for each of {expected} outputs, got {got}")))
            }
        }
    }

    /// The sides of a tensor with one of `datatypes` and as many sides as `expected` names, or a first one of 1 before them.
    fn shape(
        &self,
        name: &str,
        tensor: &InferOutputTensor,
        datatypes: &[&str],
        expected: &[&str],
    ) -> Answer<Vec<usize>> {
        let InferOutputTensor { datatype, shape, .. } = tensor;
        let sides: Option<Vec<usize>> = shape.iter().map(|&side| usize::try_from(side).ok()).collect();
        let sides =
            sides.filter(|_| datatypes.contains(&datatype.as_str())).and_then(|sides| match sides.split_first() {
                _ if sides.len() == expected.len() => Some(sides),
                Some((1, rest)) if rest.len() == expected.len() => Some(rest.to_vec()),
                _ => None,
            });
        sides.ok_or_else(|| {
            let (datatypes, sides) = (datatypes.join(" or "), expected.join(", "));
            self.wrong(name, format!("expected {datatypes} [{sides}] or [1, {sides}], got {datatype} {shape:?}"))
        })
    }

    /// An error of this answer at its output `name`.
    pub fn wrong(&self, name: &str, message: impl std::fmt::Display) -> RoleError {
        RoleError::Internal(format!("{}: output '{name}': {message}", self.who))
    }
}

/// Values from the field of their datatype; or how many there are when they are not `count`, and what is wrong.
fn typed(datatype: &str, contents: InferTensorContents, count: usize) -> Result<Values, String> {
    let counted = |got: usize| if got == count { Ok(()) } else { Err(got.to_string()) };
    match datatype {
        "FP32" => counted(contents.fp32_contents.len()).map(|()| Values::Floats(contents.fp32_contents)),
        "BOOL" => {
            counted(contents.bool_contents.len())?;
            Ok(Values::Cells(contents.bool_contents.into_iter().map(u8::from).collect()))
        }
        _ => {
            counted(contents.uint_contents.len())?;
            let cell = |value: u32| u8::try_from(value).map_err(|_| format!("{value}, which is no UINT8"));
            Ok(Values::Cells(contents.uint_contents.into_iter().map(cell).collect::<Result<_, _>>()?))
        }
    }
}

/// Elements that each stand after their length; `None` when they do not.
fn elements(raw: &Bytes) -> Option<Vec<Bytes>> {
    let (mut rest, mut found) = (raw.clone(), Vec::new());
    while !rest.is_empty() {
        let length = rest.try_get_u32_le().ok()? as usize;
        if length > rest.len() {
            return None;
        }
        found.push(rest.split_to(length));
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reply(output: InferOutputTensor, raw: Vec<Bytes>) -> Reply {
        let response = ModelInferResponse { outputs: vec![output], raw_output_contents: raw, ..Default::default() };
        Reply::new("http://host:8001, model 'm'".into(), Role::Segmentation, ("m", ""), response)
    }

    fn side() -> impl Strategy<Value = i64> {
        prop_oneof![0..5i64, Just(i64::MAX), Just(i64::MIN), Just(-1), Just(1 << 40)]
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_whole_or_refused(
            datatype in prop_oneof![Just("FP32"), Just("UINT8"), Just("BOOL"), Just("BYTES"), Just("INT64"), Just("")],
            shape in proptest::collection::vec(side(), 0..5),
            values in proptest::collection::vec(any::<u32>(), 0..70),
            raw in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..70)),
        ) {
            let contents = InferTensorContents {
                bool_contents: values.iter().map(|value| value % 2 == 0).collect(),
                fp32_contents: values.iter().map(|&value| f32::from_bits(value)).collect(),
                bytes_contents: values.iter().map(|value| value.to_string().into()).collect(),
                uint_contents: values,
                ..Default::default()
            };
            let output = InferOutputTensor { name: "x".into(), datatype: datatype.into(), shape, contents: Some(contents) };
            let reply = reply(output, raw.into_iter().map(Bytes::from).collect());
            if let Ok(read) = reply.cells("x", &["n", "height", "width"]) {
                let held = match read.values {
                    Values::Floats(values) => values.len(),
                    Values::Cells(values) => values.len(),
                };
                prop_assert_eq!(read.shape.len(), 3);
                prop_assert_eq!(read.shape.iter().product::<usize>(), held);
            }
            if let Ok(read) = reply.units("x", &["n"]) {
                prop_assert!(read.values.iter().all(|value| (0.0..=1.0).contains(value)));
            }
            let _ = reply.element("x");
        }
    }
}
