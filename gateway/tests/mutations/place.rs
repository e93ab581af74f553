//! A gateway and the services of the roles over sockets. Everything is real but the models, whose stand-ins decode and read
//! their input as those do.

use std::{path::Path, sync::Arc};

use alignment::AlignmentServer;
use async_trait::async_trait;
use cpaiqa_gateway::{
    AdminServer, Gateway, GatewaySettings, QualityServer,
    access::{Access, issue},
    backends::{Backends, Connector},
};
use decomposition::{DecompositionServer, Lexicon, Structure, Structured};
use distortion::{DistortionServer, measure};
use domain::{
    alignment::{AttributeMatch, Matching, Similarity, local_alignment},
    geometry::Shape,
    picture::Picture,
    region::{BoundingBox, Mask, Region, RegionShape},
    roles::{
        AlignQuery, Aligner, Alignment, Answer, Call, Decomposer, Detection, DistortionDetector, Embeddings, KeyKeeper,
        Role, RoleError, Segmentation, Segmenter, TextKind,
    },
};
use inference::work::blocking;
use kit::{
    server::{ServerSettings, Services},
    tenant::Tenancy,
    tls::ClientTls,
};
use picture::{
    Decoder,
    scale::{Filter, resized},
};
use proto::{
    admin::admin_service_server::AdminServiceServer, alignment::alignment_service_server::AlignmentServiceServer,
    decomposition::decomposition_service_server::DecompositionServiceServer,
    distortion::distortion_service_server::DistortionServiceServer, keys::key_service_server::KeyServiceServer,
    quality::quality_service_server::QualityServiceServer, scenario::scenario_service_server::ScenarioServiceServer,
    segmentation::segmentation_service_server::SegmentationServiceServer,
};
use scenario::{KeyServer, ScenarioLibrary, ScenarioServer, ScenarioSettings, Store};
use segmentation::SegmentationServer;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tonic::transport::{Channel, Endpoint};

use crate::served::{quick, served};

/// Longest time of a call that names none, milliseconds.
pub const LONGEST_CALL_MS: u64 = 20_000;
const LARGEST_MESSAGE: usize = 1 << 20;

/// Where calls go.
pub struct Place {
    /// A gateway, as everybody reaches it.
    pub gateway: Channel,
    /// The roles' services, as only gateways should.
    pub roles: Channel,
    /// The key of a tenant whom no mutated call is about.
    pub key: String,
    _store: TempDir,
}

fn config<T: DeserializeOwned>(name: &str) -> T {
    toml::from_str(&read(&format!("config/{name}.toml"))).unwrap()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)).unwrap()
}

fn gateway_settings() -> GatewaySettings {
    let mut settings: GatewaySettings = config("gateway");
    // A small picture that claims to be large may claim as much as a test has time for.
    settings.limits.max_pixels = 1 << 20;
    settings.limits.max_side = 4096;
    settings.limits.max_bytes = 1 << 20;
    // What is kept is kept by half of the calls already: memory that grows after that is lost.
    for cache in [&mut settings.decomposition_cache, &mut settings.kept_cache, &mut settings.measurement_cache] {
        cache.entries = 100;
    }
    settings.score_deadline_ms = LONGEST_CALL_MS / 2;
    // A fault of any role fails the call, so that none hides in a degraded answer.
    settings.required = Role::ALL.into_iter().collect();
    settings
}

