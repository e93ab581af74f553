use std::{process::Command, time::Instant};

use super::*;
use crate::{GatewaySettings, ScoreRequest, Source, tenants::Pictures};

const CAT: &[u8] = include_bytes!("../../../../examples/cat-on-throne.jpg");

#[tokio::test]
async fn a_picture_is_fetched() {
    let origin = Origin::start(|_| picture(b"cat")).await;
    assert_eq!(fetch(open(&[origin.port]), &origin.url("/cat.png")).await.unwrap(), "cat");
    let by_name = format!("http://localhost:{}/cat.png", origin.port);
    assert_eq!(fetch(open(&[origin.port]), &by_name).await.unwrap(), "cat");
}

#[test]
fn proxies_of_the_environment_are_not_asked() {
    // Nobody listens at port 9, so a fetch by way of it would fail.
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "fetch::tests::answers::a_picture_is_fetched"]);
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        again.env(name, "http://127.0.0.1:9");
    }
    let output = again.env_remove("no_proxy").env_remove("NO_PROXY").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

#[tokio::test]
async fn a_picture_of_just_the_limit_is_taken_and_one_byte_more_is_not() {
    let origin = Origin::start(|path| picture(&vec![7; path[1..].parse().unwrap()])).await;
    let fetcher = Fetcher::new(open(&[origin.port])).unwrap();
    assert_eq!(fetch_from(&fetcher, &origin.url("/1000")).await.unwrap().len(), 1000);
    let message = refused(fetch_from(&fetcher, &origin.url("/1001")).await);
    assert!(message.contains("expected at most 1000 bytes, got 1001"), "{message}");
}

#[tokio::test]
async fn a_body_that_is_too_long_is_hung_up_on_whether_or_not_its_length_is_told() {
    for (headers, piece, told) in [
        ("Content-Length: 1000000000\r\n", vec![7; 1000], "got 1000000000"),
        ("", vec![7; 1000], "got more"),
        ("Transfer-Encoding: chunked\r\n", [b"3e8\r\n", &[7; 1000][..], b"\r\n"].concat(), "got more"),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\n{headers}Connection: close\r\n\r\n");
        let endless = move |_: &str| Reply::Endless { head: head.clone(), piece: piece.clone(), pause: Duration::ZERO };
        let mut origin = Origin::start(endless).await;
        let message = refused(fetch(open(&[origin.port]), &origin.url("/")).await);
        assert!(message.contains("expected at most 1000 bytes") && message.contains(told), "{headers}: {message}");
        origin.dropped().await;
    }
}

/// A server that sends a byte every few milliseconds, from the head or from the body on.
async fn dripping(head: &str) -> Origin {
    let head = head.to_owned();
    Origin::start(move |_| Reply::Endless { head: head.clone(), piece: b"x".into(), pause: Duration::from_millis(5) })
        .await
}

#[tokio::test]
async fn a_slow_drip_ends_at_the_time_limit_and_at_the_callers_deadline() {
    for head in ["HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Slow: "] {
        let mut origin = dripping(head).await;
        let impatient = FetchSettings { timeout_ms: 300, ..open(&[origin.port]) };
        let error = fetch(impatient, &origin.url("/")).await.unwrap_err();
        assert!(matches!(&error, RoleError::DeadlineExceeded(why) if why.contains("picture.url")), "{error}");
        origin.dropped().await;

        let mut origin = dripping(head).await;
        let fetcher = Fetcher::new(open(&[origin.port])).unwrap();
        let call = Call { deadline: Some(Instant::now() + Duration::from_millis(300)) };
        let error = fetcher.fetch(call, &origin.url("/"), &[HostPattern::Any], 1000).await.unwrap_err();
        assert!(matches!(error, RoleError::DeadlineExceeded(_)), "{error}");
        origin.dropped().await;
    }
}

