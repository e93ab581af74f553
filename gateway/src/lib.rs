//! The gateway: one request fans out to the roles, and their measurements are fused into one score.
//!
//! It sees only the traits of [`domain::roles`]; [`backends`] says who stands behind each.

pub mod access;
mod admin;
mod answer;
pub mod backends;
mod cache;
mod comparing;
mod fan_out;
mod fetch;
mod gateway;
pub mod quota;
mod request;
mod service;
mod settings;
mod stage;

pub use admin::AdminServer;
pub use comparing::{Candidate, Ranked};
pub use fetch::{FetchSettings, FetcherError, HostPattern};
pub use gateway::Gateway;
pub use request::{ScoreRequest, Source};
pub use service::QualityServer;
pub use settings::{CacheSettings, GatewaySettings};
