//! The role over gRPC.

use std::sync::Arc;

use domain::{
    picture::Picture,
    roles::{Aligner, RoleError},
};
use kit::{deadline::call_of, status::to_status};
use picture::{Limits, identify};
use proto::{
    alignment::{
        AlignRequest, AlignResponse, EmbedImageRequest, EmbedImageResponse, EmbedTextsRequest, EmbedTextsResponse,
        alignment_service_server::AlignmentService,
    },
    common,
};
use tonic::{Request, Response, Status};
use wire::{
    Checked, alignment as messages,
    common::{from_picture, to_models},
};

/// Serves an aligner.
pub struct AlignmentServer {
    aligner: Arc<dyn Aligner>,
    limits: Limits,
}

impl AlignmentServer {
    /// Serves `aligner` for pictures within `limits`.
    pub fn new(aligner: Arc<dyn Aligner>, limits: Limits) -> Self {
        Self { aligner, limits }
    }

    fn picture(&self, picture: Option<common::Picture>) -> Result<Picture, Status> {
        identify(checked(from_picture(picture))?, &self.limits).map_err(|error| to_status(&error))
    }
}

/// A message that breaks its promise is the caller's fault.
fn checked<T>(checked: Checked<T>) -> Result<T, Status> {
    checked.map_err(|error| to_status(&RoleError::invalid(error.field, error.message)))
}

#[tonic::async_trait]
impl AlignmentService for AlignmentServer {
    async fn embed_image(&self, request: Request<EmbedImageRequest>) -> Result<Response<EmbedImageResponse>, Status> {
        let call = call_of(&request);
        let request = request.into_inner();
        let picture = self.picture(request.picture)?;
        let regions = checked(messages::from_regions(request.regions, request.masks))?;
        let embedded = self.aligner.embed_image(call, &picture, &regions).await.map_err(|e| to_status(&e))?;
        let (embeddings, models) = (messages::to_rows(embedded.rows), to_models(embedded.models));
        Ok(Response::new(EmbedImageResponse { embeddings, models }))
    }

    async fn embed_texts(&self, request: Request<EmbedTextsRequest>) -> Result<Response<EmbedTextsResponse>, Status> {
        let call = call_of(&request);
        let request = request.into_inner();
        let kind = checked(messages::from_text_kind(request.kind))?;
        let embedded = self.aligner.embed_texts(call, &request.texts, kind).await.map_err(|e| to_status(&e))?;
        let (embeddings, models) = (messages::to_rows(embedded.rows), to_models(embedded.models));
        Ok(Response::new(EmbedTextsResponse { embeddings, models }))
    }

    async fn align(&self, request: Request<AlignRequest>) -> Result<Response<AlignResponse>, Status> {
        let call = call_of(&request);
        let mut request = request.into_inner();
        let picture = self.picture(request.picture.take())?;
        let query = checked(messages::from_request(&mut request))?;
        let alignment = self.aligner.align(call, &picture, &query).await.map_err(|e| to_status(&e))?;
        Ok(Response::new(messages::to_response(alignment)))
    }
}
