//! The gateway itself: one request's way from bytes to score.

use std::time::{Duration, Instant};

use domain::{
    measurement::Components,
    roles::{Answer, Call, RoleError},
    scenario::Profile,
    score::{Outcome, Score, Stage},
};

use crate::{
    answer, backends::Backends, fan_out::FanOut, request::ScoreRequest, settings::GatewaySettings, stage::required,
};

/// Scores pictures with whatever backends it was given.
pub struct Gateway {
    fan_out: FanOut,
    settings: GatewaySettings,
}

impl Gateway {
    /// A gateway over `backends`.
    pub fn new(backends: Backends, settings: GatewaySettings) -> Self {
        Self { fan_out: FanOut::new(backends, settings.clone()), settings }
    }

    /// Scores one picture against its prompt for a scenario.
    pub async fn score(&self, call: Call, request: ScoreRequest) -> Answer<Score> {
        let start = Instant::now();
        let request = request.check(&self.settings)?;
        let call = Call { deadline: Some(self.deadline(call, start)) };
        let scorer = &self.fan_out.backends().scorer;

        // An unknown scenario fails here, before any model runs.
        let (scenario, resolving) = required("scenario", scorer.resolve(call, &request.scenario)).await?;
        let measured = self.fan_out.measure(call, &request).await?;
        let values = answer::measurements(&measured);
        if values.components == Components::default() {
            return Err(RoleError::Unavailable(format!("no component was measured: {}", answer::reasons(&measured))));
        }
        let (fused, fusing) = required("fusion", scorer.fuse(call, &scenario.context, &values)).await?;
        let total = Stage { name: "total".into(), ms: start.elapsed().as_secs_f64() * 1e3, outcome: Outcome::Ok };
        Ok(answer::score(&request, scenario, measured, &values, &fused, vec![resolving, fusing, total]))
    }

    /// The scenarios there are.
    pub async fn scenarios(&self, call: Call) -> Answer<Vec<Profile>> {
        self.fan_out.backends().scorer.list(call).await
    }

    fn deadline(&self, call: Call, start: Instant) -> Instant {
        let longest = start + Duration::from_millis(self.settings.score_deadline_ms);
        call.deadline.map_or(longest, |deadline| deadline.min(longest))
    }
}
