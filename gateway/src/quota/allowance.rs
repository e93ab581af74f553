//! What one tenant may use, and what a refusal says.

use std::{ops::RangeInclusive, time::Duration};

use domain::roles::RoleError;
use serde::{Deserialize, Serialize};

/// Requests a second that can be asked for; below and above, whole microseconds between requests would not be exact enough.
const RATES: RangeInclusive<f64> = 0.001..=10_000.0;

/// When a place among the running calls may be free again; nobody knows how long the others take.
const PLACE_AGAIN: Duration = Duration::from_secs(1);

/// What one tenant may use; what is absent is unlimited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Allowance {
    /// Requests a second in the long run, 0.001 to 10,000.
    pub requests_per_second: Option<f64>,
    /// Requests that may come at once after a pause, at least 1; one second's worth when absent.
    pub burst: Option<u32>,
    /// Calls that may run at once, at least 1.
    pub concurrent: Option<u32>,
    /// Pictures from midnight to midnight UTC, at least 1.
    pub pictures_per_day: Option<u64>,
}

/// A rate as a bucket of microseconds: a request puts `interval` in, time takes one a microsecond out, and there is room for
/// `window`.
#[derive(Clone, Copy)]
pub(super) struct Bucket {
    pub interval: u64,
    pub window: u64,
}

/// Which limit a call has met.
#[derive(Clone, Copy)]
pub(super) enum Refused {
    /// Of the day's pictures, `used` are gone; new ones come in `again`.
    Pictures { used: u64, asked: u64, again: Duration },
    /// So many calls run.
    Concurrent { running: u64 },
    /// There is room for a request in `again`.
    Rate { again: Duration },
}

impl Allowance {
    /// What is wrong with it; `Ok` when nothing is.
    ///
    /// # Errors
    ///
    /// In words that name the limit, what was expected and what came.
    pub fn check(&self) -> Result<(), String> {
        if let Some(rate) = self.requests_per_second
            && !RATES.contains(&rate)
        {
            return Err(format!("requests_per_second: expected {} to {}, got {rate}", RATES.start(), RATES.end()));
        }
        if self.burst.is_some() && self.requests_per_second.is_none() {
            return Err("burst: expected requests_per_second beside it; set it, or leave burst out".into());
        }
        let limits = [
            ("burst", self.burst.map(u64::from)),
            ("concurrent", self.concurrent.map(u64::from)),
            ("pictures_per_day", self.pictures_per_day),
        ];
        match limits.iter().find(|(_, limit)| *limit == Some(0)) {
            Some((name, _)) => Err(format!("{name}: expected at least 1, got 0; leave it out for no limit")),
            None => Ok(()),
        }
    }

    /// Whether nothing can be refused.
    pub(super) fn is_unlimited(&self) -> bool {
        *self == Self::default()
    }

    /// `None` when any rate will do.
    pub(super) fn bucket(&self) -> Option<Bucket> {
        let rate = self.requests_per_second?.clamp(*RATES.start(), *RATES.end());
        let interval = (1e6 / rate).round() as u64;
        Some(Bucket { interval, window: interval * u64::from(self.burst(rate)) })
    }

    fn burst(&self, rate: f64) -> u32 {
        self.burst.unwrap_or(rate.ceil() as u32).max(1)
    }

    /// What the caller is told.
    pub(super) fn refusal(&self, refused: Refused) -> RoleError {
        let (quota, message, retry_after) = match refused {
            Refused::Pictures { used, asked, again } => {
                let limit = self.pictures_per_day.unwrap_or_default();
                let is = format!("the limit is {limit} pictures a day, {used} are used, {asked} were asked for");
                if asked > limit {
                    ("pictures_per_day", format!("{is}; ask for at most {limit}"), None)
                } else {
                    let when = told(again);
                    ("pictures_per_day", format!("{is}; come again after midnight UTC, in {when}"), Some(again))
                }
            }
            Refused::Concurrent { running } => {
                let limit = self.concurrent.unwrap_or_default();
                let is = format!("the limit is {limit} calls at once, {running} are running");
                ("concurrent", format!("{is}; come again when one of them is done"), Some(PLACE_AGAIN))
            }
            Refused::Rate { again } => {
                let rate = self.requests_per_second.unwrap_or_default();
                let burst = self.burst(rate);
                let is = format!("the limit is {rate} requests a second and {burst} at once, all are used");
                ("requests_per_second", format!("{is}; come again in {}", told(again)), Some(again))
            }
        };
        RoleError::QuotaExceeded { quota: quota.into(), message, retry_after }
    }
}

/// A time to wait, rounded up so that it is never too short.
fn told(wait: Duration) -> String {
    let minutes = wait.as_secs().div_ceil(60);
    match wait.as_secs() {
        0..60 => format!("{:.1} s", (wait.as_secs_f64() * 10.0).ceil() / 10.0),
        60..3_600 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        toml::from_str::<Allowance>(text).unwrap().check().unwrap_err()
    }

    #[test]
    fn an_allowance_that_cannot_be_meant_names_the_limit() {
        assert!(said("requests_per_second = 0.0").contains("expected 0.001 to 10000, got 0"));
        assert!(said("requests_per_second = -1.0").contains("got -1"));
        assert!(said("requests_per_second = nan").contains("got NaN"));
        assert!(said("requests_per_second = inf").contains("got inf"));
        assert!(said("burst = 3").contains("expected requests_per_second beside it"));
        assert!(said("requests_per_second = 1.0\nburst = 0").starts_with("burst: expected at least 1"));
        assert!(said("concurrent = 0").starts_with("concurrent: expected at least 1"));
        assert!(said("pictures_per_day = 0").starts_with("pictures_per_day: expected at least 1"));
        assert!(toml::from_str::<Allowance>("concurent = 3").is_err());
        assert!(toml::from_str::<Allowance>("concurrent = -3").is_err());
        toml::from_str::<Allowance>("").unwrap().check().unwrap();
        toml::from_str::<Allowance>("requests_per_second = 2.5\nburst = 5\nconcurrent = 4\npictures_per_day = 100")
            .unwrap()
            .check()
            .unwrap();
    }

    #[test]
    fn a_refusal_says_limit_use_and_when_to_come_again() {
        let allowance = Allowance {
            requests_per_second: Some(0.5),
            burst: Some(3),
            concurrent: Some(4),
            pictures_per_day: Some(100),
        };
        let says = |refused, text: &str, wait: Option<u64>| {
            let RoleError::QuotaExceeded { message, retry_after, .. } = allowance.refusal(refused) else { panic!() };
            assert_eq!((&*message, retry_after), (text, wait.map(Duration::from_millis)));
        };
        let again = Duration::from_secs(5 * 3_600 + 119);
        says(
            Refused::Pictures { used: 98, asked: 3, again },
            "the limit is 100 pictures a day, 98 are used, 3 were asked for; come again after midnight UTC, in 5 h 2 min",
            Some(18_119_000),
        );
        says(
            Refused::Pictures { used: 0, asked: 101, again },
            "the limit is 100 pictures a day, 0 are used, 101 were asked for; ask for at most 100",
            None,
        );
        says(
            Refused::Concurrent { running: 4 },
            "the limit is 4 calls at once, 4 are running; come again when one of them is done",
            Some(1_000),
        );
        says(
            Refused::Rate { again: Duration::from_millis(1_910) },
            "the limit is 0.5 requests a second and 3 at once, all are used; come again in 2.0 s",
            Some(1_910),
        );
    }
}
