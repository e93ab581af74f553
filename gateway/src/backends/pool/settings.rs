//! How backends at endpoints are called.

use std::{collections::BTreeMap, time::Duration};

use domain::roles::Role;
use serde::Deserialize;

use super::breaker::BreakerSettings;

/// What is done about backends that are away, slow or wrong.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResilienceSettings {
    /// Calls that one address may have at once; more are refused as overloaded.
    pub max_in_flight: usize,
    /// How often a call that found nobody is made again.
    pub retries: u32,
    /// Pause before it, milliseconds; twice as long each time, give or take a half. None where another address is left.
    pub retry_pause_ms: u64,
    /// Extra calls (repeated and hedged) for each call, [0, 1]: a service in trouble must not get more to do.
    pub retry_share: f64,
    /// Extra calls a second that are allowed in any case.
    pub retry_floor: u32,
    /// Milliseconds after which a call that has no answer yet is made a second time at another address.
    pub hedge_after_ms: BTreeMap<Role, u64>,
    /// Milliseconds between two questions to each address about its health.
    pub health_interval_ms: u64,
    /// When an address is left alone.
    pub breaker: BreakerSettings,
}

impl ResilienceSettings {
    /// What is wrong with them, if anything.
    pub fn check(&self) -> Result<(), String> {
        let Self { max_in_flight, retry_share, hedge_after_ms, health_interval_ms, breaker, .. } = self;
        let BreakerSettings { failures, rest_ms, longest_rest_ms, .. } = breaker;
        if *max_in_flight == 0 {
            return Err("max_in_flight: expected at least 1, got 0".into());
        }
        if !(0.0..=1.0).contains(retry_share) {
            return Err(format!("retry_share: expected a share in [0, 1], got {retry_share}"));
        }
        if *health_interval_ms == 0 || *failures == 0 || *rest_ms == 0 {
            return Err("health_interval_ms, breaker.failures and breaker.rest_ms: expected at least 1, got 0".into());
        }
        if longest_rest_ms < rest_ms {
            return Err(format!(
                "breaker.longest_rest_ms: expected at least rest_ms ({rest_ms}), got {longest_rest_ms}"
            ));
        }
        if let Some(role) = hedge_after_ms.keys().find(|role| !HEDGED.contains(role)) {
            let expected = HEDGED.map(Role::name).join(" and ");
            return Err(format!(
                "hedge_after_ms: expected {expected}, whose calls cost nothing but time, got {}",
                role.name()
            ));
        }
        Ok(())
    }

    pub(super) fn hedge_after(&self, role: Role) -> Option<Duration> {
        self.hedge_after_ms.get(&role).copied().map(Duration::from_millis)
    }
}

/// Roles whose calls may be made twice. A language model's may not: each one costs money.
const HEDGED: [Role; 3] = [Role::Alignment, Role::Segmentation, Role::Distortion];
