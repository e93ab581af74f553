//! `cpaiqa calibrate`

use std::{collections::BTreeMap, fmt::Write, path::Path, sync::Arc};

use domain::{
    fusion::{Uncertainty, fuse},
    measurement::Component,
    ownership::{Calibration, CalibrationOptions, PreferencePair, Preferred},
    roles::{Call, ScenarioKeeper},
    scenario::{Context, Profile},
    score::Kept,
};
use scenario::{Fitted, Judgements, alone, calibrate, install_fitted};
use serde::Deserialize;

use crate::{
    args::{Calibrate, Format},
    error::CliError,
    output::{self, json},
    parts::Parts,
    results::{self, Line, Scored},
    scorer::remote_at,
    settings::Settings,
};

/// Fits a scenario to preferences, prints what was found and installs it where it is not worse.
pub async fn run(settings: Settings, args: Calibrate) -> Result<(), CliError> {
    let today = settings.scenario.calibration;
    let options = CalibrationOptions { prior: args.prior.unwrap_or(today.prior), ..today };
    options.check().map_err(|why| CliError::Usage(format!("--{why}")))?;
    let (tenant, uncertainty) = (settings.gateway.tenant.clone(), settings.scenario.uncertainty.clone());
    let keeper: Arc<dyn ScenarioKeeper> = match &args.at.endpoint {
        Some(endpoint) => Arc::new(remote_at(&settings, endpoint)?),
        None => Parts::new(settings)?.library()?,
    };
    let (name, call) = (&args.scenario, Call::default());
    let install = (!args.dry_run).then(|| args.change.with(None));
    let newest = keeper.history(call, &tenant, name).await?.pop();
    let before = newest.ok_or_else(|| CliError::Usage(format!("scenario '{name}' has no revision")))?.profile;
    let found = match (&args.pairs, &args.measurements) {
        (Some(pairs), Some(measurements)) => {
            let (scored, _) = results::read(measurements)?;
            let judgements = judgements(pairs, &scored)?;
            let fitted = calibrate(&before, &judgements, &options).map_err(|e| CliError::Usage(e.to_string()))?;
            if let Some(path) = &args.held_out {
                write_held_out(path, &scored, &fitted, &uncertainty)?;
            }
            install_fitted(&*keeper, call, &tenant, fitted.calibration, install).await?
        }
        _ => keeper.calibrate(call, &tenant, name, args.prior, install).await?,
    };
    match args.format {
        Format::Json => json::print(&found),
        Format::Text => output::print(&shown(&before, &found, args.dry_run)),
    }
}

/// One row of the pairs.
#[derive(Deserialize)]
struct Row {
    a: String,
    b: String,
    preferred: Preferred,
    prompt: Option<String>,
    id: Option<String>,
    rater: Option<String>,
    weight: Option<f64>,
}

/// Preferences and the measurements that they speak of.
fn judgements(pairs: &Path, scored: &[Scored]) -> Result<Judgements, CliError> {
    let names = Names::of(scored);
    let mut read = csv::Reader::from_path(pairs).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => CliError::io("reading the pairs", pairs, error),
        other => CliError::Usage(format!("{}: {other:?}", pairs.display())),
    })?;
    let mut preferences = Vec::new();
    for (row, line) in read.deserialize::<Row>().zip(2..) {
        let failed = |why: String| CliError::Usage(format!("{}: line {line}: {why}", pairs.display()));
        let row = row.map_err(|error| {
            failed(format!("expected the columns a, b and preferred (a, b or tie), and if wanted prompt, id, rater, weight: {error}"))
        })?;
        let prompt = row.prompt.as_deref().filter(|prompt| !prompt.is_empty());
        let pair = PreferencePair {
            id: row.id.unwrap_or_else(|| line.to_string()),
            a: names.find(&row.a, prompt).map_err(failed)?,
            b: names.find(&row.b, prompt).map_err(failed)?,
            preferred: row.preferred,
            rater: row.rater.unwrap_or_default(),
            weight: row.weight.unwrap_or(1.0),
        };
        pair.check().map_err(failed)?;
        preferences.push(pair);
    }
    let kept = |one: &Scored| Kept { prompt: one.prompt.clone(), score: one.score.clone() };
    Ok(Judgements::new(&preferences, &scored.iter().enumerate().map(|(at, one)| (key(at), kept(one))).collect()))
}

