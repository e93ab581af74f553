//! What a backend keeps, as a person reads it.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use conformance::{Check, Outcome, Report};

/// A line for each check, and one that sums them up.
pub fn report(report: &Report) -> String {
    let width = report.checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for Check { name, promise, outcome, message } in &report.checks {
        let (style, word) = style(*outcome);
        let said = message.as_deref().unwrap_or(promise);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{style}{word:7}{style:#}  {name:width$}  {said}");
    }
    let counted = [Outcome::Ok, Outcome::Note, Outcome::Warning, Outcome::Failed, Outcome::Skipped]
        .map(|outcome| (report.count(outcome), style(outcome).1));
    let counted: Vec<String> =
        counted.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let (role, checks) = (report.role.name(), report.checks.len());
    let _ = writeln!(text, "\n{role} at {}: {checks} checks, {}", report.endpoint, counted.join(", "));
    text
}

const fn style(outcome: Outcome) -> (Style, &'static str) {
    match outcome {
        Outcome::Ok => (AnsiColor::Green.on_default(), "ok"),
        Outcome::Note => (Style::new(), "note"),
        Outcome::Warning => (AnsiColor::Yellow.on_default(), "warning"),
        Outcome::Failed => (AnsiColor::Red.on_default(), "FAILED"),
        Outcome::Skipped => (Style::new().dimmed(), "skipped"),
    }
}
