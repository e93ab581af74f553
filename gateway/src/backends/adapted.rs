//! Backends that speak another protocol than this project's, each an address of a pool.

use std::{fmt, sync::Arc};

use domain::roles::{Aligner, Decomposer, DistortionDetector, Role, Segmenter};
use serde::de::DeserializeOwned;

use super::{
    connect::{Adapting, ConnectError, Connector},
    oip::{OipAligner, OipDecomposer, OipDetector, OipSegmenter},
    pool::Address,
};

/// The one other protocol there is.
const OPEN_INFERENCE: &str = "open-inference";

/// Servers of the Open Inference Protocol.
impl Connector {
    pub(super) fn adapted_aligner(&self, table: &toml::Table) -> Result<Address<dyn Aligner>, ConnectError> {
        let (role, Adapting { decoder, coverage, counting, .. }) = (Role::Alignment, self.adapter(Role::Alignment)?);
        let made = OipAligner::new(read(role, table)?, coverage, counting, decoder, self.max_message_bytes);
        let made = made.map_err(|error| refused(role, error))?;
        Ok(Address { name: name(table), probe: made.probe(), backend: Arc::new(made) })
    }

    pub(super) fn adapted_segmenter(&self, table: &toml::Table) -> Result<Address<dyn Segmenter>, ConnectError> {
        let (role, adapting) = (Role::Segmentation, self.adapter(Role::Segmentation)?);
        let made = OipSegmenter::new(read(role, table)?, adapting.decoder, self.max_message_bytes);
        let made = made.map_err(|error| refused(role, error))?;
        Ok(Address { name: name(table), probe: made.probe(), backend: Arc::new(made) })
    }

    pub(super) fn adapted_decomposer(&self, table: &toml::Table) -> Result<Address<dyn Decomposer>, ConnectError> {
        let (role, adapting) = (Role::Decomposition, self.adapter(Role::Decomposition)?);
        let made = OipDecomposer::new(read(role, table)?, self.max_message_bytes);
        let made = made.map_err(|error| refused(role, error))?;
        Ok(Address { name: name(table), probe: made.probe(), backend: (adapting.complete)(Arc::new(made)) })
    }

    pub(super) fn adapted_detector(
        &self,
        table: &toml::Table,
    ) -> Result<Address<dyn DistortionDetector>, ConnectError> {
        let (role, adapting) = (Role::Distortion, self.adapter(Role::Distortion)?);
        let made = OipDetector::new(read(role, table)?, adapting.decoder, self.max_message_bytes);
        let made = made.map_err(|error| refused(role, error))?;
        Ok(Address { name: name(table), probe: made.probe(), backend: Arc::new(made) })
    }

    pub(super) fn no_adapter<B: ?Sized>(&self, _: &toml::Table) -> Result<Address<B>, ConnectError> {
        Err(refused(Role::Scenario, "expected an address of a scenario service of this project, got a table"))
    }

    fn adapter(&self, role: Role) -> Result<Adapting, ConnectError> {
        self.adapting.clone().ok_or_else(|| refused(role, "this process reaches no servers of other protocols"))
    }
}

fn refused(role: Role, message: impl fmt::Display) -> ConnectError {
    ConnectError::Table { role: role.name(), message: message.to_string() }
}

/// The rest of a table whose protocol is the one there is.
fn read<T: DeserializeOwned>(role: Role, table: &toml::Table) -> Result<T, ConnectError> {
    let mut table = table.clone();
    match table.remove("protocol") {
        Some(toml::Value::String(protocol)) if protocol == OPEN_INFERENCE => {}
        Some(other) => return Err(refused(role, format!("protocol: expected \"{OPEN_INFERENCE}\", got {other}"))),
        None => return Err(refused(role, format!("protocol: expected \"{OPEN_INFERENCE}\", got none"))),
    }
    table.try_into().map_err(|error: toml::de::Error| refused(role, error.message()))
}

/// An address's name for people: the server and the model.
fn name(table: &toml::Table) -> String {
    let text = |key: &str| table.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    format!("{} {}", text("endpoint"), text("model"))
}
