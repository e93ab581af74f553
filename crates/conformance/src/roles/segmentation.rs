//! Region proposals.

use domain::{region::Region, roles::Role};
use proto::{
    common,
    segmentation::{SegmentRequest, SegmentResponse},
};

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

const PROPOSED: Rule = Rule::advised(
    "regions",
    "a red disc and a blue box on a light ground are proposed as regions",
    "without regions nothing is found in parts of a picture, and local alignment compares the whole one",
);
const INSIDE: Rule = Rule::required(
    "inside",
    "boxes lie inside the picture, in pixels of the upright picture",
    "give boxes in pixels after the EXIF orientation is applied, not in fractions or a model's own pixels, and clip them",
);
const BOXED: Rule = Rule::advised(
    "box-of-mask",
    "a region's box is the smallest around its mask, within a cell and a pixel",
    "make the box from the mask; what stands on or in what is told from both",
);
const AREA: Rule = Rule::required(
    "area",
    "a region's area is its mask's share of the picture, above 0, within a cell or a pixel",
    "divide the cells inside by all cells of the mask, and leave out empty masks",
);
const SORTED: Rule = Rule::required(
    "largest-first",
    "regions come largest first",
    "sort them by area before they are cut to max_regions",
);
const FEW: Rule = Rule::required(
    "max-regions",
    "no more regions come than max_regions asks for",
    "keep the largest max_regions and drop the rest",
);
const BOUNDED: Rule = Rule::advised(
    "default-regions",
    "without max_regions at most 128 regions come",
    "choose a default such as 12; our aligner refuses more than 128 regions at once",
);

pub const RULES: [Rule; 16] = [
    ANSWERED, READABLE, MODELS, PROPOSED, INSIDE, BOXED, AREA, SORTED, FEW, BOUNDED, LARGE, DOT, EMPTY, BY_URL,
    NO_PICTURE, TRUNCATED,
];

/// As our aligner takes them.
const MOST: usize = 128;
/// How far a box may reach over the picture's edge by rounding, pixels.
const SLACK: f32 = 0.5;

pub fn questions(pictures: &Pictures) -> Vec<Asked> {
    let segment =
        |max_regions| move |picture| Question::Segment(SegmentRequest { picture: Some(picture), max_regions });
    let mut all = asked_about(pictures, segment(None));
    if let Some(plain) = pictures.good.first() {
        let about = format!("{}, max_regions 1", plain.what);
        let sides = (plain.width, plain.height);
        all.push(Asked { about, question: segment(Some(1))(of(plain)), sides, expects: Expects::Answer(&ANSWERED) });
    }
    all
}

pub fn look(request: &SegmentRequest, sides: (u32, u32), answer: &SegmentResponse, found: &mut Findings) {
    look_at_models(Role::Segmentation, &answer.models, found);
    let got = answer.regions.len();
    if let Some(most) = request.max_regions {
        found.expect(&FEW, got <= most as usize, || format!("expected at most {most} regions, got {got}"));
    } else {
        found.expect(&BOUNDED, got <= MOST, || format!("expected at most {MOST} regions, got {got}"));
    }
    // A dot has no shapes.
    if sides.0.min(sides.1) > 1 {
        found.expect(&PROPOSED, got > 0, || "expected at least one region, got none".to_owned());
    }
    for (index, region) in answer.regions.iter().enumerate() {
        // What is wrong with an area alone has a rule of its own, and hides nothing else.
        let bounded = common::Region { area: region.area.clamp(0.0, 1.0), ..region.clone() };
        if let Some(read) = found.read(&READABLE, wire::common::from_region(bounded)) {
            look_at_region(index, &Region { area: region.area, ..read }, sides, found);
        }
    }
    for (index, pair) in answer.regions.windows(2).enumerate() {
        if let [before, after] = pair {
            let (before, after) = (before.area, after.area);
            found.expect(&SORTED, before >= after, || {
                format!("expected areas that do not rise, got {before} in regions[{index}] and {after} after it")
            });
        }
    }
}

fn look_at_region(index: usize, region: &Region, (width, height): (u32, u32), found: &mut Findings) {
    let (given, mask) = (region.bbox, &region.mask);
    let (w, h) = (width as f32, height as f32);
    let inside = given.x >= -SLACK
        && given.y >= -SLACK
        && given.x + given.width <= w + SLACK
        && given.y + given.height <= h + SLACK;
    found.expect(&INSIDE, inside, || {
        let [x, y, right, bottom] = [given.x, given.y, given.x + given.width, given.y + given.height];
        format!(
            "expected regions[{index}].bbox within 0 to {width} across and 0 to {height} down, got {x} to {right} and {y} to {bottom}"
        )
    });
    let cells = f64::from(mask.width) * f64::from(mask.height);
    let count = mask.count();
    let share = count as f64 / cells;
    let step = (1.0 / cells).max(1.0 / (f64::from(width) * f64::from(height)));
    let area = f64::from(region.area);
    found.expect(&AREA, count > 0 && (area - share).abs() <= step + 1e-6, || match count {
        0 => format!("expected cells inside regions[{index}].mask, got none"),
        _ => format!(
            "expected regions[{index}].area {share:.4}, as {count} of the mask's {cells} cells are inside, got {area:.4}"
        ),
    });
    let Some(around) = mask.bounding_box(width, height).filter(|_| inside) else { return };
    let (across, down) = (w / mask.width as f32 + 1.0, h / mask.height as f32 + 1.0);
    let near = (given.x - around.x).abs() <= across
        && (given.y - around.y).abs() <= down
        && (given.x + given.width - around.x - around.width).abs() <= across
        && (given.y + given.height - around.y - around.height).abs() <= down;
    found.expect(&BOXED, near, || {
        let (got, wanted) = (<[f32; 4]>::from(given), <[f32; 4]>::from(around));
        format!("expected regions[{index}].bbox [x, y, width, height] about {wanted:.1?}, got {got:.1?}")
    });
}
