//! Scenarios as a person reads them.

use std::fmt::Write;

use domain::{ownership::Revision, scenario::Profile};

/// A line a scenario.
pub fn list(profiles: &[Profile]) -> String {
    let width = profiles.iter().map(|profile| profile.name.len()).max().unwrap_or(0).max(8);
    let mut text = format!("{:width$}  revision  gates  description\n", "scenario");
    for Profile { name, revision, gates, description, .. } in profiles {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:width$}  {revision:8}  {:5}  {description}", gates.len());
    }
    text
}

/// A line a revision, the newest first.
pub fn history(revisions: &[Revision]) -> String {
    let mut text = String::from("revision  when (UTC)        author            comment\n");
    for Revision { profile, author, comment, created } in revisions.iter().rev() {
        let when = if *created == 0 { String::from("–") } else { when(*created) };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{:8}  {when:16}  {author:16}  {comment}", profile.revision);
    }
    text
}

/// Lines that went and came, each beside the section it stands in.
pub fn diff(earlier: &Revision, later: &Revision, before: &str, after: &str) -> String {
    let (before, after) = (named_lines(before), named_lines(after));
    let mut text = format!(
        "{} revision {} to {}: {}\n",
        later.profile.name, earlier.profile.revision, later.profile.revision, later.comment
    );
    let gone = before.iter().filter(|line| !after.contains(line)).map(|line| ("-", line));
    let come = after.iter().filter(|line| !before.contains(line)).map(|line| ("+", line));
    // What was changed stands together: its old line, then its new one.
    let mut changes: Vec<(&str, &(String, String))> = gone.chain(come).collect();
    changes.sort_by(|(a_sign, a), (b_sign, b)| {
        (key(a), std::cmp::Reverse(a_sign)).cmp(&(key(b), std::cmp::Reverse(b_sign)))
    });
    if changes.is_empty() {
        text.push_str("  nothing\n");
    }
    for (sign, (section, line)) in changes {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{sign} {section:14} {line}");
    }
    text
}

fn key((section, line): &(String, String)) -> (&str, &str) {
    (section, line.split(" = ").next().unwrap_or(line))
}

/// Each line of a TOML file with the section that it stands in.
fn named_lines(text: &str) -> Vec<(String, String)> {
    let (mut section, mut rules) = (String::new(), 0);
    let mut lines = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        match line.strip_prefix('[') {
            Some(header) if header.starts_with('[') => {
                rules += 1;
                section = format!("{} {rules}", header.trim_matches(['[', ']']));
            }
            Some(header) => section = header.trim_matches(['[', ']']).to_owned(),
            None => lines.push((section.clone(), line.to_owned())),
        }
    }
    lines
}

/// Seconds since 1970 as a date and a time of day, UTC.
pub fn when(seconds: i64) -> String {
    chrono::DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| "–".to_owned(), |when| when.format("%Y-%m-%d %H:%M").to_string())
}
