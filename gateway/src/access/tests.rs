use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU32, Ordering},
};

use super::*;

/// Keys in memory, which can be away.
#[derive(Default)]
struct Shelf {
    keys: Mutex<Vec<ApiKey>>,
    away: AtomicBool,
    asked: AtomicU32,
}

#[async_trait]
impl KeyKeeper for Shelf {
    async fn find(&self, _: Call, id: &str) -> Answer<Option<ApiKey>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(RoleError::Unavailable("no store".into()));
        }
        Ok(self.keys.lock().unwrap().iter().find(|key| key.id == id).cloned())
    }

    async fn keys(&self, _: Call, _: &str) -> Answer<Vec<ApiKey>> {
        Ok(self.keys.lock().unwrap().clone())
    }

    async fn add(&self, _: Call, key: ApiKey) -> Answer<()> {
        self.keys.lock().unwrap().push(key);
        Ok(())
    }

    async fn end(&self, _: Call, _: &str, id: &str, ends: i64) -> Answer<ApiKey> {
        let mut keys = self.keys.lock().unwrap();
        let key = keys.iter_mut().find(|key| key.id == id).unwrap();
        key.ends = Some(ends);
        Ok(key.clone())
    }
}

fn access(shelf: &Arc<Shelf>, required: bool, fresh_ms: u64) -> Access {
    let settings = AccessSettings {
        required,
        operators: ["ops".to_owned()].into(),
        pages: Vec::new(),
        keys_fresh_ms: fresh_ms,
        keys_known_seconds: 60,
        certificates: [].into(),
        jwt: None,
    };
    Access::new(Arc::clone(shelf) as Arc<dyn KeyKeeper>, settings, "default".into()).unwrap()
}

async fn issued(shelf: &Arc<Shelf>, tenant: &str, lives: Option<u64>) -> Issued {
    let issued = issue(tenant, "for tests", lives).unwrap();
    shelf.add(Call::default(), issued.key.clone()).await.unwrap();
    issued
}

fn with(authorization: &str, tenant: Option<&str>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, authorization.parse().unwrap());
    if let Some(tenant) = tenant {
        headers.insert(TENANT, tenant.parse().unwrap());
    }
    headers
}

async fn who(access: &Access, authorization: &str) -> Answer<Identity> {
    access.identify(Call::default(), &with(authorization, None), None).await
}

#[tokio::test]
async fn a_key_tells_its_tenant_and_only_a_digest_of_it_is_kept() {
    let shelf = Arc::<Shelf>::default();
    let issued = issued(&shelf, "museum", None).await;
    let identity = who(&access(&shelf, true, 1_000), &format!("Bearer {}", issued.secret)).await.unwrap();
    assert_eq!((identity.tenant.as_str(), identity.operator), ("museum", false));
    assert!(identity.credential.contains(&issued.key.id));
    let secret = issued.secret.rsplit('_').next().unwrap();
    let kept = format!("{:?}", shelf.keys.lock().unwrap());
    assert!(!kept.contains(secret) && !identity.credential.contains(secret));
}

#[tokio::test]
async fn whatever_is_wrong_with_a_key_is_answered_in_the_same_words() {
    let shelf = Arc::<Shelf>::default();
    let (good, ended) = (issued(&shelf, "museum", None).await, issued(&shelf, "museum", None).await);
    shelf.end(Call::default(), "museum", &ended.key.id, now()).await.unwrap();
    let secret = good.secret.rsplit('_').next().unwrap();
    let other = if secret.starts_with('0') { "1" } else { "0" };
    let wrong_secret = good.secret.replace(secret, &format!("{other}{}", &secret[1..]));
    let unknown = issue("museum", "", None).unwrap().secret;
    let shown = [
        format!("Bearer {wrong_secret}"),
        format!("Bearer {}", ended.secret),
        format!("Bearer {unknown}"),
        format!("Basic {}", good.secret),
        format!("Bearer {}_", good.secret),
        "Bearer".into(),
        "Bearer ".into(),
        good.secret.clone(),
    ];
    let access = access(&shelf, true, 1_000);
    for shown in shown {
        assert_eq!(who(&access, &shown).await.unwrap_err(), access.refused(), "{shown}");
    }
    assert_eq!(access.identify(Call::default(), &HeaderMap::new(), None).await.unwrap_err(), access.refused());
    assert!(who(&access, &format!("bearer {}", good.secret)).await.is_ok(), "a scheme's case does not matter");
}

#[tokio::test]
async fn a_wrong_key_is_refused_also_where_none_is_required() {
    let shelf = Arc::<Shelf>::default();
    let access = access(&shelf, false, 1_000);
    assert_eq!(access.identify(Call::default(), &HeaderMap::new(), None).await.unwrap().tenant, "default");
    assert_eq!(who(&access, "Bearer nonsense").await.unwrap_err(), access.refused());
}

