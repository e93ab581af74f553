//! `cpaiqa eval` and what it can measure.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::Format;

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
    /// Compare scores of the same pictures by two settings, say by another profile or backend: differences and rank
    /// correlations with 95 % intervals over pictures
    Agreement(EvalAgreement),
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
pub struct EvalAgreement {
    /// What batch wrote with the one
    #[arg(value_name = "RESULTS.jsonl")]
    pub results: PathBuf,
    /// What batch wrote with the other, for the same pictures
    #[arg(value_name = "OTHERS.jsonl")]
    pub others: PathBuf,
    /// How to print the figures
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
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

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

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
