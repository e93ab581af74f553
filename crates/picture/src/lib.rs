//! Pictures: bounded and identified without being decoded ([`identify()`]), decoded once a process ([`Decoder`]), and
//! cropped and scaled for models ([`scale`]).

mod decode;
mod gif;
mod identify;
mod jpeg;
pub mod scale;

pub use decode::Decoder;
pub use identify::{Limits, identify};
