//! A score as a person reads it.

use std::{fmt::Write, path::Path};

use anstyle::{AnsiColor, Style};
use domain::{
    alignment::Judge,
    decomposition::DescriptorKind,
    gate::{Decision, Verdict},
    measurement::Component,
    score::{Outcome, Score},
    suggestion::{Action, Suggestion},
};

use crate::{error::CliError, output};

const BOLD: Style = Style::new().bold();
const FAINT: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default();
const FAIR: Style = AnsiColor::Yellow.on_default();
const POOR: Style = AnsiColor::Red.on_default();

/// A part that is less likely there than not is shown as missing.
const MISSING_BELOW: f64 = 0.5;
const BAR: usize = 24;

/// Prints the score, its parts, what cost points and what is missing.
pub fn print(score: &Score, image: &Path, prompt: &str) -> Result<(), CliError> {
    output::print(&render(score, image, prompt))
}

fn render(score: &Score, image: &Path, prompt: &str) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = headline(&mut text, score, image, prompt)
        .and_then(|()| components(&mut text, score))
        .and_then(|()| losses(&mut text, score))
        .and_then(|()| missing(&mut text, score))
        .and_then(|()| suggestions(&mut text, score))
        .and_then(|()| remarks(&mut text, score));
    text
}

fn headline(text: &mut String, score: &Score, image: &Path, prompt: &str) -> std::fmt::Result {
    let style = grade(score.score / 100.0);
    let ([low, high], name) = (score.interval, &score.scenario.name);
    writeln!(
        text,
        "{style}{BOLD}{:5.1}{BOLD:#}{style:#} of 100  ({low:.0} to {high:.0})  for {BOLD}{name}{BOLD:#}",
        score.score
    )?;
    writeln!(text, "{FAINT}{} against: {}{FAINT:#}", image.display(), shortened(prompt))?;
    if let Some(Decision { verdict, rules }) = &score.verdict {
        let style = match verdict {
            Verdict::Accept => GOOD,
            Verdict::Review => FAIR,
            Verdict::Reject => POOR,
        };
        let bare = |rule: &String| rule.split_once(": ").map_or(rule.as_str(), |(_, rule)| rule).to_owned();
        let why: Vec<String> = rules.iter().map(bare).collect();
        let why = if why.is_empty() { "nothing speaks against it".to_owned() } else { why.join("; ") };
        writeln!(text, "{style}{BOLD}{}{BOLD:#}{style:#}  {why}", verdict.name())?;
    }
    writeln!(text)
}

fn components(text: &mut String, score: &Score) -> std::fmt::Result {
    for (component, value) in Component::ALL.into_iter().zip(score.components.to_array()) {
        let name = component.name().replace('_', " ");
        match (value, score.scenario.weights.get(component.name())) {
            (Some(value), Some(weight)) => {
                let style = grade(value);
                writeln!(
                    text,
                    "  {name:22} {style}{}{style:#} {value:.2}  {FAINT}weight {weight:.2}{FAINT:#}",
                    bar(value)
                )?;
            }
            _ => writeln!(text, "  {name:22} {FAINT}{:BAR$} not measured{FAINT:#}", "")?,
        }
    }
    writeln!(text)
}

fn losses(text: &mut String, score: &Score) -> std::fmt::Result {
    let mut lost: Vec<(&String, f64)> = score.points_lost.iter().map(|(name, points)| (name, *points)).collect();
    lost.retain(|(_, points)| *points >= 0.05);
    lost.sort_by(|a, b| b.1.total_cmp(&a.1));
    if lost.is_empty() {
        return Ok(());
    }
    writeln!(text, "{BOLD}What cost the points{BOLD:#}")?;
    for (name, points) in lost {
        let found = score.distortions.iter().find(|distortion| distortion.kind.name() == name);
        let mut place = String::new();
        if let Some((severity, [x, y])) = found.and_then(|d| Some((d.severity?, d.peak?))) {
            write!(place, "  {FAINT}severity {severity:.2}, worst near {x:.0}, {y:.0}{FAINT:#}")?;
        }
        writeln!(text, "  {points:5.1}  {}{place}", name.replace('_', " "))?;
    }
    writeln!(text)
}

