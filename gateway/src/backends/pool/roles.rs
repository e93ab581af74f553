//! A pool answers its role as one backend would.

use async_trait::async_trait;
use domain::{
    fusion::Fused,
    measurement::Measurements,
    ownership::{ApiKey, Calibration, Change, PreferencePair, Revision},
    picture::Picture,
    region::RegionShape,
    roles::{
        AlignQuery, Aligner, Alignment, Answer, Call, Decomposed, Decomposer, Detection, DistortionDetector,
        Embeddings, KeyKeeper, ResolvedScenario, ScenarioKeeper, ScenarioScorer, Segmentation, Segmenter, TextKind,
    },
    scenario::{Context, Profile, Selector},
    score::Kept,
};

use super::Pool;

#[async_trait]
impl Aligner for Pool<dyn Aligner> {
    async fn embed_image(&self, call: Call, picture: &Picture, regions: &[RegionShape]) -> Answer<Embeddings> {
        self.ask(call, |at| async move { at.embed_image(call, picture, regions).await }).await
    }

    async fn embed_texts(&self, call: Call, texts: &[String], kind: TextKind) -> Answer<Embeddings> {
        self.ask(call, |at| async move { at.embed_texts(call, texts, kind).await }).await
    }

    async fn align(&self, call: Call, picture: &Picture, query: &AlignQuery) -> Answer<Alignment> {
        self.ask(call, |at| async move { at.align(call, picture, query).await }).await
    }
}

#[async_trait]
impl Segmenter for Pool<dyn Segmenter> {
    fn cache_key(&self) -> String {
        self.joined(|at| at.cache_key())
    }

    async fn segment(&self, call: Call, picture: &Picture, max_regions: Option<u32>) -> Answer<Segmentation> {
        self.ask(call, |at| async move { at.segment(call, picture, max_regions).await }).await
    }
}

#[async_trait]
impl Decomposer for Pool<dyn Decomposer> {
    fn cache_key(&self) -> String {
        self.joined(|at| at.cache_key())
    }

    async fn decompose(&self, call: Call, prompt: &str) -> Answer<Decomposed> {
        self.ask(call, |at| async move { at.decompose(call, prompt).await }).await
    }
}

#[async_trait]
impl DistortionDetector for Pool<dyn DistortionDetector> {
    fn cache_key(&self) -> String {
        self.joined(|at| at.cache_key())
    }

    async fn detect(&self, call: Call, picture: &Picture, with_maps: bool) -> Answer<Detection> {
        self.ask(call, |at| async move { at.detect(call, picture, with_maps).await }).await
    }
}

#[async_trait]
impl ScenarioScorer for Pool<dyn ScenarioScorer> {
    async fn resolve(&self, call: Call, tenant: &str, selector: &Selector) -> Answer<ResolvedScenario> {
        self.ask(call, |at| async move { at.resolve(call, tenant, selector).await }).await
    }

    async fn fuse(&self, call: Call, context: &Context, measurements: &Measurements) -> Answer<Fused> {
        self.ask(call, |at| async move { at.fuse(call, context, measurements).await }).await
    }

    async fn list(&self, call: Call, tenant: &str) -> Answer<Vec<Profile>> {
        self.ask(call, |at| async move { at.list(call, tenant).await }).await
    }
}

/// What changes something is asked once: a call whose answer was lost may have been heard.
#[async_trait]
impl ScenarioKeeper for Pool<dyn ScenarioKeeper> {
    async fn revise(&self, call: Call, tenant: &str, profile: Profile, change: Change) -> Answer<Revision> {
        let (profile, change) = (&profile, &change);
        self.ask_once(|at| async move { at.revise(call, tenant, profile.clone(), change.clone()).await }).await
    }

    async fn roll_back(&self, call: Call, tenant: &str, name: &str, to: u32, change: Change) -> Answer<Revision> {
        let change = &change;
        self.ask_once(|at| async move { at.roll_back(call, tenant, name, to, change.clone()).await }).await
    }

    async fn history(&self, call: Call, tenant: &str, name: &str) -> Answer<Vec<Revision>> {
        self.ask(call, |at| async move { at.history(call, tenant, name).await }).await
    }

    async fn prefer(
        &self,
        call: Call,
        tenant: &str,
        name: &str,
        pairs: Vec<PreferencePair>,
    ) -> Answer<Vec<Answer<bool>>> {
        // Rows have ids and count once, however often they come.
        let pairs = &pairs;
        self.ask(call, |at| async move { at.prefer(call, tenant, name, pairs.clone()).await }).await
    }

    async fn calibrate(
        &self,
        call: Call,
        tenant: &str,
        name: &str,
        prior: Option<f64>,
        install: Option<Change>,
    ) -> Answer<Calibration> {
        let install = &install;
        self.ask_once(|at| async move { at.calibrate(call, tenant, name, prior, install.clone()).await }).await
    }

    async fn keep(&self, call: Call, tenant: &str, measured: &Kept) -> Answer<()> {
        self.ask(call, |at| async move { at.keep(call, tenant, measured).await }).await
    }

    async fn kept(&self, call: Call, tenant: &str, id: &str) -> Answer<Kept> {
        self.ask(call, |at| async move { at.kept(call, tenant, id).await }).await
    }
}

#[async_trait]
impl KeyKeeper for Pool<dyn KeyKeeper> {
    async fn find(&self, call: Call, id: &str) -> Answer<Option<ApiKey>> {
        self.ask(call, |at| async move { at.find(call, id).await }).await
    }

    async fn keys(&self, call: Call, tenant: &str) -> Answer<Vec<ApiKey>> {
        self.ask(call, |at| async move { at.keys(call, tenant).await }).await
    }

    async fn add(&self, call: Call, key: ApiKey) -> Answer<()> {
        let key = &key;
        self.ask_once(|at| async move { at.add(call, key.clone()).await }).await
    }

    async fn end(&self, call: Call, tenant: &str, id: &str, ends: i64) -> Answer<ApiKey> {
        self.ask(call, |at| async move { at.end(call, tenant, id, ends).await }).await
    }
}
