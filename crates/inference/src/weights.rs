//! Small named vectors in safetensors files: means, heads and other weights that need no session.

use domain::roles::RoleError;
use safetensors::{Dtype, SafeTensors};

/// The float vector `name` of `expected` values in the safetensors file `bytes`.
pub fn vector(bytes: &[u8], name: &str, expected: usize) -> Result<Vec<f32>, RoleError> {
    let failed = |message: String| RoleError::Internal(format!("weights '{name}': {message}"));
    let tensors = SafeTensors::deserialize(bytes).map_err(|error| failed(error.to_string()))?;
    let tensor = tensors.tensor(name).map_err(|error| failed(error.to_string()))?;
    let values: Vec<f32> =
        tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    if tensor.dtype() != Dtype::F32 || values.len() != expected {
        let (dtype, shape) = (tensor.dtype(), tensor.shape());
        return Err(failed(format!("expected {expected} values of F32, got {shape:?} of {dtype:?}")));
    }
    Ok(values)
}
