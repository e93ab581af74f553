//! What a tenant owns: scenarios with their history, preferences, and what was measured.

use serde::{Deserialize, Serialize};

use crate::{scenario::Profile, statistics::Interval};

/// The tenant of whoever names none.
pub const DEFAULT_TENANT: &str = "default";

/// Why a tenant's name cannot be one; `Ok` when it can.
///
/// # Errors
///
/// In words, when it is not of 1 to 64 lower-case letters, digits and hyphens.
pub fn check_tenant(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if (1..=64).contains(&name.len()) && name.chars().all(plain) {
        return Ok(());
    }
    Err(format!("expected a tenant of 1 to 64 lower-case letters, digits and hyphens, got '{name}'"))
}

/// A key that lets a program call in a tenant's name. The secret itself is with its holder alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Names the key; no secret.
    pub id: String,
    /// Whose calls are made with it.
    pub tenant: String,
    /// Digest of the secret, in hex.
    pub hash: String,
    /// What it is for, as its maker says.
    pub comment: String,
    /// When it was made, in seconds since 1970 UTC.
    pub created: i64,
    /// When it ends, or ended; `None` while nobody has set an end.
    pub ends: Option<i64>,
}

impl ApiKey {
    /// Whether it may be used at `now`, in seconds since 1970 UTC.
    pub fn is_live(&self, now: i64) -> bool {
        self.ends.is_none_or(|ends| now < ends)
    }
}

/// Who changes a scenario, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The author, as the caller names them.
    pub author: String,
    /// Why.
    pub comment: String,
    /// The revision that the change was made from; when another one is the newest by now, the change is refused. 0 for a
    /// scenario that is new. `None` changes whatever is the newest.
    pub based_on: Option<u32>,
}

/// One revision of a scenario; it never changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// The profile, with its revision's number.
    pub profile: Profile,
    /// Who made it; empty for what is built in.
    pub author: String,
    /// Why.
    pub comment: String,
    /// When, in seconds since 1970 UTC; 0 for what is built in.
    pub created: i64,
}

/// What one person preferred, of two measured pictures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreferencePair {
    /// The caller's own; a pair that comes again under its id is counted once.
    pub id: String,
    /// Id of one picture's measurement.
    pub a: String,
    /// Id of the other's.
    pub b: String,
    /// Which one was preferred.
    pub preferred: Preferred,
    /// Who preferred it; may be empty.
    pub rater: String,
    /// How much the judgement counts, above 0.
    pub weight: f64,
}

/// Which of two was preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preferred {
    /// The first.
    A,
    /// The second.
    B,
    /// Neither.
    Tie,
}

impl Preferred {
    /// How much of the preference went to the first: 1, 0.5 or 0.
    pub const fn share_of_a(self) -> f64 {
        match self {
            Self::A => 1.0,
            Self::Tie => 0.5,
            Self::B => 0.0,
        }
    }
}

/// A judgement that counts more than this would drown all others.
const HEAVIEST: f64 = 1_000.0;
/// Longest id or rater, bytes.
const LONGEST_ID: usize = 128;
/// Longest author or comment, bytes.
const LONGEST_COMMENT: usize = 2_000;

/// Why a text cannot be kept in every database; `Ok` when it can.
///
/// # Errors
///
/// In words, when it holds a NUL character.
pub fn check_no_nul(text: &str) -> Result<(), String> {
    if text.contains('\0') { Err("expected text without a NUL character".into()) } else { Ok(()) }
}

/// A text that every database takes and an error can repeat.
fn check_text(field: &str, text: &str, most: usize) -> Result<(), String> {
    if text.len() > most {
        return Err(format!("{field}: expected at most {most} bytes, got {}", text.len()));
    }
    check_no_nul(text).map_err(|why| format!("{field}: {why}"))
}

impl Change {
    /// What is wrong with the change, in words.
    ///
    /// # Errors
    ///
    /// When the author or the comment is too long for a history.
    pub fn check(&self) -> Result<(), String> {
        check_text("author", &self.author, LONGEST_COMMENT)?;
        check_text("comment", &self.comment, LONGEST_COMMENT)
    }
}

impl CalibrationOptions {
    /// What is wrong with the options, in words.
    ///
    /// # Errors
    ///
    /// When the pull is not above 0, or lets go of all of it.
    pub fn check(&self) -> Result<(), String> {
        if !(self.prior > 0.0 && self.prior.is_finite()) {
            return Err(format!("prior: expected a number above 0, got {}", self.prior));
        }
        if !(0.0..1.0).contains(&self.shared) {
            return Err(format!("shared: expected a number in [0, 1), got {}", self.shared));
        }
        Ok(())
    }
}

impl PreferencePair {
    /// What is wrong with the pair, in words.
    ///
    /// # Errors
    ///
    /// When an id is missing, both are one, or the weight is not above 0.
    pub fn check(&self) -> Result<(), String> {
        if self.id.is_empty() || self.a.is_empty() || self.b.is_empty() {
            return Err("expected an id, and those of two measurements, got an empty one".into());
        }
        if self.a == self.b {
            return Err(format!("expected two measurements, got {} twice", self.a));
        }
        if !(self.weight > 0.0 && self.weight <= HEAVIEST) {
            return Err(format!("weight: expected a number above 0 and at most {HEAVIEST}, got {}", self.weight));
        }
        let texts = [("id", &self.id), ("a", &self.a), ("b", &self.b), ("rater", &self.rater)];
        texts.into_iter().try_for_each(|(field, text)| check_text(field, text, LONGEST_ID))
    }
}

/// How a calibration is done.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationOptions {
    /// How strongly the row is pulled back to where it began: one over the variance of a logit before any pair was seen.
    pub prior: f64,
    /// How much of that lets go where all impacts move together, [0, 1): whether distortions matter at all is less sure
    /// than which of them matters more.
    pub shared: f64,
    /// Parts that the prompts are dealt into; each is held out once.
    pub folds: usize,
    /// Seed of the dealing.
    pub seed: u64,
}

/// What a calibration found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Pairs used, ties among them.
    pub pairs: usize,
    /// Ties.
    pub ties: usize,
    /// Pairs left out, because one of their measurements is not there.
    pub left_out: usize,
    /// Measured pictures in the pairs.
    pub pictures: usize,
    /// Prompts; intervals are over them.
    pub prompts: usize,
    /// Share of the pairs without ties in which the preferred picture scores higher, under today's profile.
    pub accuracy_before: Interval,
    /// The same under profiles that were fitted without the pair's prompt.
    pub accuracy_after: Interval,
    /// After less before.
    pub accuracy_gain: Interval,
    /// Mean log loss of all pairs under today's profile; a coin has 0.693.
    pub log_loss_before: f64,
    /// The same, held out.
    pub log_loss_after: f64,
    /// Held-out accuracy without one input.
    pub ablations: Vec<Ablation>,
    /// The row fitted to all pairs.
    pub profile: Profile,
    /// The row is not worse than today's on prompts that it was not fitted to.
    pub acceptable: bool,
    /// The revision that was installed, if one was.
    pub installed: Option<u32>,
}

/// Accuracy without one input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ablation {
    /// A component's name, or `distortions` for all of them.
    pub without: String,
    /// Held-out accuracy.
    pub accuracy: Interval,
    /// That accuracy less the one with everything.
    pub change: Interval,
}
