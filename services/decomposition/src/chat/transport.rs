//! One request, one answer of bounded size. async-openai's own transport retries three times and reads without limit;
//! here the fallback is better than a retry, and a wrong address must not fill the memory.

use async_openai::{error::OpenAIError, middleware::HttpRequestFactory};
use kit::telemetry::inject_headers;
use reqwest::{Client, Response, redirect};
use tower::{Service, service_fn};
use tracing::Span;

use super::error::EndpointError;

/// Longest answer that is read, in bytes.
const MAX_BODY: usize = 1 << 20;

/// The HTTP client. It follows no redirects, which would carry the key elsewhere.
pub(super) fn client() -> reqwest::Result<Client> {
    // Another part of the process may have installed a provider already; any is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().redirect(redirect::Policy::none()).build()
}

/// Sends each request once.
pub(super) fn once(
    client: Client,
) -> impl Service<HttpRequestFactory, Response = Response, Error = OpenAIError, Future: Send> + Clone + Send + Sync {
    service_fn(move |request: HttpRequestFactory| {
        let client = client.clone();
        async move { send(&client, request).await }
    })
}

async fn send(client: &Client, request: HttpRequestFactory) -> Result<Response, OpenAIError> {
    let mut request = request.build().await?;
    inject_headers(&Span::current(), request.headers_mut());
    let mut response = client.execute(request).await?;
    let status = response.status();
    if !status.is_success() {
        // The body is left unread: it may quote the key, and async-openai would log it.
        return Err(boxed(EndpointError::Status(status.as_u16())));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(boxed(EndpointError::TooLong(MAX_BODY)));
        }
        body.extend_from_slice(&chunk);
    }
    let mut whole = http::Response::new(body);
    *whole.status_mut() = status;
    Ok(whole.into())
}

fn boxed(error: EndpointError) -> OpenAIError {
    OpenAIError::Boxed(Box::new(error))
}

/// Whether `base_url` is an address that can be asked. It may hold no password: it is shown where keys are not.
pub(super) fn is_address(base_url: &str) -> bool {
    reqwest::Url::parse(base_url).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
    })
}
