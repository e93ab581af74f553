//! One model on a server of the Open Inference Protocol.

use std::sync::Arc;

use async_trait::async_trait;
use domain::roles::{Answer, Call, Role, RoleError};
use kit::{deadline::remaining, status::from_status};
use proto::inference::{
    ModelInferRequest, ModelReadyRequest, grpc_inference_service_client::GrpcInferenceServiceClient,
    model_infer_request::InferRequestedOutputTensor,
};
use tonic::{
    Code, Status,
    transport::{Channel, Endpoint},
};

use super::{
    settings::{OipError, wrong},
    tensor::{Input, Reply},
};
use crate::backends::{
    pool::Probe,
    remote::{carried, patient},
};

/// A server's address. The connection is made at the first call and again when it breaks.
#[derive(Clone)]
pub(super) struct Server {
    channel: Channel,
    address: Arc<str>,
    max_message_bytes: usize,
}

impl Server {
    /// The server at `address`; messages up to `max_message_bytes` are sent and taken.
    pub fn new(address: &str, max_message_bytes: usize) -> Result<Self, OipError> {
        let failed = |why: String| {
            wrong("endpoint", format!("expected something like http://host:8001, got '{address}': {why}"))
        };
        let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|error| failed(error.to_string()))?;
        if endpoint.uri().scheme_str() != Some("http") || endpoint.uri().host().is_none() {
            return Err(failed("not an http address".into()));
        }
        Ok(Self { channel: patient(endpoint).connect_lazy(), address: address.into(), max_message_bytes })
    }

    /// One of its models, in `role`.
    pub fn model(&self, role: Role, name: &str, version: Option<&str>) -> Model {
        Model { server: self.clone(), role, name: name.to_owned(), version: version.unwrap_or_default().to_owned() }
    }
}

/// A model on a server.
#[derive(Clone)]
pub(super) struct Model {
    server: Server,
    role: Role,
    name: String,
    /// Empty: the server chooses.
    version: String,
}

impl Model {
    /// Runs the model on `input` and asks for `outputs`.
    pub async fn infer(&self, call: Call, input: Input, outputs: &[&str]) -> Answer<Reply> {
        let wanted = |name: &&str| InferRequestedOutputTensor { name: (*name).to_owned() };
        let message = ModelInferRequest {
            model_name: self.name.clone(),
            model_version: self.version.clone(),
            inputs: vec![input.0],
            outputs: outputs.iter().map(wanted).collect(),
            ..ModelInferRequest::default()
        };
        let request = carried(call, message)?;
        let answer = GrpcInferenceServiceClient::new(self.server.channel.clone())
            .max_decoding_message_size(self.server.max_message_bytes)
            .max_encoding_message_size(self.server.max_message_bytes)
            .model_infer(request)
            .await
            .map_err(|status| self.failed(call, &status))?;
        Ok(Reply::new(self.to_string(), self.role, (&self.name, &self.version), answer.into_inner()))
    }

    /// What a status means, with the server and the model named.
    fn failed(&self, call: Call, status: &Status) -> RoleError {
        // The client's own timer ends a call as CANCELLED; what it means is that the time is up.
        if status.code() == Code::Cancelled && remaining(call).is_err() {
            return RoleError::DeadlineExceeded(format!("{self} did not answer in time"));
        }
        match from_status(status) {
            RoleError::Unavailable(message) => RoleError::Unavailable(format!("{self}: {message}")),
            RoleError::Unsupported(message) => RoleError::Unsupported(format!("{self}: {message}")),
            RoleError::Overloaded(message) => RoleError::Overloaded(format!("{self}: {message}")),
            RoleError::DeadlineExceeded(message) => RoleError::DeadlineExceeded(format!("{self}: {message}")),
            error @ RoleError::Cancelled(_) => error,
            // The tensors are this adapter's and their names the configuration's: a server that does not know the model or
            // refuses the tensors finds no fault with the caller.
            _ => RoleError::Internal(format!("{self}: {}", status.message())),
        }
    }
}

#[async_trait]
impl Probe for Model {
    async fn is_well(&self) -> bool {
        let message = ModelReadyRequest { name: self.name.clone(), version: self.version.clone() };
        match GrpcInferenceServiceClient::new(self.server.channel.clone()).model_ready(message).await {
            Ok(answer) => answer.into_inner().ready,
            Err(status) => status.code() == Code::Unimplemented,
        }
    }
}

/// For errors and cache keys.
impl std::fmt::Display for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}, model '{}'", self.server.address, self.name)?;
        if self.version.is_empty() { Ok(()) } else { write!(f, " version {}", self.version) }
    }
}
