//! Puts the in-process parts together: each role with its models from the store, or the endpoint configured for it.

use std::sync::Arc;

use alignment::{
    AestheticHead, ClipAligner, Heads, ImageTower, JointSpace, Place, PlacedEncoder, PresenceHead, Reads, RenderedText,
    TextTower, Texts,
};
use decomposition::Lexicon;
use distortion::{Detector, Network};
use domain::roles::{
    Aligner, Decomposer, DistortionDetector, ModelInfo, Role, ScenarioKeeper, ScenarioScorer, Segmenter,
};
use gateway::backends::{Adapting, Backends, ConnectError, Connector};
use inference::{
    runtime::{Runtime, Session},
    store::{Manifest, Options, Store},
};
use packs::Packs;
use picture::Decoder;
use scenario::ScenarioLibrary;
use segmentation::{Sam, SamSegmenter};

use crate::{
    decomposers::Decomposers,
    defaults::{MANIFEST, WEIGHTS},
    error::CliError,
    fields::{lexicon, packs_in_use},
    output::progress::progress,
    settings::{ModelSettings, Settings},
};

/// Builds roles on demand; what several of them share is made once.
pub struct Parts {
    settings: Settings,
    store: Store,
    decoder: Decoder,
    runtime: Option<Runtime>,
    connector: Option<Connector>,
    decomposers: Option<Decomposers>,
}

/// The model store that the settings describe.
pub fn open_store(settings: &ModelSettings) -> Result<Store, CliError> {
    let root = settings.dir.clone().map_or_else(Store::default_root, Ok)?;
    let options = Options { offline: settings.offline, ..Options::default() };
    let manifest = Manifest::parse(MANIFEST).and_then(|manifest| manifest.overlaid(settings.file.clone()));
    Ok(Store::open(root, manifest.map_err(CliError::part)?, options).with_embedded(WEIGHTS))
}

/// Where what tenants own is kept when nothing else is configured.
fn default_store() -> Result<String, CliError> {
    let folders = directories::ProjectDirs::from("", "", "cpaiqa").ok_or_else(|| {
        CliError::Part(
            "there is no data folder on this system; say where scenarios are kept (scenario.store.url)".into(),
        )
    })?;
    Ok(format!("sqlite:{}", folders.data_dir().join("scenarios.db").display()))
}

fn wrong(error: ConnectError) -> CliError {
    CliError::Usage(format!("backends: {error}"))
}

impl Parts {
    /// Parts as `settings` describe them; nothing is loaded yet.
    pub fn new(settings: Settings) -> Result<Self, CliError> {
        let store = open_store(&settings.models)?;
        let decoder = Decoder::new(settings.runtime.decoded_pictures);
        Ok(Self { settings, store, decoder, runtime: None, connector: None, decomposers: None })
    }

    /// Every role: at its endpoint where one is configured, otherwise in this process.
    pub async fn backends(&mut self) -> Result<Backends, CliError> {
        let (at, connector) = (self.settings.backends.clone(), self.connector()?);
        let local: Vec<Role> = Role::ALL.into_iter().filter(|role| !at.contains_key(role)).collect();
        self.pull(&local).await?;
        let (scorer, keeper, keys) = match at.get(&Role::Scenario) {
            Some(at) => (
                connector.scorer(at).map_err(wrong)?,
                connector.keeper(at).map_err(wrong)?,
                connector.keys(at).map_err(wrong)?,
            ),
            None => {
                let library = self.library()?;
                (library.clone() as Arc<dyn ScenarioScorer>, library.clone() as Arc<dyn ScenarioKeeper>, library as _)
            }
        };
        Ok(Backends {
            aligner: match at.get(&Role::Alignment) {
                Some(at) => connector.aligner(at).map_err(wrong)?,
                None => self.aligner().await?,
            },
            segmenter: match at.get(&Role::Segmentation) {
                Some(at) => connector.segmenter(at).map_err(wrong)?,
                None => self.segmenter().await?,
            },
            decomposer: match at.get(&Role::Decomposition) {
                Some(at) => connector.decomposer(at).map_err(wrong)?,
                None => self.decomposer()?,
            },
            detector: match at.get(&Role::Distortion) {
                Some(at) => connector.detector(at).map_err(wrong)?,
                None => self.detector().await?,
            },
            scorer,
            keeper,
            keys,
        })
    }

