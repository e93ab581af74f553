//! The gateway itself: one request's way from bytes to score.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use domain::{
    drift::Drift,
    measurement::Components,
    picture::{Digest, Picture},
    roles::{Answer, Call, Decomposed, ResolvedScenario, Role, RoleError, ScenarioKeeper},
    scenario::{Context, Profile, Selector},
    score::{Kept, Outcome, Score, Stage},
};

use crate::{
    admission::Admission,
    answer,
    backends::{Backends, Connector, pool::MemberState},
    cache::{Cache, CacheSettings, SharedCacheError},
    fan_out::{Caches, FanOut},
    fetch::{Fetcher, FetcherError},
    quota::{Allowance, Meter, Permit, QuotaError, Usage, meter},
    request::{Checked, ScoreRequest},
    settings::GatewaySettings,
    shadow::Shadows,
    stage::{Staged, record, required},
    tally,
    tenants::{Tenant, TenantError, Tenants},
};

/// How long an answer waits for its measurement to be kept.
const KEEP_PATIENCE: Duration = Duration::from_secs(1);
/// Measurements that were stored within the last minute are not sent to the store again; one ends so much earlier at most.
const STORED: CacheSettings = CacheSettings { entries: 10_000, seconds: 60 };
/// A wait for a turn that is worth telling.
const TOLD_WAIT: Duration = Duration::from_millis(1);

