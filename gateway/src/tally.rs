//! What became of requests, counted.

use domain::{
    roles::{Answer, RoleError},
    score::Score,
};
use kit::metrics::{DEGRADED, QUOTA_REFUSALS, SCORES};
use metrics::counter;

/// A picture has a score, or there is none.
pub fn scored(scored: &Answer<Score>) {
    let outcome = match scored {
        Ok(score) if score.degraded.is_empty() => "ok",
        Ok(_) => "degraded",
        Err(error) if error.is_callers_fault() => "refused",
        Err(_) => "failed",
    };
    counter!(SCORES, "outcome" => outcome).increment(1);
    for degraded in scored.iter().flat_map(|score| &score.degraded) {
        counter!(DEGRADED, "stage" => degraded.stage.clone()).increment(1);
    }
}

/// A meter let nothing be taken.
pub fn refused(error: &RoleError) {
    if let RoleError::QuotaExceeded { quota, .. } = error {
        // The meter's own words for the few limits that there are.
        counter!(QUOTA_REFUSALS, "quota" => quota.clone()).increment(1);
    }
}
