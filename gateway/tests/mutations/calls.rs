//! Calls as they go over the wire: headers and framed messages that no client library would send.

use std::{future::poll_fn, pin::Pin};

use bytes::{Buf, Bytes};
use http::{HeaderMap, Request, Version, header::CONTENT_TYPE};
use http_body::Body as _;
use tonic::{Code, Status, body::Body, transport::Channel};
use tower::{Service, ServiceExt};

/// Bytes before each message: a flag for compression, and its length.
const PREFIX: usize = 5;

/// What came back.
pub struct Heard {
    pub status: Status,
    pub messages: Vec<Bytes>,
}

/// The messages, each with its prefix.
pub fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
    let frame = |message: &Vec<u8>| [&[0], (message.len() as u32).to_be_bytes().as_slice(), message].concat();
    messages.iter().map(frame).collect::<Vec<_>>().concat()
}

/// The messages in whole, uncompressed frames; `None` when something else is there too.
pub fn unframed(mut bytes: Bytes) -> Option<Vec<Bytes>> {
    let mut messages = Vec::new();
    while !bytes.is_empty() {
        let prefix = bytes.get(..PREFIX)?;
        let length = u32::from_be_bytes([prefix[1], prefix[2], prefix[3], prefix[4]]) as usize;
        if prefix[0] != 0 || bytes.len() < PREFIX + length {
            return None;
        }
        bytes.advance(PREFIX);
        messages.push(bytes.split_to(length));
    }
    Some(messages)
}

/// Calls `path` and hears the answer to its end.
pub async fn call(channel: &Channel, path: &str, headers: HeaderMap, body: Vec<u8>) -> Heard {
    match answer(channel, path, headers, body).await {
        Ok((status, messages)) => Heard { status, messages },
        Err(status) => Heard { status, messages: Vec::new() },
    }
}

async fn answer(
    channel: &Channel,
    path: &str,
    headers: HeaderMap,
    body: Vec<u8>,
) -> Result<(Status, Vec<Bytes>), Status> {
    let mut request =
        Request::post(path).version(Version::HTTP_2).body(Body::new(axum::body::Body::from(body))).unwrap();
    *request.headers_mut() = headers;
    request.headers_mut().insert(CONTENT_TYPE, "application/grpc".parse().unwrap());
    request.headers_mut().insert("te", "trailers".parse().unwrap());
    let mut channel = channel.clone();
    let failed = |error: tonic::transport::Error| Status::from_error(error.into());
    let response = channel.ready().await.map_err(failed)?.call(request).await.map_err(failed)?;
    if let Some(status) = Status::from_header_map(response.headers()) {
        return Ok((status, Vec::new()));
    }
    let http = response.status();
    let (mut body, mut data, mut status) = (response.into_body(), Vec::new(), None);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        match frame?.into_data() {
            Ok(piece) => data.extend(piece),
            Err(frame) => status = frame.trailers_ref().and_then(Status::from_header_map),
        }
    }
    let status = status.ok_or_else(|| Status::new(Code::Unknown, format!("HTTP {http} without a status")))?;
    let messages = unframed(data.into()).ok_or_else(|| Status::new(Code::DataLoss, "half a message came back"))?;
    Ok((status, messages))
}
