//! `cpaiqa scenarios` and `calibrate`: what a tenant owns.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Format;

#[derive(Subcommand)]
pub enum Scenarios {
    /// Show the newest revision of each
    List {
        #[command(flatten)]
        at: At,
    },
    /// Print one as TOML
    Show {
        /// The scenario
        name: String,
        /// An earlier revision
        #[arg(long, value_name = "N")]
        revision: Option<u32>,
        #[command(flatten)]
        at: At,
    },
    /// Show all revisions of one: when, by whom and why
    History {
        /// The scenario
        name: String,
        #[command(flatten)]
        at: At,
    },
    /// Show what changed between two revisions
    Diff {
        /// The scenario
        name: String,
        /// The earlier revision (default: the one before the later)
        #[arg(long, value_name = "N")]
        from: Option<u32>,
        /// The later revision (default: the newest)
        #[arg(long, value_name = "N")]
        to: Option<u32>,
        #[command(flatten)]
        at: At,
    },
    /// Create or revise scenarios from TOML files; those that say what is there already make no revision
    Import {
        /// Files, or folders of them
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        #[command(flatten)]
        change: ChangeArgs,
        /// The revision that the change was made from (one file only); refused when another one is the newest by now
        #[arg(long, value_name = "N")]
        based_on: Option<u32>,
        #[command(flatten)]
        at: At,
    },
    /// Write scenarios as TOML files, a file each
    Export {
        /// The folder
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Which (default: all)
        names: Vec<String>,
        #[command(flatten)]
        at: At,
    },
    /// Make an earlier revision the next one
    Rollback {
        /// The scenario
        name: String,
        /// The revision to go back to
        #[arg(long, value_name = "N")]
        to: u32,
        #[command(flatten)]
        change: ChangeArgs,
        #[command(flatten)]
        at: At,
    },
}

/// Where scenarios are kept.
#[derive(Args)]
pub struct At {
    /// At a gateway there instead of in this process's store
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

/// Who changes something, and why.
#[derive(Args)]
pub struct ChangeArgs {
    /// Who makes the change
    #[arg(long, default_value = "", env = "USER", hide_env_values = true)]
    pub author: String,
    /// Why
    #[arg(long, default_value = "")]
    pub comment: String,
}

#[derive(Args)]
pub struct Calibrate {
    /// The scenario
    #[arg(long, value_name = "NAME")]
    pub scenario: String,
    /// CSV file with the columns a, b (pictures as the results name them, or ids) and preferred (a, b or tie); if wanted
    /// prompt, id, rater and weight. Without it, the preferences that were streamed in are used
    #[arg(long, value_name = "PAIRS.csv", requires = "measurements")]
    pub pairs: Option<PathBuf>,
    /// What batch wrote about the pictures
    #[arg(long, value_name = "RESULTS.jsonl", requires = "pairs")]
    pub measurements: Option<PathBuf>,
    /// How strongly to pull back to today's profile: one over the variance of a logit before any pair was seen
    #[arg(long, value_name = "X")]
    pub prior: Option<f64>,
    /// Only tell; install nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Write the measurements again, each judged by the row that was fitted without its prompt
    #[arg(long, value_name = "HELD_OUT.jsonl", requires = "pairs")]
    pub held_out: Option<PathBuf>,
    #[command(flatten)]
    pub change: ChangeArgs,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    pub at: At,
}
