//! Backends that speak another protocol than this project's, each an address of a pool.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use domain::roles::{Aligner, Decomposer, DistortionDetector, Role, Segmenter};
use serde::de::DeserializeOwned;

use super::{
    connect::{Adapting, ConnectError, Connector},
    oip::{OipAligner, OipDecomposer, OipDetector, OipSegmenter},
    pool::{Address, Probe},
};

/// What inference servers speak.
const OPEN_INFERENCE: &str = "open-inference";
/// What language models' servers speak; it takes prompts apart and answers no other role.
const OPENAI: &str = "openai";

/// Servers of the Open Inference Protocol.
impl Connector {
    pub(super) fn adapted_aligner(&self, table: &toml::Table) -> Result<Address<dyn Aligner>, ConnectError> {
        let (role, Adapting { decoder, coverage, counting, .. }) = (Role::Alignment, self.adapter(Role::Alignment)?);
        let made = OipAligner::new(read(role, table)?, coverage, counting, decoder, self.max_message_bytes);
        let made = made.map_err(|error| refused(role, error))?;
        Ok(Address { name: named(table, "endpoint"), probe: made.probe(), backend: Arc::new(made) })
    }

    pub(super) fn adapted_segmenter(&self, table: &toml::Table) -> Result<Address<dyn Segmenter>, ConnectError> {
        let (role, adapting) = (Role::Segmentation, self.adapter(Role::Segmentation)?);
        let made = OipSegmenter::new(read(role, table)?, adapting.decoder, self.max_message_bytes);
        let made = made.map_err(|error| refused(role, error))?;
        Ok(Address { name: named(table, "endpoint"), probe: made.probe(), backend: Arc::new(made) })
    }

    pub(super) fn adapted_decomposer(&self, table: &toml::Table) -> Result<Address<dyn Decomposer>, ConnectError> {
        let (role, adapting) = (Role::Decomposition, self.adapter(Role::Decomposition)?);
        if protocol(table) == Some(OPENAI) {
            let made = (adapting.language_model)(without_protocol(table)).map_err(|why| refused(role, why))?;
            return Ok(Address { name: named(table, "base_url"), probe: Arc::new(Unasked), backend: made });
        }
        let made = OipDecomposer::new(read(role, table)?, self.max_message_bytes);
        let made = made.map_err(|error| refused(role, error))?;
        let probe = made.probe();
        Ok(Address { name: named(table, "endpoint"), probe, backend: (adapting.complete)(Arc::new(made)) })
    }

    pub(super) fn adapted_detector(
        &self,
        table: &toml::Table,
    ) -> Result<Address<dyn DistortionDetector>, ConnectError> {
        let (role, adapting) = (Role::Distortion, self.adapter(Role::Distortion)?);
        let made = OipDetector::new(read(role, table)?, adapting.decoder, self.max_message_bytes);
        let made = made.map_err(|error| refused(role, error))?;
        Ok(Address { name: named(table, "endpoint"), probe: made.probe(), backend: Arc::new(made) })
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

/// A language model's server knows no question after its health; it is taken at its answers.
struct Unasked;

#[async_trait]
impl Probe for Unasked {
    async fn is_well(&self) -> bool {
        true
    }
}

fn protocol(table: &toml::Table) -> Option<&str> {
    table.get("protocol")?.as_str()
}

fn without_protocol(table: &toml::Table) -> toml::Table {
    let mut table = table.clone();
    table.remove("protocol");
    table
}

/// The rest of an inference server's table.
fn read<T: DeserializeOwned>(role: Role, table: &toml::Table) -> Result<T, ConnectError> {
    if protocol(table) != Some(OPEN_INFERENCE) {
        let or = if role == Role::Decomposition { format!(" or \"{OPENAI}\"") } else { String::new() };
        let got = table.get("protocol").map_or_else(|| "none".to_owned(), ToString::to_string);
        return Err(refused(role, format!("protocol: expected \"{OPEN_INFERENCE}\"{or}, got {got}")));
    }
    without_protocol(table).try_into().map_err(|error: toml::de::Error| refused(role, error.message()))
}

/// An address's name for people: the server, as it stands under `place`, and the model.
fn named(table: &toml::Table, place: &str) -> String {
    let text = |key: &str| table.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    format!("{} {}", text(place), text("model"))
}
