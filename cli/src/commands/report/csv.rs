//! The figures for other programs: one row a group, figures that there are none of left empty.

use domain::measurement::Component;

use super::figures::Figures;
use crate::error::CliError;

/// A header and a row for each group, the best first.
pub fn render(figures: &Figures) -> Result<String, CliError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header(figures)).map_err(CliError::part)?;
    for (index, group) in figures.groups.iter().enumerate() {
        let scores = group.scores.as_ref();
        let mut row = group.key.clone();
        row.push(scores.map(|_| (index + 1).to_string()).unwrap_or_default());
        row.extend([group.pictures.len().to_string(), group.failed.to_string()]);
        let interval = scores.and_then(|scores| scores.interval);
        row.extend([
            number(scores.map(|scores| scores.mean)),
            number(interval.map(|interval| interval.low)),
            number(interval.map(|interval| interval.high)),
            number(scores.and_then(|scores| scores.deviation)),
        ]);
        row.extend((0..3).map(|at| number(scores.map(|scores| scores.quartiles[at]))));
        row.extend(group.components.map(number));
        let share = |kind: &String| group.incidence.get(kind.as_str()).and_then(|incidence| incidence.share());
        row.extend(figures.types.iter().map(|kind| number(share(kind))));
        if figures.has_verdicts() {
            row.extend((0..3).map(|at| number(group.verdicts.map(|shares| shares[at]))));
        }
        let next = group.next;
        row.extend([
            number(next.map(|next| next.difference.interval.value)),
            number(next.map(|next| next.difference.interval.low)),
            number(next.map(|next| next.difference.interval.high)),
            number(next.map(|next| next.difference.p)),
            number(next.map(|next| next.corrected)),
        ]);
        row.push(figures.method());
        writer.write_record(row).map_err(CliError::part)?;
    }
    let bytes = writer.into_inner().map_err(CliError::part)?;
    String::from_utf8(bytes).map_err(CliError::part)
}

fn header(figures: &Figures) -> Vec<String> {
    let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
    let mut header = figures.by.clone();
    header.extend(own(&["rank", "pictures", "without_score", "mean", "mean_low", "mean_high"]));
    header.extend(own(&["standard_deviation", "q1", "median", "q3"]));
    header.extend(Component::ALL.map(|component| format!("component_{}", component.name())));
    header.extend(figures.types.iter().map(|kind| format!("incidence_{kind}")));
    if figures.has_verdicts() {
        header.extend(own(&["accept", "review", "reject"]));
    }
    header.extend(own(&["above_next", "above_next_low", "above_next_high", "p", "p_holm", "method"]));
    header
}

fn number(value: Option<f64>) -> String {
    value.map(|value| format!("{value:.6}")).unwrap_or_default()
}
