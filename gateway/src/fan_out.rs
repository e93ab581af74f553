//! The fan-out: which role is asked what, and what has to wait for what.
//!
//! Decomposition, segmentation, distortion and global alignment start at once. Local alignment starts as soon as
//! regions and descriptors are both there. A prompt that is not in English is compared by its translation, so its global
//! alignment waits for decomposition; without a translation nothing is compared with it.

use std::{collections::BTreeSet, sync::Arc, time::Instant};

use domain::{
    decomposition::{Decomposition, normalized_prompt},
    distortion::{Distortion, DistortionKind},
    language::Language,
    region::RegionShape,
    roles::{AlignQuery, Alignment, Answer, Call, Decomposed, Detection, Role, Segmentation},
    scenario::MOST_OTHER_TYPES,
    score::Outcome,
};
use tokio::sync::oneshot;

use crate::{
    cache::{Key, Layered, SharedCache, SharedCacheError},
    request::Checked,
    settings::GatewaySettings,
    stage::{Done, Need, Staged, run, skipped},
    tenants::{Choice, Tenant},
};

/// Share of the time left that optional stages leave to those that come after them.
const RESERVED: f64 = 0.3;

/// All stages' answers about one picture and prompt.
pub struct Measured {
    pub decomposition: Staged<Decomposed>,
    pub segmentation: Staged<Segmentation>,
    pub detection: Staged<Detection>,
    pub global: Staged<Alignment>,
    pub local: Staged<Alignment>,
}

/// Answers that many requests share, and, where the settings say so, many gateways.
pub struct Caches {
    decompositions: Layered<Decomposed>,
    segmentations: Layered<Segmentation>,
    detections: Layered<Detection>,
}

impl Caches {
    /// # Errors
    ///
    /// When the settings name a shared cache that cannot be one.
    pub fn new(settings: &GatewaySettings) -> Result<Self, SharedCacheError> {
        let shared = SharedCache::new(&settings.shared_cache)?.map(Arc::new);
        Ok(Self {
            decompositions: Layered::new("decompositions", settings.decomposition_cache, shared.clone()),
            segmentations: Layered::new("segmentations", settings.measurement_cache, shared.clone()),
            detections: Layered::new("distortions", settings.measurement_cache, shared),
        })
    }
}

/// One request's questions: asks the tenant's roles, through caches where the cost is.
pub struct FanOut {
    pub caches: Arc<Caches>,
    pub tenant: Arc<Tenant>,
    pub choice: Choice,
}

impl FanOut {
    /// What the answer of `role` to what was asked is kept by; `backend` is the cache key of who answers.
    fn key(&self, role: Role, backend: String, asked: String) -> Key {
        Key { partition: Arc::clone(&self.tenant.partition), label: self.choice.label(role).into(), backend, asked }
    }

    /// Measures the picture against the prompt. The first failure of a required stage, or bad input, ends the others.
    /// Where the prompt was taken apart before, for another picture, it is not taken apart again.
    pub async fn measure(
        &self,
        call: Call,
        request: &Checked,
        decomposed: Option<&Staged<Decomposed>>,
    ) -> Answer<Measured> {
        let (translated, translation) = oneshot::channel();
        let decomposition = async {
            let decomposition = match decomposed {
                Some(decomposed) => decomposed.clone(),
                None => self.decompose(call, &request.prompt, request.language).await?,
            };
            // Nobody listens when the prompt is in English.
            let _ = translated.send(decomposition.value.as_ref().and_then(|value| value.english.clone()));
            Ok(decomposition)
        };
        let parts = async {
            let (decomposition, segmentation) = tokio::try_join!(decomposition, self.segment(call, request))?;
            let local = self.align_locally(call, request, &decomposition, &segmentation).await?;
            Ok((decomposition, segmentation, local))
        };
        let global = async {
            let english = if request.language.is_english() {
                Some(request.prompt.clone())
            } else {
                translation.await.ok().flatten()
            };
            self.align_globally(call, request, english).await
        };
        let ((decomposition, segmentation, local), detection, global) =
            tokio::try_join!(parts, self.detect(call, request), global)?;
        Ok(Measured { decomposition, segmentation, detection, global, local })
    }

    /// Takes a prompt apart.
    pub async fn decompose(&self, call: Call, prompt: &str, language: Language) -> Answer<Staged<Decomposed>> {
        let call = self.within(call, Role::Decomposition);
        let mut staged = run("decomposition", self.need(Role::Decomposition), async {
            let decomposer = &self.choice.backends.decomposer;
            let key = self.key(Role::Decomposition, decomposer.cache_key(), normalized_prompt(prompt));
            // A stand-in's answer must not outlive the fault that called for it.
            let keep = |decomposed: &Decomposed| decomposed.degraded.is_none();
            let cached = self.caches.decompositions.get(key, keep, || decomposer.decompose(call, prompt)).await?;
            let decomposed = readable(cached.value, language);
            let degraded = decomposed.degraded.clone();
            let outcome = if degraded.is_some() { Outcome::Degraded } else { outcome(cached.hit) };
            Ok(Done { value: decomposed, outcome, degraded })
        })
        .await?;
        let unread = (staged.value.is_none() && !language.is_english()).then_some(&mut staged.degraded);
        if let Some(Some(degraded)) = unread {
            let why = &degraded.reason;
            degraded.reason = format!("language: the prompt seems to be in {language} and was not translated: {why}");
        }
        Ok(staged)
    }

