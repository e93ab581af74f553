//! `cpaiqa eval alignment`

use std::{collections::BTreeMap, fmt::Write, path::Path, sync::Arc};

use alignment::evaluation::{Cosines, Kind, Pairs, Presence, Retrieval, SwapFigure, presence, retrieval, swaps};
use domain::{
    alignment::Logistic,
    roles::{Aligner, Call, Role, TextKind},
};
use serde::Serialize;

use super::seen::{Seen, keep};
use crate::{
    args::{EvalAlignment, Format},
    commands::identified,
    error::CliError,
    output::{self, json, progress::Counter},
    parts::Parts,
    settings::Settings,
};

#[derive(Serialize)]
struct Report {
    model: String,
    pictures: usize,
    retrieval: Vec<Line<Retrieval>>,
    presence: Vec<Line<Presence>>,
    swaps: Vec<SwapFigure>,
}

#[derive(Serialize)]
struct Line<T> {
    of: &'static str,
    #[serde(flatten)]
    figures: T,
}

/// Embeds the pictures and their texts with the configured model and prints how well they find each other.
pub async fn run(settings: Settings, args: EvalAlignment) -> Result<(), CliError> {
    let read = |path: &Path| {
        std::fs::read_to_string(path).map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))
    };
    let mut pairs = Pairs::default();
    for path in &args.pairs {
        let found =
            Pairs::read(&read(path)?).map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))?;
        pairs.pairs.extend(found.pairs);
        pairs.swaps.extend(found.swaps);
    }
    if pairs.pictures().len() < 2 {
        return Err(CliError::Usage(format!("expected at least two pictures, got {}", pairs.pictures().len())));
    }
    let limits = settings.gateway.limits;
    let (model, batch) = (settings.alignment.model.clone(), settings.alignment.max_items);
    let calibrations = settings.alignment.chosen().map_err(CliError::part)?.calibrations;
    let mut parts = Parts::new(settings)?;
    let phrases: Vec<String> = pairs.texts().into_iter().filter(|text| pairs.is_phrase(text)).collect();
    let roles = [Role::Alignment, Role::Segmentation];
    parts.pull(if args.regions { &roles } else { &roles[..1] }).await?;
    let aligner = parts.aligner().await?;
    let segmenter = if args.regions { Some(parts.segmenter().await?) } else { None };

    let counter = Counter::new("pictures", pairs.pictures().len(), 0);
    let mut seen = Vec::new();
    for name in pairs.pictures() {
        let picture = identified(&args.pictures.join(&name), &limits)?;
        seen.push(Seen::of(&picture, &aligner, segmenter.as_ref(), phrases.chunks(batch.max(1))).await?);
        counter.advance();
    }
    counter.finish(0);
    let texts = embedded(&aligner, &pairs, batch).await?;
    if let Some(path) = &args.embeddings {
        keep(path, &pairs, &seen, &texts)?;
    }
    let whole: Vec<&[Vec<f32>]> = seen.iter().map(|seen| seen.views.get(..1).unwrap_or_default()).collect();
    let all: Vec<&[Vec<f32>]> = seen.iter().map(|seen| seen.views.as_slice()).collect();
    let presences: Vec<&[f64]> = seen.iter().map(|seen| seen.presences.as_slice()).collect();
    let (cosines, best) = (Cosines::new(&pairs, &whole, &texts), Cosines::new(&pairs, &all, &texts));

    let kinds = [("caption", Kind::Caption), ("prompt", Kind::Prompt)];
    let found = |(of, kind)| retrieval(&pairs, &cosines, kind).map(|figures| Line { of, figures });
    let judged = |of, cosines, kinds: &[Kind], calibration| {
        presence(&pairs, cosines, kinds, calibration).map(|figures| Line { of, figures })
    };
    let log_odds = Cosines::of_presences(&pairs, &phrases, &presences);
    let as_they_are = Logistic { slope: 1.0, offset: 0.0 };
    let by_region = || {
        [
            judged("phrase, best of all views,", &best, &[Kind::Phrase], calibrations.best()),
            judged("phrase, as a score judges it,", &log_odds, &[Kind::Phrase], as_they_are),
        ]
    };
    let report = Report {
        model,
        pictures: seen.len(),
        retrieval: kinds.into_iter().filter_map(found).collect(),
        presence: [
            judged("prompt", &cosines, &[Kind::Caption, Kind::Prompt], calibrations.prompt),
            judged("phrase", &cosines, &[Kind::Phrase], calibrations.phrase),
        ]
        .into_iter()
        .chain(args.regions.then(by_region).into_iter().flatten())
        .flatten()
        .collect(),
        swaps: swaps(&pairs, &cosines),
    };
    match args.format {
        Format::Json => json::print(&report),
        Format::Text => output::print(&shown(&report)),
    }
}

/// The texts' embeddings, in the texts' order.
async fn embedded(aligner: &Arc<dyn Aligner>, pairs: &Pairs, batch: usize) -> Result<Vec<Vec<f32>>, CliError> {
    let mut found = BTreeMap::new();
    let (phrases, prompts): (Vec<String>, Vec<String>) =
        pairs.texts().into_iter().partition(|text| pairs.is_phrase(text));
    for (kind, texts) in [(TextKind::Phrase, phrases), (TextKind::Prompt, prompts)] {
        for some in texts.chunks(batch.max(1)) {
            let rows = aligner.embed_texts(Call::default(), some, kind).await?.rows;
            found.extend(some.iter().cloned().zip(rows));
        }
    }
    Ok(found.into_values().collect())
}

fn shown(report: &Report) -> String {
    let mut text = format!("model {}, {} pictures; 95 % intervals over pictures\n", report.model, report.pictures);
    // Writing to a string cannot fail.
    for Line { of, figures } in &report.retrieval {
        let Retrieval { texts, pictures, picture_first, picture_in_five, text_first, text_in_five } = figures;
        let _ = writeln!(text, "\n{of}: {texts} texts, {pictures} pictures");
        let _ = writeln!(text, "  text → picture  R@1 {}  R@5 {}", picture_first, picture_in_five);
        let _ = writeln!(text, "  picture → text  R@1 {}  R@5 {}", text_first, text_in_five);
    }
    for Line { of, figures } in &report.presence {
        let _ = writeln!(text, "\n{of} present or not: {} own, {} foreign pairs", figures.own, figures.foreign);
        let _ = writeln!(text, "  AUC {}", figures.auc);
        let errors = [figures.calibration_error, figures.log_loss];
        let held_out = [figures.held_out_calibration_error, figures.held_out_log_loss];
        for (name, [error, loss]) in [("configured", errors), ("fitted on four fifths, on the rest", held_out)] {
            let _ = writeln!(text, "  {name}: calibration error {error:.3}, log loss {loss:.3}");
        }
        let _ = writeln!(
            text,
            "  fitted on all: slope = {:.2}, offset = {:.3}",
            figures.fitted.slope, figures.fitted.offset
        );
        for bin in &figures.reliability {
            let bar = "#".repeat((bin.own * 40.0).round() as usize);
            let _ = writeln!(
                text,
                "    p {:.2}  own {:.2} {bar:40} {:4.1} %",
                bin.probability,
                bin.own,
                bin.weight * 100.0
            );
        }
    }
    if !report.swaps.is_empty() {
        let _ = writeln!(text, "\nright text nearer than one that is wrong in its");
    }
    for SwapFigure { point, pairs, right_nearer } in &report.swaps {
        let _ = writeln!(text, "  {point:10} {pairs:4} pairs  {}", right_nearer);
    }
    text
}