fn missing(text: &mut String, score: &Score) -> std::fmt::Result {
    let kind = |kind: DescriptorKind| match kind {
        DescriptorKind::Object => "object",
        DescriptorKind::Color => "colour",
        DescriptorKind::Material => "material",
        DescriptorKind::Part => "part",
        DescriptorKind::Relation => "relation",
        DescriptorKind::State => "state",
    };
    let descriptors = score.descriptors.iter().map(|d| {
        let name = d.counted.map_or_else(|| d.text.clone(), |counted| format!("{}: counted {counted}", d.text));
        let by = if d.judged_by == Some(Judge::Geometry) { " by where its things lie" } else { "" };
        (name, kind(d.kind), d.presence, by)
    });
    let attributes = score.attributes.iter().map(|a| (a.text.clone(), "attribute", a.presence, ""));
    let mut absent: Vec<(String, &str, f64, &str)> = descriptors
        .chain(attributes)
        .filter_map(|(text, kind, presence, by)| Some((text, kind, presence?, by)))
        .collect();
    let all = absent.len();
    absent.retain(|(_, _, presence, _)| *presence < MISSING_BELOW);
    absent.sort_by(|a, b| a.2.total_cmp(&b.2));
    if all == 0 {
        return Ok(());
    }
    writeln!(text, "{BOLD}Found {} of the prompt's {all} parts{BOLD:#}", all - absent.len())?;
    for (name, kind, presence, by) in absent {
        writeln!(text, "  {POOR}missing{POOR:#}  {name} {FAINT}({kind}, presence {presence:.2}{by}){FAINT:#}")?;
    }
    writeln!(text)
}

fn suggestions(text: &mut String, score: &Score) -> std::fmt::Result {
    if score.suggestions.is_empty() {
        return Ok(());
    }
    writeln!(text, "{BOLD}What would win points back{BOLD:#}")?;
    for Suggestion { action, what, points, bbox, .. } in &score.suggestions {
        let what = what.replace('_', " ");
        let told = match action {
            Action::Stress => format!("stress \"{what}\" in the prompt"),
            Action::Add => format!("add \"{what}\" to the prompt"),
            Action::Inpaint => format!("paint anew: {what}"),
        };
        let place =
            bbox.map(|b| format!("  {FAINT}{:.0} × {:.0} at {:.0}, {:.0}{FAINT:#}", b.width, b.height, b.x, b.y));
        writeln!(text, "  {points:5.1}  {told}{}", place.unwrap_or_default())?;
    }
    writeln!(text)
}

fn remarks(text: &mut String, score: &Score) -> std::fmt::Result {
    for degraded in &score.degraded {
        writeln!(text, "{FAIR}degraded{FAIR:#}  {}: {}", degraded.stage, degraded.reason)?;
    }
    for note in &score.notes {
        writeln!(text, "{FAINT}note{FAINT:#}  {note}")?;
    }
    let unassessed = score.distortions.iter().filter(|d| d.severity.is_none()).count();
    if unassessed > 0 {
        let assessed = score.distortions.len() - unassessed;
        writeln!(
            text,
            "{FAINT}note{FAINT:#}  {assessed} of {} distortion types were assessed",
            score.distortions.len()
        )?;
    }
    let stages = score.stages.iter().map(|stage| match stage.outcome {
        Outcome::Ok => format!("{} {:.0} ms", stage.name, stage.ms),
        other => format!("{} {:.0} ms ({})", stage.name, stage.ms, format!("{other:?}").to_lowercase()),
    });
    writeln!(text, "{FAINT}{}{FAINT:#}", stages.collect::<Vec<_>>().join(", "))
}

fn bar(value: f64) -> String {
    let filled = (value * BAR as f64).round() as usize;
    (0..BAR).map(|cell| if cell < filled { '█' } else { '░' }).collect()
}

/// The same three steps for every value in [0, 1].
const fn grade(value: f64) -> Style {
    if value >= 0.7 {
        GOOD
    } else if value >= 0.4 {
        FAIR
    } else {
        POOR
    }
}

fn shortened(prompt: &str) -> String {
    const MOST: usize = 160;
    let folded = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.chars().count() <= MOST { folded } else { folded.chars().take(MOST).chain(['…']).collect() }
}
