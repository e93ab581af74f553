//! Certificates that callers show, and the tenants that they stand for. Whoever listens has checked who signed them, and
//! that they have not ended.

use std::collections::{BTreeMap, BTreeSet};

use domain::ownership::check_tenant;
use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

use super::AccessError;

const COMMON_NAME: &str = "CN=";
const DNS_NAME: &str = "DNS:";
const URI: &str = "URI:";

/// Tenants by the names in certificates.
pub struct Certificates {
    tenants: BTreeMap<String, String>,
}

/// Whom a certificate stands for.
#[derive(Debug, PartialEq, Eq)]
pub enum Stands {
    /// Nobody who is known here.
    ForNobody,
    /// A tenant, by this name in it.
    For {
        /// The tenant.
        tenant: String,
        /// The name.
        name: String,
    },
    /// More than one tenant.
    ForSeveral,
}

impl Certificates {
    /// Tenants by names such as `CN=uploader`, `DNS:uploader.example.org` and `URI:spiffe://example.org/uploader`.
    pub fn new(table: BTreeMap<String, String>) -> Result<Self, AccessError> {
        let mut tenants = BTreeMap::new();
        for (name, tenant) in table {
            let wrong = |why: String| AccessError::new(format!("certificates.\"{name}\""), why);
            check_tenant(&tenant).map_err(wrong)?;
            if ![COMMON_NAME, DNS_NAME, URI].iter().any(|kind| name.len() > kind.len() && name.starts_with(kind)) {
                return Err(wrong(
                    "expected a name such as CN=uploader, DNS:uploader.example.org or URI:spiffe://example.org/uploader"
                        .into(),
                ));
            }
            tenants.insert(comparable(name), tenant);
        }
        Ok(Self { tenants })
    }

    /// Whether no certificate is a credential.
    pub fn is_empty(&self) -> bool {
        self.tenants.is_empty()
    }

    /// Whom `certificate` stands for.
    pub fn look_up(&self, certificate: &CertificateDer<'_>) -> Stands {
        let found: Vec<_> = names(certificate)
            .into_iter()
            .filter_map(|name| self.tenants.get(&name).map(|tenant| (tenant.clone(), name)))
            .collect();
        let tenants: BTreeSet<_> = found.iter().map(|(tenant, _)| tenant).collect();
        if tenants.len() > 1 {
            return Stands::ForSeveral;
        }
        found.into_iter().next().map_or(Stands::ForNobody, |(tenant, name)| Stands::For { tenant, name })
    }
}

/// Names of hosts are the same in any case of letters.
fn comparable(name: String) -> String {
    match name.strip_prefix(DNS_NAME) {
        Some(host) => format!("{DNS_NAME}{}", host.to_ascii_lowercase()),
        None => name,
    }
}

/// The names in a certificate, as they stand in the table.
fn names(certificate: &CertificateDer<'_>) -> Vec<String> {
    let Ok(certificate) = EndEntityCert::try_from(certificate) else { return Vec::new() };
    let common = common_names(certificate.subject()).into_iter().map(|name| format!("{COMMON_NAME}{name}"));
    let hosts = certificate.valid_dns_names().map(|name| comparable(format!("{DNS_NAME}{name}")));
    let uris = certificate.valid_uri_names().map(|name| format!("{URI}{name}"));
    common.chain(hosts).chain(uris).collect()
}

/// The common names in a subject (X.501): a list of sets of pairs, of which each is an attribute's type and its value.
fn common_names(subject: &[u8]) -> Vec<&str> {
    const SEQUENCE: u8 = 0x30;
    const SET: u8 = 0x31;
    const TYPE: u8 = 0x06;
    const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
    // UTF8String, PrintableString and IA5String: all are UTF-8.
    const TEXTS: [u8; 3] = [0x0c, 0x13, 0x16];
    let sets = Elements(subject).filter(|(tag, _)| *tag == SET);
    let pairs = sets.flat_map(|(_, set)| Elements(set)).filter(|(tag, _)| *tag == SEQUENCE);
    let names = pairs.filter_map(|(_, pair)| {
        let mut pair = Elements(pair);
        let (kind, (tag, value)) = (pair.next()?, pair.next()?);
        if kind == (TYPE, &COMMON_NAME[..]) && TEXTS.contains(&tag) { std::str::from_utf8(value).ok() } else { None }
    });
    names.collect()
}

/// The elements of a DER value, each with its tag; ends where something is not DER.
struct Elements<'a>(&'a [u8]);

