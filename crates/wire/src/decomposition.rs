//! Messages of the decomposition service.

use domain::{decomposition::Decomposition, roles::Decomposed};
use proto::decomposition as pb;

use crate::{
    Checked,
    common::{from_models, to_models},
    prompt::{from_attribute, from_descriptors, to_attribute, to_descriptor},
};

/// Writes a decomposed prompt.
pub fn to_response(decomposed: Decomposed) -> pb::DecomposeResponse {
    pb::DecomposeResponse {
        descriptors: decomposed.decomposition.descriptors.into_iter().map(to_descriptor).collect(),
        attributes: decomposed.decomposition.attributes.into_iter().map(to_attribute).collect(),
        backend: decomposed.backend,
        degraded: decomposed.degraded,
        models: to_models(decomposed.models),
        language: decomposed.language,
        english: decomposed.english,
    }
}

/// Reads a decomposed prompt.
pub fn from_response(response: pb::DecomposeResponse) -> Checked<Decomposed> {
    Ok(Decomposed {
        decomposition: Decomposition {
            descriptors: from_descriptors(response.descriptors)?,
            attributes: response.attributes.into_iter().map(from_attribute).collect::<Checked<_>>()?,
        },
        language: response.language,
        english: response.english.filter(|english| !english.trim().is_empty()),
        backend: response.backend,
        degraded: response.degraded,
        models: from_models(response.models),
    })
}
