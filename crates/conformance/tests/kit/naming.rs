//! One fault at a time: the kit names that fault and no other.

use std::collections::BTreeSet;

use domain::roles::Role;

use crate::{
    Outcome, against,
    double::{Does::Right, Double},
    faults::{FAILED, Fault, aligning, deciding, decomposing, detecting, segmenting, serving},
    report,
};

async fn names_only(role: Role, faults: &[Fault]) {
    for (rule, outcome, said, does) in faults {
        let report = report(&Double::start(does.clone()).await, role).await;
        let found = against(&report);
        let only = found.len() == 1 && found[0].starts_with(&format!("{} {rule}: ", outcome.name()));
        assert!(only && found[0].contains(said), "{} backend with {rule} broken, '{said}': {found:#?}", role.name());
        assert_eq!(report.conforms(), *outcome != FAILED, "{rule}");
    }
}

/// Every rule that a report of `role` has, but the one about an address without a server, is in a table.
async fn covers(role: Role, faults: &[Fault]) {
    let tables = [serving(), faults.to_vec()].concat();
    let broken: BTreeSet<&str> = tables.iter().map(|fault| fault.0).chain(["reachable"]).collect();
    let right = report(&Double::start(Right).await, role).await;
    let rules: BTreeSet<&str> = right.checks.iter().map(|check| check.name).collect();
    assert_eq!(rules, broken, "{}", role.name());
    let ok = right.checks.iter().all(|check| check.outcome == Outcome::Ok);
    assert!(ok, "a right {} backend keeps every rule: {:#?}", role.name(), right.checks);
}

macro_rules! every_fault {
    ($($test:ident: $role:ident, $table:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $test() {
            covers(Role::$role, &$table()).await;
            names_only(Role::$role, &$table()).await;
        }
    )*};
}

every_fault! {
    a_wrong_segmenter_is_told_what_is_wrong_and_nothing_else: Segmentation, segmenting;
    a_wrong_detector_is_told_what_is_wrong_and_nothing_else: Distortion, detecting;
    a_wrong_aligner_is_told_what_is_wrong_and_nothing_else: Alignment, aligning;
    a_wrong_decomposer_is_told_what_is_wrong_and_nothing_else: Decomposition, decomposing;
    a_wrong_scenario_service_is_told_what_is_wrong_and_nothing_else: Scenario, deciding;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_serves_badly_is_told_so() {
    names_only(Role::Distortion, &serving()).await;
}

#[tokio::test]
async fn an_address_without_a_server_is_said_to_have_none_and_nothing_more_is_asked() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let report = report(&address, Role::Alignment).await;
    let found = against(&report);
    assert!(found.len() == 1 && found[0].starts_with("failed reachable: the address: expected a server"), "{found:?}");
    assert_eq!(report.count(Outcome::Skipped), report.checks.len() - 1);
}