/// A gateway that cannot start.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Pictures cannot be fetched.
    #[error(transparent)]
    Fetcher(#[from] FetcherError),
    /// Quotas cannot be counted.
    #[error(transparent)]
    Quota(#[from] QuotaError),
    /// Answers cannot be shared.
    #[error(transparent)]
    SharedCache(#[from] SharedCacheError),
    /// A tenant's file is broken.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// What everybody may use cannot be kept.
    #[error("gateway.allowance.{0}")]
    Allowance(String),
}

/// Scores pictures with whatever backends it was given.
pub struct Gateway {
    pub(crate) tenants: Tenants,
    pub(crate) settings: GatewaySettings,
    pub(crate) fetcher: Fetcher,
    caches: Arc<Caches>,
    shadows: Arc<Shadows>,
    meter: Arc<dyn Meter>,
    admission: Admission,
    /// By tenant and id.
    kept: Cache<(String, String), Arc<Kept>>,
    /// Those of them that the store is known to have.
    stored: Cache<(String, String), ()>,
}

impl Gateway {
    /// A gateway over `backends`; `connector` reaches what tenants have in their place. Call it inside a Tokio runtime.
    ///
    /// # Errors
    ///
    /// When the settings or a tenant's file cannot be kept.
    pub fn new(backends: Backends, connector: Connector, settings: GatewaySettings) -> Result<Self, GatewayError> {
        settings.allowance.check().map_err(GatewayError::Allowance)?;
        Ok(Self {
            kept: Cache::new("measurements", settings.kept_cache),
            stored: Cache::new("stored", STORED),
            caches: Arc::new(Caches::new(&settings)?),
            shadows: Arc::new(Shadows::new()),
            fetcher: Fetcher::new(settings.fetch.clone())?,
            meter: meter(&settings.quota)?,
            admission: Admission::new(settings.admission),
            tenants: Tenants::new(backends, connector, settings.clone())?,
            settings,
        })
    }

    /// Scores one picture against its prompt for one of the tenant's scenarios.
    pub async fn score(&self, call: Call, tenant: &str, request: ScoreRequest) -> Answer<Score> {
        self.score_noting(call, tenant, request, &mut None).await
    }

    /// As [`Self::score`]; the picture is noted as soon as it is known, also where there is no score.
    pub(crate) async fn score_noting(
        &self,
        call: Call,
        tenant: &str,
        request: ScoreRequest,
        picture: &mut Option<Digest>,
    ) -> Answer<Score> {
        let (tenant, call) = (self.tenants.get(tenant), self.bounded(call, Instant::now()));
        let mut permit = self.take(&tenant, 1).await?;
        let scored = async {
            self.admission.check(call, &tenant.name)?;
            let request = request.check(call, &tenant.pictures, &self.settings, &self.fetcher).await?;
            *picture = Some(request.picture.digest);
            let scorer = &self.tenants.backends().scorer;
            // An unknown scenario fails here, before any model runs.
            let resolving = scorer.resolve(call, &tenant.name, &request.scenario);
            let (scenario, resolving) = required("scenario", resolving).await?;
            self.score_under(call, &tenant, request, scenario, None, vec![resolving]).await
        };
        let scored = scored.await;
        permit.refund(refused(&scored));
        tally::scored(&scored);
        scored
    }

    /// Takes `pictures` from what the tenant may use.
    pub(crate) async fn take(&self, tenant: &Tenant, pictures: u64) -> Answer<Permit> {
        let taken = self.meter.take(&tenant.name, &tenant.allowance, pictures).await;
        taken.inspect_err(tally::refused)
    }

    /// Scores a checked request under a resolved scenario, with the prompt taken apart already if `decomposed` is there.
    pub(crate) async fn score_under(
        &self,
        call: Call,
        tenant: &Arc<Tenant>,
        request: Checked,
        scenario: ResolvedScenario,
        decomposed: Option<&Staged<Decomposed>>,
        mut stages: Vec<Stage>,
    ) -> Answer<Score> {
        let start = Instant::now();
        let _place = self.admission.enter(call, &tenant.name).await?;
        let waited = start.elapsed();
        let scorer = &self.tenants.backends().scorer;
        let fan_out = self.fan_out(tenant, Some(&request.picture), &request.prompt);
        let measured = fan_out.measure(call, &request, decomposed).await?;
        let values = answer::measurements(&measured);
        if values.components == Components::default() {
            return Err(RoleError::Unavailable(format!("no component was measured: {}", answer::reasons(&measured))));
        }
        let (fused, fusing) = required("fusion", scorer.fuse(call, &scenario.context, &values)).await?;
        let ok = |name: &str, took: Duration| Stage {
            name: name.into(),
            ms: took.as_secs_f64() * 1e3,
            outcome: Outcome::Ok,
        };
        let context = scenario.context.clone();
        let mut score =
            answer::facts(&request, &measured, &values).judged(scenario, &fused, request.include_suggestions);
        self.keep(&tenant.name, &request.prompt, &score).await;
        let total = request.since.elapsed();
        record("queue", Outcome::Ok, waited);
        record("total", Outcome::Ok, total);
        stages.extend((waited >= TOLD_WAIT).then(|| ok("queue", waited)));
        stages.extend(request.fetching.clone().into_iter().chain([fusing, ok("total", total)]));
        score.stages = answer::stages(&measured, stages);
        self.shadow(&fan_out, &request, &context, score.score);
        if !request.include_maps {
            score.distortions.iter_mut().for_each(|distortion| distortion.map = None);
        }
        Ok(score)
    }

    /// One request's questions to the tenant's roles.
    pub(crate) fn fan_out(&self, tenant: &Arc<Tenant>, picture: Option<&Picture>, prompt: &str) -> FanOut {
        let choice = tenant.route.choose(picture.map(|picture| &picture.digest), prompt);
        FanOut { caches: Arc::clone(&self.caches), tenant: Arc::clone(tenant), choice }
    }

    /// Has the tenant's shadows score the request too, once it is answered.
    fn shadow(&self, answered: &FanOut, request: &Checked, context: &Context, score: f64) {
        let tenant = &answered.tenant;
        for role in tenant.route.shadows() {
            let Some(choice) = tenant.route.shadowed(&answered.choice, role) else { continue };
            let fan_out = FanOut { choice, tenant: Arc::clone(tenant), caches: Arc::clone(&answered.caches) };
            let (request, context) = (request.clone(), context.clone());
            let (scorer, call) =
                (Arc::clone(&self.tenants.backends().scorer), self.bounded(Call::default(), Instant::now()));
            let digest = request.picture.digest.to_string();
            self.shadows.compare(&tenant.name, role, digest, score, async move {
                let measured = fan_out.measure(call, &request, None).await.ok()?;
                let values = answer::measurements(&measured);
                // A stage that failed is no answer to compare.
                if answer::failed(&measured) {
                    return None;
                }
                scorer.fuse(call, &context, &values).await.ok().map(|fused| fused.score)
            });
        }
    }

    /// How the tenant's shadows compare, as seen by this process.
    pub fn drift(&self, tenant: &str) -> Vec<Drift> {
        self.shadows.drift(tenant)
    }

    /// What the tenant uses, and what it may.
    pub async fn usage(&self, tenant: &str) -> Answer<(Usage, Allowance)> {
        Ok((self.meter.usage(tenant).await?, self.tenants.get(tenant).allowance))
    }

    /// The addresses that this process calls, by role.
    pub fn addresses(&self) -> Vec<(Role, Vec<MemberState>)> {
        self.tenants.connector().states()
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
        let _permit = self.take(&self.tenants.get(tenant), 0).await?;
        let scorer = &self.tenants.backends().scorer;
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
        let _permit = self.take(&self.tenants.get(tenant), 0).await?;
        self.tenants.backends().scorer.list(call, tenant).await
    }

    /// The call, ended at the latest when a score must be there.
    pub(crate) fn bounded(&self, call: Call, start: Instant) -> Call {
        let longest = start + Duration::from_millis(self.settings.score_deadline_ms);
        Call { deadline: Some(call.deadline.map_or(longest, |deadline| deadline.min(longest))) }
    }

    fn keeper(&self) -> &Arc<dyn ScenarioKeeper> {
        &self.tenants.backends().keeper
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
        let key = (tenant.to_owned(), kept.score.id.clone());
        self.kept.put(key.clone(), Arc::clone(&kept)).await;
        let call = Call { deadline: Some(Instant::now() + KEEP_PATIENCE) };
        let store = || self.keeper().keep(call, tenant, &kept);
        match tokio::time::timeout(KEEP_PATIENCE, self.stored.get(key, |()| true, store)).await {
            Ok(Ok(_)) => {}
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

/// Pictures, of one, that were not judged because of what the caller sent or because there was too much to do: they are not
/// of the day's.
pub fn refused<T>(scored: &Answer<T>) -> u64 {
    let refuses = |error: &RoleError| error.is_callers_fault() || matches!(error, RoleError::Overloaded(_));
    scored.as_ref().is_err_and(refuses).into()
}
