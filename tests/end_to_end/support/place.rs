//! A gateway that tells tenants apart.

use std::fs;

use super::{Said, Server, command};

/// A gateway that asks who calls, before the shared server's models, with a store of its own.
pub struct Place {
    store: String,
    _scenario: Server,
    pub gateway: Server,
    _folder: tempfile::TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self::with("")
    }

    /// With `more` in its configuration.
    pub fn with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = format!("sqlite:{}", folder.path().join("scenarios.db").display());
        let config = folder.path().join("gateway.toml");
        let access = "[gateway.access]\nrequired = true\noperators = [\"ops\"]\nkeys_fresh_ms = 50\n";
        fs::write(&config, format!("{access}{more}")).unwrap();
        let scenario = Server::start("scenario", &[("CPAIQA_SCENARIO__STORE__URL", &store)]);
        let (models, scenarios, config) = (Server::shared().url(), scenario.url(), config.display().to_string());
        let gateway = Server::start(
            "gateway",
            &[
                ("CPAIQA_CONFIG_FILE", &config),
                ("CPAIQA_BACKENDS__ALIGNMENT", &models),
                ("CPAIQA_BACKENDS__SEGMENTATION", &models),
                ("CPAIQA_BACKENDS__DECOMPOSITION", &models),
                ("CPAIQA_BACKENDS__DISTORTION", &models),
                ("CPAIQA_BACKENDS__SCENARIO", &scenarios),
            ],
        );
        Self { store, _scenario: scenario, gateway, _folder: folder }
    }

    /// Makes a key in the store, as an operator does at the very beginning.
    pub fn key(&self, tenant: &str, more: &[&str]) -> String {
        let args = [&["keys", "create", "--tenant", tenant], more].concat();
        let said: Said = command(&args).env("CPAIQA_SCENARIO__STORE__URL", &self.store).output().unwrap().into();
        assert_eq!(said.code, 0, "{}", said.err);
        assert!(said.err.contains("shown this once"), "{}", said.err);
        said.out.trim().to_owned()
    }

    /// Runs a command at the gateway with a key.
    pub fn ask(&self, key: &str, args: &[&str]) -> Said {
        let url = self.gateway.url();
        let mut command = command(&[args, &["--endpoint", &url]].concat());
        command.env("CPAIQA_API_KEY", key).output().unwrap().into()
    }

    pub fn scenarios(&self, key: &str) -> Said {
        self.ask(key, &["scenarios", "list"])
    }
}
