//! A backend of every role over a real socket that does right, but for the one thing that it is told.

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{
    picture::Picture,
    roles::{Answer, RoleError},
};
use kit::status::to_status;
use proto::{
    alignment::alignment_service_server as aligning,
    common,
    decomposition::decomposition_service_server as decomposing,
    distortion::{DetectResponse, distortion_service_server as detecting},
    scenario::scenario_service_server as deciding,
    segmentation::segmentation_service_server as segmenting,
};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Code, Response, Status, metadata::MetadataMap, service::Routes, transport::Server};
use tonic_health::ServingStatus;

use crate::{MESSAGES, answers};

/// What is changed in right answers: one whose type it is for.
type Change = Arc<dyn Fn(&mut dyn Any) + Send + Sync>;

/// What the double does.
#[derive(Clone, Default)]
pub enum Does {
    #[default]
    Right,
    /// Changes its answers of one type.
    Changes(Change),
    /// Refuses one kind of bad input with another code, or not at all.
    Instead(&'static str, Option<Code>),
    /// Panics at one kind of bad input.
    PanicsAt(&'static str),
    /// Fails at pictures of this format, or prompts with this word.
    FailsAt(&'static str),
    /// Drops a NOT_FOUND's details.
    Terse,
    /// Gives another fidelity with every answer.
    Wavers,
    /// Gives wrong answers while it has several calls.
    MixesUp,
    /// Does not get over bad input, over a short deadline, or over a caller who leaves.
    BreaksAtBadInput,
    BreaksAtShortDeadlines,
    BreaksWhenLeft,
    /// Takes messages as large as a gRPC library takes by itself.
    TakesLittle,
    WithoutHealth,
    Unwell,
    WithoutReflection,
}

impl Does {
    /// Changes every answer of type `T`.
    pub fn change<T: 'static>(change: impl Fn(&mut T) + Send + Sync + 'static) -> Self {
        Self::Changes(Arc::new(move |answer| {
            if let Some(answer) = answer.downcast_mut() {
                change(answer);
            }
        }))
    }
}

#[derive(Clone, Default)]
pub struct Double {
    pub does: Does,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    calls: AtomicUsize,
    running: AtomicUsize,
    broken: AtomicBool,
}

/// A call under way; a caller who leaves drops it unfinished.
struct Running<'a> {
    double: &'a Double,
    short: bool,
    finished: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.double.state.running.fetch_sub(1, Ordering::SeqCst);
        if !self.finished && !self.short && matches!(self.double.does, Does::BreaksWhenLeft) {
            self.double.state.broken.store(true, Ordering::SeqCst);
        }
    }
}

/// Whether a caller gives less than a second.
fn is_short(metadata: &MetadataMap) -> bool {
    let timeout = metadata.get("grpc-timeout").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let (digits, unit) = timeout.split_at(timeout.len().saturating_sub(1));
    let amount: u64 = digits.parse().unwrap_or(u64::MAX);
    match unit {
        "m" => amount < 1_000,
        "u" => amount < 1_000_000,
        "n" => amount < 1_000_000_000,
        _ => false,
    }
}

