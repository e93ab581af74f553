//! Domain packs: what the gateway knows of a field, in files alone.
//!
//! A pack is a folder with `pack.toml`, `scenarios/*.toml` (scenario profiles) and `cues/*.toml` (word lists for
//! decomposition); `docs/packs.md` describes it. [`Pack`] reads one, [`Packs`] puts several together. Everything that is
//! wrong is said with the file and the line it stands on.

mod document;
mod error;
mod pack;
mod together;

pub use error::PackError;
pub use pack::{Cues, Pack, SCHEMA, Scenario, read_profile};
pub use together::Packs;