/// Writes the pictures of the preferences' prompts, each judged by the row that was fitted without its prompt.
fn write_held_out(path: &Path, scored: &[Scored], fitted: &Fitted, uncertainty: &Uncertainty) -> Result<(), CliError> {
    let mut text = String::new();
    for one in scored {
        let Some(row) = fitted.held_out.get(&one.prompt) else { continue };
        let scenario = alone(row);
        let fused = fuse(&scenario.context, &one.score.measurements(), uncertainty).map_err(CliError::part)?;
        let line = Line::of(one, one.score.clone().judged(scenario, &fused, false));
        text += &serde_json::to_string(&line).map_err(CliError::part)?;
        text.push('\n');
    }
    std::fs::write(path, text).map_err(|error| CliError::io("writing", path, error))
}

/// Measurements' keys: their places in the results, since old results have no ids.
fn key(at: usize) -> String {
    format!("{at:09}")
}

/// What pairs may call a measurement.
struct Names<'a> {
    by_name: BTreeMap<&'a str, Vec<(usize, &'a str)>>,
}

impl<'a> Names<'a> {
    fn of(scored: &'a [Scored]) -> Self {
        let mut by_name: BTreeMap<&str, Vec<(usize, &str)>> = BTreeMap::new();
        for (at, one) in scored.iter().enumerate() {
            by_name.entry(&one.image).or_default().push((at, &one.prompt));
            if !one.score.id.is_empty() {
                by_name.entry(&one.score.id).or_default().push((at, &one.prompt));
            }
        }
        Self { by_name }
    }

    /// The key of the one measurement of that name, or of that name and prompt.
    fn find(&self, name: &str, prompt: Option<&str>) -> Result<String, String> {
        let all = self.by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        let mut fitting = all.iter().filter(|(_, of)| prompt.is_none_or(|prompt| prompt == *of));
        match (fitting.next(), fitting.next()) {
            (Some((at, _)), None) => Ok(key(*at)),
            (None, _) => Err(format!("'{name}' is not among the measurements; name pictures as the results do")),
            (Some(_), Some(_)) => Err(format!("'{name}' was measured more than once; add a column prompt")),
        }
    }
}

fn shown(before: &Profile, found: &Calibration, dry_run: bool) -> String {
    let Calibration { pairs, ties, left_out, pictures, prompts, .. } = found;
    let mut text = format!(
        "{}: {pairs} pairs ({ties} ties, {left_out} left out) of {pictures} pictures and {prompts} prompts; accuracy on prompts \
         that a row was not fitted to, 95 % intervals over prompts\n\n",
        before.name
    );
    // Writing to a String cannot fail.
    let _ = write_figures(&mut text, found).and_then(|()| write_row(&mut text, before, &found.profile));
    let verdict = match (found.installed, found.acceptable) {
        (Some(revision), _) => format!("installed as revision {revision}"),
        (None, false) => "not installed: it is worse than today's on prompts that it was not fitted to".into(),
        (None, true) if dry_run => "not installed, as asked; it is not worse than today's".into(),
        (None, true) => "not installed".into(),
    };
    text += &format!("\n{verdict}\n");
    text
}

fn write_figures(text: &mut String, found: &Calibration) -> std::fmt::Result {
    writeln!(text, "  {:32} accuracy {}  log loss {:.3}", "today", found.accuracy_before, found.log_loss_before)?;
    writeln!(text, "  {:32} accuracy {}  log loss {:.3}", "fitted", found.accuracy_after, found.log_loss_after)?;
    writeln!(text, "  {:32} accuracy {}", "gain", found.accuracy_gain)?;
    for ablation in &found.ablations {
        let without = format!("fitted, without {}", ablation.without.replace('_', " "));
        writeln!(text, "  {without:32} accuracy {}  change {}", ablation.accuracy, ablation.change)?;
    }
    Ok(())
}

fn write_row(text: &mut String, before: &Profile, after: &Profile) -> std::fmt::Result {
    let (from, to) = (Context::mix([(before, 1.0)]), Context::mix([(after, 1.0)]));
    writeln!(text, "\n  {:32} {:>6} {:>6}", "", "today", "fitted")?;
    for ((component, from), to) in Component::ALL.into_iter().zip(from.weights).zip(to.weights) {
        writeln!(text, "  {:32} {from:6.2} {to:6.2}", format!("weight of {}", component.name().replace('_', " ")))?;
    }
    for (kind, impact) in after.all_impacts() {
        let name = format!("impact of {}", kind.name().replace('_', " "));
        writeln!(text, "  {name:32} {:6.2} {impact:6.2}", from.impact(&kind))?;
    }
    writeln!(text, "  {:32} {:6.1} {:6.1}", "temperature, points", before.temperature, after.temperature)
}
