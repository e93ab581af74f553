//! Backends that do as they are told, over real sockets: what real ones cannot be made to show.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use proto::{
    alignment::{self, alignment_service_server as aligning},
    common,
    decomposition::{self, decomposition_service_server as decomposing},
    distortion::{self, distortion_service_server as detecting},
    segmentation::{self, segmentation_service_server as segmenting},
};
use tokio::{io::AsyncWriteExt, net::TcpListener, runtime::Runtime};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, transport::Server};

/// What a backend does with its calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    Answers,
    Hangs,
    /// After a while.
    AnswersLate,
    /// With what its proto forbids.
    AnswersGarbage,
    /// With numbers that are none.
    AnswersNan,
    /// With a fault of its own.
    Fails,
    /// As one that stands in for another: a decomposition says that it is worse than it should be.
    StandsIn,
}

/// What is seen of a backend's calls.
pub struct Seen {
    does: Mutex<Does>,
    pub calls: AtomicU64,
    /// Calls whose caller went away, and when the last one did.
    pub given_up: AtomicU64,
    pub last_given_up: Mutex<Option<Instant>>,
}

struct Waited<'a>(&'a Seen, bool);

impl Drop for Waited<'_> {
    fn drop(&mut self) {
        if !self.1 {
            self.0.given_up.fetch_add(1, Ordering::SeqCst);
            *self.0.last_given_up.lock().unwrap() = Some(Instant::now());
        }
    }
}

impl Seen {
    async fn answer<T>(&self, good: T, nan: T, garbage: T) -> Result<Response<T>, Status> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut waited = Waited(self, false);
        let does = *self.does.lock().unwrap();
        let answer = match does {
            Does::Answers | Does::StandsIn => good,
            Does::Hangs => std::future::pending().await,
            Does::AnswersLate => {
                tokio::time::sleep(Duration::from_millis(80)).await;
                good
            }
            Does::AnswersGarbage => garbage,
            Does::AnswersNan => nan,
            Does::Fails => {
                waited.1 = true;
                return Err(Status::internal("a fault of its own"));
            }
        };
        waited.1 = true;
        Ok(Response::new(answer))
    }
}

/// A backend of all four model roles at one address.
pub struct Fake {
    pub seen: Arc<Seen>,
    pub address: SocketAddr,
    /// Its own, so that it can die at once, connections and all.
    runtime: Option<Runtime>,
}

#[derive(Clone)]
struct Service(Arc<Seen>);

impl Fake {
    pub fn start() -> Self {
        let seen = Arc::new(Seen {
            does: Mutex::new(Does::Answers),
            calls: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
            last_given_up: Mutex::default(),
        });
        let mut fake = Self { seen, address: "127.0.0.1:0".parse().unwrap(), runtime: None };
        fake.live();
        fake
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn now(&self, does: Does) {
        *self.seen.does.lock().unwrap() = does;
    }

    /// Listens at its address, as new.
    fn listen(&mut self) -> TcpListener {
        self.kill();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = loop {
            // The kernel may not have let go of the port yet.
            match std::net::TcpListener::bind(self.address) {
                Ok(listener) => break listener,
                Err(_) => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        listener.set_nonblocking(true).unwrap();
        self.address = listener.local_addr().unwrap();
        let listener = {
            let _within = runtime.enter();
            TcpListener::from_std(listener).unwrap()
        };
        self.runtime = Some(runtime);
        listener
    }

    /// Serves, as after a restart.
    pub fn live(&mut self) {
        let listener = self.listen();
        let service = Service(Arc::clone(&self.seen));
        let server = Server::builder()
            .add_service(aligning::AlignmentServiceServer::new(service.clone()))
            .add_service(segmenting::SegmentationServiceServer::new(service.clone()))
            .add_service(decomposing::DecompositionServiceServer::new(service.clone()))
            .add_service(detecting::DistortionServiceServer::new(service))
            .serve_with_incoming(TcpListenerStream::new(listener));
        self.runtime.as_ref().unwrap().spawn(server);
    }

    /// Dies, and its connections with it.
    pub fn kill(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    /// Answers every connection with bytes that are no HTTP/2.
    pub fn talk_nonsense(&mut self) {
        let listener = self.listen();
        self.runtime.as_ref().unwrap().spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let _ = stream.write_all(&[0xff; 4096]).await;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                });
            }
        });
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.kill();
    }
}

