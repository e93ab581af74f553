//! A scenario service with one scenario.

use async_trait::async_trait;
use domain::{
    fusion::{Fused, Uncertainty, fuse},
    measurement::Measurements,
    roles::{Answer, Call, ResolvedScenario, RoleError, ScenarioScorer},
    scenario::{Context, Profile, Selector},
};

pub struct PlainScorer;

fn uncertainty() -> Uncertainty {
    let config: toml::Table = toml::from_str(include_str!("../../../config/scenario.toml")).unwrap();
    config["uncertainty"].clone().try_into().unwrap()
}

#[async_trait]
impl ScenarioScorer for PlainScorer {
    async fn resolve(&self, _: Call, _: &str, selector: &Selector) -> Answer<ResolvedScenario> {
        let general = include_str!("../../../config/packs/general/scenarios/general.toml");
        let profile: Profile = toml::from_str(general).unwrap();
        if *selector != Selector::Name(profile.name.clone()) {
            return Err(RoleError::NotFound { kind: "scenario".into(), name: "it".into(), message: "general".into() });
        }
        Ok(ResolvedScenario {
            name: profile.name.clone(),
            revision: profile.revision,
            distribution: vec![(profile.name.clone(), 1.0)],
            abstained: false,
            context: Context::mix([(&profile, 1.0)]),
            temperature: profile.temperature,
            gates: Vec::new(),
        })
    }

    async fn fuse(&self, _: Call, context: &Context, measurements: &Measurements) -> Answer<Fused> {
        fuse(context, measurements, &uncertainty()).map_err(|error| RoleError::Internal(error.to_string()))
    }

    async fn list(&self, _: Call, _: &str) -> Answer<Vec<Profile>> {
        Ok(Vec::new())
    }
}
