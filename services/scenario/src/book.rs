//! The role itself: a book of profiles.

use async_trait::async_trait;
use domain::{
    classifier::Classifier,
    fusion::{Fused, fuse},
    measurement::Measurements,
    roles::{Answer, Call, ResolvedScenario, RoleError, ScenarioScorer},
    scenario::{Context, Profile, Selector},
};

use crate::settings::ScenarioSettings;

/// Profiles that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BookError {
    /// A file is not a profile.
    #[error("scenario file {file}: {message}")]
    Profile {
        /// The file's name.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// Two files hold one name.
    #[error("scenario '{0}' is there twice; give one of them another name")]
    Twice(String),
    /// The default profile is missing.
    #[error("the default scenario '{0}' is not among the profiles")]
    NoDefault(String),
}

const LONGEST_NAME: usize = 100;

/// Profiles and what chooses among them.
pub struct ScenarioBook {
    profiles: Vec<Profile>,
    classifier: Classifier,
    settings: ScenarioSettings,
}

impl ScenarioBook {
    /// Reads profiles from (file name, TOML) pairs.
    pub fn read<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
        settings: ScenarioSettings,
    ) -> Result<Self, BookError> {
        let mut profiles: Vec<Profile> = Vec::new();
        for (file, text) in files {
            let failed = |message: String| BookError::Profile { file: file.to_owned(), message };
            let profile: Profile = toml::from_str(text).map_err(|error| failed(error.to_string()))?;
            profile.check().map_err(failed)?;
            if profiles.iter().any(|other| other.name == profile.name) {
                return Err(BookError::Twice(profile.name));
            }
            profiles.push(profile);
        }
        profiles.sort_by(|a, b| a.name.cmp(&b.name));
        let default = &settings.classifier.default_profile;
        if !profiles.iter().any(|profile| profile.name == *default) {
            return Err(BookError::NoDefault(default.clone()));
        }
        Ok(Self { classifier: Classifier::new(&profiles, settings.classifier.clone()), profiles, settings })
    }

    fn by_name(&self, name: &str) -> Answer<ResolvedScenario> {
        // The error repeats the name, and goes into a header.
        if name.len() > LONGEST_NAME {
            let got = name.len();
            return Err(RoleError::invalid(
                "scenario.name",
                format!("expected at most {LONGEST_NAME} bytes, got {got}"),
            ));
        }
        let profile = self.profiles.iter().find(|profile| profile.name == name).ok_or_else(|| RoleError::NotFound {
            kind: "scenario".into(),
            name: name.to_owned(),
            message: format!("expected one of {}; or describe the use in free text", self.names()),
        })?;
        Ok(ResolvedScenario {
            name: profile.name.clone(),
            revision: profile.revision,
            distribution: vec![(profile.name.clone(), 1.0)],
            abstained: false,
            context: Context::mix([(profile, 1.0)]),
        })
    }

    fn by_text(&self, text: &str) -> Answer<ResolvedScenario> {
        let most = self.settings.max_text_bytes;
        if text.trim().is_empty() || text.len() > most {
            let got = text.len();
            return Err(RoleError::invalid(
                "scenario.text",
                format!("expected a description of 1 to {most} bytes, got {got}"),
            ));
        }
        let found = self.classifier.classify(text);
        let mut ranked: Vec<(&Profile, f64)> =
            self.profiles.iter().zip(found.probabilities).filter(|(_, p)| *p > 0.0).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        let (likeliest, _) = ranked.first().ok_or_else(|| RoleError::Internal("there are no scenarios".into()))?;
        Ok(ResolvedScenario {
            name: likeliest.name.clone(),
            revision: likeliest.revision,
            distribution: ranked.iter().map(|(profile, p)| (profile.name.clone(), *p)).collect(),
            abstained: found.abstained,
            context: Context::mix(ranked),
        })
    }

    fn names(&self) -> String {
        self.profiles.iter().map(|profile| profile.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

#[async_trait]
impl ScenarioScorer for ScenarioBook {
    async fn resolve(&self, _: Call, selector: &Selector) -> Answer<ResolvedScenario> {
        match selector {
            Selector::Name(name) => self.by_name(name),
            Selector::Text(text) => self.by_text(text),
        }
    }

    async fn fuse(&self, _: Call, context: &Context, measurements: &Measurements) -> Answer<Fused> {
        fuse(context, measurements, &self.settings.uncertainty)
            .map_err(|error| RoleError::invalid("components", error.to_string()))
    }

    async fn list(&self, _: Call) -> Answer<Vec<Profile>> {
        Ok(self.profiles.clone())
    }
}
