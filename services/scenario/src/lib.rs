//! Scenarios: profiles from configuration, the classifier that picks among them, and fusion under them.

mod book;
mod service;
mod settings;

pub use book::{BookError, ScenarioBook};
pub use service::ScenarioServer;
pub use settings::ScenarioSettings;
