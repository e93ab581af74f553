//! `cpaiqa rescore`

use std::{fmt::Write, path::Path};

use domain::{
    roles::{Call, ScenarioScorer},
    scenario::Selector,
};
use serde_json::Map;

use crate::{
    args::{Format, Rescore},
    error::CliError,
    output::{self, json},
    parts::Parts,
    results::{self, Line},
    scorer::Remote,
    settings::Settings,
};

/// Judges earlier measurements under other scenarios and prints the scores.
pub async fn run(settings: Settings, args: Rescore) -> Result<(), CliError> {
    let names = args.scenario.into_iter().map(Selector::Name);
    let scenarios: Vec<Selector> = names.chain(args.context.into_iter().map(Selector::Text)).collect();
    let (pictures, lines) = match (&args.results, &args.endpoint) {
        (Some(path), _) => from_results(settings, path, scenarios).await?,
        (None, Some(endpoint)) => {
            let pictures = args.id.len();
            let scores = Remote::new(&settings, endpoint)?.rescore(args.id, scenarios).await?;
            let line = |score| Line { image: None, prompt: None, carried: Map::new(), score };
            (pictures, scores.into_iter().map(line).collect())
        }
        (None, None) => return Err(CliError::Usage("expected RESULTS.jsonl, or --id with --endpoint".into())),
    };
    match args.format {
        Format::Json => lines.iter().try_for_each(json::print_line),
        Format::Text => output::print(&table(&lines, lines.len() / pictures.max(1))),
    }
}

/// How many pictures there are, and all their scores, a picture's together.
async fn from_results(
    settings: Settings,
    path: &Path,
    scenarios: Vec<Selector>,
) -> Result<(usize, Vec<Line>), CliError> {
    let (scored, without) = results::read(path)?;
    if without > 0 {
        output::warn(&format!("{without} rows of {} have no score and are left out", path.display()));
    }
    let tenant = settings.gateway.tenant.clone();
    let (library, call) = (Parts::new(settings)?.library()?, Call::default());
    let scenarios = if scenarios.is_empty() {
        library.list(call, &tenant).await?.into_iter().map(|profile| Selector::Name(profile.name)).collect()
    } else {
        scenarios
    };
    let mut resolved = Vec::with_capacity(scenarios.len());
    for scenario in &scenarios {
        resolved.push(library.resolve(call, &tenant, scenario).await?);
    }
    let pictures = scored.len();
    let mut lines = Vec::with_capacity(pictures * resolved.len());
    for one in scored {
        let values = one.score.measurements();
        for scenario in &resolved {
            let fused = library.fuse(call, &scenario.context, &values).await?;
            lines.push(Line::of(&one, one.score.clone().judged(scenario.clone(), &fused, false)));
        }
    }
    Ok((pictures, lines))
}

/// A row a picture, a column for each of its scores; all pictures have as many.
fn table(lines: &[Line], columns: usize) -> String {
    let first: Vec<&str> = lines.iter().take(columns).map(|line| line.score.scenario.name.as_str()).collect();
    let width = |name: &str| name.chars().count().max(6);
    let header: Vec<String> = first.iter().map(|name| format!("{name:>0$}", width(name))).collect();
    let mut text = format!("{}  picture\n", header.join("  "));
    for picture in lines.chunks(columns.max(1)) {
        let cell = |(line, name): (&Line, &&str)| format!("{:>1$.1}", line.score.score, width(name));
        let cells: Vec<String> = picture.iter().zip(&first).map(cell).collect();
        let name = picture.first().map(|line| line.image.as_deref().unwrap_or(&line.score.id)).unwrap_or_default();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{}  {name}", cells.join("  "));
    }
    text
}
