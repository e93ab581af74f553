//! What three gateways keep together: each has a scenario service of its own, and these have one PostgreSQL.

use proto::{
    admin::{
        AddPreferenceRequest, AddPreferencesRequest, Change, GetMeasurementRequest, ListScenarioRevisionsRequest,
        Preferred, ReviseScenarioRequest, admin_service_client::AdminServiceClient,
    },
    quality::{ListScenariosRequest, RescoreRequest, ScoreResponse},
    scenario::{ScenarioProfile, ScenarioSelector, scenario_selector::Selector},
};
use tonic::{Code, Status, transport::Channel};

use crate::{
    fleet::{Fleet, client, config, eventually, of, score_for},
    postgres::Postgres,
    scenarios::answers,
};

async fn admin(url: &str) -> AdminServiceClient<Channel> {
    AdminServiceClient::connect(url.to_owned()).await.unwrap()
}

/// The shipped profile under another name; revisions differ by their description.
fn profile(name: &str, description: &str) -> ScenarioProfile {
    let general: domain::scenario::Profile = config("packs/general/scenarios/general");
    ScenarioProfile { name: name.into(), description: description.into(), ..wire::scenario::to_profile(general) }
}

/// Adds a revision at a gateway; gives its number.
async fn revise(url: &str, profile: ScenarioProfile, based_on: Option<u32>) -> Result<u32, Status> {
    let change = Change { author: "lin".into(), comment: String::new(), based_on };
    let request = ReviseScenarioRequest { profile: Some(profile), change: Some(change) };
    let answer = admin(url).await.revise_scenario(of("museum", request)).await?.into_inner();
    Ok(answer.revision.unwrap().profile.unwrap().revision)
}

/// A score of the first picture under the scenario `name`.
async fn under(url: &str, tenant: &str, name: &str) -> Result<ScoreResponse, Status> {
    let named = ScenarioSelector { selector: Some(Selector::Name(name.into())) };
    score_for(url.to_owned(), tenant, 1, "a cat", Some(named)).await
}

