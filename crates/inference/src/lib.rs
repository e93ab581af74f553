//! Running models: ONNX Runtime sessions and the store their files come from.

pub mod graph;
pub mod providers;
pub mod runtime;
pub mod store;
pub mod weights;
pub mod work;
