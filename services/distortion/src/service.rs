//! The role over gRPC.

use std::sync::Arc;

use domain::roles::{DistortionDetector, RoleError};
use kit::{deadline::call_of, status::to_status};
use picture::{Limits, identify};
use proto::distortion::{DetectRequest, DetectResponse, distortion_service_server::DistortionService};
use tonic::{Request, Response, Status};
use wire::common::from_picture;

/// Serves a detector.
pub struct DistortionServer {
    detector: Arc<dyn DistortionDetector>,
    limits: Limits,
}

impl DistortionServer {
    /// Serves `detector` for pictures within `limits`.
    pub fn new(detector: Arc<dyn DistortionDetector>, limits: Limits) -> Self {
        Self { detector, limits }
    }
}

#[tonic::async_trait]
impl DistortionService for DistortionServer {
    async fn detect(&self, request: Request<DetectRequest>) -> Result<Response<DetectResponse>, Status> {
        let call = call_of(&request);
        let request = request.into_inner();
        let data = from_picture(request.picture).map_err(|e| to_status(&RoleError::invalid(e.field, e.message)))?;
        let picture = identify(data, &self.limits).map_err(|e| to_status(&e))?;
        let answer = self.detector.detect(call, &picture, request.include_maps).await.map_err(|e| to_status(&e))?;
        Ok(Response::new(wire::distortion::to_response(answer)))
    }
}
