//! What tenants own, on SQLite and on PostgreSQL alike.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

mod support;

use std::sync::Arc;

use domain::{
    ownership::{ApiKey, PreferencePair, Preferred},
    roles::{Call, KeyKeeper, RoleError, ScenarioKeeper, ScenarioScorer},
    scenario::Selector,
};
use support::{Place, change, kept, postgres::Postgres, profile, settings};

/// Makes each test one on SQLite and one on PostgreSQL.
macro_rules! on_both_stores {
    ($($(#[$doc:meta])* async fn $name:ident($place:ident: Place) $body:block)*) => {
        $(async fn $name($place: Place) $body)*

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Place::sqlite().await).await;
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(super::Place::postgres().await).await;
            })*
        }
    };
}

const CALL: Call = Call { deadline: None };

fn pair(id: &str, a: &str, b: &str, preferred: Preferred) -> PreferencePair {
    PreferencePair { id: id.into(), a: a.into(), b: b.into(), preferred, rater: "r1".into(), weight: 1.0 }
}

on_both_stores! {
    /// What clients that hang up leave behind.
    async fn calls_given_up_leave_the_store_as_it_was(place: Place) {
        let library = Arc::new(place.library());
        library.keep(CALL, "museum", &kept("m1", "a cat", [0.5; 5], 0.1)).await.unwrap();
        for round in 0..300_u64 {
            let calls = (0..4).map(|call| {
                let library = Arc::clone(&library);
                tokio::spawn(async move {
                    let id = format!("{round}-{call}");
                    library.keep(CALL, "museum", &kept(&id, "a cat", [0.5; 5], 0.1)).await.unwrap();
                    library.kept(CALL, "museum", &id).await.unwrap();
                    let pairs = vec![pair(&id, "m1", &id, Preferred::A)];
                    library.prefer(CALL, "museum", "general", pairs).await.unwrap()
                })
            });
            let calls: Vec<_> = calls.collect();
            tokio::time::sleep(std::time::Duration::from_micros(round * 7)).await;
            calls.iter().for_each(|call| call.abort());
        }
        assert_eq!(library.kept(CALL, "museum", "m1").await.unwrap(), kept("m1", "a cat", [0.5; 5], 0.1));
        library.keep(CALL, "museum", &kept("m2", "a cat", [0.5; 5], 0.1)).await.unwrap();
    }

    /// PostgreSQL takes no NUL, and a key's id is there once.
    async fn what_no_store_takes_is_the_callers_fault(place: Place) {
        let library = place.library();
        let key = |id: &str, comment: &str| ApiKey {
            id: id.into(),
            tenant: "museum".into(),
            hash: String::new(),
            comment: comment.into(),
            created: 1,
            ends: None,
        };
        library.add(CALL, key("0a", "")).await.unwrap();
        let again = library.add(CALL, key("0a", "")).await;
        assert!(matches!(again, Err(RoleError::Conflict(_))), "{again:?}");
        let refused = [
            library.add(CALL, key("0b", "\0")).await,
            library.keep(CALL, "museum", &kept("m\0", "a cat", [0.5; 5], 0.1)).await,
            library.keep(CALL, "museum", &kept("m1", "a\0cat", [0.5; 5], 0.1)).await,
            library.kept(CALL, "museum", "m\0").await.map(drop),
            library.find(CALL, "0\0").await.map(drop),
            library.end(CALL, "museum", "0\0", 5).await.map(drop),
            library.history(CALL, "museum", "labels\0").await.map(drop),
        ];
        for (number, refused) in refused.iter().enumerate() {
            assert!(matches!(refused, Err(RoleError::InvalidInput { .. })), "{number}: {refused:?}");
        }
    }

    async fn every_change_is_a_new_revision_and_the_old_ones_stay(place: Place) {
        let library = place.library();
        let first = library.revise(CALL, "museum", profile("labels", 0.2), change("new", Some(0))).await.unwrap();
        assert_eq!(first.profile.revision, 1);
        let second = library.revise(CALL, "museum", profile("labels", 0.9), change("stricter", Some(1))).await.unwrap();
        assert_eq!((second.profile.revision, second.author.as_str()), (2, "lin"));
        let back = library.roll_back(CALL, "museum", "labels", 1, change("", None)).await.unwrap();
        assert_eq!((back.profile.revision, back.comment.as_str()), (3, "back to revision 1"));

        let history = library.history(CALL, "museum", "labels").await.unwrap();
        let told: Vec<(u32, &str)> = history.iter().map(|r| (r.profile.revision, r.comment.as_str())).collect();
        assert_eq!(told, [(1, "new"), (2, "stricter"), (3, "back to revision 1")]);
        assert_eq!(history[0].profile.impacts, history[2].profile.impacts);
        assert!(history.iter().all(|revision| revision.created > 1_700_000_000));
    }

    async fn what_is_built_in_can_be_overridden_and_brought_back(place: Place) {
        let library = place.library();
        let revised = library.revise(CALL, "shop", profile("general", 0.1), change("milder", None)).await.unwrap();
        assert_eq!(revised.profile.revision, 4, "numbers go on after the built-in revision 3");
        let resolve = async |tenant: &str| {
            library.resolve(CALL, tenant, &Selector::Name("general".into())).await.unwrap().revision
        };
        assert_eq!((resolve("shop").await, resolve("museum").await), (4, 3));
        library.roll_back(CALL, "shop", "general", 3, change("", None)).await.unwrap();
        let list = library.list(CALL, "shop").await.unwrap();
        assert_eq!((list.len(), list[0].revision), (1, 5));
        assert_eq!(list[0].impacts, profile("general", 0.5).impacts);
    }

    async fn one_tenants_scenarios_are_not_anothers(place: Place) {
        let library = place.library();
        library.revise(CALL, "museum", profile("labels", 0.2), change("", None)).await.unwrap();
        let error = library.resolve(CALL, "shop", &Selector::Name("labels".into())).await.unwrap_err();
        assert!(matches!(error, RoleError::NotFound { .. }), "{error}");
        let error = library.history(CALL, "shop", "labels").await.unwrap_err();
        assert!(error.to_string().contains("expected one of general"), "{error}");
        let error = library.roll_back(CALL, "museum", "labels", 9, change("", None)).await.unwrap_err();
        assert!(error.to_string().contains("expected one of 1"), "{error}");
    }

    async fn a_change_made_from_an_old_revision_is_refused(place: Place) {
        let library = place.library();
        for comment in ["one", "two"] {
            library.revise(CALL, "museum", profile("labels", 0.2), change(comment, None)).await.unwrap();
        }
        for based_on in [0, 1] {
            let change = change("late", Some(based_on));
            let error = library.revise(CALL, "museum", profile("labels", 0.3), change).await.unwrap_err();
            assert!(matches!(&error, RoleError::Conflict(why) if why.contains("at revision 2")), "{error}");
        }
        assert_eq!(library.history(CALL, "museum", "labels").await.unwrap().len(), 2);
    }

    async fn changes_at_the_same_moment_all_get_numbers_of_their_own(place: Place) {
        let library = Arc::new(place.library());
        let changes = (0..8).map(|number| {
            let library = Arc::clone(&library);
            tokio::spawn(async move {
                let change = change(&number.to_string(), None);
                library.revise(CALL, "museum", profile("labels", 0.2), change).await.unwrap().profile.revision
            })
        });
        let mut numbers = Vec::new();
        for change in changes.collect::<Vec<_>>() {
            numbers.push(change.await.unwrap());
        }
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=8).collect::<Vec<_>>());
    }

    async fn another_process_sees_a_change_after_a_moment(place: Place) {
        let (here, there) = (place.library(), place.library());
        assert_eq!(there.list(CALL, "museum").await.unwrap().len(), 1);
        here.revise(CALL, "museum", profile("labels", 0.2), change("", None)).await.unwrap();
        assert_eq!(here.list(CALL, "museum").await.unwrap().len(), 2, "the process that made it sees it at once");
        tokio::time::sleep(std::time::Duration::from_millis(settings().store.refresh_ms + 200)).await;
        assert_eq!(there.list(CALL, "museum").await.unwrap().len(), 2);
    }

    async fn a_preference_counts_once_and_a_wrong_one_says_why(place: Place) {
        let library = place.library();
        for (id, prompt) in [("m1", "a cat"), ("m2", "a cat"), ("m3", "a dog")] {
            library.keep(CALL, "museum", &kept(id, prompt, [0.5; 5], 0.1)).await.unwrap();
        }
        let rows = vec![
            pair("p1", "m1", "m2", Preferred::A),
            pair("p1", "m1", "m2", Preferred::A),
            pair("p1", "m1", "m2", Preferred::B),
            pair("p2", "m1", "m9", Preferred::A),
            pair("p3", "m1", "m3", Preferred::Tie),
        ];
        let answers = library.prefer(CALL, "museum", "general", rows).await.unwrap();
        assert_eq!(answers[..2], [Ok(true), Ok(false)]);
        let why: Vec<String> = answers[2..].iter().map(|answer| answer.as_ref().unwrap_err().to_string()).collect();
        assert!(why[0].contains("'p1' is another judgement's"), "{why:?}");
        assert!(why[1].contains("'m9' not found"), "{why:?}");
        assert!(why[2].contains("two prompts"), "{why:?}");
        let unknown = library.prefer(CALL, "museum", "nowhere", vec![pair("p", "m1", "m2", Preferred::A)]).await.unwrap();
        assert!(unknown[0].as_ref().unwrap_err().to_string().contains("'nowhere' not found"));
        let other = library.prefer(CALL, "shop", "general", vec![pair("p", "m1", "m2", Preferred::A)]).await.unwrap();
        assert!(other[0].is_err(), "another tenant's measurements are not there");
    }

    async fn measurements_end_with_their_time_unless_a_preference_speaks_of_them(place: Place) {
        let library = place.library_keeping(1);
        for id in ["m1", "m2", "m3"] {
            library.keep(CALL, "museum", &kept(id, "a cat", [0.5; 5], 0.1)).await.unwrap();
        }
        let answers = library.prefer(CALL, "museum", "general", vec![pair("p1", "m1", "m2", Preferred::A)]).await.unwrap();
        assert_eq!(answers, [Ok(true)]);
        tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
        assert!(library.kept(CALL, "museum", "m1").await.is_ok());
        let gone = library.kept(CALL, "museum", "m3").await.unwrap_err();
        assert!(matches!(&gone, RoleError::NotFound { name, .. } if name == "m3"), "{gone}");
    }

    async fn streamed_preferences_calibrate_a_scenario_and_install_it(place: Place) {
        let library = place.library();
        let mut rows = Vec::new();
        for number in 0..60 {
            let (good, bad) = (format!("good-{number}"), format!("bad-{number}"));
            let prompt = format!("prompt {}", number % 12);
            // What people prefer keeps its prompt; what they do not is only pretty.
            library.keep(CALL, "museum", &kept(&good, &prompt, [0.8, 0.8, 0.8, 0.5, 0.3], 0.2)).await.unwrap();
            library.keep(CALL, "museum", &kept(&bad, &prompt, [0.3, 0.3, 0.3, 0.9, 0.9], 0.2)).await.unwrap();
            rows.push(pair(&format!("p{number}"), &good, &bad, Preferred::A));
        }
        assert!(library.prefer(CALL, "museum", "general", rows).await.unwrap().iter().all(|row| *row == Ok(true)));
        let prior = Some(1.0);
        let told = library.calibrate(CALL, "museum", "general", prior, None).await.unwrap();
        assert_eq!((told.pairs, told.prompts, told.installed), (60, 12, None));
        let done = library.calibrate(CALL, "museum", "general", prior, Some(change("", None))).await.unwrap();
        assert_eq!((done.installed, done.acceptable), (Some(4), true));
        assert_eq!((done.accuracy_before.value, done.accuracy_after.value), (0.0, 1.0));
        let newest = library.history(CALL, "museum", "general").await.unwrap().pop().unwrap();
        assert_eq!((newest.profile, newest.comment.as_str()), (done.profile, "calibrated on 60 pairs"));

        let few = library.calibrate(CALL, "shop", "general", prior, None).await.unwrap_err();
        assert!(few.to_string().contains("at least two prompts, so that one can be held out, got 0"), "{few}");
    }
}

