//! How good a decomposition is, against prompts that people took apart.
//!
//! [`dsg`] reads the tuples of the Davidsonian Scene Graph benchmark and matches them leniently (lemma, article, synonym);
//! [`geneval`] reads GenEval's prompts, which must be met exactly. Both give a [`Tally`] a prompt and category, which
//! [`summary()`] adds up, with intervals over prompts.

pub mod dsg;
pub mod geneval;
mod lenient;
mod summary;

pub use summary::{Summary, summary};

/// Why reference data cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// DSG's file is not its CSV file.
    #[error("expected DSG's CSV file: {0}")]
    Csv(#[from] csv::Error),
    /// A line of GenEval's file is none of its prompts.
    #[error("line {line}: expected a GenEval prompt: {source}")]
    Json {
        /// The line's number, from 1.
        line: usize,
        /// What is wrong.
        source: serde_json::Error,
    },
}

/// How many items were asked for, found, and right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Items of the reference.
    pub wanted: usize,
    /// Of these, how many the answer has.
    pub recalled: usize,
    /// Items of the answer.
    pub found: usize,
    /// Of these, how many the reference has.
    pub right: usize,
}

impl Tally {
    /// Adds another tally up.
    pub fn add(&mut self, other: Self) {
        self.wanted += other.wanted;
        self.recalled += other.recalled;
        self.found += other.found;
        self.right += other.right;
    }

    /// The tally of `times` such prompts.
    pub fn times(self, times: usize) -> Self {
        let Self { wanted, recalled, found, right } = self;
        Self { wanted: wanted * times, recalled: recalled * times, found: found * times, right: right * times }
    }

    /// Share of the found that is right; 0 when nothing was found.
    pub fn precision(&self) -> f64 {
        share(self.right, self.found)
    }

    /// Share of the wanted that was found; 0 when nothing was wanted.
    pub fn recall(&self) -> f64 {
        share(self.recalled, self.wanted)
    }

    /// Harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        let (precision, recall) = (self.precision(), self.recall());
        if precision + recall == 0.0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) }
    }
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 { 0.0 } else { part as f64 / of as f64 }
}

#[cfg(test)]
mod tests;
