//! What every server needs once: configuration, telemetry, deadlines, status mapping, encryption, health, reflection, shutdown,
//! and answers of a store that may be away.

pub mod calls;
pub mod deadline;
pub mod known;
pub mod metrics;
pub mod server;
pub mod settings;
pub mod status;
pub mod telemetry;
pub mod tenant;
pub mod tls;
