//! `cpaiqa report`

mod csv;
pub mod figures;
pub mod group;
pub mod rows;
mod text;
pub mod thumbnails;

use std::path::Path;

use figures::Figures;

use crate::{
    args::{Report, ReportFormat},
    error::CliError,
    output::{self, page},
    settings::Settings,
};

/// Pictures shown of the best, and as many of the worst.
const SHOWN: usize = 4;

/// Sums up a results file by group and prints or writes it.
pub async fn run(settings: &Settings, args: Report) -> Result<(), CliError> {
    if !(0.0..=1.0).contains(&args.threshold) {
        return Err(CliError::Usage(format!("--threshold: expected a severity from 0 to 1, got {}", args.threshold)));
    }
    let by: Vec<String> = args.by.iter().map(|column| column.trim().to_owned()).collect();
    let rows = rows::read(&args.results)?;
    rows::check(&rows, &by)?;
    let figures = Figures::of(&rows, &by, args.threshold);
    let report = match args.format.unwrap_or_else(|| named_by(args.out.as_deref())) {
        ReportFormat::Text => text::render(&figures),
        ReportFormat::Csv => csv::render(&figures)?,
        ReportFormat::Html => {
            let folder = args.pictures.as_deref().or_else(|| args.results.parent()).unwrap_or(Path::new("."));
            let (best, worst) = figures.extremes(SHOWN);
            let limits = &settings.gateway.limits;
            let best = thumbnails::of(&best, folder, limits).await;
            let worst = thumbnails::of(&worst, folder, limits).await;
            let source = args.results.file_name().unwrap_or_default().to_string_lossy();
            page::render(&page::Page { figures: &figures, source: &source, best, worst })?
        }
    };
    match &args.out {
        None => output::print(&report),
        Some(path) => {
            // A file is for other programs too: colours are for terminals.
            let plain = anstream::adapter::strip_str(&report).to_string();
            std::fs::write(path, plain).map_err(|error| CliError::io("writing the report", path, error))
        }
    }
}

/// The format that a file's ending names.
fn named_by(out: Option<&Path>) -> ReportFormat {
    let ending = out.and_then(Path::extension).map(|ending| ending.to_string_lossy().to_lowercase());
    match ending.as_deref() {
        Some("html" | "htm") => ReportFormat::Html,
        Some("csv") => ReportFormat::Csv,
        _ => ReportFormat::Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_s_ending_names_the_format() {
        let named = |name: &str| named_by(Some(Path::new(name)));
        assert_eq!(named("out/report.HTML"), ReportFormat::Html);
        assert_eq!(named("report.csv"), ReportFormat::Csv);
        assert_eq!(named("report"), ReportFormat::Text);
        assert_eq!(named_by(None), ReportFormat::Text);
    }
}