    async fn segment(&self, call: Call, request: &Checked) -> Answer<Staged<Segmentation>> {
        let call = self.within(call, Role::Segmentation);
        run("segmentation", self.need(Role::Segmentation), async {
            let segmenter = &self.choice.backends.segmenter;
            let key = self.key(Role::Segmentation, segmenter.cache_key(), request.picture.digest.to_string());
            let ask = || segmenter.segment(call, &request.picture, None);
            let cached = self.caches.segmentations.get(key, |_| true, ask).await?;
            Ok(Done { value: cached.value, outcome: outcome(cached.hit), degraded: None })
        })
        .await
    }

    async fn detect(&self, call: Call, request: &Checked) -> Answer<Staged<Detection>> {
        let call = self.within(call, Role::Distortion);
        run("distortion", self.need(Role::Distortion), async {
            let with_maps = request.needs_maps();
            let detector = &self.choice.backends.detector;
            let asked = format!("{}{}", request.picture.digest, if with_maps { " with maps" } else { "" });
            let key = self.key(Role::Distortion, detector.cache_key(), asked);
            let ask = || detector.detect(call, &request.picture, with_maps);
            let cached = self.caches.detections.get(key, |_| true, ask).await?;
            let value = bounded(cached.value);
            Ok(Done { value, outcome: outcome(cached.hit), degraded: None })
        })
        .await
    }

    /// Without a prompt `in_english` only how pleasing the picture is.
    async fn align_globally(
        &self,
        call: Call,
        request: &Checked,
        in_english: Option<String>,
    ) -> Answer<Staged<Alignment>> {
        let query = AlignQuery { prompt: in_english, aesthetics: true, ..AlignQuery::default() };
        run("global_alignment", self.need(Role::Alignment), async {
            Ok(Done::ok(self.choice.backends.aligner.align(call, &request.picture, &query).await?))
        })
        .await
    }

    async fn align_locally(
        &self,
        call: Call,
        request: &Checked,
        decomposition: &Staged<Decomposed>,
        segmentation: &Staged<Segmentation>,
    ) -> Answer<Staged<Alignment>> {
        const NAME: &str = "local_alignment";
        let Some(decomposed) = &decomposition.value else { return Ok(skipped(NAME)) };
        let parts = &decomposed.decomposition;
        let regions = segmentation.value.as_ref().map(|s| s.regions.iter().map(RegionShape::from).collect());
        let query = AlignQuery {
            // Without regions nobody can say that a second cat is missing: local alignment stays unmeasured.
            descriptors: if regions.is_some() { parts.descriptors.clone() } else { Vec::new() },
            regions: regions.unwrap_or_default(),
            attributes: parts.attributes.clone(),
            ..AlignQuery::default()
        };
        if query.descriptors.is_empty() && query.attributes.is_empty() {
            return Ok(skipped(NAME));
        }
        run(NAME, self.need(Role::Alignment), async {
            Ok(Done::ok(self.choice.backends.aligner.align(call, &request.picture, &query).await?))
        })
        .await
    }

    /// The call for a stage of `role`: one whose answer can be missed leaves time for those that cannot.
    fn within(&self, call: Call, role: Role) -> Call {
        let Some(deadline) = call.deadline.filter(|_| self.need(role) == Need::Optional) else { return call };
        let left = deadline.saturating_duration_since(Instant::now());
        Call { deadline: Some(deadline - left.mul_f64(RESERVED)) }
    }

    fn need(&self, role: Role) -> Need {
        if self.tenant.required.contains(&role) { Need::Required } else { Need::Optional }
    }
}

/// The answer without parts that nobody could read: a prompt that is not in English and was not translated has none,
/// whatever a backend made of it.
fn readable(decomposed: Decomposed, language: Language) -> Decomposed {
    if language.is_english() || decomposed.english.is_some() {
        return decomposed;
    }
    let told = decomposed.degraded.filter(|reason| reason.starts_with("language: "));
    let reason = told.unwrap_or_else(|| {
        format!(
            "language: the prompt seems to be in {language} and the decomposition backend gave no translation; \
             configure one with a language model, or give the prompt in English"
        )
    });
    Decomposed { decomposition: Decomposition::default(), degraded: Some(reason), ..decomposed }
}

/// The detection with no more types beyond the twelve than fusion takes; the others are dropped by name.
fn bounded(mut detection: Detection) -> Detection {
    let is_other = |distortion: &Distortion| matches!(distortion.kind, DistortionKind::Other(_));
    let others: BTreeSet<DistortionKind> =
        detection.distortions.iter().filter(|d| is_other(d)).map(|d| d.kind.clone()).take(MOST_OTHER_TYPES).collect();
    detection.distortions.retain(|distortion| !is_other(distortion) || others.contains(&distortion.kind));
    detection
}

const fn outcome(hit: bool) -> Outcome {
    if hit { Outcome::Cached } else { Outcome::Ok }
}

#[cfg(test)]
mod tests {
    use domain::decomposition::{Descriptor, DescriptorKind};

    use super::*;

    fn decomposed(english: Option<&str>) -> Decomposed {
        let dragon = Descriptor::new(DescriptorKind::Object, "dragon".into(), None);
        Decomposed {
            decomposition: Decomposition { descriptors: vec![dragon], attributes: Vec::new() },
            english: english.map(str::to_owned),
            ..Decomposed::default()
        }
    }

    #[test]
    fn parts_of_a_foreign_prompt_count_only_with_its_translation() {
        let chinese = Language::of("一条龙");
        let untranslated = readable(decomposed(None), chinese);
        assert!(untranslated.decomposition.descriptors.is_empty());
        assert!(untranslated.degraded.unwrap().starts_with("language: the prompt seems to be in Chinese (zh)"));
        let translated = decomposed(Some("a dragon"));
        assert_eq!(readable(translated.clone(), chinese), translated);
        assert_eq!(readable(decomposed(None), Language::ENGLISH), decomposed(None));
    }
}
