//! Embeddings and comparisons.

use domain::roles::Role;
use proto::{
    alignment::{
        AlignRequest, AlignResponse, EmbedImageRequest, EmbedImageResponse, EmbedTextsRequest, EmbedTextsResponse,
        Embedding, LocalAlignment, TextKind,
    },
    common::{Attribute, AttributeKind, AttributeSource, BoundingBox, Descriptor, DescriptorKind, Mask, Picture},
};

use super::{
    ANSWERED, MODELS, READABLE, asked, look_at_models,
    picture::{BY_URL, DOT, EMPTY, LARGE, NO_PICTURE, TRUNCATED, asked_about, of},
};
use crate::{
    asking::{Asked, Expects},
    pictures::{Pictures, Shown},
    question::Question,
    rule::{Findings, Rule},
};

const NORMALISED: Rule = Rule::required(
    "normalised",
    "embeddings have length 1, within 1e-3",
    "divide each embedding by its length; others compare them by their products",
);
const PARTS: Rule = Rule::required(
    "parts",
    "what was asked for is answered, one match a descriptor and one an attribute, and nothing else is",
    "give global for a prompt, local for descriptors, as many attributes as came; leave out what was not asked for",
);
const ROWS: Rule = Rule::required(
    "cosines",
    "cosines come row by row: one row a region, a last one for the whole picture, one column a descriptor",
    "add the row of the whole picture, also where there are no regions",
);
const COSINES: Rule = Rule::required(
    "cosine-range",
    "cosines lie in [-1, 1]",
    "divide by both lengths; a model's scaled logits are no cosines, they belong into the calibration",
);
const REGIONS: Rule = Rule::required(
    "refuses-masks",
    "masks that do not fit their regions or their own size are refused as bad input",
    "count masks against regions, and runs against width × height, and refuse with INVALID_ARGUMENT",
);
const OUTSIDE: Rule = Rule::required(
    "odd-regions",
    "regions outside the picture or without a size are answered or refused as bad input",
    "clip regions to the picture, or refuse them with INVALID_ARGUMENT",
);
const ODD: Rule = Rule::required(
    "odd-prompt",
    "an empty prompt and one of 100,000 letters are answered or refused as bad input",
    "cut them to what the model reads, or refuse them with INVALID_ARGUMENT",
);

pub const RULES: [Rule; 16] = [
    ANSWERED, READABLE, MODELS, NORMALISED, PARTS, ROWS, COSINES, LARGE, DOT, EMPTY, BY_URL, NO_PICTURE, TRUNCATED,
    REGIONS, OUTSIDE, ODD,
];

/// How far a length may lie from 1, and a cosine outside [-1, 1].
const LENGTH_SLACK: f64 = 1e-3;
const COSINE_SLACK: f64 = 1e-4;

pub fn questions(pictures: &Pictures) -> Vec<Asked> {
    let whole = |picture| {
        Question::Align(AlignRequest { picture: Some(picture), prompt: Some(PROMPT.to_owned()), ..Default::default() })
    };
    let mut all = asked_about(pictures, whole);
    let Some(plain) = pictures.good.first() else { return all };
    let good = [
        ("one prompt and one phrase", texts(&[PROMPT], TextKind::Prompt)),
        ("phrases", texts(&["a red disc", "a blue box", "a horse"], TextKind::Phrase)),
        ("the picture alone", embed(plain, Vec::new(), Vec::new())),
        ("two regions by their boxes", embed(plain, boxes(), Vec::new())),
        ("two regions, one with a mask", embed(plain, boxes(), vec![half(), Mask::default()])),
        ("all parts", Question::Align(everything(plain))),
        ("descriptors without regions", Question::Align(AlignRequest { regions: Vec::new(), ..everything(plain) })),
        ("attributes alone", Question::Align(AlignRequest { descriptors: Vec::new(), ..everything(plain) })),
    ];
    all.extend(good.map(|(about, question)| asked(about, question, Expects::Answer(&ANSWERED))));
    let broken = Mask { width: 4, height: 4, counts: vec![3, 5] };
    let bad = [
        ("one mask for two regions", embed(plain, boxes(), vec![half()])),
        ("a mask of 4 × 4 cells with runs of 8", embed(plain, boxes(), vec![broken, Mask::default()])),
    ];
    all.extend(bad.map(|(about, question)| asked(about, question, Expects::Refusal(&REGIONS))));
    let outside = BoundingBox { x: 10_000.0, y: -500.0, width: 50.0, height: 50.0 };
    let odd = [
        ("a region outside the picture", embed(plain, vec![outside], Vec::new())),
        ("a region of no size", embed(plain, vec![BoundingBox { x: 5.0, y: 5.0, ..Default::default() }], Vec::new())),
        ("a region of NaN", embed(plain, vec![BoundingBox { x: f32::NAN, ..outside }], Vec::new())),
    ];
    all.extend(odd.map(|(about, question)| asked(about, question, Expects::AnswerOrRefusal(&OUTSIDE))));
    let long = "cat ".repeat(25_000);
    let odd = [("an empty prompt", ""), ("a prompt of 100,000 letters", long.as_str())];
    all.extend(
        odd.map(|(about, prompt)| asked(about, texts(&[prompt], TextKind::Prompt), Expects::AnswerOrRefusal(&ODD))),
    );
    all
}

