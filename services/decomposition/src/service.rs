//! The role over gRPC.

use std::sync::Arc;

use domain::roles::Decomposer;
use kit::{deadline::call_of, status::to_status};
use proto::decomposition::{DecomposeRequest, DecomposeResponse, decomposition_service_server::DecompositionService};
use tonic::{Request, Response, Status};

/// Serves a decomposer.
pub struct DecompositionServer {
    decomposer: Arc<dyn Decomposer>,
}

impl DecompositionServer {
    /// Serves `decomposer`.
    pub fn new(decomposer: Arc<dyn Decomposer>) -> Self {
        Self { decomposer }
    }
}

#[tonic::async_trait]
impl DecompositionService for DecompositionServer {
    async fn decompose(&self, request: Request<DecomposeRequest>) -> Result<Response<DecomposeResponse>, Status> {
        let call = call_of(&request);
        let prompt = request.into_inner().prompt;
        let answer = self.decomposer.decompose(call, &prompt).await.map_err(|error| to_status(&error))?;
        Ok(Response::new(wire::decomposition::to_response(answer)))
    }
}
