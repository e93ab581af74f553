//! What may be fetched, and the check of a URL against it.

use domain::roles::{Answer, RoleError};
use serde::Deserialize;
use url::{Host, Url};

use super::{HostPattern, guard::reach};

/// Longest URL taken, bytes; signed ones of object stores are about half as long.
const MAX_URL_BYTES: usize = 4096;

/// Whether, from where and for how long pictures are fetched by URL.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FetchSettings {
    /// Whether pictures are fetched at all.
    pub enabled: bool,
    /// Hosts that they are fetched from; none when empty.
    pub allowed_hosts: Vec<HostPattern>,
    /// Whether `http://` is taken beside `https://`.
    pub allow_http: bool,
    /// Ports beside the scheme's own.
    pub ports: Vec<u16>,
    /// Whether addresses of private networks and of this machine are taken too.
    pub allow_private: bool,
    /// Longest time one picture may take, connecting and redirects included, milliseconds.
    pub timeout_ms: u64,
    /// Redirects that are followed.
    pub max_redirects: u32,
}

impl FetchSettings {
    /// Reads an absolute URL.
    pub(super) fn parse(&self, url: &str) -> Answer<Url> {
        let got = url.len();
        if got > MAX_URL_BYTES {
            return Err(invalid(format!("expected a URL of at most {MAX_URL_BYTES} bytes, got {got}")));
        }
        Url::parse(url).map_err(|error| {
            invalid(format!("expected a URL such as https://images.example.org/cat.png, got something else: {error}"))
        })
    }

    /// Whether `url` may be fetched, as far as that can be told before its name is resolved.
    pub(super) fn check(&self, url: &Url, hosts: &[HostPattern]) -> Answer<()> {
        let scheme = url.scheme();
        if scheme != "https" && !(self.allow_http && scheme == "http") {
            let expected = if self.allow_http { "https:// or http://" } else { "https://" };
            return Err(invalid(format!("expected a URL that starts with {expected}, got the scheme {scheme:?}")));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("expected a URL without user name and password"));
        }
        if let Some(port) = url.port().filter(|port| !self.ports.contains(port)) {
            let others: String = self.ports.iter().map(|port| format!(" or {port}")).collect();
            return Err(invalid(format!("expected the port that belongs to {scheme}{others}, got {port}")));
        }
        let Some(host) = url.host() else { return Err(invalid("expected a URL with a host, got none")) };
        if !hosts.iter().any(|pattern| pattern.matches(&host)) {
            return Err(invalid(format!(
                "expected one of the hosts that the gateway fetches from, got {host}; send the picture's bytes, or let \
                 the gateway's operator add it to gateway.fetch.allowed_hosts"
            )));
        }
        let address = match host {
            Host::Ipv4(address) => address.into(),
            Host::Ipv6(address) => address.into(),
            Host::Domain(_) => return Ok(()),
        };
        if reach(address).is_allowed(self.allow_private) { Ok(()) } else { Err(no_address(url)) }
    }
}

/// What is wrong with the URL.
pub(super) fn invalid(message: impl Into<String>) -> RoleError {
    RoleError::invalid("picture.url", message)
}

/// The host has no address that may be asked. Whether there is no such name, or a private address behind it, is not told:
/// callers must not learn what a private network's names are.
pub(super) fn no_address(url: &Url) -> RoleError {
    let host = url.host_str().unwrap_or_default();
    invalid(format!("expected a host with a public address, got {host}"))
}