#[tokio::test]
async fn a_caller_who_goes_away_ends_the_fetch() {
    let mut origin = dripping("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n").await;
    let (settings, url) = (open(&[origin.port]), origin.url("/"));
    let fetching = tokio::spawn(async move { fetch(settings, &url).await });
    let mut connections = origin.connections.clone();
    tokio::time::timeout(PATIENCE, connections.wait_for(|count| *count == 1)).await.unwrap().unwrap();
    fetching.abort();
    assert!(fetching.await.unwrap_err().is_cancelled());
    origin.dropped().await;
}

#[tokio::test]
async fn a_host_that_has_no_picture_or_cannot_be_reached_is_the_urls_fault() {
    let origin = Origin::start(|path| match path {
        "/broken" => Reply::Once(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this".into()),
        "/nonsense" => Reply::Once(b"SSH-2.0-OpenSSH_9.6\r\n".into()),
        path => reply(&format!("{} Reason", &path[1..]), "", b"internal details"),
    })
    .await;
    let fetcher = Fetcher::new(open(&[origin.port, 9])).unwrap();
    for status in ["404", "403", "500", "503"] {
        let message = refused(fetch_from(&fetcher, &origin.url(&format!("/{status}"))).await);
        assert!(message.contains(&format!("the host answered {status}")) && !message.contains("details"), "{message}");
    }
    for url in [origin.url("/broken"), origin.url("/nonsense"), "http://127.0.0.1:9/".to_owned()] {
        let message = refused(fetch_from(&fetcher, &url).await);
        assert!(message.contains("cannot be reached or broke off") && !message.contains("SSH"), "{url}: {message}");
    }
}

fn gateway_settings(fetch: FetchSettings) -> GatewaySettings {
    let settings: GatewaySettings = toml::from_str(include_str!("../../../../config/gateway.toml")).unwrap();
    assert!(!settings.fetch.enabled && settings.fetch.allowed_hosts.is_empty(), "nothing is fetched by default");
    assert!(!settings.fetch.allow_http && !settings.fetch.allow_private && settings.fetch.ports.is_empty());
    GatewaySettings { fetch, ..settings }
}

async fn check(settings: &GatewaySettings, url: String) -> Answer<crate::request::Checked> {
    let request = ScoreRequest {
        picture: Source::Url(url),
        prompt: "a cat".to_owned(),
        scenario: None,
        include_maps: false,
        include_suggestions: false,
    };
    request
        .check(Call::default(), &Pictures::of(settings), settings, &Fetcher::new(settings.fetch.clone()).unwrap())
        .await
}

#[tokio::test]
async fn what_was_fetched_is_judged_by_its_bytes_whatever_the_host_says_that_it_is() {
    let origin = Origin::start(|path| match path {
        "/cat" => reply("200 OK", "Content-Type: text/html\r\n", CAT),
        _ => reply("200 OK", "Content-Type: image/png\r\n", b"<html>"),
    })
    .await;
    let settings = gateway_settings(open(&[origin.port]));
    let checked = check(&settings, origin.url("/cat")).await.unwrap();
    assert_eq!((checked.picture.format, &checked.picture.bytes[..]), ("jpeg", CAT));
    assert_eq!(checked.fetching.unwrap().name, "fetch");
    let error = check(&settings, origin.url("/page")).await.err().unwrap().to_string();
    assert!(error.contains("expected a picture (PNG") && error.contains("<html>"), "{error}");
}

#[tokio::test]
async fn a_fetched_picture_has_the_same_limit_as_a_sent_one() {
    let origin = Origin::start(|_| picture(CAT)).await;
    let mut settings = gateway_settings(open(&[origin.port]));
    settings.limits.max_bytes = 1000;
    let error = check(&settings, origin.url("/")).await.err().unwrap();
    let got = format!("picture.url: expected at most 1000 bytes, got {}", CAT.len());
    assert!(error.to_string().contains(&got), "{error}");
}
