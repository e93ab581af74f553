//! Decomposers for any language model: with the same lexicon behind them, and completed in the same way.

use std::sync::Arc;

use decomposition::{EndpointSettings, Lexicon, Limits, SetupError, Structure, Structured};
use domain::roles::Decomposer;
use packs::Packs;

use crate::{
    error::CliError,
    fields::{lexicon, structure},
};

/// What all decomposers of a process share.
#[derive(Clone)]
pub struct Decomposers {
    limits: Limits,
    lexicon: Arc<Lexicon>,
    structure: Structure,
}

impl Decomposers {
    /// With the word lists of `packs` too.
    pub fn new(packs: &Packs, limits: Limits) -> Result<Self, CliError> {
        Ok(Self { limits, lexicon: Arc::new(lexicon(packs, limits)?), structure: structure(packs)? })
    }

    /// The lexicon, or the chat endpoint with the lexicon behind it.
    pub fn at(&self, endpoint: Option<EndpointSettings>) -> Result<Arc<dyn Decomposer>, SetupError> {
        let settings = decomposition::Settings { limits: self.limits, endpoint };
        let variable = |name: &str| std::env::var(name).ok();
        Ok(self.completed(decomposition::decomposer(&settings, Arc::clone(&self.lexicon), variable)?))
    }

    /// `inner` with what is counted, and with relations that geometry can check.
    pub fn completed(&self, inner: Arc<dyn Decomposer>) -> Arc<dyn Decomposer> {
        Arc::new(Structured::new(inner, self.structure.clone()))
    }
}
