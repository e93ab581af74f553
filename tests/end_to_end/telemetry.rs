use std::{
    collections::{BTreeMap, BTreeSet},
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    time::Duration,
};

use decomposition::test_server::{Mode, TestServer};
use opentelemetry_proto::tonic::{
    collector::trace::v1::{
        ExportTraceServiceRequest, ExportTraceServiceResponse,
        trace_service_server::{TraceService, TraceServiceServer},
    },
    common::v1::any_value,
    trace::v1::span::SpanKind,
};
use proto::{
    common::Picture,
    quality::{ScoreRequest, quality_service_client::QualityServiceClient},
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

use crate::support::{CAT, Said, Server, channel, command, compose::Split, example};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
const PROMPT: &str = "a red cat on a wooden bench";

/// A span as a collector gets it.
#[derive(Clone, Debug)]
struct Span {
    process: String,
    name: String,
    kind: SpanKind,
    trace: String,
    id: String,
    parent: String,
    attributes: BTreeMap<String, String>,
    /// All of it, to look for what must not be there.
    text: String,
}

/// A collector that keeps what it gets.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<Span>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let hex = |id: &[u8]| id.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let read = |attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue]| {
            let text = |value: &any_value::Value| match value {
                any_value::Value::StringValue(text) => text.clone(),
                any_value::Value::IntValue(number) => number.to_string(),
                other => format!("{other:?}"),
            };
            let pair = |one: &opentelemetry_proto::tonic::common::v1::KeyValue| {
                Some((one.key.clone(), text(one.value.as_ref()?.value.as_ref()?)))
            };
            attributes.iter().filter_map(pair).collect::<BTreeMap<_, _>>()
        };
        for resource in request.into_inner().resource_spans {
            let about = read(&resource.resource.map(|resource| resource.attributes).unwrap_or_default());
            for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
                self.0.lock().unwrap().push(Span {
                    process: about.get("service.name").cloned().unwrap_or_default(),
                    name: span.name.clone(),
                    kind: span.kind(),
                    trace: hex(&span.trace_id),
                    id: hex(&span.span_id),
                    parent: hex(&span.parent_span_id),
                    attributes: read(&span.attributes),
                    text: format!("{span:?}"),
                });
            }
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    /// Starts it on a free port; gives its URL.
    async fn start() -> (Self, String) {
        let collector = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tonic::transport::Server::builder().add_service(TraceServiceServer::new(collector.clone()));
        tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
        (collector, url)
    }

    fn spans(&self) -> Vec<Span> {
        self.0.lock().unwrap().clone()
    }
}

/// Who must have told of what.
const EXPECTED: [(&str, SpanKind, &str); 23] = [
    ("cpaiqa-gateway", SpanKind::Server, "cpaiqa.quality.v1.QualityService/Score"),
    ("cpaiqa-gateway", SpanKind::Internal, "scenario"),
    ("cpaiqa-gateway", SpanKind::Internal, "decomposition"),
    ("cpaiqa-gateway", SpanKind::Internal, "segmentation"),
    ("cpaiqa-gateway", SpanKind::Internal, "distortion"),
    ("cpaiqa-gateway", SpanKind::Internal, "global_alignment"),
    ("cpaiqa-gateway", SpanKind::Internal, "local_alignment"),
    ("cpaiqa-gateway", SpanKind::Internal, "fusion"),
    ("cpaiqa-gateway", SpanKind::Client, "cpaiqa.scenario.v1.ScenarioService/Resolve"),
    ("cpaiqa-gateway", SpanKind::Client, "cpaiqa.decomposition.v1.DecompositionService/Decompose"),
    ("cpaiqa-gateway", SpanKind::Client, "cpaiqa.segmentation.v1.SegmentationService/Segment"),
    ("cpaiqa-gateway", SpanKind::Client, "cpaiqa.distortion.v1.DistortionService/Detect"),
    ("cpaiqa-gateway", SpanKind::Client, "cpaiqa.alignment.v1.AlignmentService/Align"),
    ("cpaiqa-gateway", SpanKind::Client, "cpaiqa.scenario.v1.ScenarioService/Fuse"),
    ("cpaiqa-scenario", SpanKind::Server, "cpaiqa.scenario.v1.ScenarioService/Resolve"),
    ("cpaiqa-decomposition", SpanKind::Server, "cpaiqa.decomposition.v1.DecompositionService/Decompose"),
    ("cpaiqa-decomposition", SpanKind::Client, "chat test-model"),
    ("cpaiqa-segmentation", SpanKind::Server, "cpaiqa.segmentation.v1.SegmentationService/Segment"),
    ("cpaiqa-distortion", SpanKind::Server, "cpaiqa.distortion.v1.DistortionService/Detect"),
    ("cpaiqa-alignment", SpanKind::Server, "cpaiqa.alignment.v1.AlignmentService/Align"),
    ("cpaiqa-scenario", SpanKind::Server, "cpaiqa.scenario.v1.ScenarioService/Fuse"),
    ("cpaiqa-gateway", SpanKind::Client, "cpaiqa.admin.v1.AdminService/KeepMeasurement"),
    ("cpaiqa-scenario", SpanKind::Server, "cpaiqa.admin.v1.AdminService/KeepMeasurement"),
];

