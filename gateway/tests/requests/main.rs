//! A gateway over backends that do as they are told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod cancellation;
mod fake;
mod faults;
mod pictures;
mod plain_scorer;
mod progress;
#[path = "../support/served.rs"]
mod served;
mod tenants;
