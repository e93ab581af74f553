//! What tenants' files change: limits, backends, canaries and shadows, and how they are read again.

use std::{
    fs,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use cpaiqa_gateway::{
    Gateway, GatewayError, GatewaySettings, ScoreRequest,
    backends::{BackendSettings, Backends, Connector},
};
use domain::{
    roles::{Answer, Call, Role, RoleError},
    score::Score,
};
use kit::tls::ClientTls;
use tempfile::TempDir;

use crate::{
    fake::{Does, Fake},
    pictures,
    plain_scorer::PlainScorer,
};

/// A gateway over one backend for all roles, and a folder of tenants' files.
struct Place {
    everybody: Fake,
    files: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { everybody: Fake::start(), files: tempfile::tempdir().unwrap() }
    }

    fn write(&self, tenant: &str, text: &str) {
        // As a careful editor does it: nobody reads half a file.
        let (draft, path) = (self.files.path().join("draft"), self.files.path().join(format!("{tenant}.toml")));
        fs::write(&draft, text).unwrap();
        fs::rename(draft, path).unwrap();
    }

    fn open(&self) -> Result<Gateway, GatewayError> {
        self.open_with(|_| {})
    }

    fn open_with(&self, change: impl FnOnce(&mut GatewaySettings)) -> Result<Gateway, GatewayError> {
        let mut settings: GatewaySettings = toml::from_str(include_str!("../../../config/gateway.toml")).unwrap();
        settings.keep_measurements = false;
        settings.tenants.dir = Some(self.files.path().to_owned());
        settings.tenants.reload_ms = 10;
        change(&mut settings);
        let connector = Connector::new(1 << 20, ClientTls::default(), settings.resilience.clone());
        let at = BackendSettings::Text(self.everybody.url());
        let backends = Backends {
            aligner: connector.aligner(&at).unwrap(),
            segmenter: connector.segmenter(&at).unwrap(),
            decomposer: connector.decomposer(&at).unwrap(),
            detector: connector.detector(&at).unwrap(),
            scorer: Arc::new(PlainScorer),
            keeper: connector.keeper(&at).unwrap(),
            keys: connector.keys(&at).unwrap(),
        };
        Gateway::new(backends, connector, settings)
    }

    fn gateway(&self) -> Gateway {
        self.open().unwrap()
    }
}

async fn score(gateway: &Gateway, tenant: &str, number: u64) -> Answer<Score> {
    let request = ScoreRequest {
        picture: pictures::numbered(number).into(),
        prompt: "a cat".into(),
        scenario: None,
        include_maps: false,
        include_suggestions: false,
    };
    gateway.score(Call::default(), tenant, request).await
}

fn calls(fake: &Fake) -> u64 {
    fake.seen.calls.load(Ordering::SeqCst)
}

/// Waits until `check` holds.
async fn eventually(what: &str, mut check: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        if check().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not within 10 s");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenants_role_is_answered_where_its_file_says_and_everybody_elses_stays() {
    let (place, own) = (Place::new(), Fake::start());
    place.write("museum", &format!("[backends]\nsegmentation = \"{}\"\n", own.url()));
    let gateway = place.gateway();
    score(&gateway, "museum", 1).await.unwrap();
    assert_eq!(calls(&own), 1);
    score(&gateway, "shop", 1).await.unwrap();
    assert_eq!(calls(&own), 1);
    // The same picture again: each tenant has an answer of its own in the cache.
    let before = calls(&place.everybody);
    score(&gateway, "shop", 1).await.unwrap();
    assert_eq!(calls(&place.everybody) - before, 2, "only alignment, globally and locally, is asked again");
}

