//! A server with a guard, and callers.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use cpaiqa_gateway::{
    AdminServer,
    access::{Access, AccessSettings, issue},
    backends::remote::{Remote, bearer},
};
use domain::{
    ownership::{ApiKey, Calibration, Change, PreferencePair, Revision},
    roles::{Answer, Call, KeyKeeper, RoleError, ScenarioKeeper},
    scenario::Profile,
    score::Kept,
};
use kit::{
    server::{Bound, ServerSettings, Services},
    tenant::Tenancy,
    tls::{ClientTls, ServerTls},
};
use proto::{DESCRIPTORS, admin::admin_service_server::AdminServiceServer};
use tokio::sync::oneshot;

const MOST: usize = 1 << 20;

/// Credentials are required; `ops` are operators; nothing but keys is accepted.
pub fn strict() -> AccessSettings {
    AccessSettings {
        required: true,
        operators: ["ops".to_owned()].into(),
        keys_fresh_ms: 60_000,
        pages: Vec::new(),
        keys_known_seconds: 60,
        certificates: [].into(),
        jwt: None,
    }
}

/// Keys in memory. Asked for a tenant's keys it tells whose they would be: what a caller learns of itself.
#[derive(Default)]
struct Shelf(Mutex<Vec<ApiKey>>);

#[async_trait]
impl KeyKeeper for Shelf {
    async fn find(&self, _: Call, id: &str) -> Answer<Option<ApiKey>> {
        Ok(self.0.lock().unwrap().iter().find(|key| key.id == id).cloned())
    }

    async fn keys(&self, _: Call, tenant: &str) -> Answer<Vec<ApiKey>> {
        let key = issue(tenant, tenant, None)?.key;
        Ok(vec![key])
    }

    async fn add(&self, _: Call, key: ApiKey) -> Answer<()> {
        self.0.lock().unwrap().push(key);
        Ok(())
    }

    async fn end(&self, _: Call, _: &str, _: &str, _: i64) -> Answer<ApiKey> {
        Err(RoleError::Unsupported("no key ends here".into()))
    }
}

/// Nobody asks for scenarios here.
struct NoScenarios;

fn nothing<T>() -> Answer<T> {
    Err(RoleError::Unsupported("there are no scenarios here".into()))
}

#[async_trait]
impl ScenarioKeeper for NoScenarios {
    async fn revise(&self, _: Call, _: &str, _: Profile, _: Change) -> Answer<Revision> {
        nothing()
    }

    async fn roll_back(&self, _: Call, _: &str, _: &str, _: u32, _: Change) -> Answer<Revision> {
        nothing()
    }

    async fn history(&self, _: Call, _: &str, _: &str) -> Answer<Vec<Revision>> {
        nothing()
    }

    async fn prefer(&self, _: Call, _: &str, _: &str, _: Vec<PreferencePair>) -> Answer<Vec<Answer<bool>>> {
        nothing()
    }

    async fn calibrate(&self, _: Call, _: &str, _: &str, _: Option<f64>, _: Option<Change>) -> Answer<Calibration> {
        nothing()
    }

    async fn keep(&self, _: Call, _: &str, _: &Kept) -> Answer<()> {
        nothing()
    }

    async fn kept(&self, _: Call, _: &str, _: &str) -> Answer<Kept> {
        nothing()
    }
}

/// A running server.
pub struct Server {
    pub address: SocketAddr,
    shelf: Arc<Shelf>,
    _stop: oneshot::Sender<()>,
}

impl Server {
    pub async fn start(access: AccessSettings, tls: Option<ServerTls>) -> Self {
        let settings = ServerSettings {
            listen: "127.0.0.1:0".parse().unwrap(),
            longest_call_ms: 60_000,
            drain_ms: 0,
            max_message_bytes: MOST,
            tls,
        };
        let bound = Bound::new(&settings).await.unwrap();
        let address = bound.address();
        let shelf = Arc::<Shelf>::default();
        let keys = Arc::clone(&shelf) as Arc<dyn KeyKeeper>;
        let mut services = Services::default();
        services.guard(Arc::new(Access::new(Arc::clone(&keys), access, "default".into()).unwrap()));
        let admin = AdminServer::new(Arc::new(NoScenarios), keys, Tenancy::Of("default".into()));
        services.add(AdminServiceServer::new(admin));
        let (stop, stopped) = oneshot::channel::<()>();
        let stopped = async {
            stopped.await.ok();
        };
        tokio::spawn(async move { bound.serve(services, DESCRIPTORS, stopped).await.unwrap() });
        Self { address, shelf, _stop: stop }
    }

    /// A new key of `tenant`.
    pub async fn key(&self, tenant: &str) -> String {
        let issued = issue(tenant, "", None).unwrap();
        self.shelf.add(Call::default(), issued.key).await.unwrap();
        issued.secret
    }

    /// Whose the calls of somebody are who shows `secret`, over a plain connection.
    pub async fn whose(&self, secret: Option<&str>) -> Answer<String> {
        whose(&format!("http://{}", self.address), &ClientTls::default(), secret).await
    }

    /// What several callers may share: one connection.
    pub fn connection(&self) -> Remote {
        Remote::new(&format!("http://{}", self.address), &ClientTls::default(), MOST).unwrap()
    }

    /// The same over an encrypted connection.
    pub async fn whose_over(&self, tls: &ClientTls, secret: Option<&str>) -> Answer<String> {
        whose(&format!("https://{}", self.address), tls, secret).await
    }

    /// Whose the calls are of somebody who speaks in another tenant's name.
    pub async fn speaks_for(&self, tenant: &str, secret: &str) -> Answer<String> {
        first(&self.connection().at_gateway(bearer(secret), true), tenant).await
    }
}

async fn whose(address: &str, tls: &ClientTls, secret: Option<&str>) -> Answer<String> {
    whose_on(Remote::new(address, tls, MOST).unwrap(), secret).await
}

pub async fn whose_on(remote: Remote, secret: Option<&str>) -> Answer<String> {
    first(&remote.at_gateway(secret.map(|secret| bearer(secret).unwrap()), false), "unsaid").await
}

async fn first(remote: &Remote, tenant: &str) -> Answer<String> {
    Ok(remote.list_keys(Call::default(), tenant).await?.remove(0).comment)
}

/// What the caller is told who shows nothing.
pub async fn refusal(server: &Server) -> RoleError {
    let refusal = server.whose(None).await.unwrap_err();
    assert!(matches!(refusal, RoleError::Unauthenticated(_)), "{refusal:?}");
    refusal
}

/// Asks again until `check` holds.
pub async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if check().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{what}: not within 20 s");
}
