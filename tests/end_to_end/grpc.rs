use std::sync::{Arc, Mutex};

use proto::{
    alignment::{EmbedTextsRequest, TextKind, alignment_service_client::AlignmentServiceClient},
    common::Picture,
    quality::{ListScenariosRequest, ScoreRequest, quality_service_client::QualityServiceClient},
    scenario::{
        self, FuseRequest, FuseResponse, ListScenariosResponse, ResolveRequest, ResolveResponse,
        scenario_service_server::{ScenarioService, ScenarioServiceServer},
    },
};
use tokio_stream::{StreamExt, wrappers::TcpListenerStream};
use tonic::{Code, Request, Response, Status, metadata::MetadataMap};
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};
use tonic_reflection::pb::v1::{
    ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
    server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
};
use tonic_types::StatusExt;

use crate::support::{CAT, channel, example, shared, started};

const SERVICES: [&str; 8] = [
    "cpaiqa.admin.v1.AdminService",
    "cpaiqa.quality.v1.QualityService",
    "cpaiqa.alignment.v1.AlignmentService",
    "cpaiqa.segmentation.v1.SegmentationService",
    "cpaiqa.decomposition.v1.DecompositionService",
    "cpaiqa.distortion.v1.DistortionService",
    "cpaiqa.scenario.v1.ScenarioService",
    "cpaiqa.keys.v1.KeyService",
];

fn request(prompt: &str) -> ScoreRequest {
    let data = std::fs::read(example(CAT)).unwrap().into();
    ScoreRequest { picture: Some(Picture { data, ..Picture::default() }), prompt: prompt.into(), ..Default::default() }
}

#[tokio::test]
async fn the_tower_reads_prompts_and_the_encoder_alone_reads_phrases() {
    let mut client = AlignmentServiceClient::new(shared().await);
    let mut found = Vec::new();
    for kind in [TextKind::Unspecified, TextKind::Prompt, TextKind::Phrase] {
        let texts = vec!["a red apple".to_owned()];
        let answer = client.embed_texts(EmbedTextsRequest { texts, kind: kind.into() }).await.unwrap().into_inner();
        let [row] = &answer.embeddings[..] else { panic!("one text, {} embeddings", answer.embeddings.len()) };
        let length: f32 = row.values.iter().map(|value| value * value).sum();
        assert!(row.values.len() == 512 && (length - 1.0).abs() < 1e-4);
        let reads = answer.models.iter().any(|model| model.name.starts_with("rendered-text"));
        assert!(answer.models.iter().any(|model| model.name == "clip-text-minilm"), "{:?}", answer.models);
        found.push((row.values.clone(), reads));
    }
    assert!(found[0] == found[1] && found[1].1, "a text is a prompt unless something else is said");
    assert!(!found[2].1 && found[2].0 != found[1].0);
    let wrong = client.embed_texts(EmbedTextsRequest { texts: vec!["a cat".to_owned()], kind: 7 }).await.unwrap_err();
    assert_eq!(wrong.code(), Code::InvalidArgument);
    assert!(wrong.message().contains("kind"), "{}", wrong.message());
}

#[tokio::test]
async fn every_service_reports_its_health_and_describes_itself() {
    let channel = shared().await;
    let mut health = HealthClient::new(channel.clone());
    for service in SERVICES.iter().chain(&[""]) {
        let answer = health.check(HealthCheckRequest { service: (*service).to_owned() }).await.unwrap();
        assert_eq!(answer.into_inner().status(), ServingStatus::Serving, "{service}");
    }
    let list = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = ServerReflectionClient::new(channel)
        .server_reflection_info(tokio_stream::once(list))
        .await
        .unwrap()
        .into_inner();
    let Some(MessageResponse::ListServicesResponse(listed)) = answers.next().await.unwrap().unwrap().message_response
    else {
        panic!("no list of services")
    };
    for service in SERVICES {
        assert!(listed.service.iter().any(|one| one.name == service), "{service}");
    }
}

#[tokio::test]
async fn bad_input_names_its_field_in_the_status_details() {
    let mut client = QualityServiceClient::new(shared().await);
    let status = client.score(request("")).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.get_error_details().bad_request().unwrap().field_violations[0].field, "prompt");

    let scenario = scenario::scenario_selector::Selector::Name("nowhere".into());
    let unknown =
        ScoreRequest { scenario: Some(scenario::ScenarioSelector { selector: Some(scenario) }), ..request("a cat") };
    let status = client.score(unknown).await.unwrap_err();
    assert_eq!(status.code(), Code::NotFound);
    assert_eq!(status.get_error_details().resource_info().unwrap().resource_name, "nowhere");
}

