//! The binary as its users meet it: real models, real sockets, real processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod access;
mod architecture;
mod bad_input;
mod batch;
mod batch_formats;
mod bench;
mod by_url;
mod closed_loop;
mod comparing;
mod conform;
mod distortions;
mod evaluation;
mod examples;
mod gates;
mod grpc;
mod inspector;
mod language;
mod language_model;
mod other_models;
mod ownership;
mod packs;
mod profile;
mod providers;
mod python_client;
mod ratings;
mod report;
mod roles;
mod scenarios;
mod score;
mod sensitivity;
mod split;
mod structure;
mod support;
mod telemetry;
