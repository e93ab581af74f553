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
    #[serde(default)]
    command: Vec<String>,
    /// A name without a value is taken from a file of the operator's.
    #[serde(default)]
    environment: BTreeMap<String, Option<String>>,
}

impl Service {
    /// Whether it is one of ours, and not a database or one of others' images.
    fn is_ours(&self) -> bool {
        self.command.first().is_some_and(|command| command == "serve")
    }
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
/// in the compose network, and without what only containers have.
fn start(service: &Service, running: &BTreeMap<String, Server>, environment: &[(&str, String)]) -> Server {
    let arguments: Vec<&str> = service.command.iter().map(String::as_str).collect();
    let mut process = command(&arguments);
    process.env("CPAIQA_SERVER__LISTEN", "127.0.0.1:0");
    process.envs(environment.iter().map(|(name, value)| (name, value)));
    for (name, value) in &service.environment {
        let Some(value) = value else { continue };
        // Passwords and choices of the operator's, and a folder that is mounted.
        if value.contains("${") || name == "CPAIQA_GATEWAY__TENANTS__DIR" {
            continue;
        }
        let host = value.strip_prefix("http://").and_then(|rest| rest.strip_suffix(":50051"));
        match host.map(|host| running.get(host).unwrap_or_else(|| panic!("{name} names {host}, no service"))) {
            Some(server) => process.env(name, server.url()),
            None => process.env(name, value),
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
        for (name, service) in compose.services.iter().filter(|(_, service)| service.is_ours()) {
            services.insert(name.clone(), start(service, &services, environment));
        }
        Self { gateway: start(&gateway, &services, environment), services }
    }
}
