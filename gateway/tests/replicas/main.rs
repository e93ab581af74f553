//! Several gateways behind a balancer: what they count, keep and find together.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod balancer;
mod failures;
mod fleet;
mod keeping;
mod log;
mod scenarios;
mod sharing;

#[path = "../requests/fake.rs"]
#[allow(dead_code, reason = "other tests do more to backends than these")]
mod fake;
#[path = "../requests/pictures.rs"]
mod pictures;
#[path = "../../../services/scenario/tests/support/postgres.rs"]
mod postgres;
#[path = "../support/served.rs"]
mod served;
#[path = "../support/valkey.rs"]
mod valkey;
#[path = "../support/written.rs"]
mod written;
