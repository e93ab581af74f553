//! The fan-out: which role is asked what, and what has to wait for what.
//!
//! Decomposition, segmentation, distortion and global alignment start at once. Local alignment starts as soon as
//! regions and descriptors are both there.

use std::time::Instant;

use domain::{
    decomposition::normalized_prompt,
    picture::Digest,
    roles::{AlignQuery, Alignment, Answer, Call, Decomposed, Detection, Role, Segmentation},
    score::Outcome,
};

use crate::{
    backends::Backends,
    cache::Cache,
    request::Checked,
    settings::GatewaySettings,
    stage::{Done, Need, Staged, run, skipped},
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

/// Asks the roles, through caches where the cost is.
pub struct FanOut {
    backends: Backends,
    settings: GatewaySettings,
    decompositions: Cache<(String, String), Decomposed>,
    segmentations: Cache<Digest, Segmentation>,
    detections: Cache<(Digest, bool), Detection>,
}

impl FanOut {
    pub fn new(backends: Backends, settings: GatewaySettings) -> Self {
        Self {
            decompositions: Cache::new(settings.decomposition_cache),
            segmentations: Cache::new(settings.measurement_cache),
            detections: Cache::new(settings.measurement_cache),
            backends,
            settings,
        }
    }

    pub const fn backends(&self) -> &Backends {
        &self.backends
    }

    /// Measures the picture against the prompt. The first failure of a required stage, or bad input, ends the others.
    pub async fn measure(&self, call: Call, request: &Checked) -> Answer<Measured> {
        let parts = async {
            let (decomposition, segmentation) =
                tokio::try_join!(self.decompose(call, request), self.segment(call, request))?;
            let local = self.align_locally(call, request, &decomposition, &segmentation).await?;
            Ok((decomposition, segmentation, local))
        };
        let ((decomposition, segmentation, local), detection, global) =
            tokio::try_join!(parts, self.detect(call, request), self.align_globally(call, request))?;
        Ok(Measured { decomposition, segmentation, detection, global, local })
    }

    async fn decompose(&self, call: Call, request: &Checked) -> Answer<Staged<Decomposed>> {
        let call = self.within(call, Role::Decomposition);
        run("decomposition", self.need(Role::Decomposition), async {
            let decomposer = &self.backends.decomposer;
            let key = (decomposer.cache_key(), normalized_prompt(&request.prompt));
            // A stand-in's answer must not outlive the fault that called for it.
            let keep = |decomposed: &Decomposed| decomposed.degraded.is_none();
            let cached = self.decompositions.get(key, keep, || decomposer.decompose(call, &request.prompt)).await?;
            let degraded = cached.value.degraded.clone();
            let outcome = if degraded.is_some() { Outcome::Degraded } else { outcome(cached.hit) };
            Ok(Done { value: cached.value, outcome, degraded })
        })
        .await
    }

    async fn segment(&self, call: Call, request: &Checked) -> Answer<Staged<Segmentation>> {
        let call = self.within(call, Role::Segmentation);
        run("segmentation", self.need(Role::Segmentation), async {
            let ask = || self.backends.segmenter.segment(call, &request.picture, None);
            let cached = self.segmentations.get(request.picture.digest, |_| true, ask).await?;
            Ok(Done { value: cached.value, outcome: outcome(cached.hit), degraded: None })
        })
        .await
    }

    async fn detect(&self, call: Call, request: &Checked) -> Answer<Staged<Detection>> {
        let call = self.within(call, Role::Distortion);
        run("distortion", self.need(Role::Distortion), async {
            let with_maps = request.include_maps;
            let ask = || self.backends.detector.detect(call, &request.picture, with_maps);
            let cached = self.detections.get((request.picture.digest, with_maps), |_| true, ask).await?;
            Ok(Done { value: cached.value, outcome: outcome(cached.hit), degraded: None })
        })
        .await
    }

    async fn align_globally(&self, call: Call, request: &Checked) -> Answer<Staged<Alignment>> {
        let query = AlignQuery { prompt: Some(request.prompt.clone()), aesthetics: true, ..AlignQuery::default() };
        run("global_alignment", self.need(Role::Alignment), async {
            Ok(Done::ok(self.backends.aligner.align(call, &request.picture, &query).await?))
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
        let regions = segmentation.value.as_ref().map(|s| s.regions.iter().map(|region| region.bbox).collect());
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
            Ok(Done::ok(self.backends.aligner.align(call, &request.picture, &query).await?))
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
        if self.settings.required.contains(&role) { Need::Required } else { Need::Optional }
    }
}

const fn outcome(hit: bool) -> Outcome {
    if hit { Outcome::Cached } else { Outcome::Ok }
}
