//! A gateway's state as a person reads it.

use std::fmt::Write;

use domain::drift::Drift;
use proto::admin::{BackendAddress, GetUsageResponse};

/// What a tenant uses.
pub fn usage(usage: &GetUsageResponse) -> String {
    let of =
        |limit: Option<String>| limit.map_or_else(|| String::from("without a limit"), |limit| format!("of {limit}"));
    let rate = usage.requests_per_second.map_or_else(
        || String::from("without a limit"),
        |rate| format!("at most {rate} a second, {} at once", usage.burst.unwrap_or_else(|| rate.ceil() as u32)),
    );
    format!(
        "pictures today  {} {}\nrunning         {} {}\nrequests        {rate}\n",
        usage.pictures_today,
        of(usage.pictures_per_day.map(|most| most.to_string())),
        usage.running,
        of(usage.concurrent.map(|most| most.to_string())),
    )
}

/// How shadows compare.
pub fn drifts(drifts: &[Drift]) -> String {
    let mut text = String::new();
    for drift in drifts {
        let [p5, p25, p50, p75, p95] = drift.percentiles;
        let srcc = drift.srcc.map_or_else(|| String::from("unknown"), |srcc| format!("{srcc:.3}"));
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\nshadow of {}: {} compared, {} failed, {} skipped; the newest {}:\n  shadow less answered: mean \
             {:+.2}, deviation {:.2}; 5 % {p5:+.2}, 25 % {p25:+.2}, 50 % {p50:+.2}, 75 % {p75:+.2}, 95 % {p95:+.2}\n  \
             rank correlation {srcc}\n",
            drift.role.name(),
            drift.compared,
            drift.failed,
            drift.skipped,
            drift.newest,
            drift.mean,
            drift.deviation,
        );
        for pair in &drift.largest {
            let _ = writeln!(text, "  {}  answered {:.1}, shadow {:.1}", pair.picture, pair.answered, pair.shadow);
        }
    }
    text
}

/// The addresses of backends.
pub fn backends(addresses: &[BackendAddress]) -> String {
    if addresses.is_empty() {
        return String::from("\nevery role is answered in the gateway's own process\n");
    }
    let width = addresses.iter().map(|one| one.address.len()).max().unwrap_or(0).max(7);
    let mut text = format!("\nrole           {:width$}  state      running\n", "address");
    for BackendAddress { role, address, well, running, resting } in addresses {
        let state = match (resting, well) {
            (true, _) => "left alone",
            (false, true) => "well",
            (false, false) => "not well",
        };
        let _ = writeln!(text, "{role:13}  {address:width$}  {state:10} {running:7}");
    }
    text
}
