//! All settings of the process.

use std::{collections::BTreeMap, path::PathBuf};

use alignment::AlignmentSettings;
use domain::{ownership::check_tenant, roles::Role};
use gateway::{
    GatewaySettings,
    backends::{
        BackendSettings,
        remote::{Credential, bearer},
    },
};
use inference::{providers::Provider, store};
use kit::{server::ServerSettings, settings::load, telemetry::TelemetrySettings, tls::ClientTls};
use scenario::ScenarioSettings;
use segmentation::SegmentationSettings;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{
    args::{Cli, Command, Common, Profile},
    defaults::{EDGE, SECTIONS},
    error::CliError,
};

/// Everything that `config/` says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub server: ServerSettings,
    /// How servers at `https://` are called: services behind roles, and gateways at endpoints.
    #[serde(default)]
    pub tls: ClientTls,
    pub telemetry: TelemetrySettings,
    pub runtime: RuntimeSettings,
    pub models: ModelSettings,
    pub packs: PackSettings,
    pub backends: BTreeMap<Role, BackendSettings>,
    pub gateway: GatewaySettings,
    pub alignment: AlignmentSettings,
    pub segmentation: SegmentationSettings,
    pub decomposition: decomposition::Settings,
    pub distortion: distortion::Settings,
    pub scenario: ScenarioSettings,
    /// What the command line says of who calls.
    #[serde(skip)]
    pub caller: Caller,
}

/// Who calls gateways at endpoints.
#[derive(Clone, Debug, Default)]
pub struct Caller {
    /// What is shown to them.
    pub credential: Option<Credential>,
    /// The tenant that an operator speaks for.
    pub tenant: Option<String>,
}

/// How models compute.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeSettings {
    /// Threads a model computes with; 0 takes all cores.
    pub threads: usize,
    /// What computes them where it can, the first one first; the CPU comes last by itself. A variable separates them by commas.
    #[serde(deserialize_with = "providers")]
    pub providers: Vec<Provider>,
    /// ONNX Runtime's library; the model store's when `None`.
    pub library: Option<PathBuf>,
    /// Whether each model keeps the memory of its largest run for the next one.
    pub keep_memory: bool,
    /// Decoded pictures kept, bytes.
    pub decoded_pictures: u64,
}

/// Where models are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// The store's folder; the user's cache directory when `None`.
    pub dir: Option<PathBuf>,
    /// Never fetch anything.
    pub offline: bool,
    /// More entries for the manifest; one with a known name takes that entry's place.
    #[serde(default)]
    pub file: Vec<store::File>,
}

/// Which packs are in use.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackSettings {
    /// Names of those that the binary carries; a variable separates them by commas.
    #[serde(deserialize_with = "names")]
    pub built_in: Vec<String>,
    /// Folders of others; a variable separates them as the system's PATH does.
    #[serde(deserialize_with = "folders")]
    pub folders: Vec<PathBuf>,
}

/// A list, or what an environment variable holds.
#[derive(Deserialize)]
#[serde(untagged)]
enum Several<T> {
    List(Vec<T>),
    Text(String),
}

fn names<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    let split =
        |text: String| text.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect();
    Ok(match Several::deserialize(value)? {
        Several::List(names) => names,
        Several::Text(text) => split(text),
    })
}

fn providers<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<Provider>, D::Error> {
    names(value)?.iter().map(|name| name.parse().map_err(D::Error::custom)).collect()
}

fn folders<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<PathBuf>, D::Error> {
    Ok(match Several::deserialize(value)? {
        Several::List(folders) => folders,
        Several::Text(text) => std::env::split_paths(&text).filter(|folder| !folder.as_os_str().is_empty()).collect(),
    })
}

impl Caller {
    fn of(args: &Common) -> Result<Self, CliError> {
        let wrong =
            || CliError::Usage("--api-key: expected a key such as cpaiqa_…, got letters that no key has".into());
        let credential = args.api_key.as_deref().map(|key| bearer(key).ok_or_else(wrong)).transpose()?;
        Ok(Self { credential, tenant: args.tenant.clone() })
    }
}

impl Settings {
    /// A profile's defaults, overlaid by a file, the environment and the command line.
    pub fn of(Cli { common, command }: &Cli) -> Result<Self, CliError> {
        let mut defaults = SECTIONS.to_vec();
        if common.profile == Profile::Edge {
            defaults.push(("", EDGE));
        }
        let mut settings: Self = load(&defaults, common.config.as_deref())?;
        settings.models.offline |= common.offline;
        if let Some(tenant) = &common.tenant {
            settings.gateway.tenant.clone_from(tenant);
        }
        check_tenant(&settings.gateway.tenant).map_err(|why| CliError::Usage(format!("gateway.tenant: {why}")))?;
        settings.caller = Caller::of(common)?;
        if !matches!(command, Command::Serve(_)) && !common.verbose {
            "error".clone_into(&mut settings.telemetry.log);
        }
        Ok(settings)
    }
}