impl Double {
    /// Starts it on a free port and gives its address; it ends with the test's runtime.
    pub async fn start(does: Does) -> String {
        let double = Self { does, state: Arc::default() };
        let most = if matches!(double.does, Does::TakesLittle) { 4 << 20 } else { MESSAGES };
        let mut routes = Routes::builder();
        macro_rules! add {
            ($server:ty) => {
                routes.add_service(<$server>::new(double.clone()).max_decoding_message_size(most))
            };
        }
        add!(aligning::AlignmentServiceServer<Self>);
        add!(segmenting::SegmentationServiceServer<Self>);
        add!(decomposing::DecompositionServiceServer<Self>);
        add!(detecting::DistortionServiceServer<Self>);
        add!(deciding::ScenarioServiceServer<Self>);
        if !matches!(double.does, Does::WithoutHealth) {
            let (reporter, service) = tonic_health::server::health_reporter();
            let unwell = matches!(double.does, Does::Unwell);
            let status = if unwell { ServingStatus::NotServing } else { ServingStatus::Serving };
            for name in [
                aligning::SERVICE_NAME,
                segmenting::SERVICE_NAME,
                decomposing::SERVICE_NAME,
                detecting::SERVICE_NAME,
                deciding::SERVICE_NAME,
            ] {
                reporter.set_service_status(name, status).await;
            }
            routes.add_service(service);
        }
        if !matches!(double.does, Does::WithoutReflection) {
            let reflection = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(proto::DESCRIPTORS)
                .build_v1alpha();
            routes.add_service(reflection.unwrap());
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = Server::builder().add_routes(routes.routes());
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        format!("http://{address}")
    }

    /// The answer, changed as the double is told; `make` makes the right one.
    pub async fn answered<T: 'static>(
        &self,
        metadata: &MetadataMap,
        make: impl Future<Output = Result<T, Status>> + Send,
    ) -> Result<Response<T>, Status> {
        let number = self.state.calls.fetch_add(1, Ordering::SeqCst);
        self.state.running.fetch_add(1, Ordering::SeqCst);
        let mut call = Running { double: self, short: is_short(metadata), finished: false };
        if matches!(self.does, Does::MixesUp | Does::BreaksWhenLeft) {
            // Long enough that calls at once overlap, and that a caller can leave.
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
        if call.short && matches!(self.does, Does::BreaksAtShortDeadlines) {
            self.state.broken.store(true, Ordering::SeqCst);
        }
        let mut made = make.await;
        let others = self.state.running.load(Ordering::SeqCst) > 1;
        call.finished = true;
        match &mut made {
            Ok(answer) => {
                if self.state.broken.load(Ordering::SeqCst) {
                    return Err(Status::internal("broken before"));
                }
                self.change(answer, number, others);
            }
            Err(status) => {
                if matches!(self.does, Does::BreaksAtBadInput) {
                    self.state.broken.store(true, Ordering::SeqCst);
                }
                if matches!(self.does, Does::Terse) {
                    *status = Status::new(status.code(), status.message());
                }
            }
        }
        made.map(Response::new)
    }

    fn change(&self, answer: &mut dyn Any, number: usize, others: bool) {
        let wavering = matches!(self.does, Does::Wavers);
        if (wavering || others && matches!(self.does, Does::MixesUp))
            && let Some(answer) = answer.downcast_mut::<DetectResponse>()
        {
            answer.fidelity = Some(if wavering { 0.5 + (number % 7) as f64 * 1e-3 } else { 0.1 });
        }
        if let Does::Changes(change) = &self.does {
            change(answer);
        }
    }

    /// A refusal, as the double is told to put it: `Ok` when it lets the input pass.
    fn refusal(&self, error: RoleError) -> Result<(), Status> {
        let status = to_status(&error);
        match self.does {
            Does::Instead(field, code) if status.message().starts_with(field) => match code {
                Some(code) => Err(Status::new(code, "index out of range")),
                None => Ok(()),
            },
            // tonic resets the stream: the caller gets no status.
            Does::PanicsAt(field) if status.message().starts_with(field) => panic!("told to"),
            _ => Err(status),
        }
    }

    pub async fn picture(&self, message: Option<common::Picture>) -> Result<Picture, Status> {
        let picture = match answers::picture(message).await {
            Ok(picture) => picture,
            Err(error) => {
                self.refusal(error)?;
                answers::any_picture()
            }
        };
        match self.does {
            Does::FailsAt(format) if format == picture.format => Err(Status::unknown("no such codec")),
            _ => Ok(picture),
        }
    }

    /// The answer, or `otherwise` where the double lets bad input pass.
    pub fn made<T>(&self, answer: Answer<T>, otherwise: impl FnOnce() -> Answer<T>) -> Result<T, Status> {
        answer.or_else(|error| {
            self.refusal(error)?;
            otherwise().map_err(|error| to_status(&error))
        })
    }
}
