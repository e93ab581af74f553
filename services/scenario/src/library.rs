//! The role itself: what is built in, what tenants own, and fusion under it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    classifier::Classifier,
    fusion::{Fused, fuse},
    measurement::Measurements,
    ownership::{Calibration, CalibrationOptions, Change, PreferencePair, Revision},
    roles::{Answer, Call, ResolvedScenario, RoleError, ScenarioKeeper, ScenarioScorer},
    scenario::{Context, Profile, Selector},
    score::Kept,
};
use moka::future::Cache;

use crate::{
    book::{Book, BuiltIn},
    calibration::{Judgements, calibrate},
    settings::ScenarioSettings,
    store::{Revised, Store, now},
};

/// Tenants whose profiles are held ready.
const TENANTS: u64 = 10_000;
/// Seconds between two times that expired measurements are forgotten.
const EXPIRY_INTERVAL: i64 = 60;

/// Scenarios of all tenants.
pub struct ScenarioLibrary {
    built_in: BuiltIn,
    store: Store,
    settings: ScenarioSettings,
    /// By tenant; asked for anew after a while, because another process may have changed the store.
    books: Cache<String, Arc<Book>>,
    /// What stands in while the store cannot be reached.
    last_known: Cache<String, Arc<Book>>,
    expired: AtomicI64,
}

impl ScenarioLibrary {
    /// A library of `built_in` profiles and what tenants own in `store`.
    pub fn new(built_in: Vec<Profile>, store: Store, settings: ScenarioSettings) -> Self {
        let fresh_for = Duration::from_millis(settings.store.refresh_ms);
        Self {
            built_in: BuiltIn::new(built_in, Classifier::new(&settings.classifier)),
            store,
            books: Cache::builder().max_capacity(TENANTS).time_to_live(fresh_for).build(),
            last_known: Cache::new(TENANTS),
            settings,
            expired: AtomicI64::new(0),
        }
    }

    async fn book(&self, tenant: &str) -> Answer<Arc<Book>> {
        let load = async {
            let own = self.store.newest(tenant).await?.into_iter().map(|revision| revision.profile).collect();
            Ok(Arc::new(Book::new(&self.built_in, own)))
        };
        match self.books.try_get_with_by_ref::<_, RoleError, _>(tenant, load).await {
            Ok(book) => {
                self.last_known.insert(tenant.to_owned(), Arc::clone(&book)).await;
                Ok(book)
            }
            Err(error) => match self.last_known.get(tenant).await {
                Some(book) => {
                    tracing::warn!(tenant, %error, "scenarios as they were known last");
                    Ok(book)
                }
                None => Err((*error).clone()),
            },
        }
    }
}

#[async_trait]
impl ScenarioScorer for ScenarioLibrary {
    async fn resolve(&self, _: Call, tenant: &str, selector: &Selector) -> Answer<ResolvedScenario> {
        self.book(tenant).await?.resolve(selector, self.settings.max_text_bytes)
    }

    async fn fuse(&self, _: Call, context: &Context, measurements: &Measurements) -> Answer<Fused> {
        fuse(context, measurements, &self.settings.uncertainty)
            .map_err(|error| RoleError::invalid("components", error.to_string()))
    }

    async fn list(&self, _: Call, tenant: &str) -> Answer<Vec<Profile>> {
        Ok(self.book(tenant).await?.profiles().cloned().collect())
    }
}

#[async_trait]
impl ScenarioKeeper for ScenarioLibrary {
    async fn revise(&self, _: Call, tenant: &str, profile: Profile, change: Change) -> Answer<Revision> {
        profile.check().map_err(|why| RoleError::invalid("profile", why))?;
        let (name, built_in) = (profile.name.clone(), self.built_in.profile(&profile.name).map_or(0, |p| p.revision));
        match self.store.revise(tenant, profile, built_in, &change).await? {
            Revised::Done(revision) => {
                self.books.invalidate(tenant).await;
                Ok(revision)
            }
            Revised::Outdated(newest) => {
                let based_on = change.based_on.unwrap_or(0);
                Err(RoleError::Conflict(format!(
                    "scenario '{name}' is at revision {newest} and the change was made from {based_on}; look at the newest \
                     and make the change again"
                )))
            }
        }
    }

