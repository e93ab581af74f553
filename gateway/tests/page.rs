//! The inspector's files, and its calls, beside gRPC on one port.
#![allow(clippy::unwrap_used, reason = "a failed expectation is a failed test")]

#[path = "support/served.rs"]
mod served;

use bytes::Bytes;
use kit::server::Services;
use reqwest::{Client, header::CONTENT_TYPE};
use served::{quick, served};
use tonic::transport::Endpoint;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tower::ServiceExt;

/// A server with or without the page, and its address.
async fn shown(page: bool) -> String {
    let mut services = Services::default();
    if page {
        services.page(cpaiqa_gateway::page());
    }
    served(services, quick()).await
}

fn browser() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().http1_only().build().unwrap()
}

/// An empty message in gRPC's framing.
const EMPTY: &[u8] = &[0, 0, 0, 0, 0];

async fn program_is_answered(url: String) -> bool {
    let channel = Endpoint::from_shared(url).unwrap().connect().await.unwrap();
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.unwrap().into_inner().status == 1
}

#[tokio::test]
async fn a_browser_is_shown_the_page_and_all_its_files_and_may_load_nothing_else() {
    let (url, browser) = (shown(true).await, browser());
    let page = browser.get(format!("{url}/")).send().await.unwrap();
    assert_eq!(page.status(), 200);
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.headers()["cache-control"], "no-cache");
    let html = page.text().await.unwrap();
    let files: Vec<&str> = html.split('"').filter(|text| text.starts_with("./")).collect();
    assert!(files.iter().any(|file| file.ends_with(".js")), "{html}");
    for file in files {
        let got = browser.get(format!("{url}/{}", &file[2..])).send().await.unwrap();
        assert_eq!(
            (got.status().as_u16(), &got.headers()["x-content-type-options"]),
            (200, &"nosniff".parse().unwrap())
        );
        if file.contains("assets/") {
            assert!(got.headers()["cache-control"].to_str().unwrap().contains("max-age=31536000"), "{file}");
        }
    }
    let nothing = browser.get(format!("{url}/Cargo.toml")).send().await.unwrap();
    assert!(nothing.status().is_client_error(), "{}", nothing.status());
}

#[tokio::test]
async fn one_port_answers_browsers_by_grpc_web_and_programs_by_grpc() {
    let url = shown(true).await;
    let check = format!("{url}/grpc.health.v1.Health/Check");
    let call = browser().post(check).header(CONTENT_TYPE, "application/grpc-web+proto").body(EMPTY);
    let answer: Bytes = call.send().await.unwrap().bytes().await.unwrap();
    // One message, SERVING, and the trailers in a frame of their own.
    assert_eq!(answer[..7], [0, 0, 0, 0, 2, 8, 1]);
    assert!(String::from_utf8_lossy(&answer[7..]).contains("grpc-status:0"), "{answer:?}");

    assert!(program_is_answered(url).await);
}

#[tokio::test]
async fn a_call_that_a_browser_would_send_for_any_page_is_refused_also_over_http_2() {
    let channel = Endpoint::from_shared(shown(true).await).unwrap().connect().await.unwrap();
    let sent_as = async |kind: Option<&str>| {
        let call = http::Request::post("/grpc.health.v1.Health/Check");
        let call = kind.into_iter().fold(call, |call, kind| call.header(CONTENT_TYPE, kind));
        channel.clone().oneshot(call.body(tonic::body::Body::empty()).unwrap()).await.unwrap().status()
    };
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded"), Some("multipart/form-data")] {
        assert_eq!(sent_as(kind).await, 415, "{kind:?}");
    }
    assert_eq!(sent_as(Some("application/grpc")).await, 200);
}

#[tokio::test]
async fn a_gateway_whose_page_is_off_speaks_to_programs_only() {
    let url = shown(false).await;
    assert!(browser().get(format!("{url}/")).send().await.is_err());
    assert!(program_is_answered(url).await);
}
