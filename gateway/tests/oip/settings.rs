//! Tables that cannot be right are refused when they are read, not when a picture comes.

use cpaiqa_gateway::backends::oip::{OipAligner, OipDecomposer, OipDetector, OipSegmenter};
use domain::{alignment::CoverageWeight, counting::Counting};

use crate::double::{MOST, decoder};

/// Every role's table, right. `ADDRESS` stands for a server's.
pub const SEGMENTATION: &str = r#"
    endpoint = "ADDRESS"
    model = "masks"
    version = "2"
    masks = "masks"
    scores = "scores"
    [input]
    name = "file"
    form = "encoded"
"#;

pub const DISTORTION: &str = r#"
    endpoint = "ADDRESS"
    model = "faults"
    severities = "severities"
    types = ["edge_blur", "cracked_glaze"]
    maps = "maps"
    fidelity = "fidelity"
    [input]
    name = "file"
    form = "encoded"
"#;

pub const ALIGNMENT: &str = r#"
    endpoint = "ADDRESS"
    model = "pictures"
    embedding = "embedding"
    batch = 2
    crop_margin = 0.0
    text = { model = "texts", input = "text", embedding = "embedding" }
    calibrations = { prompt = { slope = 10, middle = 0.5 }, phrase = { slope = 20, middle = 0.25 } }
    [input]
    name = "pixels"
    form = "pixels"
    width = 4
    height = 4
    fit = "crop"
    mean = [0.5, 0.5, 0.5]
    std = [0.5, 0.5, 0.25]
"#;

pub const DECOMPOSITION: &str = r#"
    endpoint = "ADDRESS"
    model = "parts"
    input = "prompt"
    output = "json"
"#;

pub fn segmenter(table: &str) -> Result<OipSegmenter, String> {
    let settings = toml::from_str(table).map_err(|error| error.to_string())?;
    OipSegmenter::new(settings, decoder(), MOST).map_err(|error| error.to_string())
}

pub fn detector(table: &str) -> Result<OipDetector, String> {
    let settings = toml::from_str(table).map_err(|error| error.to_string())?;
    OipDetector::new(settings, decoder(), MOST).map_err(|error| error.to_string())
}

pub fn aligner(table: &str) -> Result<OipAligner, String> {
    let settings = toml::from_str(table).map_err(|error| error.to_string())?;
    let (coverage, counting) = (
        CoverageWeight { floor: 0.5 },
        Counting { present_from: 0.5, margin: 0.2, nested_from: 0.7, alike_from: 0.4, spread: 0.2 },
    );
    OipAligner::new(settings, coverage, counting, decoder(), MOST).map_err(|error| error.to_string())
}

pub fn decomposer(table: &str) -> Result<OipDecomposer, String> {
    let settings = toml::from_str(table).map_err(|error| error.to_string())?;
    OipDecomposer::new(settings, MOST).map_err(|error| error.to_string())
}

/// What is said of `table` with `from` replaced by `to`; the address is one until it is replaced.
fn refused<T>(build: fn(&str) -> Result<T, String>, table: &str, from: &str, to: &str) -> String {
    assert!(table.contains(from), "{from}");
    build(&table.replace(from, to).replace("ADDRESS", "http://localhost:8001")).err().unwrap_or_default()
}

#[tokio::test]
async fn a_table_that_cannot_be_right_is_refused_and_says_why() {
    let pixels = r#"form = "pixels"
        width = 8
        height = 8
        fit = "crop"
        mean = [0, 0, 0]
        std = [1, 1, 1]"#;
    for (said, expected) in [
        (
            refused(segmenter, SEGMENTATION, "ADDRESS", "ftp://host"),
            "endpoint: expected something like http://host:8001",
        ),
        (refused(segmenter, SEGMENTATION, "ADDRESS", "not an address"), "got 'not an address'"),
        (refused(segmenter, SEGMENTATION, r#"model = "masks""#, r#"model = """#), "model: expected a name"),
        (refused(segmenter, SEGMENTATION, "masks =", "mask ="), "unknown field `mask`"),
        (refused(segmenter, SEGMENTATION, "scores =", "max_regions = 0\nscores ="), "max_regions: expected at least 1"),
        (refused(segmenter, SEGMENTATION, r#"form = "encoded""#, r#"form = "jpeg""#), "jpeg"),
        (refused(segmenter, SEGMENTATION, r#"name = "file""#, "name = \"file\"\nwidth = 3"), "width"),
        (
            refused(segmenter, SEGMENTATION, r#"form = "encoded""#, pixels),
            "input.fit: expected \"squash\": masks cover",
        ),
        (refused(detector, DISTORTION, r#"form = "encoded""#, pixels), "input.fit: expected \"squash\": maps cover"),
        (refused(detector, DISTORTION, "edge_blur", "Edge Blur"), "types: expected a distortion's name"),
        (refused(detector, DISTORTION, "cracked_glaze", "edge_blur"), "expected each type once, got 'edge_blur' twice"),
        (refused(detector, DISTORTION, r#"["edge_blur", "cracked_glaze"]"#, "[]"), "got none"),
        (refused(aligner, ALIGNMENT, "width = 4", "width = 0"), "input.width: expected 1 to 4096 pixels, got 0"),
        (refused(aligner, ALIGNMENT, "0.25]", "0.0]"), "input.std: expected three numbers above 0"),
        (refused(aligner, ALIGNMENT, "mean = [0.5", "mean = [nan"), "input.mean: expected three finite numbers"),
        (refused(aligner, ALIGNMENT, "batch = 2", "batch = 0"), "batch: expected at least 1"),
        (
            refused(aligner, ALIGNMENT, "crop_margin = 0.0", "crop_margin = -1.0"),
            "crop_margin: expected 0 to 4, got -1",
        ),
        (refused(aligner, ALIGNMENT, "slope = 20", "slope = -20"), "calibrations.phrase: expected a slope above 0"),
        (refused(decomposer, DECOMPOSITION, r#""json""#, r#""""#), "output: expected a name"),
    ] {
        assert!(said.contains(expected), "expected '{expected}' in '{said}'");
    }
}

#[tokio::test]
async fn the_documents_tables_are_right() {
    let document = include_str!("../../../docs/backends.md");
    let section = document.split("\n## ").find(|section| section.starts_with("Open Inference Protocol")).unwrap();
    let table = |role: &str| {
        let part = section.split("\n### ").find(|part| part.starts_with(role)).unwrap();
        part.split("```toml\n").nth(1).unwrap().split("```").next().unwrap()
    };
    assert_eq!(aligner(table("Alignment")).err(), None);
    assert_eq!(segmenter(table("Segmentation")).err(), None);
    assert_eq!(detector(table("Distortion")).err(), None);
    assert_eq!(decomposer(table("Decomposition")).err(), None);
}
