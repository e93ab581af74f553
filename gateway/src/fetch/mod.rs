//! Pictures that are named by URL. A caller's URL must not lead into the gateway's own network, so each is checked before
//! it is asked for: scheme, port and host here, addresses where names are resolved, and all of it again at every redirect.

mod guard;
mod host;
mod resolver;
mod settings;
#[cfg(test)]
mod tests;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use domain::roles::{Answer, Call, RoleError};
use reqwest::{Client, Response, dns::Resolve, header::LOCATION, redirect::Policy};
use url::Url;

pub use self::{host::HostPattern, settings::FetchSettings};
use self::{
    resolver::{Guarded, System},
    settings::{invalid, no_address},
};

const USER_AGENT: &str = concat!("cpaiqa/", env!("CARGO_PKG_VERSION"));

/// Pictures cannot be fetched: there is no HTTP client, e.g. for want of the system's certificates.
#[derive(Debug, thiserror::Error)]
#[error("gateway.fetch: pictures cannot be fetched by URL: {0:?}")]
pub struct FetcherError(#[from] reqwest::Error);

/// Fetches pictures by URL.
pub struct Fetcher {
    settings: FetchSettings,
    /// `None` where nothing is fetched.
    client: Option<Client>,
}

impl Fetcher {
    /// A fetcher as `settings` say.
    pub fn new(settings: FetchSettings) -> Result<Self, FetcherError> {
        Self::with_resolver(settings, Arc::new(System))
    }

    fn with_resolver(settings: FetchSettings, inner: Arc<dyn Resolve>) -> Result<Self, FetcherError> {
        let client = settings.enabled.then(|| client(Guarded { inner, private_too: settings.allow_private }));
        Ok(Self { client: client.transpose()?, settings })
    }

    /// The bytes at `url`, at most `most_bytes`, from one of `allowed_hosts`. What is wrong with the URL or its host is
    /// the caller's fault; what takes too long is [`RoleError::DeadlineExceeded`].
    pub async fn fetch(&self, call: Call, url: &str, allowed_hosts: &[HostPattern], most_bytes: u64) -> Answer<Bytes> {
        let Some(client) = &self.client else {
            return Err(invalid(
                "expected the picture's bytes: this gateway fetches none by URL; its operator can turn that on \
                 (gateway.fetch.enabled)",
            ));
        };
        let start = Instant::now();
        let longest = start + Duration::from_millis(self.settings.timeout_ms);
        let deadline = call.deadline.map_or(longest, |deadline| deadline.min(longest));
        let fetching = self.follow(client, self.settings.parse(url)?, allowed_hosts, most_bytes);
        let late = |_| {
            let ms = start.elapsed().as_millis();
            RoleError::DeadlineExceeded(format!("picture.url: the picture had not arrived after {ms} ms"))
        };
        tokio::time::timeout_at(deadline.into(), fetching).await.map_err(late)?
    }

    /// Follows redirects by hand, since each leads to another URL that must be checked like the first.
    async fn follow(&self, client: &Client, mut url: Url, hosts: &[HostPattern], most: u64) -> Answer<Bytes> {
        for _ in 0..=self.settings.max_redirects {
            self.settings.check(&url, hosts)?;
            let response = client.get(url.clone()).send().await.map_err(|error| unanswered(&url, error))?;
            match redirect(&response) {
                None => return read(response, &url, most).await,
                Some(to) => {
                    url = url
                        .join(to)
                        .map_err(|error| invalid(format!("the host redirects to something that is no URL: {error}")))?;
                }
            }
        }
        let most = self.settings.max_redirects;
        Err(invalid(format!("expected at most {most} redirects, got more; name the picture's final URL")))
    }
}

fn client(resolver: Guarded) -> reqwest::Result<Client> {
    // Fails only when someone installed a provider before, which serves as well.
    rustls::crypto::ring::default_provider().install_default().ok();
    Client::builder()
        .dns_resolver(Arc::new(resolver))
        // A proxy would resolve names itself, past the guard.
        .no_proxy()
        .redirect(Policy::none())
        .referer(false)
        .user_agent(USER_AGENT)
        .build()
}

/// Where a redirect leads.
fn redirect(response: &Response) -> Option<&str> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308).then_some(location)
}

/// The body, which is given up as soon as it is too long, whatever its length was said to be.
async fn read(mut response: Response, url: &Url, most: u64) -> Answer<Bytes> {
    let status = response.status();
    if !status.is_success() {
        return Err(invalid(format!("expected a picture, the host answered {status}")));
    }
    let too_long = |got: String| invalid(format!("expected at most {most} bytes, got {got}; name a smaller picture"));
    if let Some(length) = response.content_length().filter(|length| *length > most) {
        return Err(too_long(length.to_string()));
    }
    let mut bytes = BytesMut::new();
    while let Some(piece) = response.chunk().await.map_err(|error| unanswered(url, error))? {
        if (bytes.len() + piece.len()) as u64 > most {
            return Err(too_long("more".to_owned()));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes.freeze())
}

/// Why there is no whole answer; the reason itself is for the operator, since it may tell of the network.
fn unanswered(url: &Url, error: reqwest::Error) -> RoleError {
    let host = url.host_str().unwrap_or_default();
    let error = error.without_url();
    tracing::debug!(host, ?error, "a picture could not be fetched");
    if error.is_dns() {
        return no_address(url);
    }
    invalid(format!("expected a picture, {host} cannot be reached or broke off; try it in a browser"))
}
