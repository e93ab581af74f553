//! Pages that call without a credential.
//!
//! Where nobody has to say who they are, the network decides who can call; but a page from anywhere, opened in a browser inside
//! that network, can have its own name point here (DNS rebinding) and then call as if it came from here. Such a page has a name;
//! the inspector, opened at an address or at `localhost`, has none that somebody else could move.

use http::{HeaderMap, header::ORIGIN};
use url::{Host, Url};

/// A page's origin as browsers tell it; `None` when there is none in `text`.
pub(super) fn origin_of(text: &str) -> Option<String> {
    let url =
        Url::parse(text).ok().filter(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none())?;
    let origin = url.origin();
    origin.is_tuple().then(|| origin.ascii_serialization())
}

/// The page that makes the call, if it is one that must not call without a credential; `allowed` names those that may.
pub(super) fn stranger(headers: &HeaderMap, allowed: &[String]) -> Option<String> {
    let origin = String::from_utf8_lossy(headers.get(ORIGIN)?.as_bytes()).into_owned();
    let local = Url::parse(&origin).is_ok_and(|url| match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    });
    (!local && !allowed.contains(&origin)).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(origin: &'static str) -> bool {
        let headers = HeaderMap::from_iter([(ORIGIN, http::HeaderValue::from_static(origin))]);
        stranger(&headers, &["https://quality.example.org".to_owned()]).is_some()
    }

    #[test]
    fn a_page_may_be_named_in_any_way_that_means_it() {
        for text in ["https://Quality.example.org/", "https://quality.example.org:443", "https://quality.example.org"] {
            assert_eq!(origin_of(text).as_deref(), Some("https://quality.example.org"), "{text}");
        }
        for text in ["quality.example.org", "https://quality.example.org/page", "null", "file:///tmp/page.html"] {
            assert_eq!(origin_of(text), None, "{text}");
        }
    }

    #[test]
    fn only_pages_whose_name_somebody_else_could_move_are_strangers() {
        for own in ["http://localhost:50051", "http://127.0.0.1:50051", "http://[::1]:50051", "http://192.168.1.7"] {
            assert!(!refused(own), "{own}");
        }
        assert!(!refused("https://quality.example.org"));
        for other in
            ["http://rebound.example.com:50051", "http://quality.example.org", "http://localhost.example", "null", ""]
        {
            assert!(refused(other), "{other}");
        }
        assert_eq!(stranger(&HeaderMap::new(), &[]), None, "a program is no page");
    }
}