fn similarity(calibrated: f64) -> Option<alignment::Similarity> {
    Some(alignment::Similarity { cosine: 0.3, calibrated })
}

#[tonic::async_trait]
impl aligning::AlignmentService for Service {
    async fn embed_image(
        &self,
        _: Request<alignment::EmbedImageRequest>,
    ) -> Result<Response<alignment::EmbedImageResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }

    async fn embed_texts(
        &self,
        _: Request<alignment::EmbedTextsRequest>,
    ) -> Result<Response<alignment::EmbedTextsResponse>, Status> {
        Err(Status::unimplemented("nobody asks"))
    }

    async fn align(
        &self,
        request: Request<alignment::AlignRequest>,
    ) -> Result<Response<alignment::AlignResponse>, Status> {
        let request = request.into_inner();
        let columns = request.descriptors.len();
        let matches = vec![alignment::DescriptorMatch { presence: 0.9, judged_by: 1, ..Default::default() }; columns];
        let local = (columns > 0).then(|| alignment::LocalAlignment {
            score: 0.9,
            matches,
            cosines: vec![0.3; columns * (request.regions.len() + 1)],
        });
        let good = alignment::AlignResponse {
            global: request.prompt.is_some().then(|| similarity(0.8)).flatten(),
            local,
            attributes: vec![alignment::AttributeMatch { presence: 0.5 }; request.attributes.len()],
            aesthetics: request.aesthetics.then_some(0.6),
            models: Vec::new(),
        };
        let nan = alignment::AlignResponse { global: similarity(f64::NAN), ..good.clone() };
        let garbage = alignment::AlignResponse { global: similarity(42.0), ..good.clone() };
        self.0.answer(good, nan, garbage).await
    }
}

#[tonic::async_trait]
impl segmenting::SegmentationService for Service {
    async fn segment(
        &self,
        _: Request<segmentation::SegmentRequest>,
    ) -> Result<Response<segmentation::SegmentResponse>, Status> {
        let region = |area: f32, width: u32| common::Region {
            bbox: Some(common::BoundingBox { x: 0.0, y: 0.0, width: 8.0, height: 8.0 }),
            mask: Some(common::Mask { width, height: 8, counts: vec![0, 64] }),
            area,
            stability: 0.9,
            predicted_iou: 0.9,
        };
        let with = |region| segmentation::SegmentResponse { regions: vec![region], models: Vec::new() };
        self.0.answer(with(region(0.5, 8)), with(region(f32::NAN, 8)), with(region(0.5, 3))).await
    }
}

#[tonic::async_trait]
impl decomposing::DecompositionService for Service {
    async fn decompose(
        &self,
        _: Request<decomposition::DecomposeRequest>,
    ) -> Result<Response<decomposition::DecomposeResponse>, Status> {
        let stands_in = *self.0.does.lock().unwrap() == Does::StandsIn;
        let with = |kind: i32, object: u32| decomposition::DecomposeResponse {
            degraded: stands_in.then(|| "the language model is away".into()),
            descriptors: vec![common::Descriptor {
                text: "cat".into(),
                kind,
                relation: (object > 0).then_some(common::Relation { subject: 0, predicate: 1, object, other: None }),
                ..Default::default()
            }],
            backend: "fake".into(),
            language: "en".into(),
            ..Default::default()
        };
        self.0.answer(with(1, 0), with(99, 0), with(1, 7)).await
    }
}

#[tonic::async_trait]
impl detecting::DistortionService for Service {
    async fn detect(
        &self,
        _: Request<distortion::DetectRequest>,
    ) -> Result<Response<distortion::DetectResponse>, Status> {
        let with = |severity: f32| distortion::DetectResponse {
            fidelity: Some(0.7),
            distortions: vec![distortion::Distortion { r#type: 8, severity: Some(severity), ..Default::default() }],
            models: Vec::new(),
        };
        self.0.answer(with(0.1), with(f32::NAN), with(7.0)).await
    }
}