async fn own_something(place: &Place) {
    let library = place.library();
    library.revise(CALL, "museum", profile("labels", 0.2), change("before", None)).await.unwrap();
    library.keep(CALL, "museum", &kept("m1", "a cat", [0.5; 5], 0.1)).await.unwrap();
}

async fn still_own_it(place: &Place) {
    let library = place.library();
    let history = library.history(CALL, "museum", "labels").await.unwrap();
    assert_eq!((history.len(), history[0].comment.as_str()), (1, "before"));
    assert_eq!(library.kept(CALL, "museum", "m1").await.unwrap(), kept("m1", "a cat", [0.5; 5], 0.1));
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_given_up_leave_the_store_in_memory_as_it_was() {
    calls_given_up_leave_the_store_as_it_was(Place::memory()).await;
}

#[tokio::test]
async fn what_is_owned_survives_a_restart_on_sqlite() {
    let place = Place::sqlite().await;
    own_something(&place).await;
    still_own_it(&place).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_owned_survives_a_restart_of_postgresql_and_scenarios_go_on_while_it_is_away() {
    let mut server = Postgres::start();
    let place = Place::on(&server).await;
    own_something(&place).await;
    let library = place.library();
    let resolve = async || library.resolve(CALL, "museum", &Selector::Name("labels".into())).await;
    assert_eq!(resolve().await.unwrap().revision, 1);

    server.stop();
    tokio::time::sleep(std::time::Duration::from_millis(settings().store.refresh_ms + 200)).await;
    assert_eq!(resolve().await.unwrap().revision, 1, "as it was known last");
    let error = library.revise(CALL, "museum", profile("labels", 0.3), change("", None)).await.unwrap_err();
    assert!(matches!(error, RoleError::Unavailable(_)), "{error}");

    server.serve();
    support::connected(&place.url).await.close().await;
    still_own_it(&place).await;
}
