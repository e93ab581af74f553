//! What the page's script is given: the shape that `web/src/report/data.ts` describes.

use std::collections::HashMap;

use base64::prelude::{BASE64_STANDARD, Engine};
use domain::{gate::Verdict, region::BoundingBox, statistics::Interval};
use serde::Serialize;

use super::Page;
use crate::commands::report::{
    figures::{Figures, Unit},
    group::{self, Scores},
    rows::{self, Part, Scored},
    thumbnails::{self, Thumbnail},
};

/// The shape's name; what reads another one says so.
const FORMAT: &str = "cpaiqa-report-1";

#[derive(Serialize)]
pub struct Data<'a> {
    format: &'static str,
    version: &'static str,
    source: &'a str,
    by: &'a [String],
    unit: &'static str,
    method: String,
    threshold: f64,
    pictures: usize,
    failed: usize,
    prompts: usize,
    mean: Option<f64>,
    types: &'a [String],
    components: [Option<f64>; 5],
    groups: Vec<Group<'a>>,
    rows: Vec<Row<'a>>,
    best: Vec<Shown<'a>>,
    worst: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    key: &'a [String],
    pictures: usize,
    failed: usize,
    scores: Option<Summary>,
    components: [Option<f64>; 5],
    /// Of each type: pictures at the threshold or above, pictures assessed.
    incidence: Vec<(usize, usize)>,
    verdicts: Option<[f64; 3]>,
    next: Option<Next>,
}

#[derive(Serialize)]
struct Summary {
    mean: f64,
    interval: Option<Interval>,
    deviation: Option<f64>,
    quartiles: [f64; 3],
}

#[derive(Serialize)]
struct Next {
    lead: Interval,
    p: f64,
    corrected: f64,
}

#[derive(Serialize)]
struct Row<'a> {
    group: usize,
    image: &'a str,
    prompt: &'a str,
    scenario: &'a str,
    score: f64,
    interval: [f64; 2],
    verdict: Option<Verdict>,
    components: [Option<f64>; 5],
    severities: Vec<Option<f64>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    row: usize,
    /// The most first.
    points_lost: Vec<(&'a str, f64)>,
    descriptors: Vec<Found<'a>>,
    attributes: Vec<Found<'a>>,
    distortions: Vec<Distortion<'a>>,
    thumbnail: Picture<'a>,
}

#[derive(Serialize)]
struct Found<'a> {
    text: &'a str,
    presence: Option<f64>,
    bbox: Option<BoundingBox>,
}

#[derive(Serialize)]
struct Distortion<'a> {
    r#type: &'a str,
    severity: Option<f64>,
    peak: Option<[f32; 2]>,
    bbox: Option<BoundingBox>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Picture<'a> {
    There { jpeg: String, width: u32, height: u32 },
    Absent { error: &'a str },
}

impl<'a> Data<'a> {
    /// All that `page` shows.
    pub fn of(page: &'a Page<'a>) -> Self {
        let figures = page.figures;
        let (mut rows, mut places) = (Vec::with_capacity(figures.pictures), HashMap::new());
        for (at, group) in figures.groups.iter().enumerate() {
            for (row, scored) in &group.pictures {
                places.insert(std::ptr::from_ref(*row), rows.len());
                rows.push(Row::of(at, row, scored, &figures.types));
            }
        }
        let shown = |all: &'a [thumbnails::Shown<'a>]| {
            let placed = |shown: &'a thumbnails::Shown<'a>| Some((*places.get(&std::ptr::from_ref(shown.row))?, shown));
            all.iter().filter_map(placed).map(|(row, shown)| Shown::of(row, shown)).collect()
        };
        let (best, worst) = (shown(&page.best), shown(&page.worst));
        let sum: f64 = rows.iter().map(|row| row.score).sum();
        Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION"),
            source: page.source,
            by: &figures.by,
            unit: match figures.unit {
                Unit::Prompts => "prompts",
                Unit::Pictures => "pictures",
            },
            method: figures.method(),
            threshold: figures.threshold,
            pictures: figures.pictures,
            failed: figures.failed,
            prompts: figures.prompts,
            mean: (!rows.is_empty()).then(|| sum / rows.len() as f64),
            types: &figures.types,
            components: figures.components,
            groups: figures.groups.iter().map(|group| Group::of(group, figures)).collect(),
            rows,
            best,
            worst,
        }
    }
}

impl<'a> Group<'a> {
    fn of(group: &'a group::Group<'a>, figures: &Figures) -> Self {
        let incidence = |kind: &String| group.incidence.get(kind.as_str()).copied().unwrap_or_default();
        let incidence = figures.types.iter().map(incidence).map(|found| (found.seen, found.assessed));
        Self {
            key: &group.key,
            pictures: group.pictures.len(),
            failed: group.failed,
            scores: group.scores.as_ref().map(|&Scores { mean, interval, deviation, quartiles }| Summary {
                mean,
                interval,
                deviation,
                quartiles,
            }),
            components: group.components,
            incidence: incidence.collect(),
            verdicts: group.verdicts,
            next: group.next.map(|next| Next {
                lead: next.difference.interval,
                p: next.difference.p,
                corrected: next.corrected,
            }),
        }
    }
}

impl<'a> Row<'a> {
    fn of(group: usize, row: &'a rows::Row, scored: &'a Scored, types: &[String]) -> Self {
        let severity = |kind: &String| scored.distortions.iter().find(|found| found.kind == *kind)?.severity.map(short);
        Self {
            group,
            image: &row.image,
            prompt: &row.prompt,
            scenario: row.columns.get("scenario").map_or("", String::as_str),
            score: scored.score,
            interval: scored.interval.unwrap_or([scored.score; 2]).map(short),
            verdict: scored.verdict.as_ref().map(|told| told.verdict),
            components: scored.components.to_array().map(|value| value.map(short)),
            severities: types.iter().map(severity).collect(),
        }
    }
}

/// Four decimals, which are more than a page shows: there may be very many rows.
fn short(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

impl<'a> Shown<'a> {
    fn of(row: usize, shown: &'a thumbnails::Shown<'a>) -> Self {
        let scored = shown.scored;
        let mut points_lost: Vec<(&str, f64)> =
            scored.points_lost.iter().map(|(name, points)| (name.as_str(), *points)).collect();
        points_lost.sort_by(|a, b| b.1.total_cmp(&a.1));
        let found = |part: &'a Part| Found { text: &part.text, presence: part.presence, bbox: part.bbox };
        let distortions = scored.distortions.iter().map(|found| Distortion {
            r#type: &found.kind,
            severity: found.severity,
            peak: found.peak,
            bbox: found.bbox,
        });
        Self {
            row,
            points_lost,
            descriptors: scored.descriptors.iter().map(found).collect(),
            attributes: scored.attributes.iter().map(found).collect(),
            distortions: distortions.collect(),
            thumbnail: match &shown.thumbnail {
                Ok(Thumbnail { bytes, width, height }) => {
                    Picture::There { jpeg: BASE64_STANDARD.encode(bytes), width: *width, height: *height }
                }
                Err(error) => Picture::Absent { error },
            },
        }
    }
}
