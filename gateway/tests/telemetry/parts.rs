//! A gateway's server over roles that are known beforehand: the real ones need models, which a gateway does without.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use cpaiqa_gateway::{
    Gateway, GatewaySettings, QualityServer,
    backends::{Backends, Connector},
};
use domain::{
    alignment::Similarity,
    fusion::Fused,
    measurement::Measurements,
    ownership::{ApiKey, Calibration, Change, PreferencePair, Revision},
    picture::Picture,
    region::RegionShape,
    roles::{
        AlignQuery, Aligner, Alignment, Answer, Call, Decomposed, Decomposer, Detection, DistortionDetector,
        Embeddings, KeyKeeper, ResolvedScenario, RoleError, ScenarioKeeper, ScenarioScorer, Segmentation, Segmenter,
        TextKind,
    },
    scenario::{Context, Profile, Selector},
    score::Kept,
};
use kit::{
    server::{ServerSettings, Services},
    tenant::Tenancy,
    tls::ClientTls,
};
use proto::quality::quality_service_server::QualityServiceServer;

use crate::served::{quick, served};

/// Every role.
#[derive(Default)]
pub struct Parts {
    /// Segmentation fails from now on.
    pub broken: AtomicBool,
    /// Segmentation gives no answer from now on.
    pub hanging: AtomicBool,
    /// Somebody waits for such an answer.
    pub waited_for: AtomicBool,
}

fn unused<T>() -> Answer<T> {
    Err(RoleError::Unsupported("not in these tests".into()))
}

#[async_trait]
impl Aligner for Parts {
    async fn embed_image(&self, _: Call, _: &Picture, _: &[RegionShape]) -> Answer<Embeddings> {
        unused()
    }

    async fn embed_texts(&self, _: Call, _: &[String], _: TextKind) -> Answer<Embeddings> {
        unused()
    }

    async fn align(&self, _: Call, _: &Picture, _: &AlignQuery) -> Answer<Alignment> {
        let global = Some(Similarity { cosine: 0.2, calibrated: 0.75 });
        Ok(Alignment { global, aesthetics: Some(0.5), ..Alignment::default() })
    }
}

#[async_trait]
impl Segmenter for Parts {
    fn cache_key(&self) -> String {
        "parts".into()
    }

    async fn segment(&self, _: Call, _: &Picture, _: Option<u32>) -> Answer<Segmentation> {
        if self.broken.load(Ordering::SeqCst) {
            return Err(RoleError::Unavailable("no connection".into()));
        }
        if self.hanging.load(Ordering::SeqCst) {
            self.waited_for.store(true, Ordering::SeqCst);
            std::future::pending::<()>().await;
        }
        Ok(Segmentation::default())
    }
}

#[async_trait]
impl Decomposer for Parts {
    fn cache_key(&self) -> String {
        "parts".into()
    }

    async fn decompose(&self, _: Call, _: &str) -> Answer<Decomposed> {
        Ok(Decomposed::default())
    }
}

#[async_trait]
impl DistortionDetector for Parts {
    fn cache_key(&self) -> String {
        "parts".into()
    }

    async fn detect(&self, _: Call, _: &Picture, _: bool) -> Answer<Detection> {
        Ok(Detection { fidelity: Some(0.9), ..Detection::default() })
    }
}

#[async_trait]
impl ScenarioScorer for Parts {
    async fn resolve(&self, _: Call, _: &str, selector: &Selector) -> Answer<ResolvedScenario> {
        let name = match selector {
            Selector::Name(name) if name == "general" => name.clone(),
            other => {
                let name = format!("{other:?}");
                return Err(RoleError::NotFound { kind: "scenario".into(), name, message: "known: general".into() });
            }
        };
        Ok(ResolvedScenario {
            distribution: vec![(name.clone(), 1.0)],
            name,
            revision: 3,
            abstained: false,
            context: Context { weights: [0.2; 5], impacts: BTreeMap::new() },
            temperature: 10.0,
            gates: Vec::new(),
        })
    }

    async fn fuse(&self, _: Call, context: &Context, _: &Measurements) -> Answer<Fused> {
        Ok(Fused { score: 62.5, interval: (50.0, 75.0), weights: context.weights, points_lost: Vec::new() })
    }

    async fn list(&self, _: Call, _: &str) -> Answer<Vec<Profile>> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl ScenarioKeeper for Parts {
    async fn revise(&self, _: Call, _: &str, _: Profile, _: Change) -> Answer<Revision> {
        unused()
    }

    async fn roll_back(&self, _: Call, _: &str, _: &str, _: u32, _: Change) -> Answer<Revision> {
        unused()
    }

    async fn history(&self, _: Call, _: &str, _: &str) -> Answer<Vec<Revision>> {
        unused()
    }

    async fn prefer(&self, _: Call, _: &str, _: &str, _: Vec<PreferencePair>) -> Answer<Vec<Answer<bool>>> {
        unused()
    }

    async fn calibrate(&self, _: Call, _: &str, _: &str, _: Option<f64>, _: Option<Change>) -> Answer<Calibration> {
        unused()
    }

    async fn keep(&self, _: Call, _: &str, _: &Kept) -> Answer<()> {
        Ok(())
    }

    async fn kept(&self, _: Call, _: &str, _: &str) -> Answer<Kept> {
        unused()
    }
}

#[async_trait]
impl KeyKeeper for Parts {
    async fn find(&self, _: Call, _: &str) -> Answer<Option<ApiKey>> {
        unused()
    }

    async fn keys(&self, _: Call, _: &str) -> Answer<Vec<ApiKey>> {
        unused()
    }

    async fn add(&self, _: Call, _: ApiKey) -> Answer<()> {
        unused()
    }

    async fn end(&self, _: Call, _: &str, _: &str, _: i64) -> Answer<ApiKey> {
        unused()
    }
}

/// The shipped settings.
pub fn settings() -> GatewaySettings {
    toml::from_str(include_str!("../../../config/gateway.toml")).unwrap()
}

/// Serves a gateway over `parts` to whichever tenants the header names; gives its URL.
pub async fn serve(parts: Arc<Parts>, settings: GatewaySettings, log_prompts: bool) -> String {
    let backends = Backends {
        aligner: parts.clone(),
        segmenter: parts.clone(),
        decomposer: parts.clone(),
        detector: parts.clone(),
        scorer: parts.clone(),
        keeper: parts.clone(),
        keys: parts,
    };
    let connector = Connector::new(1 << 20, ClientTls::default(), settings.resilience.clone());
    let gateway = Arc::new(Gateway::new(backends, connector, settings).unwrap());
    let server = QualityServer::new(gateway, Tenancy::Told("default".into())).log_prompts(log_prompts);
    let mut services = Services::default();
    services.add(QualityServiceServer::new(server));
    served(services, ServerSettings { drain_ms: 1_000, max_message_bytes: 1 << 22, ..quick() }).await
}
