//! `cpaiqa bench stubs`: backends that answer at once, or fail and dawdle now and then, and a gateway that answers at once.
//! Scenarios and keys are the real ones, kept in memory.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use alignment::AlignmentServer;
use async_trait::async_trait;
use decomposition::DecompositionServer;
use distortion::DistortionServer;
use domain::{
    alignment::{AttributeMatch, DescriptorMatch, Judge, LocalAlignment, Similarity},
    decomposition::{Decomposition, Descriptor, DescriptorKind},
    distortion::{Distortion, DistortionType},
    picture::Picture,
    region::{BoundingBox, Mask, Region, RegionShape},
    roles::{
        AlignQuery, Aligner, Alignment, Answer, Call, Decomposed, Decomposer, Detection, DistortionDetector,
        Embeddings, RoleError, Segmentation, Segmenter, TextKind,
    },
};
use gateway::AdminServer;
use kit::{
    server::{Bound, Services, stop_signal},
    tenant::Tenancy,
};
use proto::{
    DESCRIPTORS,
    admin::admin_service_server::AdminServiceServer,
    alignment::alignment_service_server::AlignmentServiceServer,
    decomposition::decomposition_service_server::DecompositionServiceServer,
    distortion::distortion_service_server::DistortionServiceServer,
    keys::key_service_server::KeyServiceServer,
    quality::{
        CompareRequest, CompareResponse, ListScenariosRequest, ListScenariosResponse, RankRequest, RankResponse,
        RescoreRequest, RescoreResponse, ScoreProgressRequest, ScoreProgressResponse, ScoreRequest, ScoreResponse,
        ScoreStreamRequest, ScoreStreamResponse,
        quality_service_server::{QualityService, QualityServiceServer},
    },
    scenario::scenario_service_server::ScenarioServiceServer,
    segmentation::segmentation_service_server::SegmentationServiceServer,
};
use scenario::{KeyServer, ScenarioServer};
use segmentation::SegmentationServer;
use tokio_stream::Stream;
use tonic::{Request, Response, Status, Streaming};

use crate::{args::BenchStubs, error::CliError, parts::Parts, settings::Settings};

/// Serves until a signal to stop.
pub async fn run(mut settings: Settings, args: BenchStubs) -> Result<(), CliError> {
    settings.server.listen = args.listen;
    "sqlite::memory:".clone_into(&mut settings.scenario.store.url);
    let (limits, tenant) = (settings.gateway.limits, settings.gateway.tenant.clone());
    let bound = Bound::new(&settings.server).await?;
    crate::output::note(&format!("stubs listen on {}", bound.address()));
    let library = Parts::new(settings)?.library()?;
    let (stub, told) = (Arc::new(Stub { args, calls: AtomicU64::new(0) }), Tenancy::Told(tenant));
    let mut services = Services::default();
    services.add(AlignmentServiceServer::new(AlignmentServer::new(stub.clone(), limits)));
    services.add(SegmentationServiceServer::new(SegmentationServer::new(stub.clone(), limits)));
    services.add(DecompositionServiceServer::new(DecompositionServer::new(stub.clone())));
    services.add(DistortionServiceServer::new(DistortionServer::new(stub, limits)));
    services.add(ScenarioServiceServer::new(ScenarioServer::new(library.clone(), told.clone())));
    services.add(KeyServiceServer::new(KeyServer::new(library.clone(), told.clone())));
    services.add(AdminServiceServer::new(AdminServer::new(library.clone(), library, told)));
    services.add(QualityServiceServer::new(AtOnce));
    Ok(bound.serve(services, DESCRIPTORS, stop_signal()).await?)
}

/// Answers at once, unless its turn has come to fail or to take long.
struct Stub {
    args: BenchStubs,
    calls: AtomicU64,
}

/// Whether a score needs a role's answer.
#[derive(PartialEq)]
enum Need {
    Required,
    Optional,
}

impl Stub {
    /// Before an answer. What happens is told by the call's number: it is the same at each start.
    async fn turn(&self, need: Need) -> Answer<()> {
        let mut chance = fastrand::Rng::with_seed(self.calls.fetch_add(1, Ordering::Relaxed));
        if chance.f64() < self.args.slow {
            tokio::time::sleep(Duration::from_millis(self.args.slow_ms)).await;
        }
        if chance.f64() >= self.args.failing {
            return Ok(());
        }
        let why = "a stub fails, as it was told to".to_owned();
        Err(if need == Need::Optional && chance.bool() {
            RoleError::Internal(why)
        } else {
            RoleError::Unavailable(why)
        })
    }
}

const SIDE: u32 = 64;

#[async_trait]
impl Segmenter for Stub {
    fn cache_key(&self) -> String {
        "stub".into()
    }

