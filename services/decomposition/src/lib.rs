//! Takes prompts apart: into descriptors that can be pointed at in the picture, and attributes that speak of the whole.
//!
//! [`Lexicon`] is a tagger and parser with word lists. [`ChatEndpoint`] asks a language model behind any OpenAI-compatible
//! endpoint and believes nothing it says unchecked. [`WithFallback`] asks the endpoint, lets what it says add to the
//! lexicon's answer, and lets the lexicon answer alone when that fails. [`decomposer`] picks by the settings.
//! [`Structured`] adds to either's answers what is counted and which relations geometry can check.

use std::sync::Arc;

use domain::roles::Decomposer;

mod chat;
pub mod evaluation;
mod fallback;
mod file;
mod findings;
mod grounding;
mod lexicon;
mod merge;
mod service;
mod settings;
mod structure;
mod syntax;
#[cfg(feature = "test-server")]
pub mod test_server;
mod words;

#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub use chat::read_answer;
pub use chat::{ChatEndpoint, EndpointError, SetupError, TEMPLATE_VERSION};
pub use fallback::WithFallback;
pub use lexicon::{Lexicon, LexiconError};
pub use service::DecompositionServer;
pub use settings::{EndpointSettings, Limits, Settings};
pub use structure::{Structure, Structured};
pub use syntax::SyntaxError;
pub use words::stem;

/// The decomposer that `settings` ask for: the endpoint with the lexicon behind it, or the lexicon alone.
///
/// `variable` reads an environment variable; the endpoint's key may be looked up through it.
///
/// # Errors
///
/// When the endpoint's settings cannot work: a base URL that is none, or a key that is missing or cannot be sent.
pub fn decomposer(
    settings: &Settings,
    lexicon: Arc<Lexicon>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Arc<dyn Decomposer>, SetupError> {
    Ok(match &settings.endpoint {
        None => lexicon,
        Some(endpoint) => {
            let primary = ChatEndpoint::new(endpoint, settings.limits, variable)?;
            Arc::new(WithFallback { primary, fallback: lexicon })
        }
    })
}
