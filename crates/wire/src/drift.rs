//! Messages about shadows.

use domain::{
    drift::{Drift, Pair},
    roles::Role,
};
use proto::admin as pb;

use crate::{Checked, WireError, finite};

/// Writes a report.
pub fn to_drift(drift: Drift) -> pb::Drift {
    let largest = drift.largest.into_iter();
    pb::Drift {
        role: drift.role.name().to_owned(),
        compared: drift.compared,
        failed: drift.failed,
        skipped: drift.skipped,
        newest: drift.newest,
        mean: drift.mean,
        deviation: drift.deviation,
        percentiles: drift.percentiles.into(),
        srcc: drift.srcc,
        largest: largest
            .map(|Pair { picture, answered, shadow }| pb::Disagreement { picture, answered, shadow })
            .collect(),
    }
}

/// Reads a report.
pub fn from_drift(drift: pb::Drift) -> Checked<Drift> {
    let role = Role::ALL.into_iter().find(|role| role.name() == drift.role);
    let role = role.ok_or_else(|| WireError::new("drift.role", format!("expected a role, got '{}'", drift.role)))?;
    let percentiles: [f64; 5] = drift.percentiles.try_into().map_err(|got: Vec<f64>| {
        WireError::new("drift.percentiles", format!("expected five numbers, got {}", got.len()))
    })?;
    let largest = drift.largest.into_iter();
    Ok(Drift {
        role,
        compared: drift.compared,
        failed: drift.failed,
        skipped: drift.skipped,
        newest: drift.newest,
        mean: finite(drift.mean, "drift.mean")?,
        deviation: finite(drift.deviation, "drift.deviation")?,
        percentiles,
        srcc: drift.srcc,
        largest: largest
            .map(|pb::Disagreement { picture, answered, shadow }| Pair { picture, answered, shadow })
            .collect(),
    })
}