    async fn segment(&self, _: Call, picture: &Picture, _: Option<u32>) -> Answer<Segmentation> {
        self.turn(Need::Optional).await?;
        let (width, height) = (picture.width as f32, picture.height as f32);
        // Six columns.
        let region = |column: u32| {
            let inside = |cell: u32| cell % SIDE * 6 / SIDE == column;
            let cells: Vec<bool> = (0..SIDE * SIDE).map(inside).collect();
            let x = column as f32 * width / 6.0;
            let bbox = BoundingBox { x, y: 0.0, width: width / 6.0, height };
            let mask = Mask::encode(SIDE, SIDE, &cells);
            Region { bbox, area: 1.0 / 6.0, stability: 1.0, predicted_iou: 1.0, mask }
        };
        Ok(Segmentation { regions: (0..6).map(region).collect(), models: Vec::new() })
    }
}

#[async_trait]
impl Aligner for Stub {
    async fn embed_image(&self, _: Call, _: &Picture, regions: &[RegionShape]) -> Answer<Embeddings> {
        Ok(Embeddings { rows: vec![vec![1.0]; 1 + regions.len()], models: Vec::new() })
    }

    async fn embed_texts(&self, _: Call, texts: &[String], _: TextKind) -> Answer<Embeddings> {
        Ok(Embeddings { rows: vec![vec![1.0]; texts.len()], models: Vec::new() })
    }

    async fn align(&self, _: Call, _: &Picture, query: &AlignQuery) -> Answer<Alignment> {
        self.turn(Need::Required).await?;
        let found = DescriptorMatch { presence: 0.8, regions: vec![0], judged_by: Judge::default(), counted: None };
        let count = query.descriptors.len();
        let local = LocalAlignment {
            score: 0.8,
            matches: vec![found; count],
            cosines: vec![vec![0.3; count]; query.regions.len() + 1],
        };
        Ok(Alignment {
            global: query.prompt.as_ref().map(|_| Similarity { cosine: 0.3, calibrated: 0.8 }),
            local: Some(local).filter(|_| count > 0),
            attributes: vec![AttributeMatch { presence: 0.7 }; query.attributes.len()],
            aesthetics: query.aesthetics.then_some(0.6),
            models: Vec::new(),
        })
    }
}

#[async_trait]
impl Decomposer for Stub {
    fn cache_key(&self) -> String {
        "stub".into()
    }

    async fn decompose(&self, _: Call, _: &str) -> Answer<Decomposed> {
        self.turn(Need::Optional).await?;
        let descriptor = |text: &str| Descriptor {
            text: text.into(),
            kind: DescriptorKind::Object,
            count: None,
            at_least: false,
            noun: None,
            relation: None,
        };
        let decomposition =
            Decomposition { descriptors: ["cat", "throne", "crown"].map(descriptor).into(), attributes: Vec::new() };
        Ok(Decomposed { decomposition, language: "en".into(), backend: "stub".into(), ..Decomposed::default() })
    }
}

#[async_trait]
impl DistortionDetector for Stub {
    fn cache_key(&self) -> String {
        "stub".into()
    }

    async fn detect(&self, _: Call, _: &Picture, _: bool) -> Answer<Detection> {
        self.turn(Need::Optional).await?;
        let found = |kind: DistortionType| Distortion { severity: Some(0.1), ..Distortion::not_assessed(kind.into()) };
        Ok(Detection { fidelity: Some(0.8), distortions: DistortionType::ALL.map(found).into(), models: Vec::new() })
    }
}

/// A gateway that answers at once.
struct AtOnce;

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

fn only_scores<T>() -> Result<Response<T>, Status> {
    Err(kit::status::to_status(&RoleError::Unsupported("this stub answers Score only".into())))
}

#[tonic::async_trait]
impl QualityService for AtOnce {
    type ScoreProgressStream = Answers<ScoreProgressResponse>;
    type ScoreStreamStream = Answers<ScoreStreamResponse>;

    async fn score(&self, _: Request<ScoreRequest>) -> Result<Response<ScoreResponse>, Status> {
        Ok(Response::new(ScoreResponse { score: 50.0, ..ScoreResponse::default() }))
    }

    async fn score_progress(
        &self,
        _: Request<ScoreProgressRequest>,
    ) -> Result<Response<Self::ScoreProgressStream>, Status> {
        only_scores()
    }

    async fn score_stream(
        &self,
        _: Request<Streaming<ScoreStreamRequest>>,
    ) -> Result<Response<Self::ScoreStreamStream>, Status> {
        only_scores()
    }

    async fn compare(&self, _: Request<CompareRequest>) -> Result<Response<CompareResponse>, Status> {
        only_scores()
    }

    async fn rank(&self, _: Request<RankRequest>) -> Result<Response<RankResponse>, Status> {
        only_scores()
    }

    async fn rescore(&self, _: Request<RescoreRequest>) -> Result<Response<RescoreResponse>, Status> {
        only_scores()
    }

    async fn list_scenarios(
        &self,
        _: Request<ListScenariosRequest>,
    ) -> Result<Response<ListScenariosResponse>, Status> {
        only_scores()
    }
}
