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
    ownership::{
        ApiKey, Calibration, CalibrationOptions, Change, PreferencePair, Revision, check_no_nul, check_tenant,
    },
    roles::{Answer, Call, KeyKeeper, ResolvedScenario, RoleError, ScenarioKeeper, ScenarioScorer},
    scenario::{Context, Profile, Selector},
    score::Kept,
};
use kit::known::LastKnown;
use tokio::sync::Semaphore;

use crate::{
    book::{Book, BuiltIn},
    calibration::{Judgements, calibrate},
    settings::ScenarioSettings,
    store::{Outdated, Store, StoreError, now},
};

/// Tenants whose profiles are held ready.
const TENANTS: u64 = 10_000;
/// How often rows of preferences are brought to the store.
const TRIES: usize = 3;
/// Pause between two of these times.
const AGAIN_AFTER: Duration = Duration::from_millis(50);
/// Seconds between two times that expired measurements are forgotten.
const EXPIRY_INTERVAL: i64 = 60;

/// Scenarios of all tenants.
pub struct ScenarioLibrary {
    built_in: BuiltIn,
    store: Store,
    settings: ScenarioSettings,
    books: LastKnown<String, Arc<Book>>,
    /// Calibrations take a core each for as long as they last: one at a time.
    calibrating: Semaphore,
    expired: AtomicI64,
}

impl ScenarioLibrary {
    /// A library of `built_in` profiles and what tenants own in `store`.
    pub fn new(built_in: Vec<Profile>, store: Store, settings: ScenarioSettings) -> Self {
        let fresh_for = Duration::from_millis(settings.store.refresh_ms);
        Self {
            built_in: BuiltIn::new(built_in, Classifier::new(&settings.classifier)),
            store,
            books: LastKnown::new(TENANTS, fresh_for, None),
            calibrating: Semaphore::new(1),
            settings,
            expired: AtomicI64::new(0),
        }
    }

    async fn book(&self, tenant: &str) -> Answer<Arc<Book>> {
        let tenant = tenant.to_owned();
        let load = async {
            // A tenant may have thousands, and mostly nothing has changed.
            let revisions = self.store.revisions(&tenant).await?;
            if let Some(book) = self.books.last(&tenant).await.filter(|book| book.revisions == revisions) {
                return Ok(book);
            }
            let own = self.store.newest(&tenant).await?.into_iter().map(|revision| revision.profile).collect();
            Ok(Arc::new(Book::new(&self.built_in, own, revisions)))
        };
        self.books.get(&tenant, load).await
    }
}

/// Makes the fitted row the scenario's next revision, where a change is given and the row is not worse; a scenario that was
/// changed since the row was fitted stays as it is.
///
/// # Errors
///
/// As [`ScenarioKeeper::revise`].
pub async fn install_fitted(
    keeper: &dyn ScenarioKeeper,
    call: Call,
    tenant: &str,
    mut found: Calibration,
    install: Option<Change>,
) -> Answer<Calibration> {
    if let Some(change) = install.filter(|_| found.acceptable) {
        let comment =
            if change.comment.is_empty() { format!("calibrated on {} pairs", found.pairs) } else { change.comment };
        // The fitted row still has the number of the revision that it was fitted from.
        let change = Change { comment, based_on: Some(found.profile.revision), ..change };
        let installed = keeper.revise(call, tenant, found.profile, change).await?;
        found.installed = Some(installed.profile.revision);
        found.profile = installed.profile;
    }
    Ok(found)
}

