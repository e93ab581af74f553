//! Packs as a person reads them.

use std::fmt::Write;

use packs::{Pack, Scenario};

/// A line a pack.
pub fn list(packs: &[Pack]) -> String {
    let width = packs.iter().map(|pack| pack.name.len()).max().unwrap_or(0).max(4);
    let mut text = format!("{:width$}  version  scenarios  cues  folder\n", "pack");
    for Pack { name, version, scenarios, cues, folder, .. } in packs {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:width$}  {version:7}  {:9}  {:4}  {folder}", scenarios.len(), cues.len());
    }
    text
}

/// All that one pack holds.
pub fn pack(pack: &Pack) -> String {
    let Pack { folder, name, version, description, distortions, scenarios, cues } = pack;
    let mut text = format!("{name} {version} in {folder}: {description}\n");
    let mut line = |indented: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "  {indented}");
    };
    for Scenario { profile, .. } in scenarios {
        let (phrases, gates) = (profile.phrases.len(), profile.gates.len());
        line(format!("scenario {}: {phrases} phrases, {gates} gates; {}", profile.name, profile.description));
    }
    for (name, description) in distortions {
        let weighing = scenarios.iter().filter(|scenario| scenario.profile.other_impacts.contains_key(name)).count();
        line(format!("distortion {name}: weighed by {weighing}; {description}"));
    }
    for cues in cues {
        line(format!("cues {}", cues.file));
    }
    text
}