    /// What connects to backends at endpoints.
    pub fn connector(&mut self) -> Result<Connector, CliError> {
        if let Some(connector) = &self.connector {
            return Ok(connector.clone());
        }
        let resilience = self.settings.gateway.resilience.clone();
        resilience.check().map_err(|why| CliError::Usage(format!("gateway.resilience.{why}")))?;
        let decomposers = self.decomposers()?;
        let completing = decomposers.clone();
        let adapting = Adapting {
            decoder: self.decoder.clone(),
            coverage: self.settings.alignment.coverage,
            counting: self.settings.alignment.counting,
            complete: Arc::new(move |inner| completing.completed(inner)),
            language_model: Arc::new(move |table| {
                let endpoint = table.try_into().map_err(|error: toml::de::Error| error.message().to_owned())?;
                decomposers.at(Some(endpoint)).map_err(|error| error.to_string())
            }),
        };
        let connector = Connector::new(self.settings.server.max_message_bytes, self.settings.tls.clone(), resilience)
            .adapting(adapting);
        Ok(self.connector.insert(connector).clone())
    }

    /// The configured pair of an image tower and a text encoder.
    pub async fn aligner(&mut self) -> Result<Arc<dyn Aligner>, CliError> {
        let settings = self.settings.alignment.clone();
        let model = settings.chosen()?;
        let tower = ImageTower::new(self.session(&model.image.file).await?, model.width, &model.image);
        let space = match &model.space {
            None => None,
            Some(name) => Some(self.bytes(name).await?),
        };
        let place = |encoder| match &space {
            None => Ok(Place::default()),
            Some((bytes, _)) => Place::read(bytes, encoder, model.width),
        };
        let mut texts = Vec::new();
        if let Some(text) = &model.text.learned {
            let (tokenizer, _) = self.bytes(&text.tokenizer).await?;
            let tower = TextTower::new(self.session(&text.file).await?, &tokenizer, model.width, text)?;
            texts.push(PlacedEncoder { encoder: Arc::new(tower), place: place("learned")?, prompts_only: false });
        }
        if let Some(text) = &model.text.rendered {
            let (font, info) = self.bytes(&text.font).await?;
            let info = ModelInfo { name: format!("rendered-text ({})", info.name), ..info };
            let reading = RenderedText::new(tower.clone(), font, info)?;
            let prompts_only = text.reads == Reads::Prompts;
            texts.push(PlacedEncoder { encoder: Arc::new(reading), place: place("rendered")?, prompts_only });
        }
        let space = match space {
            None => JointSpace::default(),
            Some((bytes, info)) => JointSpace::read(&bytes, model.width, info)?,
        };
        let aesthetics = match &model.aesthetics {
            None => None,
            Some(scale) => {
                let (head, info) = self.bytes(&scale.head).await?;
                Some(AestheticHead::read(&head, model.width, scale.clone(), info)?)
            }
        };
        let presence = match &model.presence {
            None => None,
            Some(name) => {
                let (head, info) = self.bytes(name).await?;
                Some(PresenceHead::read(&head, model.width, info)?)
            }
        };
        let (decoder, heads, calibrations) = (self.decoder.clone(), Heads { presence, aesthetics }, model.calibrations);
        Ok(Arc::new(ClipAligner::new(decoder, tower, Texts::new(texts)?, space, heads, calibrations, settings)))
    }

    /// SAM.
    pub async fn segmenter(&mut self) -> Result<Arc<dyn Segmenter>, CliError> {
        let settings = self.settings.segmentation.clone();
        let (encoder, decoder) = (self.session(&settings.encoder).await?, self.session(&settings.decoder).await?);
        let sam = Sam::new(encoder, settings.side, decoder);
        Ok(Arc::new(SamSegmenter::new(self.decoder.clone(), sam, settings)))
    }

    /// The packs in use.
    pub fn packs(&self) -> Result<Packs, CliError> {
        packs_in_use(&self.settings.packs)
    }

    /// The lexicon alone, whatever is configured.
    pub fn lexicon(&self) -> Result<Lexicon, CliError> {
        lexicon(&self.packs()?, self.settings.decomposition.limits)
    }

    fn decomposers(&mut self) -> Result<Decomposers, CliError> {
        if let Some(decomposers) = &self.decomposers {
            return Ok(decomposers.clone());
        }
        let decomposers = Decomposers::new(&self.packs()?, self.settings.decomposition.limits)?;
        Ok(self.decomposers.insert(decomposers).clone())
    }

