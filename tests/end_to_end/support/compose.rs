//! The processes that `docker-compose.yml` names, started on this machine.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Server, command, root};

#[derive(Deserialize)]
struct Compose {
    services: BTreeMap<String, Service>,
}

#[derive(Deserialize)]
struct Service {
    command: Vec<String>,
    environment: BTreeMap<String, String>,
}

fn compose() -> Compose {
    let text = std::fs::read_to_string(root().join("docker-compose.yml")).unwrap();
    let mut value: serde_yaml_ng::Value = serde_yaml_ng::from_str(&text).unwrap();
    value.apply_merge().unwrap();
    for (_, service) in value["services"].as_mapping_mut().unwrap().iter_mut() {
        service.apply_merge().unwrap();
    }
    serde_yaml_ng::from_value(value).unwrap()
}

/// Starts one compose service as a process: its own command and environment, with addresses on this machine instead of
/// in the compose network, and this machine's model store instead of the volume.
fn start(service: &Service, running: &BTreeMap<String, Server>, environment: &[(&str, String)]) -> Server {
    let arguments: Vec<&str> = service.command.iter().map(String::as_str).collect();
    let mut process = command(&arguments);
    process.envs(environment.iter().map(|(name, value)| (name, value)));
    for (name, value) in &service.environment {
        match name.as_str() {
            "CPAIQA_SERVER__LISTEN" => process.env(name, "127.0.0.1:0"),
            // This machine's model store, a store of scenarios that ends with the test, and no port that all would share.
            "CPAIQA_MODELS__DIR" | "CPAIQA_SCENARIO__STORE__URL" | "CPAIQA_TELEMETRY__METRICS" => &mut process,
            _ => {
                let host = value.strip_prefix("http://").and_then(|rest| rest.strip_suffix(":50051"));
                match host.map(|host| running.get(host).unwrap_or_else(|| panic!("{name} names {host}, no service"))) {
                    Some(server) => process.env(name, server.url()),
                    None => process.env(name, value),
                }
            }
        };
    }
    Server::spawn(process)
}

/// The gateway and its five services, one process each.
pub struct Split {
    pub gateway: Server,
    pub services: BTreeMap<String, Server>,
}

impl Split {
    /// Starts all of them and waits until they answer.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// The same, with more in each process's environment.
    pub fn start_with(environment: &[(&str, String)]) -> Self {
        let mut compose = compose();
        let gateway = compose.services.remove("gateway").unwrap();
        let mut services = BTreeMap::new();
        for (name, service) in &compose.services {
            services.insert(name.clone(), start(service, &services, environment));
        }
        Self { gateway: start(&gateway, &services, environment), services }
    }
}
