//! Each role alone.

use std::path::PathBuf;

use clap::Args;

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
