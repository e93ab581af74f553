//! `cpaiqa decompose`

use domain::{
    decomposition::{Attribute, Descriptor},
    roles::Call,
};
use serde::Serialize;

use super::lines;
use crate::{args::Decompose, error::CliError, output::json, parts::Parts, settings::Settings};

#[derive(Serialize)]
struct Line {
    prompt: String,
    language: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    english: Option<String>,
    descriptors: Vec<Descriptor>,
    attributes: Vec<Attribute>,
    backend: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    degraded: Option<String>,
}

/// Takes each prompt apart.
pub async fn run(settings: Settings, args: Decompose) -> Result<(), CliError> {
    let prompts = match args.file {
        Some(file) => lines(&file)?,
        None => args.prompt.into_iter().collect(),
    };
    let decomposer = Parts::new(settings)?.decomposer()?;
    for prompt in prompts {
        let answer = decomposer.decompose(Call::default(), &prompt).await?;
        json::print_line(&Line {
            prompt,
            language: answer.language,
            english: answer.english,
            descriptors: answer.decomposition.descriptors,
            attributes: answer.decomposition.attributes,
            backend: answer.backend,
            degraded: answer.degraded,
        })?;
    }
    Ok(())
}
