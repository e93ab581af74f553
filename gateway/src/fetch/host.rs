//! Patterns of hosts.

use serde::Deserialize;
use url::Host;

/// Hosts that pictures may be fetched from: one (`images.example.org`), all under a name (`*.example.org`, without
/// `example.org` itself), or every one (`*`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum HostPattern {
    /// Every host.
    Any,
    /// Hosts whose name ends like this, with the dot that it starts with.
    Under(String),
    /// This host.
    One(Host),
}

impl HostPattern {
    /// Whether `host` is one of those meant.
    pub fn matches(&self, host: &Host<&str>) -> bool {
        match (self, host) {
            (Self::Any, _) => true,
            (Self::Under(end), Host::Domain(name)) => name.len() > end.len() && name.ends_with(end.as_str()),
            (Self::Under(_), _) => false,
            (Self::One(one), host) => *one == host.to_owned(),
        }
    }
}

impl TryFrom<String> for HostPattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("expected a host such as images.example.org, *.example.org or *, got {text:?}");
        // Reads names as URLs are read: lower case, international names in their ASCII form.
        let host = |text: &str| Host::parse(text).ok().filter(|host| !host.to_string().contains('*')).ok_or_else(wrong);
        match text.strip_prefix("*.") {
            _ if text == "*" => Ok(Self::Any),
            None => Ok(Self::One(host(&text)?)),
            Some(end) => match host(end)? {
                Host::Domain(end) => Ok(Self::Under(format!(".{end}"))),
                _ => Err(wrong()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> HostPattern {
        HostPattern::try_from(text.to_owned()).unwrap()
    }

    fn matches(text: &str, host: &str) -> bool {
        let url = url::Url::parse(&format!("https://{host}/")).unwrap();
        pattern(text).matches(&url.host().unwrap())
    }

    #[test]
    fn a_pattern_means_one_host_those_under_a_name_or_every_one() {
        for (text, host, expected) in [
            ("images.example.org", "images.example.org", true),
            ("Images.Example.org", "IMAGES.example.ORG", true),
            ("images.example.org", "cdn.images.example.org", false),
            ("images.example.org", "images.example.org.evil.net", false),
            ("*.example.org", "images.example.org", true),
            ("*.example.org", "a.b.example.org", true),
            ("*.example.org", "example.org", false),
            ("*.example.org", "evilexample.org", false),
            ("*.example.org", "example.org.evil.net", false),
            ("bücher.example", "xn--bcher-kva.example", true),
            ("203.0.113.7", "0xcb007107", true),
            ("[2001:db8::1]", "[2001:db8:0::1]", true),
            ("*", "anything.example", true),
            ("*", "[2001:db8::1]", true),
        ] {
            assert_eq!(matches(text, host), expected, "{text} and {host}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_what_was_expected() {
        for text in
            ["", "*.", "*.1", "https://example.org", "example.org/cats", "example.org:8443", "img*.example.org", "**"]
        {
            let error = HostPattern::try_from(text.to_owned()).unwrap_err();
            assert!(error.contains("expected a host such as") && error.contains(text), "{error}");
        }
    }
}
