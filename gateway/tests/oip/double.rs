//! A server that answers whatever a test wants, and what the tests say of it.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use domain::picture::Picture;
use picture::{Decoder, Limits};
use proto::inference::{
    InferTensorContents, ModelInferRequest, ModelInferResponse, ModelMetadataRequest, ModelMetadataResponse,
    ModelReadyRequest, ModelReadyResponse, ServerLiveRequest, ServerLiveResponse, ServerReadyRequest,
    ServerReadyResponse,
    grpc_inference_service_server::{GrpcInferenceService, GrpcInferenceServiceServer},
    model_infer_response::InferOutputTensor,
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status, metadata::MetadataMap};

/// Largest message in these tests.
pub const MOST: usize = 16 << 20;

type Answering = Arc<dyn Fn(&ModelInferRequest) -> Result<ModelInferResponse, Status> + Send + Sync>;

/// A running double; it ends with the test's runtime.
#[derive(Clone)]
pub struct Double {
    pub address: String,
    pub requests: Arc<Mutex<Vec<(MetadataMap, ModelInferRequest)>>>,
}

impl Double {
    /// A server that answers as `answering` says.
    pub async fn new(
        answering: impl Fn(&ModelInferRequest) -> Result<ModelInferResponse, Status> + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::default();
        let serving = Serving { answering: Arc::new(answering), requests: Arc::clone(&requests) };
        let service = GrpcInferenceServiceServer::new(serving).max_decoding_message_size(MOST);
        let server = tonic::transport::Server::builder().add_service(service);
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        Self { address, requests }
    }

    /// A server whose every answer has `outputs`.
    pub async fn with(outputs: Vec<InferOutputTensor>) -> Self {
        Self::new(move |_| Ok(ModelInferResponse { outputs: outputs.clone(), ..named() })).await
    }

    /// As [`Self::with`], with the outputs' values as bytes.
    pub async fn raw(outputs: Vec<InferOutputTensor>, raw_output_contents: Vec<Bytes>) -> Self {
        let answer = ModelInferResponse { outputs, raw_output_contents, ..named() };
        Self::new(move |_| Ok(answer.clone())).await
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<ModelInferRequest> {
        self.requests.lock().unwrap().iter().map(|(_, request)| request.clone()).collect()
    }
}

/// An answer of the model `double`, version 3, without outputs.
pub fn named() -> ModelInferResponse {
    ModelInferResponse { model_name: "double".into(), model_version: "3".into(), ..Default::default() }
}

/// An output without values.
pub fn output(name: &str, datatype: &str, shape: &[i64]) -> InferOutputTensor {
    InferOutputTensor { name: name.into(), datatype: datatype.into(), shape: shape.to_vec(), contents: None }
}

/// An `FP32` output.
pub fn floats(name: &str, shape: &[i64], values: &[f32]) -> InferOutputTensor {
    let contents = InferTensorContents { fp32_contents: values.to_vec(), ..Default::default() };
    InferOutputTensor { contents: Some(contents), ..output(name, "FP32", shape) }
}

/// A `BYTES` output.
pub fn bytes(name: &str, elements: &[&str]) -> InferOutputTensor {
    let bytes_contents = elements.iter().map(|element| Bytes::copy_from_slice(element.as_bytes())).collect();
    let contents = InferTensorContents { bytes_contents, ..Default::default() };
    InferOutputTensor { contents: Some(contents), ..output(name, "BYTES", &[elements.len() as i64]) }
}

/// `FP32` values as bytes.
pub fn raw_floats(values: &[f32]) -> Bytes {
    values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>().into()
}

struct Serving {
    answering: Answering,
    requests: Arc<Mutex<Vec<(MetadataMap, ModelInferRequest)>>>,
}

#[tonic::async_trait]
impl GrpcInferenceService for Serving {
    async fn server_live(&self, _: Request<ServerLiveRequest>) -> Result<Response<ServerLiveResponse>, Status> {
        Ok(Response::new(ServerLiveResponse { live: true }))
    }

    async fn server_ready(&self, _: Request<ServerReadyRequest>) -> Result<Response<ServerReadyResponse>, Status> {
        Ok(Response::new(ServerReadyResponse { ready: true }))
    }

    async fn model_ready(&self, _: Request<ModelReadyRequest>) -> Result<Response<ModelReadyResponse>, Status> {
        Ok(Response::new(ModelReadyResponse { ready: true }))
    }

    async fn model_metadata(
        &self,
        _: Request<ModelMetadataRequest>,
    ) -> Result<Response<ModelMetadataResponse>, Status> {
        Err(Status::unimplemented("the double tells nothing of itself"))
    }

    async fn model_infer(&self, request: Request<ModelInferRequest>) -> Result<Response<ModelInferResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let answer = (self.answering)(&message);
        self.requests.lock().unwrap().push((metadata, message));
        if answer.as_ref().is_err_and(|status| status.message() == "never") {
            std::future::pending::<()>().await;
        }
        answer.map(Response::new)
    }
}

/// A PNG of `width` × `height` pixels.
pub fn png(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 3]) -> Picture {
    let pixels = image::RgbImage::from_fn(width, height, |x, y| image::Rgb(color(x, y)));
    let mut file = std::io::Cursor::new(Vec::new());
    pixels.write_to(&mut file, image::ImageFormat::Png).unwrap();
    identified(file.into_inner())
}

/// The picture in a file's bytes.
pub fn identified(bytes: Vec<u8>) -> Picture {
    let limits = Limits { max_bytes: MOST, max_pixels: 1 << 24, max_side: 1 << 12, min_side: 1 };
    picture::identify(bytes.into(), &limits).unwrap()
}

/// A decoder that keeps little.
pub fn decoder() -> Decoder {
    Decoder::new(1 << 20)
}