    /// The lexicon, or the configured chat endpoint with the lexicon behind it.
    pub fn decomposer(&mut self) -> Result<Arc<dyn Decomposer>, CliError> {
        let wrong = |error| CliError::Usage(format!("decomposition.endpoint: {error}"));
        self.decomposers()?.at(self.settings.decomposition.endpoint.clone()).map_err(wrong)
    }

    /// The distortion network and the pixel measures.
    pub async fn detector(&mut self) -> Result<Arc<dyn DistortionDetector>, CliError> {
        let settings = self.settings.distortion.clone();
        let (tower, network) =
            (self.session(&settings.network.tower).await?, self.session(&settings.network.file).await?);
        let network = Network::new(tower, network, settings.network.clone());
        Ok(Arc::new(Detector::new(self.decoder.clone(), network, settings)))
    }

    /// The packs' scenarios, and what tenants own.
    pub fn library(&self) -> Result<Arc<ScenarioLibrary>, CliError> {
        let settings = self.settings.scenario.clone();
        let (built_in, default) = (self.packs()?.profiles(), &settings.classifier.default_profile);
        if !built_in.iter().any(|profile| profile.name == *default) {
            let message =
                format!("no pack in use has the default scenario '{default}' (scenario.classifier.default_profile)");
            return Err(CliError::Usage(message));
        }
        let url = if settings.store.url.is_empty() { default_store()? } else { settings.store.url.clone() };
        let store = scenario::Store::new(&url).map_err(|error| CliError::Usage(error.to_string()))?;
        Ok(Arc::new(ScenarioLibrary::new(built_in, store, settings)))
    }

    /// Fetches what the roles need, all at once.
    pub async fn pull(&self, roles: &[Role]) -> Result<(), CliError> {
        let settings = &self.settings;
        let mut names: Vec<&str> = Vec::new();
        if roles.contains(&Role::Alignment) {
            names.extend(settings.alignment.chosen()?.files());
        }
        if roles.contains(&Role::Segmentation) {
            names.extend([settings.segmentation.encoder.as_str(), &settings.segmentation.decoder]);
        }
        if roles.contains(&Role::Distortion) {
            names.extend([settings.distortion.network.tower.as_str(), &settings.distortion.network.file]);
        }
        if !names.is_empty() && settings.runtime.library.is_none() {
            names.push("onnxruntime");
        }
        self.store.ensure(&names, &progress()).await?;
        Ok(())
    }

    /// A model, opened with the tensors that the manifest lists.
    async fn session(&mut self, name: &str) -> Result<Session, CliError> {
        let path = self.store.path(name).await?;
        let runtime = self.runtime().await?;
        let file = self.store.file(name)?;
        fn names(tensors: &[String]) -> Vec<&str> {
            tensors.iter().map(String::as_str).collect()
        }
        Ok(runtime.open(&path, self.info(name)?, &names(&file.inputs), &names(&file.outputs))?)
    }

    /// What computes models.
    pub async fn runtime(&mut self) -> Result<Runtime, CliError> {
        if let Some(runtime) = &self.runtime {
            return Ok(runtime.clone());
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let settings = &self.settings.runtime;
        let threads = if settings.threads == 0 { cores } else { settings.threads };
        let library = match &settings.library {
            Some(library) => library.clone(),
            None => self.store.path("onnxruntime").await?,
        };
        let runtime =
            Runtime::load(&library, threads)?.with_providers(&settings.providers).keeping_memory(settings.keep_memory);
        Ok(self.runtime.insert(runtime).clone())
    }

    async fn bytes(&self, name: &str) -> Result<(Vec<u8>, ModelInfo), CliError> {
        let path = self.store.path(name).await?;
        let bytes = std::fs::read(&path).map_err(|error| CliError::io("reading", &path, error))?;
        Ok((bytes, self.info(name)?))
    }

    fn info(&self, name: &str) -> Result<ModelInfo, CliError> {
        let file = self.store.file(name)?;
        Ok(ModelInfo {
            role: file.role.name().to_owned(),
            name: file.name.clone(),
            version: file.version.clone(),
            sha256: file.sha256.clone(),
            ..ModelInfo::default()
        })
    }
}