/// What is expected and not there, and whose parent is not there.
fn missing(spans: &[Span]) -> Vec<String> {
    let there: BTreeSet<&str> = spans.iter().map(|span| &*span.id).chain([PARENT]).collect();
    let orphans = spans.iter().filter(|span| !there.contains(&*span.parent));
    let orphans = orphans.map(|span| format!("the parent of {} of {}", span.name, span.process));
    let is = |span: &Span, (process, kind, name): &(&str, SpanKind, &str)| {
        span.process == *process && span.kind == *kind && span.name == *name
    };
    let absent = EXPECTED.iter().filter(|expected| !spans.iter().any(|span| is(span, expected)));
    absent.map(|(process, kind, name)| format!("{name} of {process} ({kind:?})")).chain(orphans).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_score_is_one_trace_over_all_processes_and_the_language_model() {
    let (collector, url) = Collector::start().await;
    let model = TestServer::start(Mode::good()).await.unwrap();
    let environment = vec![
        ("OTEL_EXPORTER_OTLP_ENDPOINT", url),
        ("OTEL_BSP_SCHEDULE_DELAY", "100".to_owned()),
        ("CPAIQA_DECOMPOSITION__ENDPOINT__BASE_URL", model.base_url()),
        ("CPAIQA_DECOMPOSITION__ENDPOINT__MODEL", "test-model".to_owned()),
    ];
    let split = tokio::task::spawn_blocking(move || Split::start_with(&environment)).await.unwrap();
    let data = std::fs::read(example(CAT)).unwrap().into();
    let picture = Some(Picture { data, ..Picture::default() });
    let mut asked = Request::new(ScoreRequest { picture, prompt: PROMPT.into(), ..ScoreRequest::default() });
    asked.metadata_mut().insert("traceparent", format!("00-{TRACE}-{PARENT}-01").parse().unwrap());
    QualityServiceClient::new(channel(split.gateway.url()).await).score(asked).await.unwrap();

    let mut spans = collector.spans();
    for _ in 0..300 {
        spans = collector.spans();
        if missing(&spans).is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(missing(&spans), [""; 0], "{spans:#?}");
    for span in &spans {
        assert_eq!(span.trace, TRACE, "{span:?}");
        assert!(!span.text.contains("wooden"), "the prompt is nobody's business: {}", span.text);
    }
    let parent = |span: &Span| spans.iter().find(|one| one.id == span.parent).cloned();
    for span in spans.iter().filter(|span| span.name.starts_with("cpaiqa.")) {
        assert_eq!(span.attributes["rpc.system.name"], "grpc");
        assert_eq!(span.attributes["rpc.method"], span.name);
        assert_eq!(span.attributes["rpc.response.status_code"], "OK", "{span:?}");
        match (span.kind, parent(span)) {
            (SpanKind::Server, None) => assert_eq!(span.process, "cpaiqa-gateway"),
            (SpanKind::Server, Some(client)) => assert_eq!((client.kind, &client.name), (SpanKind::Client, &span.name)),
            (_, client_of) => {
                assert_eq!(client_of.unwrap().process, "cpaiqa-gateway");
                assert_eq!(span.attributes["server.address"], "127.0.0.1");
            }
        }
    }
    let chat = spans.iter().find(|span| span.name == "chat test-model").unwrap();
    for (attribute, expected) in [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.request.model", "test-model"),
        ("gen_ai.response.model", "test-model-2026"),
        ("gen_ai.usage.input_tokens", "321"),
        ("gen_ai.usage.output_tokens", "45"),
        ("server.address", "127.0.0.1"),
    ] {
        assert_eq!(chat.attributes.get(attribute).map(String::as_str), Some(expected), "{chat:?}");
    }
    assert_eq!(model.last_trace().unwrap(), format!("00-{TRACE}-{}-01", chat.id));
}

fn get(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn metrics_have_an_address_of_their_own_and_a_taken_one_is_said() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let setting = free.to_string();
    let server = Server::start("scenario", &[("CPAIQA_TELEMETRY__METRICS", &setting)]);
    assert_ne!(server.address, setting);
    let text = get(free);
    assert!(text.starts_with("HTTP/1.1 200") && text.contains("text/plain"), "{text}");

    let mut second = command(&["serve", "--role", "scenario"]);
    second.env("CPAIQA_SERVER__LISTEN", "127.0.0.1:0").env("CPAIQA_TELEMETRY__METRICS", &setting);
    let said: Said = second.output().unwrap().into();
    assert_eq!(said.code, 1);
    assert!(said.err.contains(&format!("cannot serve metrics on {setting}")), "{}", said.err);
    assert!(said.err.contains("telemetry.metrics"), "{}", said.err);
}
