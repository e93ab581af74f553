//! What a tenant's file says.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use domain::roles::Role;
use picture::Limits;
use serde::Deserialize;

use super::{CanarySettings, Pictures, Route, RouteError, Tenant};
use crate::{
    backends::{BackendSettings, Backends, Connector},
    fetch::HostPattern,
    quota::Allowance,
    settings::GatewaySettings,
};

/// Where tenants' files are.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectorySettings {
    /// The folder; no tenant has a file when `None`.
    pub dir: Option<PathBuf>,
    /// How often it is looked at, milliseconds.
    pub reload_ms: u64,
}

/// A tenant's file; what it leaves out is as for everybody.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TenantSettings {
    /// What it may use.
    pub allowance: Option<Allowance>,
    /// What its pictures may be, within the gateway's own limits.
    pub limits: PictureLimits,
    /// Roles whose failure fails its requests; the others' degrades the answer.
    pub required: Option<BTreeSet<Role>>,
    /// Hosts that pictures are fetched from for it.
    pub allowed_hosts: Option<Vec<HostPattern>>,
    /// Tenants that name the same one share cached answers; its own name when absent.
    pub cache_partition: Option<String>,
    /// Roles that are answered elsewhere.
    pub backends: BTreeMap<Role, BackendSettings>,
    /// Backends that get a part of its traffic.
    pub canaries: BTreeMap<Role, CanarySettings>,
    /// Backends that are asked as well, and whose answers are only compared.
    pub shadows: BTreeMap<Role, BackendSettings>,
}

/// Bounds of a picture, where they are narrower than the gateway's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PictureLimits {
    /// Most bytes.
    pub max_bytes: Option<usize>,
    /// Most pixels.
    pub max_pixels: Option<u64>,
    /// Longest side, pixels.
    pub max_side: Option<u32>,
}

impl PictureLimits {
    fn within(self, all: Limits) -> Limits {
        Limits {
            max_bytes: self.max_bytes.map_or(all.max_bytes, |most| most.min(all.max_bytes)),
            max_pixels: self.max_pixels.map_or(all.max_pixels, |most| most.min(all.max_pixels)),
            max_side: self.max_side.map_or(all.max_side, |most| most.min(all.max_side)),
            ..all
        }
    }
}

impl TenantSettings {
    /// The tenant `name` with these settings.
    ///
    /// # Errors
    ///
    /// In words, when they cannot be kept.
    pub(super) fn tenant(
        &self,
        name: &str,
        backends: &Backends,
        connector: &Connector,
        settings: &GatewaySettings,
    ) -> Result<Tenant, String> {
        let plain = Tenant::plain(name, backends, settings);
        let allowance = self.allowance.unwrap_or(plain.allowance);
        allowance.check().map_err(|why| format!("allowance.{why}"))?;
        let route = Route::new(backends.clone(), connector, &self.backends, &self.canaries, &self.shadows)
            .map_err(|error: RouteError| error.to_string())?;
        Ok(Tenant {
            allowance,
            pictures: Pictures {
                limits: self.limits.within(plain.pictures.limits),
                allowed_hosts: self.allowed_hosts.clone().unwrap_or(plain.pictures.allowed_hosts),
            },
            required: self.required.clone().unwrap_or(plain.required),
            partition: self.cache_partition.as_deref().map_or(plain.partition, Into::into),
            route,
            name: plain.name,
        })
    }
}
