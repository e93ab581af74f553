//! Our own services that need no fetched model keep every rule.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use decomposition::{DecompositionServer, Lexicon, Structure, Structured};
use domain::roles::Role;
use kit::{
    server::{Bound, ServerSettings, Services},
    tenant::Tenancy,
};
use packs::{Pack, Packs};
use proto::{
    decomposition::decomposition_service_server::DecompositionServiceServer,
    scenario::scenario_service_server::ScenarioServiceServer,
};
use scenario::{ScenarioLibrary, ScenarioServer, ScenarioSettings, Store};

use crate::{Outcome, report};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// The shipped lexicon, as `serve` puts it together.
fn decomposer() -> Structured {
    let lists = std::fs::read_dir(root().join("config/lexicon")).unwrap();
    let lists: BTreeMap<String, String> = lists
        .map(|file| file.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
        .collect();
    let files: Vec<(&str, &str)> = lists.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let settings: decomposition::Settings = toml::from_str(&text("config/decomposition.toml")).unwrap();
    let weights = std::fs::read(root().join("models/english-syntax.safetensors")).unwrap();
    let lexicon = Lexicon::parse(&files, &weights, settings.limits).unwrap();
    Structured::new(Arc::new(lexicon), Structure::parse(&files).unwrap())
}

/// The shipped scenarios.
fn library() -> ScenarioLibrary {
    let settings: ScenarioSettings = toml::from_str(&text("config/scenario.toml")).unwrap();
    let packs = ["general", "heritage", "architecture"].map(|name| Pack::read(&root().join("config/packs").join(name)));
    let packs = Packs::new(packs.map(Result::unwrap).into()).unwrap();
    ScenarioLibrary::new(packs.profiles(), Store::new("sqlite::memory:").unwrap(), settings)
}

async fn served(services: Services) -> String {
    let settings = ServerSettings {
        listen: ([127, 0, 0, 1], 0).into(),
        longest_call_ms: 120_000,
        drain_ms: 100,
        max_message_bytes: crate::MESSAGES,
        tls: None,
    };
    let bound = Bound::new(&settings).await.unwrap();
    let address = bound.address();
    tokio::spawn(bound.serve(services, proto::DESCRIPTORS, std::future::pending()));
    format!("http://{address}")
}

async fn keeps_every_rule(services: Services, role: Role) {
    let report = report(&served(services).await, role).await;
    assert!(report.checks.iter().all(|check| check.outcome == Outcome::Ok), "{:#?}", report.checks);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_decomposition_service_keeps_every_rule() {
    let mut services = Services::default();
    services.add(DecompositionServiceServer::new(DecompositionServer::new(Arc::new(decomposer()))));
    keeps_every_rule(services, Role::Decomposition).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_scenario_service_keeps_every_rule() {
    let mut services = Services::default();
    let told = Tenancy::Told("default".into());
    services.add(ScenarioServiceServer::new(ScenarioServer::new(Arc::new(library()), told)));
    keeps_every_rule(services, Role::Scenario).await;
}
