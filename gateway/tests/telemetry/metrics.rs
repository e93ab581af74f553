use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use cpaiqa_gateway::backends::{BackendSettings, Connector, remote::Remote};
use domain::roles::{Aligner, Call, TextKind};
use kit::metrics;
use kit::tls::ClientTls;
use proto::quality::{ScoreRequest, quality_service_client::QualityServiceClient};
use tonic::{Code, Request, Status, client::Grpc, transport::Channel};

use crate::{
    alone, channel, eventually, of,
    parts::{Parts, serve, settings},
    request,
};

/// Calls a method that may not exist.
async fn call(channel: &Channel, path: &str) -> Status {
    let mut client = Grpc::new(channel.clone());
    client.ready().await.unwrap();
    let codec = tonic_prost::ProstCodec::<ScoreRequest, ScoreRequest>::default();
    client.unary(Request::new(ScoreRequest::default()), path.parse().unwrap(), codec).await.unwrap_err()
}

/// The series that there are, without their values.
fn series() -> BTreeSet<String> {
    let text = metrics::record().unwrap().render();
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.rsplit_once(' ').unwrap().0.to_owned()).collect()
}

/// Every series has the labels that the table of metrics gives its metric.
fn assert_as_in_the_table(series: &str) {
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    let known = |metric: &&metrics::Metric| {
        name.strip_prefix(metric.name).is_some_and(|rest| ["", "_bucket", "_sum", "_count"].contains(&rest))
    };
    let metric = metrics::ALL.iter().find(known).unwrap_or_else(|| panic!("{series} is in no table"));
    let labels = labels.trim_end_matches('}').split("\",").filter(|label| !label.is_empty());
    let labels: BTreeSet<&str> =
        labels.map(|label| label.split_once('=').unwrap().0).filter(|label| *label != "le").collect();
    assert_eq!(labels, metric.labels.iter().copied().collect(), "{series}");
}

