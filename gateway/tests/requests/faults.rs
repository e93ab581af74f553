//! Backends that are killed, hang, are slow or answer nonsense, in turn and under load.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use cpaiqa_gateway::{
    Gateway, GatewaySettings, ScoreRequest,
    backends::{BackendSettings, Backends, Connector},
};
use domain::{
    roles::{Answer, Call, Role, RoleError},
    score::Score,
};
use kit::tls::ClientTls;

use crate::{
    fake::{Does, Fake},
    pictures,
    plain_scorer::PlainScorer,
};

/// How long one score may take here.
const DEADLINE: Duration = Duration::from_millis(1_000);
const ROLES: [Role; 4] = [Role::Alignment, Role::Segmentation, Role::Decomposition, Role::Distortion];

fn settings(required: &[Role]) -> GatewaySettings {
    let mut settings: GatewaySettings = toml::from_str(include_str!("../../../config/gateway.toml")).unwrap();
    settings.required = required.iter().copied().collect();
    settings.score_deadline_ms = DEADLINE.as_millis() as u64;
    settings.keep_measurements = false;
    // Every request asks every backend.
    settings.decomposition_cache.entries = 0;
    settings.measurement_cache.entries = 0;
    settings.resilience.retry_pause_ms = 5;
    settings.resilience.health_interval_ms = 100;
    settings.resilience.breaker.rest_ms = 50;
    settings.resilience.breaker.longest_rest_ms = 100;
    settings.resilience.breaker.hung_after_ms = 200;
    settings
}

/// A gateway over one backend a role, each in the order of [`ROLES`].
fn gateway(fakes: &[Fake; 4], settings: GatewaySettings) -> Gateway {
    let connector = Connector::new(1 << 20, ClientTls::default(), settings.resilience.clone());
    let at = |index: usize| BackendSettings::Text(fakes[index].url());
    let nowhere = BackendSettings::Text("http://127.0.0.1:9".into());
    let backends = Backends {
        aligner: connector.aligner(&at(0)).unwrap(),
        segmenter: connector.segmenter(&at(1)).unwrap(),
        decomposer: connector.decomposer(&at(2)).unwrap(),
        detector: connector.detector(&at(3)).unwrap(),
        scorer: Arc::new(PlainScorer),
        keeper: connector.keeper(&nowhere).unwrap(),
        keys: connector.keys(&nowhere).unwrap(),
    };
    Gateway::new(backends, connector, settings).unwrap()
}

fn fakes() -> [Fake; 4] {
    [(); 4].map(|()| Fake::start())
}

fn request(number: u64) -> ScoreRequest {
    ScoreRequest {
        picture: pictures::numbered(number).into(),
        prompt: format!("a cat number {number}"),
        scenario: None,
        include_maps: false,
        include_suggestions: false,
    }
}

/// Scores picture after picture; one that takes much longer than its deadline hangs.
async fn score(gateway: &Gateway) -> Answer<Score> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let request = request(NUMBER.fetch_add(1, Ordering::SeqCst));
    tokio::time::timeout(3 * DEADLINE, gateway.score(Call::default(), "default", request)).await.expect("it hangs")
}

