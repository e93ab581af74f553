//! Roles at servers of the Open Inference Protocol: a real one with real models, and a double that answers right in every form
//! and wrong in every way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod double;
mod mlserver;
mod real_server;
mod right_answers;
mod settings;
mod statuses;
mod wrong_answers;
