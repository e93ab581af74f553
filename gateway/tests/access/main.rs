//! Who is let in, over real connections: keys, tokens and certificates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod authority;
mod away;
mod certificates;
mod encryption;
mod issuer;
mod rotation;
mod server;
mod tokens;
