//! What MLServer answers is what the same models answer in this process.

use std::{path::PathBuf, sync::Arc};

use alignment::{
    AlignmentSettings, ClipAligner, Heads, ImageTower, JointSpace, Place, PlacedEncoder, RegionWay, TextTower, Texts,
};
use cpaiqa_gateway::backends::oip::OipAligner;
use domain::{
    alignment::{DescriptorMatch, Logistic},
    decomposition::{Attribute, AttributeKind, AttributeSource, Descriptor, DescriptorKind},
    region::{BoundingBox, RegionShape},
    roles::{AlignQuery, Aligner, Call, ModelInfo, RoleError, TextKind},
};
use inference::{
    runtime::{Runtime, Session},
    store::{Manifest, Options, Progress, Silent, Store},
};

use crate::{
    double::{MOST, decoder, identified},
    mlserver::MlServer,
};

const TOWER: &str = "clip-vit-b-16-image-mixed";
const TEXTS: &str = "clip-text-minilm";
const TOKENIZER: &str = "minilm-tokenizer";

/// The same kernels on the same pixels; what may differ is how sums are split among threads.
const TOLERANCE: f64 = 1e-4;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The project's models, for both sides.
struct Models {
    store: Store,
    runtime: Runtime,
}

impl Models {
    async fn pulled() -> Self {
        let manifest = Manifest::parse(&std::fs::read_to_string(root().join("config/models.toml")).unwrap()).unwrap();
        let options = Options { files_dir: Some(root().join("models")), ..Options::default() };
        let store = Store::open(Store::default_root().unwrap(), manifest, options);
        let progress: Arc<dyn Progress> = Arc::new(Silent);
        store.ensure(&["onnxruntime", TOWER, TEXTS, TOKENIZER], &progress).await.unwrap();
        let runtime = Runtime::load(&store.path("onnxruntime").await.unwrap(), 1).unwrap();
        Self { store, runtime }
    }

    async fn path(&self, name: &str) -> PathBuf {
        self.store.path(name).await.unwrap()
    }

    async fn session(&self, name: &str) -> Session {
        let file = self.store.file(name).unwrap();
        let [inputs, outputs] =
            [&file.inputs, &file.outputs].map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
        self.runtime
            .open(&self.path(name).await, ModelInfo { name: name.into(), ..no_model() }, &inputs, &outputs)
            .unwrap()
    }

    /// The aligner of this process: the two models and nothing else.
    async fn aligner(&self, mut settings: AlignmentSettings) -> ClipAligner {
        settings.regions.way = RegionWay::Crop;
        let model = settings.chosen().unwrap().clone();
        let tower = ImageTower::new(self.session(TOWER).await, model.width, &model.image);
        let tokenizer = std::fs::read(self.path(TOKENIZER).await).unwrap();
        let learned = model.text.learned.as_ref().unwrap();
        let encoder = TextTower::new(self.session(TEXTS).await, &tokenizer, model.width, learned).unwrap();
        let text = PlacedEncoder { encoder: Arc::new(encoder), place: Place::default(), prompts_only: false };
        let texts = Texts::new(vec![text]).unwrap();
        ClipAligner::new(decoder(), tower, texts, JointSpace::default(), Heads::default(), model.calibrations, settings)
    }
}

fn no_model() -> ModelInfo {
    ModelInfo { role: "alignment".into(), ..ModelInfo::default() }
}

/// The adapter over `address`, with the same numbers.
fn remote(address: &str, settings: &AlignmentSettings, batch: u32) -> OipAligner {
    let model = settings.chosen().unwrap();
    let curve = |Logistic { slope, offset }: Logistic| format!("{{ slope = {slope}, middle = {} }}", -offset / slope);
    let table = format!(
        r#"
        endpoint = "{address}"
        model = "clip-image"
        embedding = "image_embeds"
        batch = {batch}
        crop_margin = {margin}
        calibrations.prompt = {prompt}
        calibrations.phrase = {phrase}
        [input]
        name = "pixel_values"
        form = "pixels"
        width = 224
        height = 224
        fit = "crop"
        mean = {mean:?}
        std = {std:?}
        [text]
        model = "clip-text"
        input = "text"
        embedding = "text_embeds"
        "#,
        margin = settings.regions.crop_margin,
        prompt = curve(model.calibrations.prompt),
        phrase = curve(model.calibrations.phrase),
        mean = model.image.mean,
        std = model.image.deviation,
    );
    OipAligner::new(toml::from_str(&table).unwrap(), settings.coverage, settings.counting, decoder(), MOST).unwrap()
}

