//! `cpaiqa keys`

use std::time::Duration;

use clap::{Args, Subcommand};

use super::At;

#[derive(Subcommand)]
pub enum Keys {
    /// Make a key and print it; it is shown this once and kept nowhere
    Create {
        /// What it is for
        #[arg(long, default_value = "")]
        comment: String,
        #[command(flatten)]
        lives: Lives,
        #[command(flatten)]
        at: At,
    },
    /// Show the keys there are, without their secrets
    List {
        #[command(flatten)]
        at: At,
    },
    /// Make a key in the place of another one, which stays live for a while
    Rotate {
        /// The key's id
        id: String,
        /// How long the old key stays live
        #[arg(long, value_name = "TIME", default_value = "24h", value_parser = humantime::parse_duration)]
        overlap: Duration,
        #[command(flatten)]
        lives: Lives,
        #[command(flatten)]
        at: At,
    },
    /// End a key now
    Revoke {
        /// The key's id
        id: String,
        #[command(flatten)]
        at: At,
    },
}

/// How long a new key lives.
#[derive(Args)]
pub struct Lives {
    /// How long it lives, such as 90days or 12h (default: without an end)
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    pub lives: Option<Duration>,
}
