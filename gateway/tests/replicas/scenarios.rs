//! Scenario services that keep what tenants own in one PostgreSQL.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicU32, Ordering},
};

use cpaiqa_gateway::AdminServer;
use kit::{server::Services, tenant::Tenancy};
use proto::{
    admin::admin_service_server::AdminServiceServer, scenario::scenario_service_server::ScenarioServiceServer,
};
use scenario::{ScenarioLibrary, ScenarioServer, Store};

use crate::{
    fleet::{config, eventually},
    postgres::Postgres,
    served::{quick, served},
};

/// The URL of a new and empty database on the server that all tests share.
pub async fn database() -> String {
    static SERVER: OnceLock<Postgres> = OnceLock::new();
    static DATABASES: AtomicU32 = AtomicU32::new(0);
    let server = SERVER.get_or_init(Postgres::start);
    let name = format!("fleet_{}", DATABASES.fetch_add(1, Ordering::Relaxed));
    answers(&server.url("postgres")).await;
    sqlx::any::install_default_drivers();
    let pool = sqlx::AnyPool::connect(&server.url("postgres")).await.unwrap();
    sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&pool).await.unwrap();
    pool.close().await;
    server.url(&name)
}

/// Waits until the database takes connections: just after its start the server may still refuse.
pub async fn answers(url: &str) {
    sqlx::any::install_default_drivers();
    eventually("PostgreSQL takes a connection", async || match sqlx::AnyPool::connect(url).await {
        Ok(pool) => {
            pool.close().await;
            true
        }
        Err(_) => false,
    })
    .await;
}

/// A scenario service of its own on the database at `url`; gives its address.
pub async fn scenarios(url: &str) -> String {
    let built_in = ["general", "advertising"].map(|name| config(&format!("packs/general/scenarios/{name}")));
    let library = Arc::new(ScenarioLibrary::new(built_in.into(), Store::new(url).unwrap(), config("scenario")));
    let told = Tenancy::Told("default".into());
    let mut services = Services::default();
    services.add(ScenarioServiceServer::new(ScenarioServer::new(library.clone(), told.clone())));
    services.add(AdminServiceServer::new(AdminServer::new(library.clone(), library, told)));
    served(services, quick()).await
}
