//! The gateway itself: one request's way from bytes to score.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    measurement::Components,
    roles::{Answer, Call, Decomposed, ResolvedScenario, RoleError, ScenarioKeeper},
    scenario::{Profile, Selector},
    score::{Kept, Outcome, Score, Stage},
};

use crate::{
    answer,
    backends::Backends,
    cache::Cache,
    fan_out::FanOut,
    fetch::{Fetcher, FetcherError},
    request::{Checked, ScoreRequest},
    settings::GatewaySettings,
    stage::{Staged, required},
};

/// How long an answer waits for its measurement to be kept.
const KEEP_PATIENCE: Duration = Duration::from_secs(1);

/// Scores pictures with whatever backends it was given.
pub struct Gateway {
    pub(crate) fan_out: FanOut,
    pub(crate) settings: GatewaySettings,
    pub(crate) fetcher: Fetcher,
    /// By tenant and id.
    kept: Cache<(String, String), Arc<Kept>>,
}

impl Gateway {
    /// A gateway over `backends`.
    pub fn new(backends: Backends, settings: GatewaySettings) -> Result<Self, FetcherError> {
        Ok(Self {
            kept: Cache::new(settings.kept_cache),
            fan_out: FanOut::new(backends, settings.clone()),
            fetcher: Fetcher::new(settings.fetch.clone())?,
            settings,
        })
    }

    /// Scores one picture against its prompt for one of the tenant's scenarios.
    pub async fn score(&self, call: Call, tenant: &str, request: ScoreRequest) -> Answer<Score> {
        let start = Instant::now();
        let call = self.bounded(call, start);
        let request = request.check(call, &self.settings, &self.fetcher).await?;
        let scorer = &self.fan_out.backends().scorer;
        // An unknown scenario fails here, before any model runs.
        let (scenario, resolving) = required("scenario", scorer.resolve(call, tenant, &request.scenario)).await?;
        self.score_under(call, tenant, request, scenario, None, vec![resolving]).await
    }

    /// Scores a checked request under a resolved scenario, with the prompt taken apart already if `decomposed` is there.
    pub(crate) async fn score_under(
        &self,
        call: Call,
        tenant: &str,
        request: Checked,
        scenario: ResolvedScenario,
        decomposed: Option<&Staged<Decomposed>>,
        mut stages: Vec<Stage>,
    ) -> Answer<Score> {
        let start = Instant::now();
        let scorer = &self.fan_out.backends().scorer;
        let measured = self.fan_out.measure(call, &request, decomposed).await?;
        let values = answer::measurements(&measured);
        if values.components == Components::default() {
            return Err(RoleError::Unavailable(format!("no component was measured: {}", answer::reasons(&measured))));
        }
        let (fused, fusing) = required("fusion", scorer.fuse(call, &scenario.context, &values)).await?;
        let total = Stage { name: "total".into(), ms: start.elapsed().as_secs_f64() * 1e3, outcome: Outcome::Ok };
        let mut score =
            answer::facts(&request, &measured, &values).judged(scenario, &fused, request.include_suggestions);
        stages.extend(request.fetching.into_iter().chain([fusing, total]));
        score.stages = answer::stages(&measured, stages);
        self.keep(tenant, &request.prompt, &score).await;
        if !request.include_maps {
            score.distortions.iter_mut().for_each(|distortion| distortion.map = None);
        }
        Ok(score)
    }

    /// Judges what was measured before under other scenarios: for each id, one score a scenario; all scenarios there are
    /// when none is given. No model is touched.
    pub async fn rescore(
        &self,
        call: Call,
        tenant: &str,
        ids: &[String],
        scenarios: &[Selector],
    ) -> Answer<Vec<Score>> {
        let call = self.bounded(call, Instant::now());
        let scorer = &self.fan_out.backends().scorer;
        let all;
        let scenarios = if scenarios.is_empty() {
            let profiles = scorer.list(call, tenant).await?;
            all = profiles.into_iter().map(|profile| Selector::Name(profile.name)).collect::<Vec<_>>();
            &all
        } else {
            scenarios
        };
        let (got, most) = (ids.len().saturating_mul(scenarios.len()), self.settings.max_rescored);
        if !(1..=most).contains(&got) {
            return Err(RoleError::invalid(
                "ids",
                format!("expected 1 to {most} scores (ids × scenarios), got {got}; ask in parts"),
            ));
        }
        let mut resolved = Vec::with_capacity(scenarios.len());
        for scenario in scenarios {
            resolved.push(scorer.resolve(call, tenant, scenario).await?);
        }
        let mut scores = Vec::with_capacity(got);
        for id in ids {
            let kept = self.kept(call, tenant, id).await?;
            let values = kept.score.measurements();
            for scenario in &resolved {
                let fused = scorer.fuse(call, &scenario.context, &values).await?;
                let measured = Score { stages: Vec::new(), ..kept.score.clone() };
                scores.push(measured.judged(scenario.clone(), &fused, false));
            }
        }
        Ok(scores)
    }

    /// The tenant's scenarios.
    pub async fn scenarios(&self, call: Call, tenant: &str) -> Answer<Vec<Profile>> {
        self.fan_out.backends().scorer.list(call, tenant).await
    }

    /// The call, ended at the latest when a score must be there.
    pub(crate) fn bounded(&self, call: Call, start: Instant) -> Call {
        let longest = start + Duration::from_millis(self.settings.score_deadline_ms);
        Call { deadline: Some(call.deadline.map_or(longest, |deadline| deadline.min(longest))) }
    }

    fn keeper(&self) -> &Arc<dyn ScenarioKeeper> {
        &self.fan_out.backends().keeper
    }

    /// Keeps what was measured, so that the id in the answer can be used at once; a store that is away or slow costs the
    /// caller a moment and not the answer.
    async fn keep(&self, tenant: &str, prompt: &str, score: &Score) {
        if !self.settings.keep_measurements {
            return;
        }
        let mut score = Score { suggestions: Vec::new(), ..score.clone() };
        score.distortions.iter_mut().for_each(|distortion| distortion.map = None);
        score.regions.iter_mut().for_each(|region| region.mask = None);
        let kept = Arc::new(Kept { prompt: prompt.to_owned(), score });
        self.kept.put((tenant.to_owned(), kept.score.id.clone()), Arc::clone(&kept)).await;
        let call = Call { deadline: Some(Instant::now() + KEEP_PATIENCE) };
        match tokio::time::timeout(KEEP_PATIENCE, self.keeper().keep(call, tenant, &kept)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(id = kept.score.id, %error, "a measurement is not in the store"),
            Err(_) => tracing::warn!(id = kept.score.id, "a measurement may not be in the store: it took too long"),
        }
    }

    async fn kept(&self, call: Call, tenant: &str, id: &str) -> Answer<Arc<Kept>> {
        let key = (tenant.to_owned(), id.to_owned());
        let ask = || async { Ok(Arc::new(self.keeper().kept(call, tenant, id).await?)) };
        Ok(self.kept.get(key, |_| true, ask).await?.value)
    }
}
