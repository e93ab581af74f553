//! The gateway: one request fans out to the roles, and their measurements are fused into one score.
//!
//! It sees only the traits of [`domain::roles`]; [`backends`] says who stands behind each.

pub mod access;
mod access_log;
mod admin;
mod admission;
mod answer;
pub mod backends;
mod cache;
mod comparing;
mod fan_out;
mod fetch;
mod gateway;
mod page;
pub mod quota;
mod request;
mod service;
mod settings;
mod shadow;
mod stage;
mod tally;
mod tenants;
mod valkey;

pub use admin::AdminServer;
pub use admission::AdmissionSettings;
pub use cache::{CacheSettings, SharedCacheError, SharedCacheSettings};
pub use comparing::{Candidate, Ranked};
pub use fetch::{FetchSettings, FetcherError, HostPattern};
pub use gateway::{Gateway, GatewayError};
pub use page::page;
pub use request::{ScoreRequest, Source};
pub use service::QualityServer;
pub use settings::GatewaySettings;
pub use tenants::{CanarySettings, DirectorySettings, PictureLimits, TenantError, TenantSettings};
