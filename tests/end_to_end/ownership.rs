use proto::{
    admin::{
        AddPreferencesRequest, CalibrateScenarioRequest, Change, GetMeasurementRequest, ListScenarioRevisionsRequest,
        Preferred, ReviseScenarioRequest, RollBackScenarioRequest, admin_service_client::AdminServiceClient,
    },
    common::{self, Components, DistortionImpact, Picture},
    distortion::{
        DetectRequest, DetectResponse, Distortion,
        distortion_service_server::{DistortionService, DistortionServiceServer},
    },
    quality::{ScoreRequest, quality_service_client::QualityServiceClient},
    scenario::{GateRule, ScenarioProfile, ScenarioSelector, Verdict, scenario_selector::Selector},
};
use tokio_stream::{StreamExt, wrappers::TcpListenerStream};
use tonic::{Code, Request, Response, Status, transport::Channel};

use crate::support::{CAT, Server, channel, example, started};

fn profile(name: &str) -> ScenarioProfile {
    ScenarioProfile {
        name: name.into(),
        description: "Wall labels.".into(),
        logits: Some(Components { global_alignment: Some(1.0), ..Components::default() }),
        impacts: vec![DistortionImpact {
            r#type: common::DistortionType::EdgeBlur.into(),
            impact: 0.4,
            other_type: String::new(),
        }],
        ..ScenarioProfile::default()
    }
}

fn selector(name: &str) -> Option<ScenarioSelector> {
    Some(ScenarioSelector { selector: Some(Selector::Name(name.into())) })
}

async fn score(channel: &Channel, prompt: &str, name: &str, scenario: &str) -> proto::quality::ScoreResponse {
    let picture = Some(Picture { data: std::fs::read(example(name)).unwrap().into(), ..Picture::default() });
    let request =
        ScoreRequest { picture, prompt: prompt.into(), scenario: selector(scenario), ..ScoreRequest::default() };
    QualityServiceClient::new(channel.clone()).score(request).await.unwrap().into_inner()
}