impl Place {
    pub async fn open() -> Self {
        let settings = gateway_settings();
        let models = Arc::new(Models {
            decoder: Decoder::new(8 << 20),
            alignment: config("alignment"),
            distortion: config("distortion"),
        });
        let store = tempfile::tempdir().unwrap();
        let library = library(store.path());
        let decomposer = decomposer();
        let (one, told) = (Tenancy::Of(settings.tenant.clone()), Tenancy::Told(settings.tenant.clone()));
        let backends = Backends {
            aligner: models.clone(),
            segmenter: models.clone(),
            decomposer: decomposer.clone(),
            detector: models.clone(),
            scorer: library.clone(),
            keeper: library.clone(),
            keys: library.clone(),
        };
        let connector = Connector::new(LARGEST_MESSAGE, ClientTls::default(), settings.resilience.clone());
        let access = Access::new(library.clone(), settings.access.clone(), settings.tenant.clone()).unwrap();
        let limits = settings.limits;
        let gateway = Arc::new(Gateway::new(backends, connector, settings).unwrap());

        let mut services = Services::default();
        services.guard(Arc::new(access));
        let admin = AdminServer::new(library.clone(), library.clone(), one.clone()).beside(Arc::clone(&gateway));
        services.add(QualityServiceServer::new(QualityServer::new(gateway, one)));
        services.add(AdminServiceServer::new(admin));
        let gateway = serve(services).await;

        let mut services = Services::default();
        services.add(AlignmentServiceServer::new(AlignmentServer::new(models.clone(), limits)));
        services.add(SegmentationServiceServer::new(SegmentationServer::new(models.clone(), limits)));
        services.add(DistortionServiceServer::new(DistortionServer::new(models, limits)));
        services.add(DecompositionServiceServer::new(DecompositionServer::new(decomposer)));
        services.add(ScenarioServiceServer::new(ScenarioServer::new(library.clone(), told.clone())));
        services.add(KeyServiceServer::new(KeyServer::new(library.clone(), told.clone())));
        services.add(AdminServiceServer::new(AdminServer::new(library.clone(), library.clone(), told)));
        let roles = serve(services).await;

        let issued = issue("judge", "", None).unwrap();
        library.add(Call::default(), issued.key).await.unwrap();
        Self { gateway, roles, key: issued.secret, _store: store }
    }
}

async fn serve(services: Services) -> Channel {
    let settings = ServerSettings {
        longest_call_ms: LONGEST_CALL_MS,
        drain_ms: 1_000,
        max_message_bytes: LARGEST_MESSAGE,
        ..quick()
    };
    let url = served(services, settings).await;
    Endpoint::from_shared(url).unwrap().connect().await.unwrap()
}

fn library(folder: &Path) -> Arc<ScenarioLibrary> {
    let mut settings: ScenarioSettings = config("scenario");
    settings.store.refresh_ms = 50;
    let store = Store::new(&format!("sqlite:{}", folder.join("scenarios.db").display())).unwrap();
    let built_in =
        ["general", "advertising", "social-media"].map(|name| config(&format!("packs/general/scenarios/{name}")));
    Arc::new(ScenarioLibrary::new(built_in.into(), store, settings))
}

fn decomposer() -> Arc<dyn Decomposer> {
    let names = ["attributes", "colors", "grammar", "inferences", "materials", "nouns", "numbers", "relations"];
    let texts = names.map(|name| (name, read(&format!("config/lexicon/{name}.toml"))));
    let lists: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let weights = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/english-syntax.safetensors"));
    let lexicon = Lexicon::parse(&lists, &weights.unwrap(), decomposition::Limits::default()).unwrap();
    Arc::new(Structured::new(Arc::new(lexicon), Structure::parse(&lists).unwrap()))
}

/// Stands in for the networks: what it says is made up, but of the pixels and the query that it was given.
struct Models {
    decoder: Decoder,
    alignment: alignment::AlignmentSettings,
    distortion: distortion::Settings,
}

/// Regions, texts, descriptors of one query, as `config/alignment.toml` has it.
const MOST_ITEMS: usize = 128;

fn few(field: &str, count: usize) -> Answer<()> {
    if count <= MOST_ITEMS {
        return Ok(());
    }
    Err(RoleError::invalid(field, format!("expected at most {MOST_ITEMS}, got {count}")))
}

/// A similarity that two numbers have by chance.
fn cosine(a: usize, b: usize) -> f32 {
    ((a * 31 + b * 17) % 10) as f32 / 20.0
}

