//! Distortions and fidelity.

use std::collections::BTreeSet;

use domain::{
    distortion::{Distortion, DistortionKind},
    heat_map::HeatMap,
    roles::Role,
    scenario::MOST_OTHER_TYPES,
};
use proto::distortion::{DetectRequest, DetectResponse};

use super::{
    ANSWERED, MODELS, READABLE, look_at_models,
    picture::{BY_URL, DOT, EMPTY, LARGE, NO_PICTURE, TRUNCATED, asked_about, of},
};
use crate::{
    asking::{Asked, Expects},
    pictures::Pictures,
    question::Question,
    rule::{Findings, Rule},
};

const ONCE: Rule =
    Rule::required("once", "each distortion type comes at most once", "give one severity a type, its worst");
const OTHERS: Rule = Rule::advised(
    "other-types",
    "at most 16 types beyond the twelve come",
    "report the 16 that matter; the gateway drops the others",
);
const PEAK: Rule = Rule::required(
    "peak",
    "the worst spot is given in fractions of the picture's width and height, each in [0, 1]",
    "divide pixels by the upright picture's sides",
);
const MAPS: Rule = Rule::advised(
    "maps",
    "maps come when they are asked for, and only then",
    "look at include_maps; without maps the gateway cannot show or paint over the spot, and unasked ones cost time on the way",
);
const HIGHEST: Rule = Rule::required(
    "peak-in-map",
    "the worst spot lies where the map is highest",
    "take the centre of the map's highest cell; rows run from the top, cells from the left",
);

pub const RULES: [Rule; 14] =
    [ANSWERED, READABLE, MODELS, ONCE, OTHERS, PEAK, MAPS, HIGHEST, LARGE, DOT, EMPTY, BY_URL, NO_PICTURE, TRUNCATED];

/// Levels by which a cell may lie below the highest: rounding to a byte.
const ROUNDING: f32 = 1.5 / 255.0;

pub fn questions(pictures: &Pictures) -> Vec<Asked> {
    let detect = |include_maps| move |picture| Question::Detect(DetectRequest { picture: Some(picture), include_maps });
    let mut all = asked_about(pictures, detect(false));
    for shown in pictures.good.iter().take(2) {
        let about = format!("{}, with maps", shown.what);
        all.push(super::asked(&about, detect(true)(of(shown)), Expects::Answer(&ANSWERED)));
    }
    all
}

pub fn look(request: &DetectRequest, answer: &DetectResponse, found: &mut Findings) {
    look_at_models(Role::Distortion, &answer.models, found);
    let Some(read) = found.read(&READABLE, wire::distortion::from_response(answer.clone())) else { return };
    let mut kinds = BTreeSet::new();
    for distortion in &read.distortions {
        let new = kinds.insert(&distortion.kind);
        found.expect(&ONCE, new, || format!("expected {} once, got it again", distortion.kind.name()));
        look_at(distortion, request.include_maps, found);
    }
    let others = kinds.iter().filter(|kind| matches!(kind, DistortionKind::Other(_))).count();
    found.expect(&OTHERS, others <= MOST_OTHER_TYPES, || {
        format!("expected at most {MOST_OTHER_TYPES} types beyond the twelve, got {others}")
    });
}

fn look_at(distortion: &Distortion, with_maps: bool, found: &mut Findings) {
    let name = distortion.kind.name();
    if distortion.severity.is_some() {
        let wanted = if with_maps { "a map" } else { "no map" };
        let got = if distortion.map.is_some() { "one" } else { "none" };
        found.expect(&MAPS, distortion.map.is_some() == with_maps, || {
            format!("expected {wanted} of {name} where include_maps is {with_maps}, got {got}")
        });
    }
    let Some((x, y)) = distortion.peak else { return };
    let inside = (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y);
    found.expect(&PEAK, inside, || format!("expected the peak of {name} in [0, 1] × [0, 1], got {x}, {y}"));
    if let (true, Some(map)) = (inside, &distortion.map) {
        let highest = map.cells.iter().copied().fold(0.0, f32::max);
        let (there, (wanted_x, wanted_y)) = (at(map, x, y), map.peak());
        found.expect(&HIGHEST, there >= highest - ROUNDING, || {
            format!(
                "expected the peak of {name} at {wanted_x:.2}, {wanted_y:.2}, where its map is {highest:.2}, got {x:.2}, \
                 {y:.2}, where it is {there:.2}"
            )
        });
    }
}

/// The highest of the cells that the point lies in, or on the edge of.
fn at(map: &HeatMap, x: f32, y: f32) -> f32 {
    let beside = |fraction: f32, cells: usize| {
        let place = fraction * cells as f32;
        let cell = |place: f32| (place.max(0.0) as usize).min(cells - 1);
        cell(place - 1e-3)..=cell(place + 1e-3)
    };
    let columns = beside(x, map.width);
    let rows = beside(y, map.height);
    rows.flat_map(|row| columns.clone().map(move |column| row * map.width + column))
        .filter_map(|cell| map.cells.get(cell).copied())
        .fold(0.0, f32::max)
}