const PROMPT: &str = "a red disc and a blue box";

fn texts(texts: &[&str], kind: TextKind) -> Question {
    let texts = texts.iter().map(|text| (*text).to_owned()).collect();
    Question::EmbedTexts(EmbedTextsRequest { texts, kind: kind.into() })
}

fn embed(shown: &Shown, regions: Vec<BoundingBox>, masks: Vec<Mask>) -> Question {
    Question::EmbedImage(EmbedImageRequest { picture: Some(of(shown)), regions, masks })
}

/// Around the disc and the box of the plainest picture.
fn boxes() -> Vec<BoundingBox> {
    vec![
        BoundingBox { x: 18.0, y: 18.0, width: 108.0, height: 108.0 },
        BoundingBox { x: 144.0, y: 90.0, width: 72.0, height: 72.0 },
    ]
}

/// The upper half of a picture.
fn half() -> Mask {
    Mask { width: 4, height: 4, counts: vec![0, 8, 8] }
}

fn everything(shown: &Shown) -> AlignRequest {
    let descriptor = |text: &str, kind: DescriptorKind| Descriptor {
        text: text.to_owned(),
        kind: kind.into(),
        ..Descriptor::default()
    };
    let calm = Attribute {
        text: "calm".to_owned(),
        kind: AttributeKind::Mood.into(),
        source: AttributeSource::Inferred.into(),
    };
    let picture: Picture = of(shown);
    AlignRequest {
        picture: Some(picture),
        prompt: Some(PROMPT.to_owned()),
        regions: boxes(),
        descriptors: vec![descriptor("red disc", DescriptorKind::Color), descriptor("box", DescriptorKind::Object)],
        attributes: vec![calm],
        aesthetics: true,
        masks: Vec::new(),
    }
}

pub fn embedded(request: &EmbedImageRequest, answer: &EmbedImageResponse, found: &mut Findings) {
    look_at_models(Role::Alignment, &answer.models, found);
    look_at_rows(&answer.embeddings, request.regions.len() + 1, found);
}

pub fn read(request: &EmbedTextsRequest, answer: &EmbedTextsResponse, found: &mut Findings) {
    look_at_models(Role::Alignment, &answer.models, found);
    look_at_rows(&answer.embeddings, request.texts.len(), found);
}

fn look_at_rows(rows: &[Embedding], expected: usize, found: &mut Findings) {
    let read = wire::alignment::from_rows(rows.to_vec(), Vec::new(), expected);
    let Some(read) = found.read(&READABLE, read) else { return };
    for (index, row) in read.rows.iter().enumerate() {
        let length = row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        found.expect(&NORMALISED, (length - 1.0).abs() <= LENGTH_SLACK, || {
            format!("expected embeddings[{index}] of length 1, got {length:.4}")
        });
    }
}

pub fn aligned(request: &AlignRequest, answer: &AlignResponse, found: &mut Findings) {
    look_at_models(Role::Alignment, &answer.models, found);
    let cosines = answer.local.iter().flat_map(|local| &local.cosines).map(|cosine| f64::from(*cosine));
    for cosine in cosines.chain(answer.global.map(|global| global.cosine)).filter(|cosine| cosine.is_finite()) {
        found.expect(&COSINES, cosine.abs() <= 1.0 + COSINE_SLACK, || {
            format!("expected cosines in [-1, 1], got {cosine}")
        });
    }
    let why = strayed(request, answer);
    let whole = found.expect(&PARTS, why.is_none(), || why.unwrap_or_default());
    if whole && answer.local.as_ref().is_none_or(|local| look_at_frame(request, local, found)) {
        found.read(&READABLE, wire::alignment::from_response(answer.clone()));
    }
}

fn look_at_frame(request: &AlignRequest, local: &LocalAlignment, found: &mut Findings) -> bool {
    let (rows, columns, got) = (request.regions.len() + 1, request.descriptors.len(), local.cosines.len());
    found.expect(&ROWS, got == rows * columns, || {
        format!("expected {rows} rows of {columns} local.cosines, {} in all, got {got}", rows * columns)
    })
}

/// What is missing, or was not asked for.
fn strayed(request: &AlignRequest, answer: &AlignResponse) -> Option<String> {
    let matches = answer.local.as_ref().map_or(0, |local| local.matches.len());
    let counted = [
        ("global", usize::from(request.prompt.is_some()), usize::from(answer.global.is_some())),
        ("local.matches", request.descriptors.len(), matches),
        ("attributes", request.attributes.len(), answer.attributes.len()),
    ];
    let wrong = counted.into_iter().find(|(_, asked, came)| asked != came);
    match wrong {
        Some((field, asked, came)) => Some(format!("expected {asked} in {field}, got {came}")),
        None if answer.aesthetics.is_some() && !request.aesthetics => {
            Some("expected no aesthetics where they were not asked for, got some".to_owned())
        }
        None => None,
    }
}
