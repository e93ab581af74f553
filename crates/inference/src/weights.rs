//! Small named vectors and matrices in safetensors files: means, heads and other weights that need no session.

use domain::roles::RoleError;
use safetensors::{Dtype, SafeTensors};

/// The float vector `name` of `expected` values in the safetensors file `bytes`.
pub fn vector(bytes: &[u8], name: &str, expected: usize) -> Result<Vec<f32>, RoleError> {
    values(&opened(bytes, name)?, name, &[expected])
}

/// The float matrix `name` of that shape as rows, if the safetensors file `bytes` has one of that name.
pub fn matrix(bytes: &[u8], name: &str, shape: [usize; 2]) -> Result<Option<Vec<Vec<f32>>>, RoleError> {
    let tensors = opened(bytes, name)?;
    if !tensors.names().contains(&name) {
        return Ok(None);
    }
    let values = values(&tensors, name, &shape)?;
    Ok(Some(values.chunks(shape[1].max(1)).map(<[f32]>::to_vec).collect()))
}

fn opened<'a>(bytes: &'a [u8], name: &str) -> Result<SafeTensors<'a>, RoleError> {
    SafeTensors::deserialize(bytes).map_err(|error| failed(name, error))
}

fn values(tensors: &SafeTensors, name: &str, expected: &[usize]) -> Result<Vec<f32>, RoleError> {
    let tensor = tensors.tensor(name).map_err(|error| failed(name, error))?;
    if tensor.dtype() != Dtype::F32 || tensor.shape() != expected {
        let (dtype, shape) = (tensor.dtype(), tensor.shape());
        return Err(failed(name, format!("expected F32 of shape {expected:?}, got {dtype:?} of shape {shape:?}")));
    }
    Ok(tensor.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

fn failed(name: &str, error: impl std::fmt::Display) -> RoleError {
    RoleError::Internal(format!("weights '{name}': {error}"))
}
