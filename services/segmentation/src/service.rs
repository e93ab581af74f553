//! The role over gRPC.

use std::sync::Arc;

use domain::roles::{RoleError, Segmenter};
use kit::{deadline::call_of, status::to_status};
use picture::{Limits, identify};
use proto::segmentation::{SegmentRequest, SegmentResponse, segmentation_service_server::SegmentationService};
use tonic::{Request, Response, Status};
use wire::common::from_picture;

/// Serves a segmenter.
pub struct SegmentationServer {
    segmenter: Arc<dyn Segmenter>,
    limits: Limits,
}

impl SegmentationServer {
    /// Serves `segmenter` for pictures within `limits`.
    pub fn new(segmenter: Arc<dyn Segmenter>, limits: Limits) -> Self {
        Self { segmenter, limits }
    }
}

#[tonic::async_trait]
impl SegmentationService for SegmentationServer {
    async fn segment(&self, request: Request<SegmentRequest>) -> Result<Response<SegmentResponse>, Status> {
        let call = call_of(&request);
        let request = request.into_inner();
        let data = from_picture(request.picture).map_err(|e| to_status(&RoleError::invalid(e.field, e.message)))?;
        let picture = identify(data, &self.limits).map_err(|e| to_status(&e))?;
        let answer = self.segmenter.segment(call, &picture, request.max_regions).await.map_err(|e| to_status(&e))?;
        Ok(Response::new(wire::segmentation::to_response(answer)))
    }
}
