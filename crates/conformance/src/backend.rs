//! A backend at an address, asked over the protos' own clients.

use std::time::Duration;

use kit::{status::code_name, tenant::tell};
use proto::{
    alignment::alignment_service_client::AlignmentServiceClient,
    decomposition::decomposition_service_client::DecompositionServiceClient,
    distortion::distortion_service_client::DistortionServiceClient,
    scenario::scenario_service_client::ScenarioServiceClient,
    segmentation::segmentation_service_client::SegmentationServiceClient,
};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};

use crate::question::{Answer, Question};

/// How long an answer is waited for: a large model on a small machine, asked eight times at once.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// Longer than a caller's own timer, which ends a call at its deadline.
const GRACE: Duration = Duration::from_secs(5);
/// So much of what a status says is repeated.
const LONGEST_MESSAGE: usize = 160;

/// Where a backend is, and how it is called.
#[derive(Clone, Debug)]
pub struct Backend {
    endpoint: Endpoint,
    channel: Channel,
    max_message_bytes: usize,
    /// What a server that asks who calls is shown.
    credential: Option<MetadataValue<Ascii>>,
    /// In whose name the scenario role is asked.
    tenant: String,
}

impl Backend {
    /// What answers at `endpoint`, with messages of up to `max_message_bytes`, in `tenant`'s name.
    ///
    /// # Panics
    ///
    /// Outside an async runtime, as every connection of tonic does.
    pub fn new(endpoint: Endpoint, max_message_bytes: usize, tenant: impl Into<String>) -> Self {
        let channel = endpoint.connect_lazy();
        Self { endpoint, channel, max_message_bytes, credential: None, tenant: tenant.into() }
    }

    /// The same, shown a credential with every call.
    pub fn with_credential(self, credential: Option<MetadataValue<Ascii>>) -> Self {
        Self { credential, ..self }
    }

    /// Where it is.
    pub fn address(&self) -> String {
        self.endpoint.uri().to_string().trim_end_matches('/').to_owned()
    }

    /// Whether a connection can be made.
    ///
    /// # Errors
    ///
    /// Why it cannot.
    pub(crate) async fn reach(&self) -> Result<(), String> {
        self.endpoint.connect().await.map(drop).map_err(|error| {
            let mut cause: &dyn std::error::Error = &error;
            while let Some(inner) = cause.source() {
                cause = inner;
            }
            cause.to_string()
        })
    }

    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The request as the gateway would send it, to be answered within `within`.
    pub(crate) fn request<T>(&self, message: T, within: Duration) -> Request<T> {
        let mut request = Request::new(message);
        request.set_timeout(within);
        if let Some(credential) = &self.credential {
            request.metadata_mut().insert("authorization", credential.clone());
        }
        tell(request.metadata_mut(), &self.tenant);
        request
    }

    /// The answer to `question`.
    ///
    /// # Errors
    ///
    /// The status that came, or DEADLINE_EXCEEDED when none did.
    pub(crate) async fn ask(&self, question: &Question, within: Duration) -> Result<Answer, Status> {
        macro_rules! asked {
            ($client:ident.$method:ident($message:expr) as $answer:ident) => {{
                let mut client = $client::new(self.channel())
                    .max_decoding_message_size(self.max_message_bytes)
                    .max_encoding_message_size(self.max_message_bytes);
                Answer::$answer(client.$method(self.request($message, within)).await?.into_inner())
            }};
        }
        let answering = async {
            Ok(match question.clone() {
                Question::EmbedImage(m) => asked!(AlignmentServiceClient.embed_image(m) as EmbedImage),
                Question::EmbedTexts(m) => asked!(AlignmentServiceClient.embed_texts(m) as EmbedTexts),
                Question::Align(m) => asked!(AlignmentServiceClient.align(m) as Align),
                Question::Segment(m) => asked!(SegmentationServiceClient.segment(m) as Segment),
                Question::Decompose(m) => asked!(DecompositionServiceClient.decompose(m) as Decompose),
                Question::Detect(m) => asked!(DistortionServiceClient.detect(m) as Detect),
                Question::ListScenarios(m) => asked!(ScenarioServiceClient.list_scenarios(m) as ListScenarios),
                Question::Resolve(m) => asked!(ScenarioServiceClient.resolve(m) as Resolve),
                Question::Fuse(m) => asked!(ScenarioServiceClient.fuse(m) as Fuse),
            })
        };
        let late = |_| Err(Status::deadline_exceeded(format!("no answer within {} s", within.as_secs())));
        tokio::time::timeout(within + GRACE, answering).await.unwrap_or_else(late)
    }
}

/// A status in words: `INTERNAL ("index out of range")`.
pub fn told(status: &Status) -> String {
    let name = code_name(status.code());
    let message: String = status.message().chars().take(LONGEST_MESSAGE).collect();
    if message.is_empty() { name.to_owned() } else { format!("{name} (\"{message}\")") }
}