/// Whether a measurement is judged again at a gateway.
async fn rescored(url: &str, tenant: &str, id: &str) -> Result<(), Status> {
    let request = RescoreRequest { ids: vec![id.into()], scenarios: Vec::new() };
    client(url.to_owned()).await.rescore(of(tenant, request)).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scenario_made_at_one_gateway_and_changed_at_another_is_the_same_at_all_three() {
    let fleet = Fleet::start(&[], |_| {}).await;
    let [first, second, third] = &fleet.gateways[..] else { panic!() };
    // Each scenario service has read what there is, and knows of no such scenario.
    for url in &fleet.gateways {
        assert_eq!(under(url, "museum", "labels").await.unwrap_err().code(), Code::NotFound);
    }
    assert_eq!(revise(first, profile("labels", "one"), None).await.unwrap(), 1);
    assert_eq!(
        under(first, "museum", "labels").await.unwrap().scenario.unwrap().revision,
        1,
        "at once where it was made"
    );
    for url in [second, third] {
        eventually("the scenario is found", async || under(url, "museum", "labels").await.is_ok()).await;
    }
    assert_eq!(revise(second, profile("labels", "two"), Some(1)).await.unwrap(), 2);
    let outdated = revise(third, profile("labels", "lost"), Some(1)).await.unwrap_err();
    assert_eq!(outdated.code(), Code::Aborted, "{outdated}");
    for url in &fleet.gateways {
        eventually("the change is seen", async || {
            under(url, "museum", "labels").await.unwrap().scenario.unwrap().revision == 2
        })
        .await;
        let listed = client(url.clone()).await.list_scenarios(of("museum", ListScenariosRequest {})).await.unwrap();
        let listed = listed.into_inner().scenarios;
        let labels = listed.iter().find(|listed| listed.name == "labels").unwrap();
        assert_eq!((&*labels.description, labels.revision), ("two", 2));
        assert_eq!(under(url, "shop", "labels").await.unwrap_err().code(), Code::NotFound, "another tenant's");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_changes_at_once_at_three_gateways_each_is_a_revision_and_all_tell_the_same_history() {
    let fleet = Fleet::start(&[], |_| {}).await;
    let changing = (0..6).map(|number| {
        let url = fleet.gateways[number % 3].clone();
        tokio::spawn(async move { revise(&url, profile("labels", &number.to_string()), None).await.unwrap() })
    });
    let mut numbers = Vec::new();
    for change in changing.collect::<Vec<_>>() {
        numbers.push(change.await.unwrap());
    }
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    let mut told = Vec::new();
    for url in &fleet.gateways {
        let request = ListScenarioRevisionsRequest { name: "labels".into() };
        let answer = admin(url).await.list_scenario_revisions(of("museum", request)).await.unwrap();
        told.push(answer.into_inner().revisions);
    }
    assert_eq!(told[0].len(), 6);
    assert!(told[0] == told[1] && told[1] == told[2], "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_measured_at_one_gateway_is_told_and_preferred_at_the_others() {
    let fleet = Fleet::start(&[], |_| {}).await;
    let [first, second, third] = &fleet.gateways[..] else { panic!() };
    let a = fleet.score(first, "museum", 1).await.unwrap();
    let b = fleet.score(second, "museum", 2).await.unwrap();
    for url in &fleet.gateways {
        for scored in [&a, &b] {
            let request = GetMeasurementRequest { id: scored.id.clone() };
            let told = admin(url).await.get_measurement(of("museum", request)).await.unwrap().into_inner();
            assert_eq!((told.prompt, told.score.unwrap().components), ("a cat".into(), scored.components));
        }
    }
    let row = |id: &str, b: &str| AddPreferencesRequest {
        scenario: "general".into(),
        id: id.into(),
        a: a.id.clone(),
        b: b.into(),
        preferred: Preferred::A.into(),
        ..AddPreferencesRequest::default()
    };
    let mut added = Vec::new();
    for url in [third, first, second] {
        let request = AddPreferenceRequest { preference: Some(row("one", &b.id)) };
        let answer = admin(url).await.add_preference(of("museum", request)).await.unwrap().into_inner();
        added.push(answer.answer.unwrap().added);
    }
    assert_eq!(added, [true, false, false], "a judgement counts once, wherever it comes again");
    let request = AddPreferenceRequest { preference: Some(row("two", "nothing")) };
    let answer = admin(third).await.add_preference(of("museum", request)).await.unwrap().into_inner();
    assert!(answer.answer.unwrap().error.contains("nothing"), "an id that nobody measured is refused");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgresql_is_away_all_three_score_on_and_find_what_was_kept_when_it_is_back() {
    let mut server = Postgres::start();
    let database = server.url("postgres");
    answers(&database).await;
    let fleet = Fleet::on(&database, &[], |_| {}).await;
    let [first, second, third] = &fleet.gateways[..] else { panic!() };
    revise(first, profile("labels", "one"), None).await.unwrap();
    let kept = under(first, "museum", "labels").await.unwrap();
    for url in [second, third] {
        eventually("the scenario is found", async || under(url, "museum", "labels").await.is_ok()).await;
    }
    let other = fleet.score(first, "museum", 2).await.unwrap();

    server.stop();
    for url in &fleet.gateways {
        let scored = under(url, "museum", "labels").await.unwrap();
        assert_eq!((scored.score, scored.id), (kept.score, kept.id.clone()), "as it was known last");
    }
    let unkept = fleet.score(second, "museum", 3).await.unwrap();
    rescored(first, "museum", &other.id).await.expect("the gateway that scored it has it itself");
    assert_eq!(rescored(second, "museum", &other.id).await.unwrap_err().code(), Code::Unavailable);
    assert_eq!(revise(third, profile("labels", "lost"), None).await.unwrap_err().code(), Code::Unavailable);

    server.serve();
    answers(&database).await;
    for url in [second, third] {
        eventually("it is found again", async || rescored(url, "museum", &other.id).await.is_ok()).await;
    }
    assert_eq!(rescored(third, "museum", &unkept.id).await.unwrap_err().code(), Code::NotFound);
    fleet.score(second, "museum", 3).await.unwrap();
    rescored(third, "museum", &unkept.id).await.expect("what could not be stored is with its next score");
    assert_eq!(revise(third, profile("labels", "two"), Some(1)).await.unwrap(), 2);
}
