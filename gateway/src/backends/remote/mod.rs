//! A role at an endpoint that speaks this project's protos: a service of ours in another process, or a customer's own.

mod keeper;
mod keyring;
mod keys;
mod probe;
mod status;

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use domain::{
    fusion::Fused,
    measurement::Measurements,
    picture::Picture,
    region::RegionShape,
    roles::{
        AlignQuery, Aligner, Alignment, Answer, Call, Decomposed, Decomposer, Detection, DistortionDetector,
        Embeddings, ResolvedScenario, RoleError, ScenarioScorer, Segmentation, Segmenter, TextKind,
    },
    scenario::{Context, Profile, Selector},
};
use kit::{
    calls::WatchedChannel, deadline::remaining, status::from_status, telemetry::inject, tenant::tell, tls::ClientTls,
};
use proto::{
    alignment::{EmbedImageRequest, EmbedTextsRequest, alignment_service_client::AlignmentServiceClient},
    common,
    decomposition::{DecomposeRequest, decomposition_service_client::DecompositionServiceClient},
    distortion::{DetectRequest, distortion_service_client::DistortionServiceClient},
    scenario::{ListScenariosRequest, ResolveRequest, scenario_service_client::ScenarioServiceClient},
    segmentation::{SegmentRequest, segmentation_service_client::SegmentationServiceClient},
};
use tonic::{
    Code, Request, Response, Status,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};
use wire::{Checked, WireError};

/// An address that is not one, or cannot be connected to with the certificates there are.
#[derive(Debug, thiserror::Error)]
#[error("endpoint '{address}': {message}")]
pub struct AddressError {
    address: String,
    message: String,
}

impl AddressError {
    pub(super) fn new(address: &str, message: impl Into<String>) -> Self {
        Self { address: address.to_owned(), message: message.into() }
    }

    pub(super) fn none(address: &str, why: impl fmt::Display) -> Self {
        Self::new(address, format!("{why}; expected something like http://host:50051 or https://host:50051"))
    }
}

/// One role's endpoint. The connection is made at the first call and again when it breaks.
#[derive(Clone)]
pub struct Remote {
    /// Its calls are traced and measured; questions about health go past it.
    watched: WatchedChannel,
    channel: Channel,
    address: Arc<str>,
    max_message_bytes: usize,
    peer: Peer,
}

/// What is at the endpoint.
#[derive(Clone)]
enum Peer {
    /// A service behind this gateway: it is told whose call it is.
    Service,
    /// Another gateway, which finds that out itself, unless an operator speaks for another tenant.
    Gateway { credential: Option<Credential>, speaks_for_another: bool },
}

/// What a caller shows to a server that asks who calls.
pub type Credential = MetadataValue<Ascii>;

/// The metadata that holds it.
pub const AUTHORIZATION: &str = "authorization";

/// A key as it is shown; `None` when it has letters that a header cannot have.
pub fn bearer(key: &str) -> Option<Credential> {
    let mut value: Credential = format!("Bearer {key}").parse().ok()?;
    // Debug output shows no secret.
    value.set_sensitive(true);
    Some(value)
}

impl Remote {
    /// The endpoint at `address`, reached as `tls` says; messages up to `max_message_bytes` are sent and taken.
    pub fn new(address: &str, tls: &ClientTls, max_message_bytes: usize) -> Result<Self, AddressError> {
        let endpoint = endpoint(address, tls)?;
        let uri = endpoint.uri().clone();
        let channel = endpoint.connect_lazy();
        let watched = WatchedChannel::new(channel.clone(), &uri);
        Ok(Self { watched, channel, address: address.into(), max_message_bytes, peer: Peer::Service })
    }

    /// The same at a gateway, which is shown a credential with every call, and told a tenant's name only by an operator who
    /// speaks for it.
    pub fn at_gateway(self, credential: Option<Credential>, speaks_for_another: bool) -> Self {
        Self { peer: Peer::Gateway { credential, speaks_for_another }, ..self }
    }

