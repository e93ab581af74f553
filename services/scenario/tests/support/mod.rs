//! Stores to test on, and what is put into them.

pub mod postgres;

use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

use cpaiqa_scenario::{ScenarioLibrary, ScenarioSettings, Store, StoreSettings};
use domain::{
    distortion::DistortionType,
    measurement::Components,
    ownership::Change,
    scenario::Profile,
    score::{Kept, Score, ScoredDistortion},
};
use postgres::Postgres;

/// Where a test's store is; a new and empty one each.
pub struct Place {
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

impl Place {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("scenarios.db").display());
        Self { url, _folder: Some(folder) }
    }

    pub fn memory() -> Self {
        Self { url: "sqlite::memory:".into(), _folder: None }
    }

    /// A database of the server that all tests share.
    pub async fn postgres() -> Self {
        static SERVER: OnceLock<Postgres> = OnceLock::new();
        static DATABASES: AtomicU32 = AtomicU32::new(0);
        let server = SERVER.get_or_init(Postgres::start);
        let database = format!("test_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
        let pool = connected(&server.url("postgres")).await;
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {database}"))).execute(&pool).await.unwrap();
        pool.close().await;
        Self { url: server.url(&database), _folder: None }
    }

    /// The empty database of a server of the test's own.
    pub async fn on(server: &Postgres) -> Self {
        let url = server.url("postgres");
        connected(&url).await.close().await;
        Self { url, _folder: None }
    }

    /// What a process that starts now would hold.
    pub fn library(&self) -> ScenarioLibrary {
        self.library_keeping(3_600)
    }

    pub fn library_keeping(&self, seconds: u64) -> ScenarioLibrary {
        let settings = settings();
        let store = StoreSettings { keep_measurements_seconds: seconds, ..settings.store.clone() };
        let built_in = vec![toml::from_str(GENERAL).unwrap()];
        ScenarioLibrary::new(built_in, Store::new(&self.url).unwrap(), ScenarioSettings { store, ..settings })
    }
}

/// The server just after its start may still refuse.
pub async fn connected(url: &str) -> sqlx::AnyPool {
    sqlx::any::install_default_drivers();
    for _ in 0..100 {
        if let Ok(pool) = sqlx::AnyPool::connect(url).await {
            return pool;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("PostgreSQL takes no connection at {url}")
}

pub fn settings() -> ScenarioSettings {
    toml::from_str(include_str!("../../../../config/scenario.toml")).unwrap()
}

const GENERAL: &str = r#"
    name = "general"
    revision = 3
    description = "Everyday use."
    [logits]
    fidelity = 1.0
    [impacts]
    edge_blur = 0.5
"#;

pub fn profile(name: &str, impact: f64) -> Profile {
    let general: Profile = toml::from_str(GENERAL).unwrap();
    Profile { name: name.into(), impacts: [(DistortionType::EdgeBlur, impact)].into(), ..general }
}

pub fn change(comment: &str, based_on: Option<u32>) -> Change {
    Change { author: "lin".into(), comment: comment.into(), based_on }
}

/// What was measured of a picture.
pub fn kept(id: &str, prompt: &str, components: [f64; 5], edge_blur: f64) -> Kept {
    let distortion = ScoredDistortion {
        kind: DistortionType::EdgeBlur.into(),
        severity: Some(edge_blur),
        impact: 0.0,
        peak: None,
        bbox: None,
        map: None,
    };
    let score = Score {
        id: id.into(),
        components: Components::from(components.map(Some)),
        distortions: vec![distortion],
        ..Score::default()
    };
    Kept { prompt: prompt.into(), score }
}