#[tokio::test]
async fn the_packs_scenarios_are_listed() {
    let mut client = QualityServiceClient::new(shared().await);
    let listed = client.list_scenarios(ListScenariosRequest {}).await.unwrap().into_inner().scenarios;
    let names: Vec<&str> = listed.iter().map(|profile| profile.name.as_str()).collect();
    for (pack, scenario) in [("general", "general"), ("heritage", "ink-wash"), ("architecture", "competition-board")] {
        assert!(names.contains(&scenario), "{pack}: {names:?}");
    }
    assert!(listed.iter().all(|profile| profile.revision >= 1 && !profile.description.is_empty()));
}

#[tokio::test]
async fn a_score_that_takes_too_long_is_a_deadline_exceeded() {
    let deadline = vec![("CPAIQA_GATEWAY__SCORE_DEADLINE_MS", "5".to_owned())];
    let server = started("all", deadline).await;
    let status = QualityServiceClient::new(channel(server.url()).await).score(request("a cat")).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
}

#[tokio::test]
async fn a_picture_over_the_message_limit_is_refused() {
    let server = started("scenario", vec![("CPAIQA_SERVER__MAX_MESSAGE_BYTES", "100".to_owned())]).await;
    let text = scenario::scenario_selector::Selector::Text("x".repeat(1000));
    let scenario = Some(scenario::ScenarioSelector { selector: Some(text) });
    let mut client = scenario::scenario_service_client::ScenarioServiceClient::new(channel(server.url()).await);
    let status = client.resolve(ResolveRequest { scenario }).await.unwrap_err();
    assert_eq!(status.code(), Code::OutOfRange, "{status}");
}

/// A scenario backend that remembers what came with a call and knows no scenario.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Option<MetadataMap>>>);

#[tonic::async_trait]
impl ScenarioService for Recorder {
    async fn resolve(&self, request: Request<ResolveRequest>) -> Result<Response<ResolveResponse>, Status> {
        *self.0.lock().unwrap() = Some(request.metadata().clone());
        Err(Status::not_found("nothing here"))
    }

    async fn fuse(&self, _: Request<FuseRequest>) -> Result<Response<FuseResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }

    async fn list_scenarios(
        &self,
        _: Request<scenario::ListScenariosRequest>,
    ) -> Result<Response<ListScenariosResponse>, Status> {
        Err(Status::unimplemented("not in this test"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_trace_and_the_time_left_go_on_to_the_backends() {
    let recorder = Recorder::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let service = ScenarioServiceServer::new(recorder.clone());
    let serving =
        tonic::transport::Server::builder().add_service(service).serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(serving);

    let nobody = "http://127.0.0.1:9".to_owned();
    let gateway = started(
        "gateway",
        vec![
            ("CPAIQA_BACKENDS__SCENARIO", address),
            ("CPAIQA_BACKENDS__ALIGNMENT", nobody.clone()),
            ("CPAIQA_BACKENDS__SEGMENTATION", nobody.clone()),
            ("CPAIQA_BACKENDS__DECOMPOSITION", nobody.clone()),
            ("CPAIQA_BACKENDS__DISTORTION", nobody),
        ],
    )
    .await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let mut asked = Request::new(request("a cat"));
    asked.metadata_mut().insert("traceparent", format!("00-{trace}-00f067aa0ba902b7-01").parse().unwrap());
    asked.set_timeout(std::time::Duration::from_secs(20));
    let _ = QualityServiceClient::new(channel(gateway.url()).await).score(asked).await.unwrap_err();

    let seen = recorder.0.lock().unwrap().clone().expect("the backend was not asked");
    let parent = seen.get("traceparent").expect("no trace context").to_str().unwrap();
    assert!(parent.starts_with(&format!("00-{trace}-")) && !parent.contains("00f067aa0ba902b7"), "{parent}");
    let left = seen.get("grpc-timeout").expect("no deadline").to_str().unwrap();
    let microseconds: u64 = left.trim_end_matches(char::is_alphabetic).parse().unwrap();
    assert!(left.ends_with('u') && microseconds < 20_000_000 && microseconds > 1_000_000, "{left}");
}
