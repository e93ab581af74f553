//! What reads input that nobody vouches for, a function a kind: pictures, masks, prompts, a language model's answers,
//! configuration. Each takes any bytes, and panics when what was read does not keep its promises.
//!
//! `fuzz/` hands them to a fuzzer, and this crate's tests to bytes that were damaged by chance.

mod answer;
mod configuration;
pub mod damage;
mod mask;
mod picture;

pub use answer::{answer, prompt};
pub use configuration::configuration;
pub use mask::mask;
pub use picture::picture;

/// What reads bytes, and says whether they were what it reads.
pub type Target = fn(&[u8]) -> bool;

/// All of them, by the names of their folders in `fuzz/corpus`.
pub const TARGETS: [(&str, Target); 5] =
    [("picture", picture), ("mask", mask), ("prompt", prompt), ("answer", answer), ("configuration", configuration)];