    /// The request with what every hop carries on, and with the credential, if there is one.
    fn request<T>(&self, call: Call, message: T) -> Answer<Request<T>> {
        let mut request = carried(call, message)?;
        if let Peer::Gateway { credential: Some(credential), .. } = &self.peer {
            request.metadata_mut().insert(AUTHORIZATION, credential.clone());
        }
        Ok(request)
    }

    /// As [`Self::request`], in a tenant's name.
    fn request_of<T>(&self, call: Call, tenant: &str, message: T) -> Answer<Request<T>> {
        let mut request = self.request(call, message)?;
        if !matches!(self.peer, Peer::Gateway { speaks_for_another: false, .. }) {
            tell(request.metadata_mut(), tenant);
        }
        Ok(request)
    }

    /// The message in an answer, or what its status says.
    fn answered<T>(&self, call: Call, answer: Result<Response<T>, Status>) -> Answer<T> {
        answer.map(Response::into_inner).map_err(|status| {
            // The client's own timer ends a call as CANCELLED; what it means is that the time is up.
            if status.code() == Code::Cancelled && remaining(call).is_err() {
                return RoleError::DeadlineExceeded(format!("{} did not answer in time", self.address));
            }
            let address = &self.address;
            match (from_status(&status), &self.peer) {
                (RoleError::Unavailable(message), _) => RoleError::Unavailable(format!("{address}: {message}")),
                // That is between this gateway and the service, and none of the caller's fault.
                (RoleError::Unauthenticated(why) | RoleError::Forbidden(why), Peer::Service) => {
                    RoleError::Internal(format!("{address} does not let this gateway in: {why}"))
                }
                (RoleError::QuotaExceeded { message, .. }, Peer::Service) => {
                    RoleError::Overloaded(format!("{address}: {message}"))
                }
                (error, _) => error,
            }
        })
    }

    /// An answer that keeps its proto's promises.
    fn checked<T>(&self, answer: Checked<T>) -> Answer<T> {
        answer.map_err(|WireError { field, message }| {
            RoleError::Internal(format!("{} answered with an invalid {field}: {message}", self.address))
        })
    }
}

/// The request with what every hop carries on: the time left and the trace context.
pub(super) fn carried<T>(call: Call, message: T) -> Answer<Request<T>> {
    let mut request = Request::new(message);
    if let Some(left) = remaining(call)? {
        request.set_timeout(left);
    }
    inject(request.metadata_mut());
    Ok(request)
}

/// A role's client over the endpoint's channel.
macro_rules! client {
    ($remote:expr, $client:ident) => {
        $client::new($remote.watched.clone())
            .max_decoding_message_size($remote.max_message_bytes)
            .max_encoding_message_size($remote.max_message_bytes)
    };
}

use client;

/// A connection that is given up when the peer cannot be reached or falls silent; a call's own deadline is another matter.
pub(super) fn patient(endpoint: Endpoint) -> Endpoint {
    let few = Duration::from_secs(5);
    endpoint.tcp_nodelay(true).connect_timeout(few).http2_keep_alive_interval(2 * few).keep_alive_timeout(few)
}

/// What connects to `address`, patiently, encrypted as `tls` says where it is an `https://` one.
pub fn endpoint(address: &str, tls: &ClientTls) -> Result<Endpoint, AddressError> {
    let endpoint = Endpoint::from_shared(address.to_owned()).map_err(|error| AddressError::none(address, error))?;
    let patient = patient(endpoint);
    match (patient.uri().scheme_str(), patient.uri().host()) {
        (Some("http"), Some(_)) => Ok(patient),
        (Some("https"), Some(_)) => tls.secure(patient).map_err(|error| AddressError::new(address, error.to_string())),
        _ => Err(AddressError::none(address, "not an http address")),
    }
}

/// The bytes are shared, not copied.
fn message(picture: &Picture) -> common::Picture {
    common::Picture { data: picture.bytes.clone(), ..common::Picture::default() }
}