#[async_trait]
impl Aligner for Models {
    async fn embed_image(&self, call: Call, picture: &Picture, regions: &[RegionShape]) -> Answer<Embeddings> {
        few("regions", regions.len())?;
        let (pixels, regions) = (self.decoder.decode(picture).await?, regions.to_vec());
        let rows = blocking(call, move |watch| {
            let mut rows = vec![resized(&pixels, None, 4, 4, Filter::Bicubic)?];
            for region in regions {
                watch.check()?;
                let inside = region.bbox.clipped(pixels.width(), pixels.height());
                let least = |side: f32| side.max(1.0);
                let seen = BoundingBox {
                    x: inside.x.min(pixels.width() as f32 - 1.0),
                    y: inside.y.min(pixels.height() as f32 - 1.0),
                    width: least(inside.width),
                    height: least(inside.height),
                };
                region.mask.map(|mask| mask.decode().len());
                rows.push(resized(&pixels, Some(seen), 4, 4, Filter::Bicubic)?);
            }
            Ok(rows.into_iter().map(|row| row.into_raw().into_iter().map(f32::from).collect()).collect())
        });
        Ok(Embeddings { rows: rows.await?, models: Vec::new() })
    }

    async fn embed_texts(&self, _: Call, texts: &[String], _: TextKind) -> Answer<Embeddings> {
        few("texts", texts.len())?;
        Ok(Embeddings { rows: texts.iter().map(|text| vec![text.len() as f32]).collect(), models: Vec::new() })
    }

    async fn align(&self, call: Call, picture: &Picture, query: &AlignQuery) -> Answer<Alignment> {
        few("texts", query.descriptors.len() + query.attributes.len())?;
        let rows = self.embed_image(call, picture, &query.regions).await?.rows;
        let row = |row: usize| (0..query.descriptors.len()).map(|column| cosine(row, column)).collect();
        let calibration = domain::alignment::Logistic { slope: 10.0, offset: -2.0 };
        let matching = Matching { calibration, coverage: self.alignment.coverage, counting: self.alignment.counting };
        let shapes: Vec<Shape<'_>> =
            query.regions.iter().map(|region| Shape { bbox: region.bbox, mask: region.mask.as_ref() }).collect();
        let area = f64::from(picture.width) * f64::from(picture.height);
        let presences = vec![0.7; query.descriptors.len()];
        let cosines = (0..rows.len()).map(row).collect();
        Ok(Alignment {
            global: query.prompt.as_ref().map(|_| Similarity { cosine: 0.3, calibrated: 0.8 }),
            local: local_alignment(&query.descriptors, cosines, &presences, &shapes, area, &matching),
            attributes: vec![AttributeMatch { presence: 0.5 }; query.attributes.len()],
            aesthetics: query.aesthetics.then_some(0.6),
            models: Vec::new(),
        })
    }
}

#[async_trait]
impl Segmenter for Models {
    fn cache_key(&self) -> String {
        "models".into()
    }

    async fn segment(&self, _: Call, picture: &Picture, most: Option<u32>) -> Answer<Segmentation> {
        let pixels = self.decoder.decode(picture).await?;
        let region = |left: u32| {
            let inside: Vec<bool> = (0..16 * 16).map(|cell| (cell % 16 < 8) == (left == 0)).collect();
            let mask = Mask::encode(16, 16, &inside);
            let bbox = mask.bounding_box(pixels.width(), pixels.height());
            bbox.map(|bbox| Region { bbox, area: 0.5, stability: 0.9, predicted_iou: 0.9, mask })
        };
        Ok(Segmentation { regions: (0..2.min(most.unwrap_or(2))).filter_map(region).collect(), models: Vec::new() })
    }
}

#[async_trait]
impl DistortionDetector for Models {
    fn cache_key(&self) -> String {
        "models".into()
    }

    async fn detect(&self, call: Call, picture: &Picture, with_maps: bool) -> Answer<Detection> {
        let (pixels, settings) = (self.decoder.decode(picture).await?, self.distortion.clone());
        let measured = blocking(call, move |_| Ok(measure(&pixels, &settings))).await?;
        let mut distortions = measured.distortions;
        if !with_maps {
            distortions.iter_mut().for_each(|distortion| distortion.map = None);
        }
        Ok(Detection { fidelity: Some(measured.fidelity), distortions, models: Vec::new() })
    }
}
