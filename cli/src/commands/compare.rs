//! `cpaiqa compare`

use std::fmt::Write;

use domain::{comparison::Comparison, measurement::Component};

use super::selector;
use crate::{
    args::{Compare, Format},
    error::CliError,
    output::{self, json},
    scorer::Scorer,
    settings::Settings,
};

/// Reasons that a person is shown.
const SHOWN: usize = 6;

/// Compares two pictures and prints which is better and why.
pub async fn run(settings: Settings, args: Compare) -> Result<(), CliError> {
    let scorer = Scorer::new(settings, args.asked.endpoint.as_deref()).await?;
    let compared = scorer.compare([&args.a, &args.b], &args.asked.prompt, selector(args.asked.scenario)).await?;
    match args.asked.format {
        Format::Json => json::print(&compared),
        Format::Text => {
            output::print(&shown(&compared, [&args.a.display().to_string(), &args.b.display().to_string()]))
        }
    }
}

fn shown(compared: &Comparison, [a, b]: [&str; 2]) -> String {
    let Comparison { lead, a_preferred, reasons, .. } = compared;
    let (better, worse, probability) = if *lead >= 0.0 { (a, b, *a_preferred) } else { (b, a, 1.0 - *a_preferred) };
    let mut text = format!(
        "{better} leads {worse} by {:.1} points for {}; people would prefer it with probability {probability:.2}\n\n",
        lead.abs(),
        compared.a.scenario.name
    );
    // Writing to a String cannot fail.
    let _ = writeln!(text, "  {:26} {:>8} {:>8}", "", "a", "b");
    let _ = writeln!(text, "  {:26} {:8.1} {:8.1}", "score", compared.a.score, compared.b.score);
    let values = compared.a.components.to_array().into_iter().zip(compared.b.components.to_array());
    for (component, (a, b)) in Component::ALL.into_iter().zip(values) {
        let told = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.2}"));
        let _ = writeln!(text, "  {:26} {:>8} {:>8}", component.name().replace('_', " "), told(a), told(b));
    }
    let _ = writeln!(text, "\nWhat makes the difference");
    for reason in reasons.iter().take(SHOWN) {
        let favours = if reason.points > 0.0 { "a" } else { "b" };
        let _ = writeln!(text, "  {:5.1} for {favours}  {}", reason.points.abs(), reason.name.replace('_', " "));
    }
    text
}
