//! Conversions between the domain's values and the protos' messages, both ways, checked; nothing else.
//!
//! `to_*` writes a message, `from_*` reads one and says which field is wrong.

pub mod admin;
pub mod alignment;
pub mod common;
pub mod decomposition;
pub mod distortion;
pub mod drift;
pub mod keys;
pub mod prompt;
pub mod quality;
pub mod scenario;
pub mod segmentation;

/// A message that does not keep what its proto promises.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct WireError {
    /// The field, as the proto names it.
    pub field: String,
    /// What was expected and what came.
    pub message: String,
}

impl WireError {
    /// An error at `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

/// A reading's result.
pub type Checked<T> = Result<T, WireError>;

/// A message field that must be set.
fn required<T>(value: Option<T>, field: &str) -> Checked<T> {
    value.ok_or_else(|| WireError::new(field, "expected a value, got none"))
}

/// A number in [0, 1].
fn unit(value: f64, field: &str) -> Checked<f64> {
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err(WireError::new(field, format!("expected a number in [0, 1], got {value}")))
    }
}

/// A number that is neither infinite nor NaN.
fn finite(value: f64, field: &str) -> Checked<f64> {
    if value.is_finite() {
        Ok(value)
    } else {
        Err(WireError::new(field, format!("expected a finite number, got {value}")))
    }
}
