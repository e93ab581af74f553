//! The judgement itself, as pure values and functions: no clock, no files, no network, no model runtime.
//!
//! Read in this order: [`roles`] (the five judgements a backend can give), [`measurement`] (what they find),
//! [`scenario`] (what a use of a picture cares about), [`fusion`] (how both become one score).

pub mod ablation;
pub mod alignment;
pub mod classifier;
pub mod comparison;
pub mod counting;
pub mod decomposition;
pub mod distortion;
pub mod drift;
pub mod fusion;
pub mod gate;
pub mod geometry;
pub mod heat_map;
pub mod language;
pub mod measurement;
pub mod ownership;
pub mod picture;
pub mod ranking;
pub mod region;
pub mod roles;
pub mod scenario;
pub mod score;
pub mod significance;
pub mod statistics;
pub mod suggestion;