    async fn roll_back(&self, call: Call, tenant: &str, name: &str, to: u32, change: Change) -> Answer<Revision> {
        let history = self.history(call, tenant, name).await?;
        let numbers: Vec<String> = history.iter().map(|revision| revision.profile.revision.to_string()).collect();
        let wanted = history.into_iter().find(|revision| revision.profile.revision == to);
        let wanted = wanted.ok_or_else(|| RoleError::NotFound {
            kind: "revision".into(),
            name: format!("{name} {to}"),
            message: format!("expected one of {}", numbers.join(", ")),
        })?;
        let comment = if change.comment.is_empty() { format!("back to revision {to}") } else { change.comment };
        self.revise(call, tenant, wanted.profile, Change { comment, ..change }).await
    }

    async fn history(&self, _: Call, tenant: &str, name: &str) -> Answer<Vec<Revision>> {
        let built_in = self.built_in.profile(name).map(|profile| Revision {
            profile: profile.clone(),
            author: String::new(),
            comment: "built in".into(),
            created: 0,
        });
        let own = self.store.history(tenant, name).await?;
        let history: Vec<Revision> = built_in.into_iter().chain(own).collect();
        if history.is_empty() {
            // Says which names there are.
            self.book(tenant).await?.profile(name)?;
        }
        Ok(history)
    }

    async fn prefer(&self, _: Call, tenant: &str, name: &str, pairs: Vec<PreferencePair>) -> Answer<Vec<Answer<bool>>> {
        if let Err(unknown) = self.book(tenant).await?.profile(name) {
            return Ok(vec![Err(unknown); pairs.len()]);
        }
        if pairs.is_empty() { Ok(Vec::new()) } else { Ok(self.store.prefer(tenant, name, &pairs).await?) }
    }

    async fn calibrate(
        &self,
        call: Call,
        tenant: &str,
        name: &str,
        options: CalibrationOptions,
        install: Option<Change>,
    ) -> Answer<Calibration> {
        let profile = self.book(tenant).await?.profile(name)?.clone();
        let (pairs, measured) = self.store.preferences(tenant, name).await?;
        let judgements = Judgements::new(&pairs, &measured);
        let today = profile.clone();
        let fitted = tokio::task::spawn_blocking(move || calibrate(&today, &judgements, &options)).await;
        let fitted = fitted.map_err(|error| RoleError::Internal(format!("the calibration ended early: {error}")))?;
        let fitted = fitted.map_err(|error| RoleError::invalid("preferences", error.to_string()))?;
        let mut found = fitted.calibration;
        if let Some(change) = install.filter(|_| found.acceptable) {
            let comment =
                if change.comment.is_empty() { format!("calibrated on {} pairs", found.pairs) } else { change.comment };
            let change = Change { comment, based_on: Some(profile.revision), ..change };
            let installed = self.revise(call, tenant, found.profile.clone(), change).await?;
            found.installed = Some(installed.profile.revision);
            found.profile = installed.profile;
        }
        Ok(found)
    }

    async fn keep(&self, _: Call, tenant: &str, measured: &Kept) -> Answer<()> {
        let last = self.expired.load(Ordering::Relaxed);
        let due = now().saturating_sub(last) >= EXPIRY_INTERVAL;
        if due && self.expired.compare_exchange(last, now(), Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.store.expire().await?;
        }
        Ok(self.store.keep(tenant, measured, self.settings.store.keep_measurements_seconds).await?)
    }

    async fn kept(&self, _: Call, tenant: &str, id: &str) -> Answer<Kept> {
        self.store.kept(tenant, id).await?.ok_or_else(|| RoleError::NotFound {
            kind: "measurement".into(),
            name: id.chars().take(64).collect(),
            message: "it was never kept, or its time is over; score the picture again".into(),
        })
    }
}
