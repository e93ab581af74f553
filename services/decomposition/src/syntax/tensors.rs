//! The weights' file, and the one operation that most of them are for.

use std::collections::HashMap;

use safetensors::{Dtype, SafeTensors};

use super::SyntaxError;

/// The tensors and name lists of a weights file.
pub(super) struct Tensors<'a> {
    tensors: SafeTensors<'a>,
    metadata: HashMap<String, String>,
}

impl<'a> Tensors<'a> {
    pub fn read(bytes: &'a [u8]) -> Result<Self, SyntaxError> {
        let (_, header) = SafeTensors::read_metadata(bytes)?;
        let metadata = header.metadata().clone().unwrap_or_default();
        Ok(Self { tensors: SafeTensors::deserialize(bytes)?, metadata })
    }

    /// A list of names, as the file's header holds it.
    pub fn names(&self, list: &str) -> Result<impl Iterator<Item = &str>, SyntaxError> {
        let text = self.metadata.get(list);
        Ok(text.ok_or_else(|| SyntaxError::Unfit(format!("expected a list '{list}', got none")))?.split(' '))
    }

    /// A tensor's values, `length` of them.
    pub fn values(&self, name: &str, length: usize) -> Result<Vec<f32>, SyntaxError> {
        let tensor = self.tensors.tensor(name)?;
        let values: Vec<f32> = tensor.data().as_chunks::<2>().0.iter().map(|bytes| single(*bytes)).collect();
        if tensor.dtype() == Dtype::F16 && values.len() == length {
            Ok(values)
        } else {
            let (dtype, shape) = (tensor.dtype(), tensor.shape());
            Err(SyntaxError::Unfit(format!("expected {length} values of F16 in '{name}', got {dtype:?} {shape:?}")))
        }
    }

    /// `NAME.weight` (inputs × outputs) and `NAME.bias`.
    pub fn affine(&self, name: &str, inputs: usize, outputs: usize) -> Result<Affine, SyntaxError> {
        let weight = self.values(&format!("{name}.weight"), inputs * outputs)?;
        Ok(Affine { weight, bias: self.values(&format!("{name}.bias"), outputs)? })
    }
}

/// A half-precision float, little-endian.
fn single(bytes: [u8; 2]) -> f32 {
    let bits = u16::from_le_bytes(bytes);
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    // Trained weights hold neither infinities nor NaN, which the largest exponent would stand for.
    let size =
        if exponent == 0 { fraction * (-24_f32).exp2() } else { (1024.0 + fraction) * ((exponent - 25) as f32).exp2() };
    sign * size
}

/// x ↦ x·W + b.
#[derive(Debug)]
pub(super) struct Affine {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Affine {
    /// One output for each bias.
    pub fn apply(&self, input: &[f32]) -> Vec<f32> {
        let mut output = self.bias.clone();
        add_product(&mut output, input, &self.weight);
        output
    }
}

/// output += input·weight; `weight` has a row of `output`'s length for each input.
pub(super) fn add_product(output: &mut [f32], input: &[f32], weight: &[f32]) {
    for (value, row) in input.iter().zip(weight.chunks_exact(output.len())) {
        if *value != 0.0 {
            add(output, row, *value);
        }
    }
}

/// sum += factor·row.
pub(super) fn add(sum: &mut [f32], row: &[f32], factor: f32) {
    for (sum, value) in sum.iter_mut().zip(row) {
        *sum += factor * value;
    }
}

/// The largest of each run of `pieces` values.
pub(super) fn maxout(values: &[f32], pieces: usize) -> Vec<f32> {
    values.chunks_exact(pieces).map(|run| run.iter().copied().fold(f32::NEG_INFINITY, f32::max)).collect()
}

/// The index of the largest value.
pub(super) fn best(values: &[f32]) -> Option<usize> {
    values.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_floats_are_read_exactly() {
        for (bits, value) in
            [(0x3c00_u16, 1.0), (0xc000, -2.0), (0x0001, 2_f32.powi(-24)), (0x3555, 0.333_251_95), (0x8000, -0.0)]
        {
            assert_eq!(single(bits.to_le_bytes()), value);
        }
    }
}
