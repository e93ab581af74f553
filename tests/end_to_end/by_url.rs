use std::{
    io::{BufRead, BufReader, Write},
    net::TcpListener,
};

use proto::{
    common::Picture,
    distortion::{DetectRequest, distortion_service_client::DistortionServiceClient},
    quality::{
        Candidate, CompareRequest, RankRequest, ScoreRequest, quality_service_client::QualityServiceClient, ranked,
    },
    segmentation::{SegmentRequest, segmentation_service_client::SegmentationServiceClient},
};
use tonic::Code;

use crate::support::{CAT, CAT_PROMPT, Server, channel, example, json, pictures::write, run, shared, started};

/// Serves the example pictures on a loopback port, until the test process ends.
fn origin() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let Some(first) = lines.next() else { continue };
            // The whole head is read, or closing would reset the connection.
            lines.take_while(|line| !line.is_empty()).for_each(drop);
            let name = first.split(' ').nth(1).unwrap().trim_start_matches('/');
            let (status, body) = match std::fs::read(example(name)) {
                Ok(bytes) => ("200 OK", bytes),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            (&stream).write_all(&[head.as_bytes(), &body].concat()).ok();
        }
    });
    port
}

fn named(url: String) -> Option<Picture> {
    Some(Picture { url, ..Picture::default() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_by_url_is_judged_like_its_bytes_and_one_that_fails_costs_only_its_own_score() {
    let port = origin();
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[gateway.fetch]\nenabled = true\nallowed_hosts = ['127.0.0.1']\nallow_http = true\nallow_private = true\n\
         ports = [{port}]\n"
    );
    let config = write(folder.path(), "config.toml", config.as_bytes());
    let server = started("all", vec![("CPAIQA_CONFIG_FILE", config)]).await;
    let mut client = QualityServiceClient::new(channel(server.url()).await).max_decoding_message_size(1 << 26);
    let at = |name: &str| named(format!("http://127.0.0.1:{port}/{name}"));

    let request = |picture| ScoreRequest { picture, prompt: CAT_PROMPT.into(), ..Default::default() };
    let by_url = client.score(request(at(CAT))).await.unwrap().into_inner();
    let data = std::fs::read(example(CAT)).unwrap().into();
    let by_bytes = client.score(request(Some(Picture { data, ..Picture::default() }))).await.unwrap().into_inner();
    assert_eq!(by_url.score, by_bytes.score);
    let fetched = |score: &proto::quality::ScoreResponse| score.stages.iter().any(|stage| stage.name == "fetch");
    assert!(fetched(&by_url) && !fetched(&by_bytes));

    let candidate = |name: &str| Candidate { id: name.into(), picture: at(name) };
    let candidates = ["nothing.png", "pink-dragon.jpg", CAT].map(candidate).into();
    let request = RankRequest { candidates, prompt: CAT_PROMPT.into(), scenario: None };
    let ranked = client.rank(request).await.unwrap().into_inner().ranked;
    assert_eq!(ranked.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), [CAT, "pink-dragon.jpg", "nothing.png"]);
    let Some(ranked::Result::Failure(failure)) = &ranked[2].result else { panic!("there is no such picture") };
    assert!(failure.message.contains("picture.url: expected a picture, the host answered 404"), "{}", failure.message);

    let request = CompareRequest {
        a: at(CAT),
        b: named("http://169.254.169.254/".into()),
        prompt: "a cat".into(),
        scenario: None,
    };
    let status = client.compare(request).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(status.message().starts_with("b.url: expected one of the hosts"), "{status}");

    let url = format!("http://127.0.0.1:{port}/{CAT}");
    let endpoint = server.url();
    let args = ["score", &url, "--prompt", CAT_PROMPT, "--format", "json", "--endpoint", &endpoint];
    let score = tokio::task::block_in_place(|| json(&args))["score"].as_f64().unwrap();
    assert!((score - by_url.score).abs() < 1e-6, "{score} and {}", by_url.score);
}

#[test]
fn a_gateway_fetches_nothing_by_default_and_the_command_line_never() {
    let url = "https://images.example.org/cat.png";
    let said = run(&["score", url, "--prompt", "a cat", "--endpoint", &Server::shared().url()]);
    assert!(said.code == 2 && said.err.contains("picture.url: expected the picture's bytes"), "{}", said.err);
    let said = run(&["score", url, "--prompt", "a cat"]);
    assert!(said.code == 2 && said.err.contains("only with --endpoint"), "{}", said.err);
}

#[tokio::test]
async fn services_behind_the_gateway_take_bytes_alone() {
    let channel = shared().await;
    let picture = named("https://images.example.org/cat.png".into());
    let request = SegmentRequest { picture: picture.clone(), ..SegmentRequest::default() };
    let segmented = SegmentationServiceClient::new(channel.clone()).segment(request).await.unwrap_err();
    let request = DetectRequest { picture, ..DetectRequest::default() };
    let detected = DistortionServiceClient::new(channel).detect(request).await.unwrap_err();
    for status in [segmented, detected] {
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with("picture.url: expected the picture's bytes as data"), "{status}");
    }
}
