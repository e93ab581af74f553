//! A client that goes away: whoever works for it stops, the language model too.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use cpaiqa_gateway::{
    Gateway, GatewaySettings, QualityServer,
    backends::{BackendSettings, Backends, Connector},
};
use decomposition::{
    DecompositionServer, EndpointSettings, Limits, Settings as DecompositionSettings,
    test_server::{self, Mode, TestServer},
};
use kit::{server::Services, tenant::Tenancy, tls::ClientTls};
use proto::{
    decomposition::decomposition_service_server::DecompositionServiceServer,
    quality::{
        ScoreRequest, quality_service_client::QualityServiceClient, quality_service_server::QualityServiceServer,
    },
};

use crate::{
    fake::{Does, Fake},
    pictures,
    plain_scorer::PlainScorer,
    served::{quick, served},
};

const ROUNDS: usize = 20;
/// Within which those behind the gateway should know.
const SOON: Duration = Duration::from_millis(100);

/// A decomposition service that asks `model`.
pub async fn decomposition(model: &TestServer) -> String {
    let lexicon = Arc::new(test_server::lexicon().unwrap());
    let endpoint = EndpointSettings {
        base_url: model.base_url(),
        model: "test-model".into(),
        api_key_env: None,
        api_key_file: None,
        timeout_ms: 60_000.try_into().unwrap(),
        max_tokens: 200.try_into().unwrap(),
        min_agreement: 0.5,
    };
    let settings = DecompositionSettings { limits: Limits::default(), endpoint: Some(endpoint) };
    let decomposer = decomposition::decomposer(&settings, lexicon, |_| None).unwrap();
    let mut services = Services::default();
    services.add(DecompositionServiceServer::new(DecompositionServer::new(decomposer)));
    served(services, quick()).await
}

/// A gateway over `fake` and a decomposition service at `decomposition`, and where it is.
pub async fn gateway(fake: &Fake, decomposition: String) -> String {
    let mut settings: GatewaySettings = toml::from_str(include_str!("../../../config/gateway.toml")).unwrap();
    settings.keep_measurements = false;
    let connector = Connector::new(1 << 20, ClientTls::default(), settings.resilience.clone());
    let at = BackendSettings::Text(fake.url());
    let backends = Backends {
        aligner: connector.aligner(&at).unwrap(),
        segmenter: connector.segmenter(&at).unwrap(),
        decomposer: connector.decomposer(&BackendSettings::Text(decomposition)).unwrap(),
        detector: connector.detector(&at).unwrap(),
        scorer: Arc::new(PlainScorer),
        keeper: connector.keeper(&at).unwrap(),
        keys: connector.keys(&at).unwrap(),
    };
    let gateway = Arc::new(Gateway::new(backends, connector, settings).unwrap());
    let mut services = Services::default();
    services.add(QualityServiceServer::new(QualityServer::new(gateway, Tenancy::Of("default".into()))));
    served(services, quick()).await
}

/// Waits until `count` gives at least `least`.
pub async fn reaches(what: &str, least: usize, count: impl Fn() -> usize) {
    let start = Instant::now();
    while count() < least {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}: {} of {least}", count());
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_ends_the_calls_behind_it_and_the_language_models() {
    let (fake, model) = (Fake::start(), TestServer::start(Mode::Hangs).await.unwrap());
    fake.now(Does::Hangs);
    let client = QualityServiceClient::connect(gateway(&fake, decomposition(&model).await).await).await.unwrap();
    // Segmentation, distortion and global alignment have nothing to wait for: one call each.
    let backends = 3;
    let (calls, ended) =
        (|| fake.seen.calls.load(Ordering::SeqCst) as usize, || fake.seen.given_up.load(Ordering::SeqCst) as usize);
    let mut waits = Vec::new();
    for round in 1..=ROUNDS {
        let mut client = client.clone();
        let message = ScoreRequest {
            picture: Some(proto::common::Picture { data: pictures::numbered(round as u64), ..Default::default() }),
            prompt: format!("cat number {round}"),
            ..ScoreRequest::default()
        };
        let call = tokio::spawn(async move { client.score(message).await });
        reaches("calls to backends", backends * round, calls).await;
        reaches("calls to the language model", round, || model.requests()).await;
        let left = Instant::now();
        call.abort();
        reaches("calls to backends that end", backends * round, ended).await;
        reaches("calls to the language model that end", round, || model.given_up().len()).await;
        let last_backend = fake.seen.last_given_up.lock().unwrap().unwrap();
        waits.push(last_backend.max(*model.given_up().last().unwrap()).duration_since(left));
    }
    assert_eq!((calls(), ended()), (backends * ROUNDS, backends * ROUNDS), "each call was begun once and ended once");
    assert_eq!((model.requests(), model.given_up().len()), (ROUNDS, ROUNDS));
    let soon = waits.iter().filter(|wait| **wait <= SOON).count();
    println!("{soon} of {ROUNDS} within {SOON:?}; the longest after {:?}", waits.iter().max().unwrap());
    // A machine that is busy with other tests may pause once in a while.
    assert!(soon >= ROUNDS * 3 / 4, "{waits:?}");
}
