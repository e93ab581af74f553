//! `cpaiqa eval distortion`

use std::{collections::BTreeSet, fmt::Write, path::Path};

use domain::{
    distortion::{Distortion, DistortionType},
    heat_map::HeatMap,
    roles::{Call, Role},
    statistics::{Interval, auc, interval, share, spearman},
};
use image::imageops::FilterType;
use serde::{Deserialize, Serialize};

use crate::{
    args::{EvalDistortion, Format},
    commands::identified,
    error::CliError,
    output::{self, json, progress::Counter},
    parts::Parts,
    settings::Settings,
};

/// A severity above this is an alarm.
const ALARM: f64 = 0.3;
/// Faults of this strength and more are plain to see.
const PLAIN: f64 = 0.5;

/// A line of the manifest. An untouched picture has neither fault nor twin.
#[derive(Deserialize)]
struct Row {
    picture: String,
    /// What the picture was made of: pictures of one scene are drawn together for the intervals.
    scene: String,
    /// The distortion put into it, or empty.
    fault: Option<DistortionType>,
    /// Its strength, (0, 1].
    strength: Option<f64>,
    /// A picture that is white where the fault is.
    mask: String,
    /// The distortion whose natural counterpart was done to it, or empty.
    twin: Option<DistortionType>,
    /// What sort of picture an untouched one is, such as `dark`; or empty.
    #[serde(default)]
    group: String,
}

/// A picture with what was found in it.
struct Case {
    row: Row,
    scene: usize,
    found: Vec<Distortion>,
    mask: Option<Vec<bool>>,
}

impl Case {
    /// The severity of that type, where it was assessed.
    fn severity(&self, kind: DistortionType) -> Option<f64> {
        self.found.get(kind as usize - 1)?.severity.map(f64::from)
    }
}

fn is_alarm(severity: f64) -> bool {
    severity > ALARM
}

#[derive(Serialize)]
struct Report {
    pictures: usize,
    scenes: usize,
    types: Vec<Figures>,
    /// Untouched pictures by sort.
    groups: Vec<Group>,
}

#[derive(Serialize)]
struct Group {
    name: String,
    pictures: usize,
    /// Share of the pictures with a severity above 0.3, by distortion number less one.
    alarms: [f64; 12],
}

#[derive(Serialize)]
struct Figures {
    #[serde(rename = "type")]
    kind: DistortionType,
    /// Pictures with this fault.
    faults: usize,
    /// Faults above untouched pictures and natural edits of every kind.
    auc: Interval,
    /// The same of faults of a strength of at least 0.5.
    auc_plain: Interval,
    /// Faults above pictures with another fault.
    auc_among_faults: Interval,
    /// Rank correlation of severity with strength over the faults.
    severity: Interval,
    /// Overlap (intersection over union) of the mask with the cells of at least half the map's highest.
    overlap: Interval,
    /// How often the map's highest cell touches the mask.
    pointing: Interval,
    /// Share of untouched pictures with a severity above 0.3.
    alarms: Interval,
    /// The same of this type's natural edits.
    alarms_on_twins: Interval,
}

