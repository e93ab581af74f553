use super::*;

fn admission(in_flight: usize, waiting_per_tenant: usize) -> Arc<Admission> {
    let settings = AdmissionSettings {
        in_flight,
        in_flight_beside_models: in_flight,
        waiting_per_tenant,
        longest_wait_ms: 60_000,
    };
    Arc::new(Admission::new(settings))
}

/// Waits for a place and says so when it has one.
fn queued(admission: &Arc<Admission>, tenant: &'static str) -> tokio::task::JoinHandle<Answer<Place>> {
    let admission = Arc::clone(admission);
    tokio::spawn(async move { admission.enter(Call::default(), tenant).await })
}

async fn waiting(admission: &Admission, tenant: &str, count: usize) {
    while lock(&admission.state).lines.get(tenant).map_or(0, |line| line.waiting.len()) < count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_tenant_with_a_thousand_waiting_does_not_hold_up_one_that_comes_after() {
    let admission = admission(2, 2_000);
    let mut places = Vec::new();
    for _ in 0..2 {
        places.push(admission.enter(Call::default(), "greedy").await.unwrap());
    }
    let greedy: Vec<_> = (0..1_000).map(|_| queued(&admission, "greedy")).collect();
    waiting(&admission, "greedy", 1_000).await;
    let modest: Vec<_> = (0..3).map(|_| queued(&admission, "modest")).collect();
    waiting(&admission, "modest", 3).await;

    // One of greedy's is done: modest is next, and then they take turns.
    drop(places.remove(0));
    let mut order = Vec::new();
    for first in modest {
        let place = first.await.unwrap().unwrap();
        order.push(place.tenant.clone());
        drop(place);
    }
    assert_eq!(order, ["modest"; 3]);
    assert!(greedy.iter().filter(|call| call.is_finished()).count() <= 3);
    greedy.iter().for_each(|call| call.abort());
}

#[tokio::test]
async fn places_are_shared_evenly_among_those_who_wait() {
    let admission = admission(6, 100);
    let first: Vec<Place> = {
        let mut places = Vec::new();
        for _ in 0..6 {
            places.push(admission.enter(Call::default(), "a").await.unwrap());
        }
        places
    };
    let tenants = ["a", "b", "c"];
    let all: Vec<_> =
        tenants.iter().flat_map(|tenant| (0..20).map(|_| queued(&admission, tenant)).collect::<Vec<_>>()).collect();
    for tenant in tenants {
        waiting(&admission, tenant, 20).await;
    }
    drop(first);
    tokio::task::yield_now().await;
    let running = tenants.map(|tenant| lock(&admission.state).lines[tenant].running);
    assert_eq!(running, [2, 2, 2]);
    all.iter().for_each(|call| call.abort());
}

#[tokio::test]
async fn who_gives_up_waiting_loses_no_place_for_others() {
    let admission = admission(1, 10);
    let place = admission.enter(Call::default(), "a").await.unwrap();
    let gone = queued(&admission, "a");
    waiting(&admission, "a", 1).await;
    gone.abort();
    assert!(gone.await.is_err());
    let next = queued(&admission, "b");
    waiting(&admission, "b", 1).await;
    drop(place);
    drop(next.await.unwrap().unwrap());
    let state = lock(&admission.state);
    assert!(state.running == 0 && state.lines.is_empty(), "nothing is left of anybody");
}

#[tokio::test]
async fn a_full_line_and_a_long_wait_are_refused_as_overload() {
    let admission = admission(1, 1);
    let _place = admission.enter(Call::default(), "a").await.unwrap();
    let soon = Call { deadline: Some(Instant::now() + Duration::from_millis(30)) };
    let late = admission.enter(soon, "b").await.err().unwrap();
    assert!(matches!(&late, RoleError::Overloaded(why) if why.contains("no turn within")), "{late}");
    let _waits = queued(&admission, "a");
    waiting(&admission, "a", 1).await;
    let full = admission.enter(Call::default(), "a").await.err().unwrap();
    assert!(matches!(&full, RoleError::Overloaded(why) if why.contains("wait already")), "{full}");
}

#[tokio::test]
async fn a_picture_whose_turn_would_come_too_late_is_refused_at_once() {
    let admission = admission(2, 100);
    let _places = [(); 2].map(|()| lock(&admission.state).enter("greedy", &admission.state));
    // Places are kept for 10 s, and there are two: one becomes free every 5 s.
    lock(&admission.state).learn(Duration::from_secs(10));
    let line: Vec<_> = (0..6).map(|_| queued(&admission, "greedy")).collect();
    waiting(&admission, "greedy", 6).await;
    let refused = |call: Call, tenant: &str| admission.check(call, tenant).err().map(|error| error.to_string());
    // It may wait for 60 s, of which 30 may be foretold.
    let seventh = refused(Call::default(), "greedy").unwrap();
    assert!(seventh.contains("the next turn is 35.0 s away"), "{seventh}");
    assert_eq!(refused(Call::default(), "modest"), None, "after one of the others it is modest's turn");
    let within = |seconds| Call { deadline: Some(Instant::now() + Duration::from_secs(seconds)) };
    assert!(refused(within(25), "modest").is_some(), "its work takes 10 s too");
    assert_eq!(refused(within(31), "modest"), None);
    let entered = admission.enter(Call::default(), "greedy").await.err();
    assert!(matches!(entered, Some(RoleError::Overloaded(_))), "the check is made again on entering");
    line.iter().for_each(|call| call.abort());
}

#[tokio::test]
async fn who_is_refused_leaves_nothing_behind() {
    let admission = admission(1, 0);
    let place = admission.enter(Call::default(), "a").await.unwrap();
    assert!(admission.enter(Call::default(), "b").await.is_err());
    assert_eq!(lock(&admission.state).lines.len(), 1);
    drop(place);
}

#[tokio::test(flavor = "multi_thread")]
async fn never_more_are_at_work_than_there_are_places() {
    let admission = admission(5, 1_000);
    let most = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let calls = (0..400_usize).map(|n| {
        let (admission, most) = (Arc::clone(&admission), Arc::clone(&most));
        tokio::spawn(async move {
            let place = admission.enter(Call::default(), ["a", "b", "c"][n % 3]).await.unwrap();
            let running = lock(&admission.state).running;
            most.fetch_max(running, std::sync::atomic::Ordering::SeqCst);
            tokio::task::yield_now().await;
            drop(place);
        })
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap();
    }
    assert_eq!(most.load(std::sync::atomic::Ordering::SeqCst), 5);
    assert!(lock(&admission.state).lines.is_empty());
}