#[tokio::test]
async fn two_keys_live_while_one_takes_the_others_place_and_each_ends_at_its_time() {
    let shelf = Arc::<Shelf>::default();
    let access = access(&shelf, true, 1);
    let (old, new) = (issued(&shelf, "museum", None).await, issued(&shelf, "museum", None).await);
    let (old_shown, new_shown) = (format!("Bearer {}", old.secret), format!("Bearer {}", new.secret));
    shelf.end(Call::default(), "museum", &old.key.id, now() + 60).await.unwrap();
    assert!(who(&access, &old_shown).await.is_ok() && who(&access, &new_shown).await.is_ok());
    shelf.end(Call::default(), "museum", &old.key.id, now()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(who(&access, &old_shown).await.is_err() && who(&access, &new_shown).await.is_ok());
}

#[tokio::test]
async fn only_operators_speak_for_others() {
    let shelf = Arc::<Shelf>::default();
    let access = access(&shelf, true, 1_000);
    let (museum, ops) = (issued(&shelf, "museum", None).await, issued(&shelf, "ops", None).await);
    let as_tenant = async |secret: &str, tenant: &str| {
        access.identify(Call::default(), &with(&format!("Bearer {secret}"), Some(tenant)), None).await
    };
    assert!(matches!(as_tenant(&museum.secret, "shop").await, Err(RoleError::Forbidden(_))));
    assert_eq!(as_tenant(&museum.secret, "museum").await.unwrap().tenant, "museum");
    assert_eq!(as_tenant(&ops.secret, "shop").await.unwrap().tenant, "shop");
    assert!(matches!(as_tenant(&ops.secret, "No Name").await, Err(RoleError::InvalidInput { .. })));
}

#[tokio::test]
async fn a_store_that_is_away_keeps_known_keys_working_and_lets_nobody_else_in() {
    let shelf = Arc::<Shelf>::default();
    let access = access(&shelf, true, 1);
    let (known, unknown) = (issued(&shelf, "museum", None).await, issued(&shelf, "museum", None).await);
    let (known, unknown) = (format!("Bearer {}", known.secret), format!("Bearer {}", unknown.secret));
    who(&access, &known).await.unwrap();
    shelf.away.store(true, Ordering::SeqCst);
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(who(&access, &known).await.unwrap().tenant, "museum");
    assert!(matches!(who(&access, &unknown).await, Err(RoleError::Unavailable(_))));
}

#[tokio::test]
async fn the_store_is_asked_once_a_while_and_not_once_a_call() {
    let shelf = Arc::<Shelf>::default();
    let access = access(&shelf, true, 60_000);
    let good = format!("Bearer {}", issued(&shelf, "museum", None).await.secret);
    let unknown = format!("Bearer {}", issue("museum", "", None).unwrap().secret);
    for _ in 0..10 {
        who(&access, &good).await.unwrap();
        who(&access, &unknown).await.unwrap_err();
    }
    assert_eq!(shelf.asked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_unknown_key_and_a_wrong_secret_take_the_same_work() {
    let shelf = Arc::<Shelf>::default();
    let access = access(&shelf, true, 60_000);
    let (good, ended) = (issued(&shelf, "museum", None).await, issued(&shelf, "museum", None).await);
    shelf.end(Call::default(), "museum", &ended.key.id, now()).await.unwrap();
    let unknown = issue("museum", "", None).unwrap().secret;
    let wrong_secret = format!("cpaiqa_{}_{}", good.key.id, unknown.rsplit('_').next().unwrap());
    for shown in [unknown, wrong_secret, ended.secret, good.secret] {
        // Afresh for each, so that no earlier look-up saves one.
        access.known.changed();
        let (asked, digests) = (shelf.asked.load(Ordering::SeqCst), key::DIGESTS.get());
        who(&access, &format!("Bearer {shown}")).await.ok();
        assert_eq!((shelf.asked.load(Ordering::SeqCst), key::DIGESTS.get()), (asked + 1, digests + 1));
    }
}

#[tokio::test]
async fn two_credentials_in_two_headers_are_none() {
    let shelf = Arc::<Shelf>::default();
    let access = access(&shelf, false, 1_000);
    let good = format!("Bearer {}", issued(&shelf, "museum", None).await.secret);
    let mut headers = with(&good, None);
    headers.append(AUTHORIZATION, good.parse().unwrap());
    assert_eq!(access.identify(Call::default(), &headers, None).await.unwrap_err(), access.refused());
}

async fn admitted(access: &Access, path: &str, secret: Option<&str>) -> Answer<()> {
    let mut request = http::Request::builder().uri(format!("http://host{path}"));
    if let Some(secret) = secret {
        request = request.header(AUTHORIZATION, format!("Bearer {secret}"));
    }
    access.admit(&mut request.body(()).unwrap().into_parts().0).await
}

#[tokio::test]
async fn health_is_open_and_the_roles_behind_the_gateway_are_for_operators() {
    let shelf = Arc::<Shelf>::default();
    let (museum, ops) = (issued(&shelf, "museum", None).await.secret, issued(&shelf, "ops", None).await.secret);
    let access = access(&shelf, true, 1_000);
    assert!(admitted(&access, "/grpc.health.v1.Health/Check", None).await.is_ok());
    assert!(admitted(&access, "/cpaiqa.quality.v1.QualityService/Score", None).await.is_err());
    assert!(admitted(&access, "/cpaiqa.quality.v1.QualityService/Score", Some(&museum)).await.is_ok());
    let role = "/cpaiqa.keys.v1.KeyService/FindKey";
    assert!(matches!(admitted(&access, role, Some(&museum)).await, Err(RoleError::Forbidden(_))));
    assert!(admitted(&access, role, Some(&ops)).await.is_ok());

    let open = self::access(&shelf, false, 1_000);
    let scenarios = "/cpaiqa.scenario.v1.ScenarioService/Resolve";
    assert!(admitted(&open, scenarios, None).await.is_ok());
    assert!(matches!(admitted(&open, role, None).await, Err(RoleError::Forbidden(_))), "keys are planted by nobody");
}
