//! The kit against our own services, and against a backend that is wrong in one way at a time, over real sockets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod answers;
mod double;
mod faults;
mod naming;
mod ours;
mod services;

use conformance::{Backend, Outcome, Report, check};
use cpaiqa_conformance as conformance;
use domain::roles::Role;
use tonic::transport::Endpoint;

/// As large as the gateway's.
const MESSAGES: usize = 40 << 20;

/// What the kit finds at `address`.
async fn report(address: &str, role: Role) -> Report {
    let backend = Backend::new(Endpoint::from_shared(address.to_owned()).unwrap(), MESSAGES, "default");
    check(&backend, role).await.unwrap()
}

/// The checks that say something against the backend, in words.
fn against(report: &Report) -> Vec<String> {
    let told = |check: &conformance::Check| {
        format!("{} {}: {}", check.outcome.name(), check.name, check.message.as_deref().unwrap_or_default())
    };
    report.checks.iter().filter(|check| !matches!(check.outcome, Outcome::Ok | Outcome::Skipped)).map(told).collect()
}
