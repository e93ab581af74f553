//! Who answers a tenant's calls.

use std::{collections::BTreeMap, sync::Arc};

use domain::{picture::Digest, roles::Role};
use serde::Deserialize;

use crate::backends::{BackendSettings, Backends, ConnectError, Connector};

/// Roles that a tenant may have answered elsewhere; scenarios, keys and measurements are kept by the gateway's own service.
const OVERRIDABLE: [Role; 4] = [Role::Alignment, Role::Segmentation, Role::Decomposition, Role::Distortion];

/// A backend that gets a part of the traffic.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CanarySettings {
    /// Where it is.
    pub at: BackendSettings,
    /// How much of the traffic it gets, per cent.
    pub percent: f64,
}

/// Backends, each with a label that tells its answers from another's in caches.
#[derive(Clone)]
pub struct Choice {
    pub backends: Backends,
    labels: BTreeMap<Role, Arc<str>>,
}

impl Choice {
    pub fn new(backends: Backends) -> Self {
        Self { backends, labels: BTreeMap::new() }
    }

    /// What tells the role's backend from another one; empty for the gateway's own.
    pub fn label(&self, role: Role) -> &str {
        self.labels.get(&role).map_or("", |label| label)
    }

    fn replace(&mut self, connector: &Connector, role: Role, at: &BackendSettings) -> Result<(), RouteError> {
        if !OVERRIDABLE.contains(&role) {
            return Err(RouteError::Role(role.name()));
        }
        connector.replace(&mut self.backends, role, at)?;
        self.labels.insert(role, at.to_string().into());
        Ok(())
    }

    /// The same with `role` answered as in `other`.
    fn with(mut self, role: Role, other: &Self) -> Self {
        let from = other.backends.clone();
        match role {
            Role::Alignment => self.backends.aligner = from.aligner,
            Role::Segmentation => self.backends.segmenter = from.segmenter,
            Role::Decomposition => self.backends.decomposer = from.decomposer,
            Role::Distortion => self.backends.detector = from.detector,
            Role::Scenario => {}
        }
        if let Some(label) = other.labels.get(&role) {
            self.labels.insert(role, Arc::clone(label));
        }
        self
    }
}

/// Backends that a tenant cannot have.
#[derive(Debug, thiserror::Error)]
pub enum RouteError {
    /// The backend cannot be had.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The role is the gateway's own.
    #[error("expected alignment, segmentation, decomposition or distortion, got {0}, which is the gateway's own")]
    Role(&'static str),
    /// The share of traffic is none.
    #[error("canaries.{role}.percent: expected a number above 0 and up to 100, got {percent}")]
    Percent {
        /// The canary's role.
        role: &'static str,
        /// What came.
        percent: f64,
    },
}

/// A tenant's backends: those that answer, those that get a part of the traffic, and those whose answers are only compared.
#[derive(Clone)]
pub struct Route {
    main: Choice,
    canaries: Vec<(Role, f64, Choice)>,
    /// By role, everything else as in the main choice.
    shadows: Vec<(Role, Choice)>,
}

impl Route {
    /// Everything answered by `backends`.
    pub fn of(backends: Backends) -> Self {
        Self { main: Choice::new(backends), canaries: Vec::new(), shadows: Vec::new() }
    }

    /// `backends`, and what a tenant has in their place.
    pub fn new(
        backends: Backends,
        connector: &Connector,
        replaced: &BTreeMap<Role, BackendSettings>,
        canaries: &BTreeMap<Role, CanarySettings>,
        shadows: &BTreeMap<Role, BackendSettings>,
    ) -> Result<Self, RouteError> {
        let mut main = Choice::new(backends);
        for (role, at) in replaced {
            main.replace(connector, *role, at)?;
        }
        let mut route = Self { main, canaries: Vec::new(), shadows: Vec::new() };
        for (role, CanarySettings { at, percent }) in canaries {
            if !(*percent > 0.0 && *percent <= 100.0) {
                return Err(RouteError::Percent { role: role.name(), percent: *percent });
            }
            let mut choice = route.main.clone();
            choice.replace(connector, *role, at)?;
            route.canaries.push((*role, percent / 100.0, choice));
        }
        for (role, at) in shadows {
            let mut choice = route.main.clone();
            choice.replace(connector, *role, at)?;
            route.shadows.push((*role, choice));
        }
        Ok(route)
    }

    /// Who answers for a picture (none yet when `None`) and a prompt. The same picture always goes the same way, and so does the same
    /// prompt.
    pub fn choose(&self, picture: Option<&Digest>, prompt: &str) -> Choice {
        let mut choice = self.main.clone();
        for (role, share, canary) in &self.canaries {
            let place = match (role, picture) {
                (Role::Decomposition, _) => place(*role, prompt.as_bytes()),
                (_, Some(digest)) => place(*role, &digest.0),
                (_, None) => continue,
            };
            if place < *share {
                choice = choice.with(*role, canary);
            }
        }
        choice
    }

    /// Roles that have a shadow.
    pub fn shadows(&self) -> impl Iterator<Item = Role> {
        self.shadows.iter().map(|(role, _)| *role)
    }

    /// The choice that a shadow's answers come from, for a request that went as `choice`.
    pub fn shadowed(&self, choice: &Choice, role: Role) -> Option<Choice> {
        let (_, shadow) = self.shadows.iter().find(|(shadowed, _)| *shadowed == role)?;
        Some(choice.clone().with(role, shadow))
    }
}

/// Where in [0, 1) something falls, evenly and always the same; each role has an order of its own.
fn place(role: Role, bytes: &[u8]) -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(role.name().as_bytes()).update(bytes);
    let mut first = [0; 8];
    first.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    // The upper 53 bits, as many as a float holds.
    (u64::from_le_bytes(first) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_fall_evenly_and_always_in_the_same_place() {
        let places: Vec<f64> = (0..10_000_u32).map(|n| place(Role::Alignment, &n.to_le_bytes())).collect();
        for percent in [1, 10, 50] {
            let share = f64::from(percent) / 100.0;
            let fell = places.iter().filter(|place| **place < share).count() as f64 / 10_000.0;
            // Five standard deviations of that many coin throws.
            assert!((fell - share).abs() < 5.0 * (share * (1.0 - share) / 10_000.0).sqrt(), "{percent}: {fell}");
        }
        assert_eq!(place(Role::Alignment, b"cat"), place(Role::Alignment, b"cat"));
        assert_ne!(place(Role::Alignment, b"cat"), place(Role::Distortion, b"cat"));
    }
}