#[async_trait]
impl Aligner for Remote {
    async fn embed_image(&self, call: Call, picture: &Picture, regions: &[RegionShape]) -> Answer<Embeddings> {
        let expected = regions.len() + 1;
        let (regions, masks) = wire::alignment::to_regions(regions.to_vec());
        let request = self.request(call, EmbedImageRequest { picture: Some(message(picture)), regions, masks })?;
        let answer = self.answered(call, client!(self, AlignmentServiceClient).embed_image(request).await)?;
        self.checked(wire::alignment::from_rows(answer.embeddings, answer.models, expected))
    }

    async fn embed_texts(&self, call: Call, texts: &[String], kind: TextKind) -> Answer<Embeddings> {
        let kind = wire::alignment::to_text_kind(kind).into();
        let request = self.request(call, EmbedTextsRequest { texts: texts.to_vec(), kind })?;
        let answer = self.answered(call, client!(self, AlignmentServiceClient).embed_texts(request).await)?;
        self.checked(wire::alignment::from_rows(answer.embeddings, answer.models, texts.len()))
    }

    async fn align(&self, call: Call, picture: &Picture, query: &AlignQuery) -> Answer<Alignment> {
        let request = self.request(call, wire::alignment::to_request(message(picture), query.clone()))?;
        let answer = self.answered(call, client!(self, AlignmentServiceClient).align(request).await)?;
        self.checked(wire::alignment::from_response(answer))
    }
}

#[async_trait]
impl Segmenter for Remote {
    fn cache_key(&self) -> String {
        self.address.to_string()
    }

    async fn segment(&self, call: Call, picture: &Picture, max_regions: Option<u32>) -> Answer<Segmentation> {
        let request = self.request(call, SegmentRequest { picture: Some(message(picture)), max_regions })?;
        let answer = self.answered(call, client!(self, SegmentationServiceClient).segment(request).await)?;
        self.checked(wire::segmentation::from_response(answer))
    }
}

#[async_trait]
impl Decomposer for Remote {
    fn cache_key(&self) -> String {
        self.address.to_string()
    }

    async fn decompose(&self, call: Call, prompt: &str) -> Answer<Decomposed> {
        let request = self.request(call, DecomposeRequest { prompt: prompt.to_owned() })?;
        let answer = self.answered(call, client!(self, DecompositionServiceClient).decompose(request).await)?;
        self.checked(wire::decomposition::from_response(answer))
    }
}

#[async_trait]
impl DistortionDetector for Remote {
    fn cache_key(&self) -> String {
        self.address.to_string()
    }

    async fn detect(&self, call: Call, picture: &Picture, with_maps: bool) -> Answer<Detection> {
        let request = self.request(call, DetectRequest { picture: Some(message(picture)), include_maps: with_maps })?;
        let answer = self.answered(call, client!(self, DistortionServiceClient).detect(request).await)?;
        self.checked(wire::distortion::from_response(answer))
    }
}

#[async_trait]
impl ScenarioScorer for Remote {
    async fn resolve(&self, call: Call, tenant: &str, selector: &Selector) -> Answer<ResolvedScenario> {
        let scenario = Some(wire::scenario::to_selector(selector.clone()));
        let request = self.request_of(call, tenant, ResolveRequest { scenario })?;
        let answer = self.answered(call, client!(self, ScenarioServiceClient).resolve(request).await)?;
        self.checked(wire::scenario::from_resolved(answer))
    }

    async fn fuse(&self, call: Call, context: &Context, measurements: &Measurements) -> Answer<Fused> {
        let request = self.request(call, wire::scenario::to_fuse_request(context, measurements))?;
        let answer = self.answered(call, client!(self, ScenarioServiceClient).fuse(request).await)?;
        self.checked(wire::scenario::from_fused(answer))
    }

    async fn list(&self, call: Call, tenant: &str) -> Answer<Vec<Profile>> {
        let request = self.request_of(call, tenant, ListScenariosRequest {})?;
        let answer = self.answered(call, client!(self, ScenarioServiceClient).list_scenarios(request).await)?;
        self.checked(answer.scenarios.into_iter().map(wire::scenario::from_profile).collect())
    }
}