#[tokio::test(flavor = "multi_thread")]
async fn tenants_share_cached_answers_only_where_their_files_say_so() {
    let place = Place::new();
    place.write("a", "cache_partition = \"both\"\n");
    place.write("b", "cache_partition = \"both\"\n");
    let gateway = place.gateway();
    let mut asked = Vec::new();
    for tenant in ["a", "b", "c"] {
        let before = calls(&place.everybody);
        score(&gateway, tenant, 1).await.unwrap();
        asked.push(calls(&place.everybody) - before);
    }
    assert_eq!(asked, [5, 2, 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_gets_its_share_of_pictures_and_always_the_same_ones() {
    let (place, canary) = (Place::new(), Fake::start());
    place.write("museum", &format!("[canaries.distortion]\nat = \"{}\"\npercent = 30.0\n", canary.url()));
    let mut went = Vec::new();
    for _ in 0..2 {
        // A gateway that has nothing cached.
        let gateway = place.gateway();
        let mut these = Vec::new();
        for number in 0..100 {
            let before = calls(&canary);
            score(&gateway, "museum", number).await.unwrap();
            these.push(calls(&canary) - before);
        }
        went.push(these);
    }
    assert_eq!(went[0], went[1], "sticky by picture");
    let share = went[0].iter().sum::<u64>();
    assert!((15..=45).contains(&share), "{share} of 100");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shadow_is_compared_and_never_used() {
    let (place, shadow) = (Place::new(), Fake::start());
    let plain = score(&place.gateway(), "museum", 1).await.unwrap();
    place.write("museum", &format!("[shadows]\ndistortion = \"{}\"\n", shadow.url()));
    let gateway = place.gateway();
    for number in 1..=5 {
        let answered = score(&gateway, "museum", number).await.unwrap();
        assert_eq!(answered.score, plain.score);
        eventually("it is compared", async || gateway.drift("museum").first().is_some_and(|d| d.compared == number))
            .await;
    }
    let drift = &gateway.drift("museum")[0];
    assert_eq!((drift.role, drift.failed, drift.mean), (Role::Distortion, 0, 0.0), "the same answers, the same scores");
    assert_eq!(calls(&shadow), 5);

    // One that answers nonsense hurts nobody.
    shadow.now(Does::AnswersNan);
    assert_eq!(score(&gateway, "museum", 6).await.unwrap().score, plain.score);
    eventually("its failure is counted", async || gateway.drift("museum")[0].failed == 1).await;
    shadow.now(Does::Hangs);
    for number in 10..30 {
        assert_eq!(score(&gateway, "museum", number).await.unwrap().score, plain.score);
    }
    let drift = &gateway.drift("museum")[0];
    assert!(drift.skipped >= 10, "it is not asked more than it can answer: {drift:?}");
    assert!(gateway.drift("shop").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_tenant_may_use_is_its_files_and_invalid_pictures_do_not_count() {
    let place = Place::new();
    place.write("museum", "[allowance]\npictures_per_day = 2\n\n[limits]\nmax_bytes = 50000\n");
    let gateway = place.gateway();
    let large = ScoreRequest {
        picture: bytes::Bytes::from(vec![0xff; 60_000]).into(),
        prompt: "a cat".into(),
        scenario: None,
        include_maps: false,
        include_suggestions: false,
    };
    for _ in 0..5 {
        let error = gateway.score(Call::default(), "museum", large.clone()).await.unwrap_err();
        assert!(matches!(&error, RoleError::InvalidInput { message, .. } if message.contains("50000")), "{error}");
    }
    eventually("all were given back", async || gateway.usage("museum").await.unwrap().0.pictures_today == 0).await;
    score(&gateway, "museum", 1).await.unwrap();
    score(&gateway, "museum", 2).await.unwrap();
    let error = score(&gateway, "museum", 3).await.unwrap_err();
    assert!(matches!(&error, RoleError::QuotaExceeded { quota, .. } if quota == "pictures_per_day"), "{error}");
    assert!(score(&gateway, "shop", 3).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_refused_for_too_much_to_do_do_not_count() {
    let place = Place::new();
    place.write("museum", "[allowance]\npictures_per_day = 2\n");
    let busy = |settings: &mut GatewaySettings| {
        (settings.admission.in_flight, settings.admission.waiting_per_tenant) = (1, 0);
    };
    let gateway = Arc::new(place.open_with(busy).unwrap());
    place.everybody.now(Does::Hangs);
    let working = Arc::clone(&gateway);
    let first = tokio::spawn(async move { score(&working, "museum", 1).await });
    eventually("the first is at work", async || calls(&place.everybody) > 0).await;
    for number in 2..6 {
        let error = score(&gateway, "museum", number).await.unwrap_err();
        assert!(matches!(error, RoleError::Overloaded(_)), "{error}");
    }
    eventually("all but the first were given back", async || {
        gateway.usage("museum").await.unwrap().0.pictures_today == 1
    })
    .await;
    first.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_file_is_read_a_broken_one_is_refused_and_a_removed_one_leaves_what_everybody_has() {
    let place = Place::new();
    place.write("museum", "[allowance]\npictures_per_day = 1\n");
    let gateway = place.gateway();
    let limit = async || gateway.usage("museum").await.unwrap().1.pictures_per_day;
    assert_eq!(limit().await, Some(1));
    place.write("museum", "[allowance]\npictures_per_day = 7\n");
    eventually("the change is seen", async || limit().await == Some(7)).await;
    for broken in
        ["[allowance\n", "[allowance]\npictures_per_day = 0\n", "colour = 3\n", "[backends]\nscenario = \"http://a\"\n"]
    {
        place.write("museum", broken);
        // Another file shows that the folder was looked at since.
        place.write("other", &format!("[allowance]\npictures_per_day = {}\n", broken.len()));
        let seen = async || gateway.usage("other").await.unwrap().1.pictures_per_day;
        eventually("the folder is read", async || seen().await == Some(broken.len() as u64)).await;
        assert_eq!(limit().await, Some(7), "{broken}");
    }
    fs::remove_file(place.files.path().join("museum.toml")).unwrap();
    eventually("it is gone", async || limit().await.is_none()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_does_not_start_with_a_broken_file_and_says_where_it_is() {
    let expectations = [
        ("museum", "[allowance]\npictures_per_day = -1\n", "line 2"),
        ("museum", "[canaries.alignment]\nat = \"http://host:1\"\npercent = 120\n", "canaries.alignment.percent"),
        ("museum", "[backends]\nalignment = \"host:1\"\n", "expected something like http://host:50051"),
        ("museum", "[backends]\nscenario = \"http://host:1\"\n", "which is the gateway's own"),
        ("No Name", "", "lower-case letters"),
    ];
    for (tenant, text, expected) in expectations {
        let place = Place::new();
        place.write(tenant, text);
        let error = place.open().err().unwrap().to_string();
        assert!(error.contains(expected) && error.contains(&format!("{tenant}.toml")), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_of_a_tenants_file_is_one() {
    let place = Place::new();
    place.write("museum", include_str!("../../../config/tenants/museum.toml"));
    let (_, allowance) = place.gateway().usage("museum").await.unwrap();
    assert_eq!((allowance.pictures_per_day, allowance.concurrent), (Some(20_000), Some(8)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_greedy_tenant_does_not_hold_up_the_others() {
    let place = Place::new();
    let gateway = Arc::new(place.gateway());
    place.everybody.now(Does::AnswersLate);
    let greedy: Vec<_> = (0..300)
        .map(|number| {
            let gateway = Arc::clone(&gateway);
            tokio::spawn(async move { score(&gateway, "greedy", number).await })
        })
        .collect();
    // As many as there are places are at work, the rest waits.
    eventually("greedy has every place", async || calls(&place.everybody) >= 64).await;
    for number in 1_000..1_003 {
        score(&gateway, "modest", number).await.unwrap();
    }
    let done = greedy.iter().filter(|call| call.is_finished()).count();
    assert!(done < 300, "modest's three pictures were done before greedy's three hundred");
    for call in greedy {
        call.await.unwrap().unwrap();
    }
}