impl<'a> Iterator for Elements<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let [tag, first, rest @ ..] = self.0 else { return None };
        // A length below 128 stands for itself; a longer one follows in as many bytes as the first one's low bits say.
        let (length, rest) = match first {
            0..=0x7f => (usize::from(*first), rest),
            0x81 | 0x82 => {
                let (length, rest) = rest.split_at_checked(usize::from(first - 0x80))?;
                (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((*tag, value))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, DnType, DnValue, KeyPair, SanType};

    use super::*;

    fn certificate(common_name: &str, names: &[SanType]) -> CertificateDer<'static> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::OrganizationName, "x".repeat(300));
        params.distinguished_name.push(DnType::CommonName, common_name);
        params.subject_alt_names = names.to_vec();
        params.self_signed(&KeyPair::generate().unwrap()).unwrap().der().clone()
    }

    fn dns(name: &str) -> SanType {
        SanType::DnsName(name.try_into().unwrap())
    }

    fn uri(name: &str) -> SanType {
        SanType::URI(name.try_into().unwrap())
    }

    fn known(table: &[(&str, &str)]) -> Certificates {
        let table = table.iter().map(|(name, tenant)| ((*name).to_owned(), (*tenant).to_owned()));
        Certificates::new(table.collect()).unwrap()
    }

    #[test]
    fn a_common_name_a_host_and_a_uri_tell_a_tenant() {
        let table = known(&[
            ("CN=The Uploader", "museum"),
            ("DNS:Shop.Example.org", "shop"),
            ("URI:spiffe://example.org/ns/archive", "archive"),
        ]);
        let tenant = |certificate: CertificateDer<'_>| match table.look_up(&certificate) {
            Stands::For { tenant, .. } => Some(tenant),
            _ => None,
        };
        assert_eq!(tenant(certificate("The Uploader", &[dns("a.example.org")])).as_deref(), Some("museum"));
        assert_eq!(tenant(certificate("x", &[dns("a.example.org"), dns("shop.example.ORG")])).as_deref(), Some("shop"));
        let spiffe = certificate("x", &[uri("spiffe://example.org/ns/archive")]);
        assert_eq!(tenant(spiffe).as_deref(), Some("archive"));
    }

    #[test]
    fn a_name_of_one_kind_is_not_taken_for_another_kinds() {
        let table = known(&[("DNS:shop.example.org", "shop"), ("CN=uploader", "museum")]);
        assert_eq!(table.look_up(&certificate("shop.example.org", &[])), Stands::ForNobody);
        assert_eq!(table.look_up(&certificate("DNS:shop.example.org", &[])), Stands::ForNobody);
        assert_eq!(table.look_up(&certificate("x", &[dns("uploader")])), Stands::ForNobody);
        assert_eq!(table.look_up(&certificate("uploader2", &[uri("CN=uploader")])), Stands::ForNobody);
        assert_eq!(table.look_up(&certificate("x", &[dns("*.example.org")])), Stands::ForNobody);
    }

    #[test]
    fn names_of_several_tenants_tell_none() {
        let table = known(&[("CN=a", "museum"), ("DNS:a.example.org", "museum"), ("DNS:b.example.org", "shop")]);
        assert!(matches!(table.look_up(&certificate("a", &[dns("a.example.org")])), Stands::For { .. }));
        assert_eq!(table.look_up(&certificate("a", &[dns("b.example.org")])), Stands::ForSeveral);
    }

    #[test]
    fn what_is_no_certificate_stands_for_nobody() {
        let table = known(&[("CN=a", "museum")]);
        let whole = certificate("a", &[]);
        assert!(matches!(table.look_up(&whole), Stands::For { .. }));
        for end in 0..whole.len() {
            assert_eq!(table.look_up(&CertificateDer::from(&whole[..end])), Stands::ForNobody);
            // Whatever stands in a subject, reading it ends.
            common_names(&whole[end..]);
        }
        let mut printable = CertificateParams::default();
        printable.distinguished_name.push(DnType::CommonName, DnValue::PrintableString("a".try_into().unwrap()));
        let printable = printable.self_signed(&KeyPair::generate().unwrap()).unwrap();
        assert!(matches!(table.look_up(printable.der()), Stands::For { .. }));
    }

    #[test]
    fn a_table_that_cannot_be_right_is_refused_by_name() {
        for (name, tenant) in [("uploader", "museum"), ("DNS:", "museum"), ("CN=uploader", "The Museum")] {
            let table = [(name.to_owned(), tenant.to_owned())].into();
            let error = Certificates::new(table).err().unwrap().to_string();
            assert!(error.starts_with(&format!("gateway.access.certificates.\"{name}\": expected")), "{error}");
        }
    }
}