/// A text that every store takes: PostgreSQL takes no NUL.
fn keepable(field: &str, text: &str) -> Answer<()> {
    check_no_nul(text).map_err(|why| RoleError::invalid(field, why))
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
        change.check().map_err(|why| RoleError::invalid("change", why))?;
        let (name, built_in) = (profile.name.clone(), self.built_in.profile(&profile.name).map_or(0, |p| p.revision));
        match self.store.revise(tenant, profile, built_in, &change).await? {
            Ok(revision) => {
                self.books.changed();
                Ok(revision)
            }
            Err(Outdated(newest)) => {
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
        keepable("name", name)?;
        let built_in = self.built_in.profile(name).map(|profile| Revision {
            profile: profile.clone(),
            author: String::new(),
            comment: "built in".into(),
            created: 0,
        });
        let own = self.store.history(tenant, name).await?;
        // A newer program may carry a newer built-in profile than the one that the tenant's own began from.
        let first = own.first().map_or(u32::MAX, |revision| revision.profile.revision);
        let built_in = built_in.filter(|revision| revision.profile.revision < first);
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
        if pairs.is_empty() {
            return Ok(Vec::new());
        }
        // Two streams may wait for each other's measurements, and the database ends one of them. What is in the store
        // already is not counted twice, so the rows can simply come again.
        for _ in 1..TRIES {
            match self.store.prefer(tenant, name, &pairs).await {
                Err(StoreError::Database { .. }) => tokio::time::sleep(AGAIN_AFTER).await,
                answered => return Ok(answered?),
            }
        }
        Ok(self.store.prefer(tenant, name, &pairs).await?)
    }

    async fn calibrate(
        &self,
        call: Call,
        tenant: &str,
        name: &str,
        prior: Option<f64>,
        install: Option<Change>,
    ) -> Answer<Calibration> {
        let today = self.settings.calibration;
        let options = CalibrationOptions { prior: prior.unwrap_or(today.prior), ..today };
        options.check().map_err(|why| RoleError::invalid("calibration", why))?;
        let _one = self
            .calibrating
            .try_acquire()
            .map_err(|_| RoleError::Overloaded("another calibration is running; ask again when it is done".into()))?;
        let profile = self.book(tenant).await?.profile(name)?.clone();
        let (pairs, measured) = self.store.preferences(tenant, name).await?;
        let judgements = Judgements::new(&pairs, &measured);
        let today = profile.clone();
        let fitted = tokio::task::spawn_blocking(move || calibrate(&today, &judgements, &options)).await;
        let fitted = fitted.map_err(|error| RoleError::Internal(format!("the calibration ended early: {error}")))?;
        let fitted = fitted.map_err(|error| RoleError::invalid("preferences", error.to_string()))?;
        install_fitted(self, call, tenant, fitted.calibration, install).await
    }

    async fn keep(&self, _: Call, tenant: &str, measured: &Kept) -> Answer<()> {
        keepable("score.id", &measured.score.id)?;
        keepable("prompt", &measured.prompt)?;
        let last = self.expired.load(Ordering::Relaxed);
        let due = now().saturating_sub(last) >= EXPIRY_INTERVAL
            && self.expired.compare_exchange(last, now(), Ordering::Relaxed, Ordering::Relaxed).is_ok();
        if due && let Err(error) = self.store.expire().await {
            tracing::warn!(%error, "what has expired is still there");
        }
        Ok(self.store.keep(tenant, measured, self.settings.store.keep_measurements_seconds).await?)
    }

    async fn kept(&self, _: Call, tenant: &str, id: &str) -> Answer<Kept> {
        keepable("id", id)?;
        self.store.kept(tenant, id).await?.ok_or_else(|| RoleError::NotFound {
            kind: "measurement".into(),
            name: id.chars().take(64).collect(),
            message: "it was never kept, or its time is over; score the picture again".into(),
        })
    }
}

#[async_trait]
impl KeyKeeper for ScenarioLibrary {
    async fn find(&self, _: Call, id: &str) -> Answer<Option<ApiKey>> {
        keepable("id", id)?;
        Ok(self.store.key(id).await?)
    }

    async fn keys(&self, _: Call, tenant: &str) -> Answer<Vec<ApiKey>> {
        Ok(self.store.keys(tenant).await?)
    }

    async fn add(&self, _: Call, key: ApiKey) -> Answer<()> {
        check_tenant(&key.tenant).map_err(|why| RoleError::invalid("tenant", why))?;
        for (field, text) in [("key.id", &key.id), ("key.hash", &key.hash), ("key.comment", &key.comment)] {
            keepable(field, text)?;
        }
        match self.store.add_key(&key).await? {
            true => Ok(()),
            false => Err(RoleError::Conflict("there is a key of that id already; make another".into())),
        }
    }

    async fn end(&self, call: Call, tenant: &str, id: &str, ends: i64) -> Answer<ApiKey> {
        keepable("id", id)?;
        if let Some(key) = self.store.end_key(tenant, id, ends).await? {
            return Ok(key);
        }
        let known: Vec<String> = self.keys(call, tenant).await?.into_iter().map(|key| key.id).collect();
        let message = if known.is_empty() { "there are none".to_owned() } else { known.join(", ") };
        Err(RoleError::NotFound { kind: "key".into(), name: id.to_owned(), message: format!("keys: {message}") })
    }
}

#[cfg(test)]
mod tests;