/// Looks for known distortions and prints how well they were found, by type.
pub async fn run(settings: Settings, args: EvalDistortion) -> Result<(), CliError> {
    let rows = read(&args.manifest)?;
    let scenes: Vec<String> = rows.iter().map(|row| row.scene.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    if scenes.len() < 2 {
        let path = args.manifest.display();
        return Err(CliError::Usage(format!("{path}: expected pictures of at least two scenes, got {}", scenes.len())));
    }
    let (folder, limits) = (args.manifest.parent().unwrap_or(Path::new("")), settings.gateway.limits);
    let mut parts = Parts::new(settings)?;
    parts.pull(&[Role::Distortion]).await?;
    let detector = parts.detector().await?;
    let counter = Counter::new("pictures", rows.len(), 0);
    let mut cases = Vec::with_capacity(rows.len());
    for row in rows {
        let picture = identified(&folder.join(&row.picture), &limits)?;
        let found = detector.detect(Call::default(), &picture, true).await?.distortions;
        let map = row.fault.and_then(|kind| found.get(kind as usize - 1)?.map.as_ref());
        let mask = map.map(|map| mask(&folder.join(&row.mask), map)).transpose()?;
        let scene = scenes.binary_search(&row.scene).unwrap_or_default();
        cases.push(Case { row, scene, found, mask });
        counter.advance();
    }
    counter.finish(0);
    let types = DistortionType::ALL.into_iter().filter_map(|kind| figures(kind, &cases, scenes.len())).collect();
    let report = Report { pictures: cases.len(), scenes: scenes.len(), types, groups: groups(&cases) };
    match args.format {
        Format::Json => json::print(&report),
        Format::Text => output::print(&shown(&report)),
    }
}

fn read(path: &Path) -> Result<Vec<Row>, CliError> {
    let mut reader = csv::Reader::from_path(path).map_err(|error| unread(path, None, &error))?;
    let header = reader.headers().map_err(|error| unread(path, None, &error))?.clone();
    reader.deserialize().map(|row| row.map_err(|error| unread(path, Some(&header), &error))).collect()
}

/// Why the manifest cannot be read; names line and column where they are known.
fn unread(path: &Path, header: Option<&csv::StringRecord>, error: &csv::Error) -> CliError {
    let why = match error.kind() {
        csv::ErrorKind::Deserialize { pos: Some(at), err } => {
            let column = err.field().and_then(|field| header?.get(field as usize));
            let column = column.map(|name| format!(", column {name}")).unwrap_or_default();
            format!("line {}{column}: {}", at.line(), err.kind())
        }
        _ => error.to_string(),
    };
    CliError::Usage(format!("{}: {why}", path.display()))
}

/// The mask in `path` on the map's cells: those of which it covers half, or any part when there is none such.
fn mask(path: &Path, map: &HeatMap) -> Result<Vec<bool>, CliError> {
    let whole =
        image::open(path).map_err(|error| CliError::Usage(format!("{}: {error}", path.display())))?.into_luma8();
    let cells = image::imageops::resize(&whole, map.width as u32, map.height as u32, FilterType::Triangle).into_raw();
    let least = if cells.iter().any(|&cell| cell > 127) { 127 } else { 0 };
    Ok(cells.into_iter().map(|cell| cell > least).collect())
}

/// The figures of one type; `None` when no picture has it or the detector does not assess it.
fn figures(kind: DistortionType, cases: &[Case], scenes: usize) -> Option<Figures> {
    // A case with its severity; all must have one.
    let all: Vec<(&Case, f64)> = cases.iter().map(|case| Some((case, case.severity(kind)?))).collect::<Option<_>>()?;
    let of = |wanted: &dyn Fn(&Case) -> bool| -> Vec<(&Case, f64)> {
        all.iter().copied().filter(|(case, _)| wanted(case)).collect()
    };
    let has = |case: &Case| case.row.fault == Some(kind);
    let faults = of(&has);
    let over = |cases: &[(&Case, f64)], statistic: &dyn Fn(&[f64]) -> f64| {
        interval(scenes, |drawn| statistic(&cases.iter().map(|(case, _)| drawn[case.scene]).collect::<Vec<f64>>()))
    };
    let above = |mut cases: Vec<(&Case, f64)>| {
        cases.sort_by(|a, b| a.1.total_cmp(&b.1));
        let sorted: Vec<(f64, bool)> = cases.iter().map(|(case, value)| (*value, has(case))).collect();
        over(&cases, &|weights| auc(&sorted, |at| weights[at]))
    };
    let alarms = |cases: &[(&Case, f64)]| {
        let hits: Vec<bool> = cases.iter().map(|(_, severity)| is_alarm(*severity)).collect();
        over(cases, &|weights| share(&hits, weights))
    };
    let placed: Vec<(f64, bool)> = faults.iter().filter_map(|(case, _)| place(case, kind)).collect();
    let (severities, strengths): (Vec<f64>, Vec<f64>) =
        faults.iter().map(|(case, value)| (*value, case.row.strength.unwrap_or_default())).unzip();
    let (overlaps, hits): (Vec<f64>, Vec<bool>) = placed.into_iter().unzip();
    let mean = |weights: &[f64]| {
        overlaps.iter().zip(weights).map(|(overlap, weight)| overlap * weight).sum::<f64>()
            / weights.iter().sum::<f64>()
    };
    (!faults.is_empty()).then(|| Figures {
        kind,
        faults: faults.len(),
        auc: above(of(&|case| has(case) || case.row.fault.is_none())),
        auc_plain: above(of(&|case| (has(case) && case.row.strength >= Some(PLAIN)) || case.row.fault.is_none())),
        auc_among_faults: above(of(&|case| case.row.fault.is_some())),
        severity: over(&faults, &|weights| spearman(&severities, &strengths, weights)),
        overlap: over(&faults, &mean),
        pointing: over(&faults, &|weights| share(&hits, weights)),
        alarms: alarms(&of(&|case| case.row.fault.is_none() && case.row.twin.is_none())),
        alarms_on_twins: alarms(&of(&|case| case.row.twin == Some(kind))),
    })
}

/// Untouched pictures by sort.
fn groups(cases: &[Case]) -> Vec<Group> {
    let names: BTreeSet<&str> =
        cases.iter().map(|case| case.row.group.as_str()).filter(|name| !name.is_empty()).collect();
    let group = |name: &str| {
        let of: Vec<&Case> = cases.iter().filter(|case| case.row.group == name).collect();
        let alarms = DistortionType::ALL.map(|kind| {
            let hits: Vec<bool> = of.iter().map(|case| case.severity(kind).is_some_and(is_alarm)).collect();
            share(&hits, &vec![1.0; hits.len()])
        });
        Group { name: name.to_owned(), pictures: of.len(), alarms }
    };
    names.into_iter().map(group).collect()
}

/// How much the map of a fault overlaps with its mask, and whether its highest cell is in it.
fn place(case: &Case, kind: DistortionType) -> Option<(f64, bool)> {
    let (map, mask) = (case.found.get(kind as usize - 1)?.map.as_ref()?, case.mask.as_ref()?);
    let highest = map.cells.iter().copied().fold(0.0, f32::max);
    let count = |cells: &dyn Fn(bool, bool) -> bool| {
        map.cells.iter().zip(mask).filter(|(cell, masked)| cells(**cell >= highest / 2.0, **masked)).count() as f64
    };
    let both = count(&|found, masked| found && masked);
    let at = map.cells.iter().position(|cell| *cell == highest)?;
    let hit = highest > 0.0 && mask[at];
    Some((both / count(&|found, masked| found || masked).max(1.0), hit))
}

fn shown(report: &Report) -> String {
    let mut text = format!("{} pictures of {} scenes; 95 % intervals over scenes\n\n", report.pictures, report.scenes);
    let columns =
        ["AUC", "AUC from 0.5", "AUC among faults", "severity", "map overlap", "pointing", "false alarms", "on twins"];
    let cells = |cells: &mut dyn Iterator<Item = String>| cells.map(|cell| format!("  {cell:20}")).collect::<String>();
    // Writing to a string cannot fail.
    let _ = write!(text, "{:28} {:>6}{}", "", "faults", cells(&mut columns.iter().map(ToString::to_string)));
    for line in &report.types {
        let figures = [
            line.auc,
            line.auc_plain,
            line.auc_among_faults,
            line.severity,
            line.overlap,
            line.pointing,
            line.alarms,
            line.alarms_on_twins,
        ];
        let (number, name) = (line.kind as usize, line.kind.name());
        let figures = cells(&mut figures.iter().map(ToString::to_string));
        let _ = write!(text, "\n{number:2} {name:25} {:6}{figures}", line.faults);
    }
    let numbers: String = (1..=12).map(|number| format!("{number:>6}")).collect();
    let _ = write!(text, "\n\nfalse alarms by type{:>15}{numbers}", "pictures");
    for Group { name, pictures, alarms } in &report.groups {
        let alarms: String = alarms.iter().map(|alarm| format!("{alarm:6.2}")).collect();
        let _ = write!(text, "\n{name:20}{pictures:15}{alarms}");
    }
    text.push('\n');
    text
}
