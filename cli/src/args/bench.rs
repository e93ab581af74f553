//! What is measured of speed.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Subcommand};

use super::{Format, Scenario};

#[derive(Subcommand)]
pub enum Bench {
    /// How long a score takes in this process, role by role, and how much of it is models
    Score(BenchScore),
    /// Send scores to a gateway and tell how many it answers and how fast
    Load(Box<BenchLoad>),
    /// How long a gateway takes for a score that it knows, and to judge it under other scenarios
    Repeat(BenchRepeat),
    /// Serve backends of every role that answer at once, to measure a gateway alone
    Stubs(BenchStubs),
}

#[derive(Args)]
pub struct BenchScore {
    /// The picture
    pub image: PathBuf,
    /// What it was asked to show
    #[arg(long, short)]
    pub prompt: String,
    /// How often
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    pub rounds: u16,
    /// How to print the times
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// What a gateway is asked of a picture.
#[derive(Args)]
pub struct Question {
    /// What it was asked to show
    #[arg(long, short)]
    pub prompt: String,
    #[command(flatten)]
    pub scenario: Scenario,
    /// The gateway
    #[arg(long, value_name = "URL")]
    pub endpoint: String,
}

#[derive(Args)]
pub struct BenchLoad {
    /// The picture; each request's has other bytes, so that no cache knows it. Of several each request takes one by chance
    #[arg(required = true, value_name = "IMAGE")]
    pub images: Vec<PathBuf>,
    #[command(flatten)]
    pub question: Question,
    /// Callers that each wait for an answer before they ask again
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub clients: u16,
    /// Requests a second instead, whatever the answers do
    #[arg(long, value_name = "N", conflicts_with = "clients", value_parser = rate)]
    pub rate: Option<f64>,
    /// For how long
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub seconds: u32,
    /// Seconds before, whose requests do not count
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub warm_up: u32,
    /// Send the same picture each time, as callers do who score it again
    #[arg(long)]
    pub repeat: bool,
    /// Tenants in whose names requests go, each over connections of its own; the key must be an operator's
    #[arg(long, value_name = "NAME,NAME", value_delimiter = ',', conflicts_with = "tenant")]
    pub tenants: Vec<String>,
    /// Share of the callers who hang up before the answer, sooner or later
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub cancel: f64,
    /// Share of the requests that are wrong: no picture, an empty prompt or an unknown scenario; to be refused as such
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub wrong: f64,
    /// How to print what was measured
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Args)]
pub struct BenchRepeat {
    /// The picture
    pub image: PathBuf,
    #[command(flatten)]
    pub question: Question,
    /// How often
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u16).range(1..))]
    pub rounds: u16,
    /// How to print the times
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Args)]
pub struct BenchStubs {
    /// Where to listen
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50061")]
    pub listen: SocketAddr,
    /// Share of the answers that are failures: UNAVAILABLE, and from roles that a score can miss also INTERNAL
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub failing: f64,
    /// Share of the answers that take long
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub slow: f64,
    /// How long these take, milliseconds
    #[arg(long, value_name = "N", default_value_t = 200)]
    pub slow_ms: u64,
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate| (0.001..=100_000.0).contains(rate));
    rate.ok_or_else(|| format!("expected 0.001 to 100000 requests a second, got '{text}'"))
}

fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| format!("expected a share from 0 to 1, got '{text}'"))
}