async fn recovered(gateway: &Gateway) {
    let start = Instant::now();
    while !score(gateway).await.is_ok_and(|score| score.degraded.is_empty()) {
        assert!(start.elapsed() < Duration::from_secs(20), "no recovery without a restart");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// How a stage that a role answers is named.
fn stages(role: Role) -> &'static [&'static str] {
    match role {
        Role::Alignment => &["global_alignment", "local_alignment"],
        Role::Segmentation => &["segmentation"],
        Role::Decomposition => &["decomposition"],
        _ => &["distortion"],
    }
}

const FAULTS: [Does; 4] = [Does::Hangs, Does::AnswersGarbage, Does::AnswersNan, Does::Fails];

/// Puts each fault into the backend at `index`, and looks at answers while it is there and after it is gone.
async fn with_each_fault(
    fakes: &mut [Fake; 4],
    index: usize,
    gateway: &Gateway,
    look: impl Fn(&str, Duration, Answer<Score>),
) {
    for fault in FAULTS {
        fakes[index].now(fault);
        for _ in 0..7 {
            let start = Instant::now();
            let answer = score(gateway).await;
            look(&format!("{:?} {fault:?}", ROLES[index]), start.elapsed(), answer);
        }
        fakes[index].now(Does::Answers);
        recovered(gateway).await;
    }
    for nonsense in [false, true] {
        if nonsense {
            fakes[index].talk_nonsense()
        } else {
            fakes[index].kill()
        }
        for _ in 0..7 {
            let start = Instant::now();
            let answer = score(gateway).await;
            look(&format!("{:?} killed, nonsense {nonsense}", ROLES[index]), start.elapsed(), answer);
        }
        fakes[index].live();
        recovered(gateway).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_backend_in_trouble_gives_an_error_that_names_its_stage_within_the_deadline() {
    for (index, role) in ROLES.into_iter().enumerate() {
        let mut fakes = fakes();
        let gateway = gateway(&fakes, settings(&[role]));
        with_each_fault(&mut fakes, index, &gateway, |what, took, answer| {
            let error = answer.expect_err(what).to_string();
            let named = stages(role).iter().any(|stage| error.contains(&format!("stage {stage} failed after")));
            assert!(named, "{what}: {error}");
            assert!(took < 2 * DEADLINE, "{what}: after {took:?}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_optional_backend_in_trouble_gives_a_degraded_answer_within_the_deadline() {
    for (index, role) in ROLES.into_iter().enumerate() {
        let mut fakes = fakes();
        let gateway = gateway(&fakes, settings(&[]));
        with_each_fault(&mut fakes, index, &gateway, |what, took, answer| {
            let score = answer.unwrap_or_else(|error| panic!("{what}: {error}"));
            let named = score.degraded.iter().any(|one| stages(role).contains(&one.stage.as_str()));
            assert!(named && (0.0..=100.0).contains(&score.score), "{what}: {:?}", score.degraded);
            assert!(took < 2 * DEADLINE, "{what}: after {took:?}");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_backend_is_waited_for() {
    let fakes = fakes();
    let gateway = gateway(&fakes, settings(&[Role::Alignment]));
    for fake in &fakes {
        fake.now(Does::AnswersLate);
    }
    for _ in 0..10 {
        assert!(score(&gateway).await.unwrap().degraded.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_is_lost_or_hangs_among_five_thousand_while_backends_fail_in_turn() {
    const REQUESTS: u64 = 5_000;
    let mut fakes = fakes();
    let gateway = Arc::new(gateway(&fakes, settings(&[Role::Alignment])));
    let (taken, answered, failed) =
        (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let workers: Vec<_> = (0..32)
        .map(|_| {
            let (gateway, taken) = (Arc::clone(&gateway), Arc::clone(&taken));
            let (answered, failed) = (Arc::clone(&answered), Arc::clone(&failed));
            tokio::spawn(async move {
                while taken.fetch_add(1, Ordering::SeqCst) < REQUESTS {
                    // Else a backend that refuses at once would use them all up.
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    match score(&gateway).await {
                        Ok(score) => {
                            assert!((0.0..=100.0).contains(&score.score));
                            answered.fetch_add(1, Ordering::SeqCst);
                        }
                        Err(error) => {
                            assert!(error.to_string().contains("alignment failed after"), "{error}");
                            assert!(!matches!(error, RoleError::InvalidInput { .. }));
                            failed.fetch_add(1, Ordering::SeqCst);
                        }
                    }
                }
            })
        })
        .collect();
    let mut turn = 0;
    while !workers.iter().all(tokio::task::JoinHandle::is_finished) {
        let fake = &mut fakes[turn % 4];
        match turn / 4 % 6 {
            0 => fake.now(Does::AnswersGarbage),
            1 => fake.kill(),
            2 => fake.now(Does::AnswersLate),
            3 => fake.talk_nonsense(),
            4 => fake.now(Does::Fails),
            _ => fake.now(Does::Hangs),
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
        fake.now(Does::Answers);
        fake.live();
        tokio::time::sleep(Duration::from_millis(40)).await;
        turn += 1;
    }
    for worker in workers {
        worker.await.unwrap();
    }
    let (answered, failed) = (answered.load(Ordering::SeqCst), failed.load(Ordering::SeqCst));
    assert_eq!(answered + failed, REQUESTS);
    assert!(turn >= 8 && answered > REQUESTS / 4, "{answered} answered, {failed} failed in {turn} turns");
    recovered(&gateway).await;
}
