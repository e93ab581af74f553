//! Certificates that callers show.

use cpaiqa_gateway::access::AccessSettings;
use domain::roles::{Answer, RoleError};
use kit::tls::ServerTls;
use rcgen::{SanType, date_time_ymd};

use crate::{
    authority::Authority,
    server::{Server, strict},
};

fn table() -> AccessSettings {
    let table = [
        ("CN=uploader", "museum"),
        ("DNS:shop.example.org", "shop"),
        ("URI:spiffe://example.org/archive", "archive"),
        ("CN=operator", "ops"),
    ];
    AccessSettings { certificates: table.map(|(name, tenant)| (name.to_owned(), tenant.to_owned())).into(), ..strict() }
}

/// The connection itself ended: nothing was answered.
#[track_caller]
fn hung_up(what: &str, answer: &Answer<String>) {
    assert!(matches!(answer, Err(RoleError::Unavailable(_) | RoleError::Internal(_))), "{what}: {answer:?}");
}

#[tokio::test]
async fn a_certificate_in_the_table_tells_its_tenant() {
    let authority = Authority::new();
    let server = Server::start(table(), Some(authority.server_tls())).await;
    let names = [
        ("uploader", SanType::DnsName("elsewhere.example.org".try_into().unwrap()), "museum"),
        ("a", SanType::DnsName("shop.example.org".try_into().unwrap()), "shop"),
        ("b", SanType::URI("spiffe://example.org/archive".try_into().unwrap()), "archive"),
    ];
    for (common_name, other, tenant) in names {
        let signed = authority.sign(common_name, |params| params.subject_alt_names = vec![other]);
        assert_eq!(server.whose_over(&authority.showing(signed), None).await.unwrap(), tenant);
    }
}

#[tokio::test]
async fn a_certificate_that_is_not_in_the_table_is_no_credential() {
    let authority = Authority::new();
    let server = Server::start(table(), Some(authority.server_tls())).await;
    let unknown = authority.showing(authority.sign("somebody", |_| {}));
    let refusal = server.whose_over(&authority.trusting(), None).await.unwrap_err();
    assert!(matches!(refusal, RoleError::Unauthenticated(_)), "{refusal:?}");
    assert_eq!(server.whose_over(&unknown, None).await.unwrap_err(), refusal);
    let key = server.key("shop").await;
    assert_eq!(server.whose_over(&unknown, Some(&key)).await.unwrap(), "shop", "a key beside it is one");

    let open = AccessSettings { required: false, ..table() };
    let server = Server::start(open, Some(authority.server_tls())).await;
    assert_eq!(server.whose_over(&unknown, None).await.unwrap(), "default");
}

#[tokio::test]
async fn a_certificate_that_is_not_good_ends_the_connection_whatever_else_is_shown() {
    let (authority, other) = (Authority::new(), Authority::new());
    let open = AccessSettings { required: false, ..table() };
    let server = Server::start(open, Some(authority.server_tls())).await;
    let key = server.key("museum").await;
    let strangers = authority.trusting();
    let by_another = {
        let signed = other.showing(other.sign("uploader", |_| {}));
        kit::tls::ClientTls { ca: strangers.ca.clone(), ..signed }
    };
    let ended = authority.sign("uploader", |params| params.not_after = date_time_ymd(2020, 1, 1));
    let early = authority.sign("later", |params| params.not_before = date_time_ymd(4000, 1, 1));
    for (what, shown) in [
        ("signed by another", by_another),
        ("ended", authority.showing(ended)),
        ("not yet valid", authority.showing(early)),
    ] {
        hung_up(what, &server.whose_over(&shown, None).await);
        hung_up(what, &server.whose_over(&shown, Some(&key)).await);
    }
    let good = authority.showing(authority.sign("uploader", |_| {}));
    assert_eq!(server.whose_over(&good, None).await.unwrap(), "museum");
}

#[tokio::test]
async fn a_key_and_a_certificate_must_tell_the_same_tenant() {
    let authority = Authority::new();
    let server = Server::start(table(), Some(authority.server_tls())).await;
    let (museum, shop) = (server.key("museum").await, server.key("shop").await);
    let refusal = server.whose_over(&authority.trusting(), None).await.unwrap_err();
    let uploader = authority.showing(authority.sign("uploader", |_| {}));
    assert_eq!(server.whose_over(&uploader, Some(&museum)).await.unwrap(), "museum");
    assert_eq!(server.whose_over(&uploader, Some(&shop)).await.unwrap_err(), refusal, "somebody else's key");
    assert_eq!(server.whose_over(&uploader, Some("nonsense")).await.unwrap_err(), refusal, "a wrong key");
    let operator = authority.showing(authority.sign("operator", |_| {}));
    assert_eq!(server.whose_over(&operator, Some(&shop)).await.unwrap_err(), refusal, "an operator's certificate too");
}

#[tokio::test]
async fn a_certificate_whose_names_are_of_two_tenants_is_refused() {
    let authority = Authority::new();
    let open = AccessSettings { required: false, ..table() };
    let server = Server::start(open, Some(authority.server_tls())).await;
    let both = authority.sign("uploader", |params| {
        params.subject_alt_names = vec![SanType::DnsName("shop.example.org".try_into().unwrap())];
    });
    let answer = server.whose_over(&authority.showing(both), None).await;
    assert!(matches!(answer, Err(RoleError::Unauthenticated(_))), "{answer:?}");
}

#[tokio::test]
async fn where_certificates_are_required_nobody_is_listened_to_without_one() {
    let authority = Authority::new();
    let required = ServerTls { client_required: true, ..authority.server_tls() };
    let server = Server::start(AccessSettings { required: false, ..table() }, Some(required)).await;
    hung_up("no certificate", &server.whose_over(&authority.trusting(), None).await);
    let uploader = authority.showing(authority.sign("uploader", |_| {}));
    assert_eq!(server.whose_over(&uploader, None).await.unwrap(), "museum");
}
