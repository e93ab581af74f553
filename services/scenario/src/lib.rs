//! Scenarios: profiles built in and owned by tenants, the classifier that picks among them, fusion under them, and their
//! calibration on human preferences.

mod book;
mod calibration;
mod key_service;
mod library;
#[cfg(feature = "planted")]
pub mod planted;
mod service;
mod settings;
mod store;

pub use book::alone;
pub use calibration::{CalibrationError, Fitted, Judgements, calibrate};
pub use key_service::KeyServer;
pub use library::{ScenarioLibrary, install_fitted};
pub use service::ScenarioServer;
pub use settings::{ScenarioSettings, StoreSettings};
pub use store::{Store, StoreError};
