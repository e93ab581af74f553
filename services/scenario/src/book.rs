//! One tenant's profiles, and what chooses among them.

use std::sync::Arc;

use domain::{
    classifier::{Classifier, Document},
    roles::{Answer, ResolvedScenario, RoleError},
    scenario::{Context, LONGEST_NAME, Profile, Selector},
};

/// A profile and what free text is compared with.
struct Entry {
    profile: Profile,
    document: Document,
}

impl Entry {
    fn new(profile: Profile, classifier: &Classifier) -> Arc<Self> {
        Arc::new(Self { document: classifier.read(&profile), profile })
    }
}

/// The profiles that every tenant starts from, shared by all books.
#[derive(Clone)]
pub struct BuiltIn {
    entries: Vec<Arc<Entry>>,
    classifier: Arc<Classifier>,
}

impl BuiltIn {
    /// `profiles`, to be chosen from by `classifier`.
    pub fn new(profiles: Vec<Profile>, classifier: Classifier) -> Self {
        let entries = profiles.into_iter().map(|profile| Entry::new(profile, &classifier)).collect();
        Self { entries, classifier: Arc::new(classifier) }
    }

    /// The built-in profile of that name.
    pub fn profile(&self, name: &str) -> Option<&Profile> {
        self.entries.iter().map(|entry| &entry.profile).find(|profile| profile.name == name)
    }
}

/// Profiles, sorted by name, and their classifier.
pub struct Book {
    /// How many revisions of the tenant's own the store had when this was read. They are only ever added, so as many are the
    /// same ones.
    pub revisions: u64,
    entries: Vec<Arc<Entry>>,
    classifier: Arc<Classifier>,
}

impl Book {
    /// A book of what is built in and a tenant's `own` profiles, which stand in front of what is built in under their names;
    /// `revisions` are all that the tenant has of them.
    pub fn new(built_in: &BuiltIn, own: Vec<Profile>, revisions: u64) -> Self {
        let BuiltIn { entries, classifier } = built_in.clone();
        let hidden = |entry: &Arc<Entry>| own.iter().any(|own| own.name == entry.profile.name);
        let mut entries: Vec<Arc<Entry>> = entries.into_iter().filter(|entry| !hidden(entry)).collect();
        entries.extend(own.into_iter().map(|profile| Entry::new(profile, &classifier)));
        entries.sort_by(|a, b| a.profile.name.cmp(&b.profile.name));
        Self { revisions, entries, classifier }
    }

    /// The profiles, by name.
    pub fn profiles(&self) -> impl Iterator<Item = &Profile> {
        self.entries.iter().map(|entry| &entry.profile)
    }

    /// The profile of that name.
    ///
    /// # Errors
    ///
    /// When there is none; the message lists those there are.
    pub fn profile(&self, name: &str) -> Answer<&Profile> {
        // The error repeats the name, and goes into a header.
        if name.len() > LONGEST_NAME {
            let got = name.len();
            let message = format!("expected at most {LONGEST_NAME} bytes, got {got}");
            return Err(RoleError::invalid("scenario.name", message));
        }
        self.profiles().find(|profile| profile.name == name).ok_or_else(|| RoleError::NotFound {
            kind: "scenario".into(),
            name: name.to_owned(),
            message: format!("expected one of {}; or describe the use in free text", self.names()),
        })
    }

    /// What the caller named, as a context vector; free text has at most `longest_text` bytes.
    pub fn resolve(&self, selector: &Selector, longest_text: usize) -> Answer<ResolvedScenario> {
        match selector {
            Selector::Name(name) => Ok(alone(self.profile(name)?)),
            Selector::Text(text) => self.by_text(text, longest_text),
        }
    }

    fn by_text(&self, text: &str, most: usize) -> Answer<ResolvedScenario> {
        if text.trim().is_empty() || text.len() > most {
            let got = text.len();
            return Err(RoleError::invalid(
                "scenario.text",
                format!("expected a description of 1 to {most} bytes, got {got}"),
            ));
        }
        let documents: Vec<&Document> = self.entries.iter().map(|entry| &entry.document).collect();
        let found = self.classifier.classify(text, &documents);
        let mut ranked: Vec<(&Profile, f64)> =
            self.profiles().zip(found.probabilities).filter(|(_, p)| *p > 0.0).collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        if ranked.is_empty() {
            return Err(RoleError::Internal("there are no scenarios".into()));
        }
        Ok(resolved(ranked, found.abstained))
    }

    fn names(&self) -> String {
        self.profiles().map(|profile| profile.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// One profile, as if the caller had named it.
pub fn alone(profile: &Profile) -> ResolvedScenario {
    resolved(vec![(profile, 1.0)], false)
}

/// The mixture of `ranked` profiles, the likeliest first.
fn resolved(ranked: Vec<(&Profile, f64)>, abstained: bool) -> ResolvedScenario {
    let likeliest = ranked.first().map(|(profile, _)| *profile);
    ResolvedScenario {
        name: likeliest.map(|profile| profile.name.clone()).unwrap_or_default(),
        revision: likeliest.map_or(0, |profile| profile.revision),
        gates: likeliest.map(|profile| profile.gates.clone()).unwrap_or_default(),
        temperature: ranked.iter().map(|(profile, p)| p * profile.temperature).sum(),
        distribution: ranked.iter().map(|(profile, p)| (profile.name.clone(), *p)).collect(),
        abstained,
        context: Context::mix(ranked),
    }
}
