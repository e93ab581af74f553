//! Three gateways over sockets behind a balancer, with a scenario service each. What they share is one backend a role, one
//! Valkey, and one PostgreSQL behind the scenario services.

use std::{
    fs,
    path::Path,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use cpaiqa_gateway::{
    AdminServer, Gateway, GatewaySettings, QualityServer,
    backends::{BackendSettings, Backends, Connector},
    quota::WhenAway,
};
use kit::{
    server::Services,
    tenant::{TENANT, Tenancy},
    tls::ClientTls,
};
use proto::{
    admin::admin_service_server::AdminServiceServer,
    common::Picture,
    quality::{
        Outcome, ScoreRequest, ScoreResponse, quality_service_client::QualityServiceClient,
        quality_service_server::QualityServiceServer,
    },
    scenario::ScenarioSelector,
};
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tonic::{Request, Status, transport::Channel};

use crate::{
    balancer::Balancer,
    fake::Fake,
    pictures, scenarios,
    served::{quick, served},
    valkey::Valkey,
};

/// Longer than any question to Valkey takes on a busy machine, milliseconds.
const PATIENCE_MS: u64 = 20_000;

/// Everything there is; each part counts its own calls.
pub struct Fleet {
    pub valkey: Valkey,
    pub balancer: Balancer,
    /// The gateways' own addresses.
    pub gateways: Vec<String>,
    pub aligner: Fake,
    pub segmenter: Fake,
    pub decomposer: Fake,
    pub detector: Fake,
    _files: TempDir,
}

/// A file of `config/`.
pub fn config<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../config/{name}.toml"));
    toml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

impl Fleet {
    /// One with a new database, whose tenants have these files, and whose gateways' settings are as shipped but for what they
    /// share and what `change` does.
    pub async fn start(tenants: &[(&str, &str)], change: impl FnOnce(&mut GatewaySettings)) -> Self {
        Self::on(&scenarios::database().await, tenants, change).await
    }

    /// The same on the database at that URL.
    pub async fn on(database: &str, tenants: &[(&str, &str)], change: impl FnOnce(&mut GatewaySettings)) -> Self {
        let (valkey, files) = (Valkey::start(), tempfile::tempdir().unwrap());
        let [aligner, segmenter, decomposer, detector] = [(); 4].map(|()| Fake::start());
        let tenants_dir = files.path().join("tenants");
        fs::create_dir(&tenants_dir).unwrap();
        for (tenant, text) in tenants {
            fs::write(tenants_dir.join(format!("{tenant}.toml")), text).unwrap();
        }
        let mut settings: GatewaySettings = config("gateway");
        settings.tenants.dir = Some(tenants_dir);
        settings.quota.store = valkey.url();
        settings.quota.when_away = WhenAway::Refuse;
        settings.quota.timeout_ms = PATIENCE_MS;
        settings.shared_cache.url = Some(valkey.url());
        settings.shared_cache.timeout_ms = PATIENCE_MS;
        change(&mut settings);

        let mut gateways = Vec::new();
        for _ in 0..3 {
            let scenario = BackendSettings::Text(scenarios::scenarios(database).await);
            let connector = Connector::new(1 << 20, ClientTls::default(), settings.resilience.clone());
            let at = |fake: &Fake| BackendSettings::Text(fake.url());
            let backends = Backends {
                aligner: connector.aligner(&at(&aligner)).unwrap(),
                segmenter: connector.segmenter(&at(&segmenter)).unwrap(),
                decomposer: connector.decomposer(&at(&decomposer)).unwrap(),
                detector: connector.detector(&at(&detector)).unwrap(),
                scorer: connector.scorer(&scenario).unwrap(),
                keeper: connector.keeper(&scenario).unwrap(),
                keys: connector.keys(&scenario).unwrap(),
            };
            let told = Tenancy::Told("default".into());
            let admin = AdminServer::new(Arc::clone(&backends.keeper), Arc::clone(&backends.keys), told.clone());
            let gateway = Arc::new(Gateway::new(backends, connector, settings.clone()).unwrap());
            let mut services = Services::default();
            services.add(QualityServiceServer::new(QualityServer::new(gateway, told)));
            services.add(AdminServiceServer::new(admin));
            gateways.push(served(services, quick()).await);
        }
        let addresses = gateways.iter().map(|url| url.trim_start_matches("http://").to_owned()).collect();
        let balancer = Balancer::start(addresses).await;
        Self { valkey, balancer, gateways, aligner, segmenter, decomposer, detector, _files: files }
    }

    /// Scores the picture of that number for `tenant`, over a new connection to `url`.
    pub async fn score(&self, url: &str, tenant: &str, number: u64) -> Result<ScoreResponse, Status> {
        score(url.to_owned(), tenant, number, "a cat").await
    }

    /// How often decomposition, segmentation and distortion were asked.
    pub fn asked(&self) -> [u64; 3] {
        [&self.decomposer, &self.segmenter, &self.detector].map(calls)
    }

    /// Whether an answer about the picture of that number that the first gateway has is found by the second.
    pub async fn shares(&self, tenant: &str, number: u64) -> bool {
        let before = calls(&self.segmenter);
        self.score(&self.gateways[0], tenant, number).await.unwrap();
        self.score(&self.gateways[1], tenant, number).await.unwrap();
        calls(&self.segmenter) == before + 1
    }
}

/// Calls that a backend got.
pub fn calls(fake: &Fake) -> u64 {
    fake.seen.calls.load(Ordering::SeqCst)
}

/// A client over a new connection.
pub async fn client(url: String) -> QualityServiceClient<Channel> {
    QualityServiceClient::connect(url).await.unwrap()
}

/// `message` in a tenant's name.
pub fn of<T>(tenant: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert(TENANT, tenant.parse().unwrap());
    request
}

/// Scores the picture of that number, over a new connection.
pub async fn score(url: String, tenant: &str, number: u64, prompt: &str) -> Result<ScoreResponse, Status> {
    score_for(url, tenant, number, prompt, None).await
}

/// The same for a scenario.
pub async fn score_for(
    url: String,
    tenant: &str,
    number: u64,
    prompt: &str,
    scenario: Option<ScenarioSelector>,
) -> Result<ScoreResponse, Status> {
    let picture = Some(Picture { data: pictures::numbered(number), ..Picture::default() });
    let request = ScoreRequest { picture, prompt: prompt.into(), scenario, ..ScoreRequest::default() };
    client(url).await.score(of(tenant, request)).await.map(tonic::Response::into_inner)
}

/// Stages of an answer that were found in a cache, in the alphabet's order.
pub fn cached(answer: &ScoreResponse) -> Vec<&str> {
    let cached = answer.stages.iter().filter(|stage| stage.outcome() == Outcome::Cached);
    let mut names: Vec<_> = cached.map(|stage| &*stage.name).collect();
    names.sort_unstable();
    names
}

/// Waits until `check` holds.
pub async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if check().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what}: not within 20 s");
}
