use serde_json::Value;

use crate::support::{Server, json, run};

#[test]
fn every_role_of_a_served_gateway_keeps_every_rule() {
    // Fewer points, for the kit asks some thirty times.
    let server = Server::start("all", &[("CPAIQA_SEGMENTATION__POINTS_PER_SIDE", "4")]);
    let url = server.url();
    for role in ["alignment", "segmentation", "decomposition", "distortion", "scenario"] {
        let report = json(&["conform", "--role", role, "--endpoint", &url, "--format", "json"]);
        assert_eq!(report["role"], role);
        let checks = report["checks"].as_array().unwrap();
        let broken: Vec<&Value> = checks.iter().filter(|check| check["outcome"] != "ok").collect();
        assert!(checks.len() > 10 && broken.is_empty(), "{role}: {broken:#?}");
    }
}

#[test]
fn what_is_no_backend_is_told_so_in_a_line_and_ends_with_1() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let said = run(&["conform", "--role", "scenario", "--endpoint", &url]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.out.contains("FAILED   reachable"), "{}", said.out);
    assert!(said.err.contains("1 of 24 checks failed"), "{}", said.err);
    assert_eq!(run(&["conform", "--role", "painter", "--endpoint", &url]).code, 2);
    assert_eq!(run(&["conform", "--role", "scenario", "--endpoint", "nowhere"]).code, 2);
}
