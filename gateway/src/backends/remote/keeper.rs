//! What tenants own, kept by a scenario service at an endpoint.

use async_trait::async_trait;
use domain::{
    ownership::{Calibration, Change, PreferencePair, Revision},
    roles::{Answer, Call, RoleError, ScenarioKeeper},
    scenario::Profile,
    score::Kept,
};
use futures::{StreamExt, stream};
use proto::admin::{
    CalibrateScenarioRequest, GetMeasurementRequest, ListScenarioRevisionsRequest, ReviseScenarioRequest,
    RollBackScenarioRequest, admin_service_client::AdminServiceClient,
};
use wire::{admin as messages, scenario::to_profile};

use super::{Remote, client};

#[async_trait]
impl ScenarioKeeper for Remote {
    async fn revise(&self, call: Call, tenant: &str, profile: Profile, change: Change) -> Answer<Revision> {
        let (profile, change) = (Some(to_profile(profile)), Some(messages::to_change(change)));
        let request = self.request_of(call, tenant, ReviseScenarioRequest { profile, change })?;
        let answer = self.answered(call, client!(self, AdminServiceClient).revise_scenario(request).await)?;
        self.checked(messages::from_revision(answer.revision))
    }

    async fn roll_back(&self, call: Call, tenant: &str, name: &str, to: u32, change: Change) -> Answer<Revision> {
        let (name, change) = (name.to_owned(), Some(messages::to_change(change)));
        let request = self.request_of(call, tenant, RollBackScenarioRequest { name, revision: to, change })?;
        let answer = self.answered(call, client!(self, AdminServiceClient).roll_back_scenario(request).await)?;
        self.checked(messages::from_revision(answer.revision))
    }

    async fn history(&self, call: Call, tenant: &str, name: &str) -> Answer<Vec<Revision>> {
        let request = self.request_of(call, tenant, ListScenarioRevisionsRequest { name: name.to_owned() })?;
        let answer = self.answered(call, client!(self, AdminServiceClient).list_scenario_revisions(request).await)?;
        let read = answer.revisions.into_iter().map(|revision| messages::from_revision(Some(revision)));
        self.checked(read.collect())
    }

    async fn prefer(
        &self,
        call: Call,
        tenant: &str,
        name: &str,
        pairs: Vec<PreferencePair>,
    ) -> Answer<Vec<Answer<bool>>> {
        let rows: Vec<_> = pairs.into_iter().map(|pair| messages::to_preference(name, pair)).collect();
        let request = self.request_of(call, tenant, stream::iter(rows))?;
        let answers = self.answered(call, client!(self, AdminServiceClient).add_preferences(request).await)?;
        let rows: Vec<_> = answers.collect().await;
        rows.into_iter()
            .map(|row| {
                let row = row.map_err(|status| kit::status::from_status(&status))?;
                Ok(if row.error.is_empty() { Ok(row.added) } else { Err(RoleError::invalid("preference", row.error)) })
            })
            .collect()
    }

    async fn calibrate(
        &self,
        call: Call,
        tenant: &str,
        name: &str,
        prior: Option<f64>,
        install: Option<Change>,
    ) -> Answer<Calibration> {
        let message = CalibrateScenarioRequest {
            scenario: name.to_owned(),
            prior,
            install: install.is_some(),
            change: install.map(messages::to_change),
        };
        let request = self.request_of(call, tenant, message)?;
        let answer = self.answered(call, client!(self, AdminServiceClient).calibrate_scenario(request).await)?;
        self.checked(messages::from_calibration(answer))
    }

    async fn keep(&self, call: Call, tenant: &str, measured: &Kept) -> Answer<()> {
        let request = self.request_of(call, tenant, messages::to_kept(measured.clone()))?;
        self.answered(call, client!(self, AdminServiceClient).keep_measurement(request).await)?;
        Ok(())
    }

    async fn kept(&self, call: Call, tenant: &str, id: &str) -> Answer<Kept> {
        let request = self.request_of(call, tenant, GetMeasurementRequest { id: id.to_owned() })?;
        let answer = self.answered(call, client!(self, AdminServiceClient).get_measurement(request).await)?;
        self.checked(messages::from_kept(answer.prompt, answer.score))
    }
}