/// The value of a series, 0 when it is not there.
fn value(series: &str) -> f64 {
    let text = metrics::record().unwrap().render();
    let line = text.lines().find(|line| line.rsplit_once(' ').is_some_and(|(name, _)| name == series));
    line.map_or(0.0, |line| line.rsplit_once(' ').unwrap().1.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_counted_stage_by_stage() {
    let _alone = alone().await;
    metrics::record().unwrap();
    let parts = Arc::new(Parts::default());
    let mut client = QualityServiceClient::new(channel(&serve(Arc::clone(&parts), settings(), false).await).await);
    let before = |name: &str| (name.to_owned(), value(name));
    let counted = [
        (r#"cpaiqa_stage_duration_seconds_count{stage="segmentation",outcome="ok"}"#, 1.0),
        (r#"cpaiqa_stage_duration_seconds_count{stage="segmentation",outcome="cached"}"#, 1.0),
        (r#"cpaiqa_stage_duration_seconds_count{stage="segmentation",outcome="failed"}"#, 1.0),
        (r#"cpaiqa_stage_duration_seconds_count{stage="fusion",outcome="ok"}"#, 3.0),
        (r#"cpaiqa_stage_duration_seconds_count{stage="queue",outcome="ok"}"#, 3.0),
        (r#"cpaiqa_cache_lookups_total{cache="segmentations",result="hit"}"#, 1.0),
        (r#"cpaiqa_cache_lookups_total{cache="segmentations",result="miss"}"#, 2.0),
        (r#"cpaiqa_degraded_total{stage="segmentation"}"#, 1.0),
        (r#"cpaiqa_scores_total{outcome="ok"}"#, 2.0),
        (r#"cpaiqa_scores_total{outcome="degraded"}"#, 1.0),
        (r#"cpaiqa_scores_total{outcome="refused"}"#, 2.0),
        (
            r#"rpc_server_call_duration_seconds_count{rpc_method="cpaiqa.quality.v1.QualityService/Score",rpc_response_status_code="OK"}"#,
            3.0,
        ),
        (
            r#"rpc_server_call_duration_seconds_count{rpc_method="cpaiqa.quality.v1.QualityService/Score",rpc_response_status_code="NOT_FOUND"}"#,
            1.0,
        ),
        (
            r#"rpc_server_call_duration_seconds_count{rpc_method="cpaiqa.quality.v1.QualityService/Score",rpc_response_status_code="INVALID_ARGUMENT"}"#,
            1.0,
        ),
    ];
    let at_first = counted.map(|(name, _)| before(name));
    client.score(request("general")).await.unwrap();
    client.score(request("general")).await.unwrap();
    parts.broken.store(true, Ordering::SeqCst);
    // A tenant of its own has no cached regions.
    let degraded = client.score(of("museum", request("general"))).await.unwrap().into_inner();
    assert_eq!(degraded.degraded[0].stage, "segmentation");
    assert_eq!(client.score(request("nowhere")).await.unwrap_err().code(), Code::NotFound);
    let empty = ScoreRequest { picture: None, ..request("general") };
    assert_eq!(client.score(empty).await.unwrap_err().code(), Code::InvalidArgument);
    for ((name, more), (_, first)) in counted.iter().zip(&at_first) {
        // A call is counted when its last bytes have left, which its caller may notice a moment earlier.
        eventually(name, || value(name) - first == *more).await;
    }
    for gauge in ["cpaiqa_admission_running", "cpaiqa_admission_waiting"] {
        assert_eq!(value(gauge), 0.0, "{gauge}: nothing is left at work");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_quota_is_counted_by_its_name() {
    let _alone = alone().await;
    metrics::record().unwrap();
    let mut settings = settings();
    settings.allowance.pictures_per_day = Some(1);
    let mut client = QualityServiceClient::new(channel(&serve(Arc::default(), settings, false).await).await);
    client.score(request("general")).await.unwrap();
    assert_eq!(client.score(request("general")).await.unwrap_err().code(), Code::ResourceExhausted);
    assert_eq!(value(r#"cpaiqa_quota_refusals_total{quota="pictures_per_day"}"#), 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_away_shows_in_breaker_retries_and_client_calls() {
    let _alone = alone().await;
    metrics::record().unwrap();
    let mut resilience = settings().resilience;
    resilience.breaker.failures = 2;
    // Port 9 discards; nobody listens there.
    let address = "http://127.0.0.1:9";
    let at = BackendSettings::Text(address.to_owned());
    let aligner = Connector::new(1 << 20, ClientTls::default(), resilience).aligner(&at).unwrap();
    let open = format!(r#"cpaiqa_breaker_open{{role="alignment",address="{address}"}}"#);
    assert!(series().contains(&open) && value(&open) == 0.0);
    aligner.embed_texts(Call::default(), &["a cat".into()], TextKind::Prompt).await.unwrap_err();
    assert_eq!(value(&open), 1.0);
    assert!(value(r#"cpaiqa_extra_calls_total{role="alignment",kind="retry"}"#) >= 1.0);
    let calls = r#"rpc_client_call_duration_seconds_count{rpc_method="cpaiqa.alignment.v1.AlignmentService/EmbedTexts",server_address="127.0.0.1",server_port="9",rpc_response_status_code="UNAVAILABLE"}"#;
    assert_eq!(value(calls), 2.0);
    drop(aligner);
    assert_eq!(value(&open), 0.0, "what is not used any more is no trouble");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_its_caller_gives_up_is_counted_as_cancelled() {
    let _alone = alone().await;
    metrics::record().unwrap();
    // A server that takes connections and says nothing.
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap();
    let remote = Remote::new(&format!("http://{address}"), &ClientTls::default(), 1 << 20).unwrap();
    let texts = ["a cat".to_owned()];
    let asked = remote.embed_texts(Call::default(), &texts, TextKind::Prompt);
    let given_up = tokio::time::timeout(Duration::from_millis(50), asked).await;
    assert!(given_up.is_err());
    let calls = format!(
        r#"rpc_client_call_duration_seconds_count{{rpc_method="cpaiqa.alignment.v1.AlignmentService/EmbedTexts",server_address="127.0.0.1",server_port="{}",rpc_response_status_code="CANCELLED"}}"#,
        address.port()
    );
    assert_eq!(value(&calls), 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_callers_choose_makes_no_new_series() {
    let _alone = alone().await;
    metrics::record().unwrap();
    let channel = channel(&serve(Arc::default(), settings(), false).await).await;
    let mut client = QualityServiceClient::new(channel.clone());
    let round = async |client: &mut QualityServiceClient<Channel>, number: usize| {
        let name = format!("name-{number}");
        client.score(of(&name, request("general"))).await.unwrap();
        assert_eq!(client.score(of(&name, request(&name))).await.unwrap_err().code(), Code::NotFound);
        let method = format!("/cpaiqa.quality.v1.QualityService/{name}");
        assert_eq!(call(&channel, &method).await.code(), Code::Unimplemented);
        assert_eq!(call(&channel, &format!("/{name}.Service/Score")).await.code(), Code::Unimplemented);
    };
    round(&mut client, 0).await;
    let first = series();
    assert!(first.iter().any(|series| series.contains(r#"rpc_method="_OTHER""#)));
    for number in 1..40 {
        round(&mut client, number).await;
    }
    first.iter().for_each(|series| assert_as_in_the_table(series));
    let added: Vec<_> = series().difference(&first).cloned().collect();
    assert!(added.is_empty(), "{added:?}");
    let text = metrics::record().unwrap().render();
    assert!(!text.contains("name-") && !text.contains("dragon"), "{text}");
}
