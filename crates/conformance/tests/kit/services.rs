//! The double's five services: each reads its message, makes the right answer, and lets the double spoil it.

use proto::{
    alignment::{self, alignment_service_server::AlignmentService},
    decomposition::{self, decomposition_service_server::DecompositionService},
    distortion::{self, distortion_service_server::DistortionService},
    scenario::{self, scenario_service_server::ScenarioService},
    segmentation::{self, segmentation_service_server::SegmentationService},
};
use tonic::{Request, Response, Status};

use crate::{
    answers,
    double::{Does, Double},
};

#[tonic::async_trait]
impl SegmentationService for Double {
    async fn segment(
        &self,
        request: Request<segmentation::SegmentRequest>,
    ) -> Result<Response<segmentation::SegmentResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let make = async { Ok(answers::segmented(&self.picture(request.picture).await?, request.max_regions)) };
        self.answered(&metadata, make).await
    }
}

#[tonic::async_trait]
impl DistortionService for Double {
    async fn detect(
        &self,
        request: Request<distortion::DetectRequest>,
    ) -> Result<Response<distortion::DetectResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let make = async {
            self.picture(request.picture).await?;
            Ok(answers::detected(request.include_maps))
        };
        self.answered(&metadata, make).await
    }
}

#[tonic::async_trait]
impl DecompositionService for Double {
    async fn decompose(
        &self,
        request: Request<decomposition::DecomposeRequest>,
    ) -> Result<Response<decomposition::DecomposeResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let make = async {
            if let Does::FailsAt(word) = self.does
                && request.prompt.contains(word)
            {
                return Err(Status::unknown("no such word"));
            }
            self.made(answers::decomposed(&request.prompt), || answers::decomposed("a plain cat"))
        };
        self.answered(&metadata, make).await
    }
}

#[tonic::async_trait]
impl AlignmentService for Double {
    async fn embed_image(
        &self,
        request: Request<alignment::EmbedImageRequest>,
    ) -> Result<Response<alignment::EmbedImageResponse>, Status> {
        let (metadata, _, mut request) = request.into_parts();
        let make = async {
            let picture = self.picture(request.picture.take()).await?;
            let plain = || answers::embedded(&alignment::EmbedImageRequest::default(), &picture);
            self.made(answers::embedded(&request, &picture), plain)
        };
        self.answered(&metadata, make).await
    }

    async fn embed_texts(
        &self,
        request: Request<alignment::EmbedTextsRequest>,
    ) -> Result<Response<alignment::EmbedTextsResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let make = async { self.made(answers::read(&request), || Ok(alignment::EmbedTextsResponse::default())) };
        self.answered(&metadata, make).await
    }

    async fn align(
        &self,
        request: Request<alignment::AlignRequest>,
    ) -> Result<Response<alignment::AlignResponse>, Status> {
        let (metadata, _, mut request) = request.into_parts();
        let make = async {
            let picture = self.picture(request.picture.take()).await?;
            self.made(answers::aligned(&request, &picture), || Ok(alignment::AlignResponse::default()))
        };
        self.answered(&metadata, make).await
    }
}

#[tonic::async_trait]
impl ScenarioService for Double {
    async fn resolve(
        &self,
        request: Request<scenario::ResolveRequest>,
    ) -> Result<Response<scenario::ResolveResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let make = async { self.made(answers::resolved(&request), || Ok(scenario::ResolveResponse::default())) };
        self.answered(&metadata, make).await
    }

    async fn fuse(&self, request: Request<scenario::FuseRequest>) -> Result<Response<scenario::FuseResponse>, Status> {
        let (metadata, _, request) = request.into_parts();
        let make = async { self.made(answers::fused(&request), || Ok(scenario::FuseResponse::default())) };
        self.answered(&metadata, make).await
    }

    async fn list_scenarios(
        &self,
        request: Request<scenario::ListScenariosRequest>,
    ) -> Result<Response<scenario::ListScenariosResponse>, Status> {
        let make = async {
            match self.does {
                Does::FailsAt("list") => Err(Status::unknown("no such table")),
                _ => Ok(answers::listed()),
            }
        };
        self.answered(request.metadata(), make).await
    }
}
