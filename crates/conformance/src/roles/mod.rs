//! What each role is asked, and what its answers must be.

mod alignment;
mod decomposition;
mod distortion;
mod picture;
mod scenario;
mod segmentation;

use domain::roles::Role;
use proto::common::ModelInfo;
use tonic::Status;

use crate::{
    asking::{Asked, Expects},
    backend::Backend,
    pictures::Pictures,
    question::{Answer, Question},
    rule::{Findings, Rule},
};

const ANSWERED: Rule = Rule::required(
    "answered",
    "good questions are answered",
    "look for the call in the backend's own log; the gateway fails or degrades every answer that needs it",
);
const READABLE: Rule = Rule::required(
    "readable",
    "answers keep what their proto promises of every field",
    "mend the field; the gateway takes such an answer for a fault of the backend and does not use it",
);
const MODELS: Rule = Rule::required(
    "models",
    "answers name their models: role, name, version, and SHA-256 where there is a file",
    "fill in models; scores repeat them, so that it can be told later what they were made with",
);

/// The rules of `role`, in the order in which they are shown.
pub const fn rules(role: Role) -> &'static [Rule] {
    match role {
        Role::Alignment => &alignment::RULES,
        Role::Segmentation => &segmentation::RULES,
        Role::Decomposition => &decomposition::RULES,
        Role::Distortion => &distortion::RULES,
        Role::Scenario => &scenario::RULES,
    }
}

/// What `role` is asked; the scenarios to ask for are first asked of `backend`.
pub async fn questions(backend: &Backend, role: Role, pictures: &Pictures) -> Vec<Asked> {
    match role {
        Role::Alignment => alignment::questions(pictures),
        Role::Segmentation => segmentation::questions(pictures),
        Role::Decomposition => decomposition::questions(),
        Role::Distortion => distortion::questions(pictures),
        Role::Scenario => scenario::questions(backend).await,
    }
}

/// Looks at an answer by the rules of its role.
pub fn look(asked: &Asked, answer: &Answer, found: &mut Findings) {
    match (&asked.question, answer) {
        (Question::EmbedImage(request), Answer::EmbedImage(answer)) => alignment::embedded(request, answer, found),
        (Question::EmbedTexts(request), Answer::EmbedTexts(answer)) => alignment::read(request, answer, found),
        (Question::Align(request), Answer::Align(answer)) => alignment::aligned(request, answer, found),
        (Question::Segment(request), Answer::Segment(answer)) => {
            segmentation::look(request, asked.sides, answer, found);
        }
        (Question::Decompose(request), Answer::Decompose(answer)) => decomposition::look(request, answer, found),
        (Question::Detect(request), Answer::Detect(answer)) => distortion::look(request, answer, found),
        (Question::ListScenarios(_), Answer::ListScenarios(answer)) => scenario::listed(answer, found),
        (Question::Resolve(request), Answer::Resolve(answer)) => scenario::resolved(request, answer, found),
        (Question::Fuse(request), Answer::Fuse(answer)) => scenario::fused(request, answer, found),
        // A question is answered by its own client.
        _ => {}
    }
}

/// Looks at a refusal that was expected.
pub fn look_at_refusal(asked: &Asked, status: &Status, found: &mut Findings) {
    if matches!(asked.expects, Expects::Missing(_)) {
        scenario::missing(status, found);
    }
}

/// A question about no picture.
fn asked(about: &str, question: Question, expects: Expects) -> Asked {
    Asked { about: about.to_owned(), question, sides: (0, 0), expects }
}

/// Whether `models` say who answered.
fn look_at_models(role: Role, models: &[ModelInfo], found: &mut Findings) {
    let why = wrong_models(role, models);
    found.expect(&MODELS, why.is_none(), || why.unwrap_or_default());
}

fn wrong_models(role: Role, models: &[ModelInfo]) -> Option<String> {
    let name = role.name();
    if models.is_empty() {
        return Some("expected at least one in models, got none".to_owned());
    }
    let hex = |digest: &str| digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    models.iter().find_map(|model| {
        if model.role != name {
            Some(format!("expected models.role '{name}', got '{}'", model.role))
        } else if model.name.trim().is_empty() || model.version.trim().is_empty() {
            Some(format!("expected models.name and version, got '{}' and '{}'", model.name, model.version))
        } else if !model.sha256.is_empty() && !hex(&model.sha256) {
            Some(format!("expected models.sha256 to be 64 hexadecimal digits or empty, got '{}'", model.sha256))
        } else {
            None
        }
    })
}
