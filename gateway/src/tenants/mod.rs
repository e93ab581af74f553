//! Tenants: what each may use, how its calls are answered, and where its files are read.

mod directory;
mod route;
mod settings;

use std::{collections::BTreeSet, sync::Arc};

use domain::roles::Role;
use picture::Limits;

pub use directory::{TenantError, Tenants};
pub use route::{CanarySettings, Choice, Route, RouteError};
pub use settings::{DirectorySettings, PictureLimits, TenantSettings};

use crate::{backends::Backends, fetch::HostPattern, quota::Allowance, settings::GatewaySettings};

/// A tenant, ready to be served.
pub struct Tenant {
    /// Its name.
    pub name: String,
    /// What it may use.
    pub allowance: Allowance,
    /// What its pictures may be, and from where.
    pub pictures: Pictures,
    /// Roles whose failure fails its requests.
    pub required: BTreeSet<Role>,
    /// Tenants with the same partition share cached answers.
    pub partition: Arc<str>,
    /// Who answers.
    pub route: Route,
}

impl Tenant {
    /// A tenant of that name with everything as for everybody.
    pub(crate) fn plain(name: &str, backends: &Backends, settings: &GatewaySettings) -> Self {
        Self {
            name: name.to_owned(),
            allowance: settings.allowance,
            pictures: Pictures::of(settings),
            required: settings.required.clone(),
            partition: name.into(),
            route: Route::of(backends.clone()),
        }
    }
}

/// What a tenant's pictures may be, and from where.
pub struct Pictures {
    /// Their bounds.
    pub limits: Limits,
    /// Hosts that they are fetched from.
    pub allowed_hosts: Vec<HostPattern>,
}

impl Pictures {
    /// As for everybody.
    pub fn of(settings: &GatewaySettings) -> Self {
        Self { limits: settings.limits, allowed_hosts: settings.fetch.allowed_hosts.clone() }
    }
}