/// A gateway whose scenarios are in a process of their own, as in production.
async fn split() -> (Server, Server) {
    let scenario = started("scenario", vec![]).await;
    let gateway = started("all", vec![("CPAIQA_BACKENDS__SCENARIO", scenario.url())]).await;
    (scenario, gateway)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_owns_scenarios_and_calibrates_them_through_the_gateway() {
    let (_scenario, gateway) = split().await;
    let channel = channel(gateway.url()).await;
    let mut admin = AdminServiceClient::new(channel.clone());

    let change = |based_on| Some(Change { author: "lin".into(), comment: "new".into(), based_on });
    let revise = ReviseScenarioRequest { profile: Some(profile("labels")), change: change(Some(0)) };
    let made = admin.revise_scenario(revise.clone()).await.unwrap().into_inner().revision.unwrap();
    assert_eq!((made.profile.unwrap().revision, made.author.as_str()), (1, "lin"));
    let late = admin.revise_scenario(revise).await.unwrap_err();
    assert_eq!(late.code(), Code::Aborted, "{late}");
    let back = RollBackScenarioRequest { name: "labels".into(), revision: 1, change: None };
    admin.roll_back_scenario(back).await.unwrap();
    let list = ListScenarioRevisionsRequest { name: "labels".into() };
    assert_eq!(admin.list_scenario_revisions(list).await.unwrap().into_inner().revisions.len(), 2);
    let bad = ReviseScenarioRequest { profile: Some(profile("Wall Labels")), change: None };
    assert!(admin.revise_scenario(bad).await.unwrap_err().message().contains("lower-case"));

    // Two pictures of each of two prompts, judged.
    let mut rows = Vec::new();
    for (number, prompt) in ["a cat on a throne", "a crowned cat"].into_iter().enumerate() {
        let cat = score(&channel, prompt, CAT, "labels").await;
        let dragon = score(&channel, prompt, "pink-dragon.jpg", "labels").await;
        let scenario = cat.scenario.as_ref().unwrap();
        assert_eq!((scenario.name.as_str(), scenario.revision), ("labels", 2));
        let row = AddPreferencesRequest {
            scenario: "labels".into(),
            id: number.to_string(),
            a: cat.id,
            b: dragon.id,
            preferred: Preferred::A.into(),
            ..AddPreferencesRequest::default()
        };
        rows.extend([row.clone(), row]);
    }
    rows.push(AddPreferencesRequest { id: "none".into(), ..rows[0].clone() });
    rows.last_mut().unwrap().preferred = 0;
    let kept = GetMeasurementRequest { id: rows[0].a.clone() };
    let kept = admin.get_measurement(kept).await.unwrap().into_inner();
    assert_eq!((kept.prompt.as_str(), kept.score.unwrap().id), ("a cat on a throne", rows[0].a.clone()));

    let mut answers = admin.add_preferences(tokio_stream::iter(rows)).await.unwrap().into_inner();
    let mut told = Vec::new();
    while let Some(answer) = answers.next().await {
        let answer = answer.unwrap();
        told.push((answer.id, answer.added, !answer.error.is_empty()));
    }
    let expected =
        [("0", true, false), ("0", false, false), ("1", true, false), ("1", false, false), ("none", false, true)];
    assert_eq!(told, expected.map(|(id, added, error)| (id.to_owned(), added, error)));

    let calibrate = CalibrateScenarioRequest { scenario: "labels".into(), install: true, ..Default::default() };
    let found = admin.calibrate_scenario(calibrate).await.unwrap().into_inner();
    assert_eq!((found.pairs, found.prompts, found.acceptable), (2, 2, true));
    assert_eq!(found.installed, Some(3));
    let unknown = CalibrateScenarioRequest { scenario: "nowhere".into(), ..Default::default() };
    assert_eq!(admin.calibrate_scenario(unknown).await.unwrap_err().code(), Code::NotFound);
}

/// A detector that knows one of the twelve types and one beyond them.
struct Glaze;

#[tonic::async_trait]
impl DistortionService for Glaze {
    async fn detect(&self, _: Request<DetectRequest>) -> Result<Response<DetectResponse>, Status> {
        let found = |r#type: common::DistortionType, other_type: &str, severity| Distortion {
            r#type: r#type.into(),
            severity: Some(severity),
            peak: Some(common::Point { x: 0.5, y: 0.5 }),
            map: None,
            other_type: other_type.into(),
        };
        let distortions = vec![
            found(common::DistortionType::EdgeBlur, "", 0.1),
            found(common::DistortionType::Unspecified, "cracked_glaze", 0.8),
        ];
        Ok(Response::new(DetectResponse { fidelity: Some(0.7), distortions, models: Vec::new() }))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_beyond_the_twelve_passes_through_and_a_scenario_weighs_and_gates_it() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let service = DistortionServiceServer::new(Glaze);
    let serving = tonic::transport::Server::builder().add_service(service);
    tokio::spawn(serving.serve_with_incoming(TcpListenerStream::new(listener)));
    let gateway = started("all", vec![("CPAIQA_BACKENDS__DISTORTION", address)]).await;
    let channel = channel(gateway.url()).await;

    let mut ceramics = profile("ceramics");
    let other_type = "cracked_glaze".to_owned();
    ceramics.impacts.push(DistortionImpact { r#type: 0, impact: 0.5, other_type });
    ceramics.gates = vec![GateRule { verdict: Verdict::Reject.into(), when: "cracked_glaze >= 0.5".into() }];
    let revise = ReviseScenarioRequest { profile: Some(ceramics), change: None };
    AdminServiceClient::new(channel.clone()).revise_scenario(revise).await.unwrap();

    let score = score(&channel, "a cat on a throne", CAT, "ceramics").await;
    let other = score.distortions.iter().find(|found| found.other_type == "cracked_glaze").expect("it got lost");
    assert!((other.severity.unwrap() - 0.8).abs() < 1e-6 && other.impact == 0.5);
    assert!(score.points_lost.iter().any(|lost| lost.name == "cracked_glaze" && lost.points > 10.0));
    let lost: f64 = score.points_lost.iter().map(|lost| lost.points).sum();
    assert!((lost - (100.0 - score.score)).abs() < 1e-6);
    let decision = score.decision.unwrap();
    assert_eq!(
        (decision.verdict(), decision.rules),
        (Verdict::Reject, vec!["reject: cracked_glaze >= 0.5".to_owned()])
    );
}