fn near(there: f64, here: f64, what: &str) {
    assert!((there - here).abs() < TOLERANCE, "{what}: {there} from the server, {here} in this process");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_with_the_same_models_gives_the_same_alignment() {
    let models = Models::pulled().await;
    let server =
        MlServer::start(&models.path(TOWER).await, &models.path(TEXTS).await, &models.path(TOKENIZER).await).await;
    let settings: AlignmentSettings =
        toml::from_str(&std::fs::read_to_string(root().join("config/alignment.toml")).unwrap()).unwrap();
    let here = models.aligner(settings.clone()).await;
    let picture = identified(std::fs::read(root().join("examples/cat-on-throne.jpg")).unwrap());
    let box_of = |x, y, width, height| RegionShape::from(BoundingBox { x, y, width, height });
    let object = |text: &str, count| Descriptor::new(DescriptorKind::Object, text.into(), count);
    let query = AlignQuery {
        prompt: Some("A cat with a crown lounging on a velvet throne, royal atmosphere".into()),
        regions: vec![box_of(120.0, 90.0, 200.0, 260.0), box_of(0.0, 0.0, 90.0, 512.0)],
        descriptors: vec![object("cat", None), object("crown", None), object("two dogs", Some(2))],
        attributes: vec![Attribute {
            text: "royal".into(),
            kind: AttributeKind::Mood,
            source: AttributeSource::Prompt,
        }],
        aesthetics: true,
    };
    let expected = here.align(Call::default(), &picture, &query).await.unwrap();
    for batch in [1, 2] {
        let there = remote(&server.address, &settings, batch);
        let got = there.align(Call::default(), &picture, &query).await.unwrap();

        let (global, local) = (got.global.unwrap(), got.local.unwrap());
        let (right, rows) = (expected.global.unwrap(), expected.local.clone().unwrap());
        near(global.cosine, right.cosine, "cosine");
        // A calibration is as steep as its slope.
        assert!((global.calibrated - right.calibrated).abs() < 20.0 * TOLERANCE);
        assert_eq!(local.cosines.len(), 3);
        for (there, here) in local.cosines.concat().iter().zip(rows.cosines.concat()) {
            near(f64::from(*there), f64::from(here), "cosines");
        }
        let regions = |matches: &[DescriptorMatch]| matches.iter().map(|m| m.regions.clone()).collect::<Vec<_>>();
        assert_eq!(regions(&local.matches), regions(&rows.matches));
        assert!((local.score - rows.score).abs() < 20.0 * TOLERANCE);
        assert!((got.attributes[0].presence - expected.attributes[0].presence).abs() < 20.0 * TOLERANCE);
        assert_eq!(got.aesthetics, None);
        let named: Vec<_> = got.models.iter().map(|m| (m.role.as_str(), m.name.as_str(), m.version.as_str())).collect();
        assert_eq!(named, [("alignment", "clip-image", "7"), ("alignment", "clip-text", "7")]);
    }

    let expected = here.embed_image(Call::default(), &picture, &[]).await.unwrap();
    let there = remote(&server.address, &settings, 1);
    let got = there.embed_image(Call::default(), &picture, &[]).await.unwrap();
    let cosine: f32 = got.rows[0].iter().zip(&expected.rows[0]).map(|(a, b)| a * b).sum();
    near(cosine.into(), 1.0, "the two embeddings' cosine");

    // The server's own refusals: a model that it does not have, and a tensor that its model does not take.
    let absent = |text: &str| text.replace("clip-text", "clip-absent");
    let table = absent(TEXT_ONLY).replace("ADDRESS", &server.address);
    let broken =
        OipAligner::new(toml::from_str(&table).unwrap(), settings.coverage, settings.counting, decoder(), MOST);
    let error =
        broken.unwrap().embed_texts(Call::default(), &["a cat".to_owned()], TextKind::Prompt).await.unwrap_err();
    let RoleError::Internal(message) = &error else { panic!("{error:?}") };
    assert!(message.contains(&server.address) && message.contains("clip-absent"), "{message}");
}

const TEXT_ONLY: &str = r#"
    endpoint = "ADDRESS"
    model = "clip-image"
    embedding = "image_embeds"
    input = { form = "encoded", name = "file" }
    text = { model = "clip-text", input = "text", embedding = "text_embeds" }
    calibrations = { prompt = { slope = 30, middle = 0.2 }, phrase = { slope = 30, middle = 0.2 } }
"#;
