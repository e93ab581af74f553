//! What a table of configuration says of a role behind such a server: the model, and which of its tensors is what.

use domain::{alignment::Logistic, distortion::DistortionKind};
use serde::Deserialize;

use super::input::PictureInput;

/// A setting that cannot be right; the message says what was expected and what came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct OipError {
    /// The setting, as its table names it.
    pub field: String,
    /// What is wrong with it.
    pub message: String,
}

/// What a checked setting gives.
pub(super) type Checked<T> = Result<T, OipError>;

pub(super) fn wrong(field: &str, message: impl Into<String>) -> OipError {
    OipError { field: field.to_owned(), message: message.into() }
}

pub(super) fn named(field: &str, name: &str) -> Checked<()> {
    if name.is_empty() { Err(wrong(field, "expected a name, got an empty one")) } else { Ok(()) }
}

/// Segmentation by one model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OipSegmentation {
    /// The server's address, `http://host:8001`.
    pub endpoint: String,
    /// The model's name on the server.
    pub model: String,
    /// Its version; none: the server chooses.
    #[serde(default)]
    pub version: Option<String>,
    /// What it sees.
    pub input: PictureInput,
    /// The output with the masks, each over the whole picture: `BOOL`, `UINT8` (inside is not 0) or `FP32` (inside is 0.5 or
    /// more) `[n, height, width]`.
    pub masks: String,
    /// The output with the model's estimate of each mask's IoU, [0, 1]: `FP32 [n]`.
    pub scores: String,
    /// Most regions given, the largest first, unless the caller says.
    #[serde(default = "default_max_regions")]
    pub max_regions: u32,
}

const fn default_max_regions() -> u32 {
    12
}

impl OipSegmentation {
    pub(super) fn check(&self) -> Checked<()> {
        self.input.check_whole("masks")?;
        named("model", &self.model)?;
        named("masks", &self.masks)?;
        named("scores", &self.scores)?;
        if self.max_regions == 0 { Err(wrong("max_regions", "expected at least 1, got 0")) } else { Ok(()) }
    }
}

/// Distortions by one model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OipDistortion {
    /// The server's address, `http://host:8001`.
    pub endpoint: String,
    /// The model's name on the server.
    pub model: String,
    /// Its version; none: the server chooses.
    #[serde(default)]
    pub version: Option<String>,
    /// What it sees.
    pub input: PictureInput,
    /// The output with one severity a type, [0, 1], larger is worse: `FP32 [k]`.
    pub severities: String,
    /// What the severities are of, in their order: names of the twelve types or of others.
    pub types: Vec<String>,
    /// The output with one map of severities a type, over the whole picture: `FP32 [k, height, width]`.
    #[serde(default)]
    pub maps: Option<String>,
    /// The output with the technical quality, [0, 1], larger is better: `FP32 [1]`.
    #[serde(default)]
    pub fidelity: Option<String>,
}

impl OipDistortion {
    /// The types, checked.
    pub(super) fn check(&self) -> Checked<Vec<DistortionKind>> {
        match &self.maps {
            Some(maps) => self.input.check_whole("maps").and_then(|()| named("maps", maps))?,
            None => self.input.check()?,
        }
        named("model", &self.model)?;
        named("severities", &self.severities)?;
        if let Some(fidelity) = &self.fidelity {
            named("fidelity", fidelity)?;
        }
        let read = |name: &String| DistortionKind::from_name(name).map_err(|why| wrong("types", why));
        let kinds: Vec<DistortionKind> = self.types.iter().map(read).collect::<Checked<_>>()?;
        if kinds.is_empty() {
            return Err(wrong("types", "expected the names of the types that the severities are of, got none"));
        }
        match (1..kinds.len()).find(|&at| kinds[..at].contains(&kinds[at])) {
            Some(at) => Err(wrong("types", format!("expected each type once, got '{}' twice", kinds[at].name()))),
            None => Ok(kinds),
        }
    }
}

/// Alignment by two models with one joint space.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OipAlignment {
    /// The server's address, `http://host:8001`.
    pub endpoint: String,
    /// The picture model's name on the server.
    pub model: String,
    /// Its version; none: the server chooses.
    #[serde(default)]
    pub version: Option<String>,
    /// What the picture model sees.
    pub input: PictureInput,
    /// The picture model's output: `FP32 [n, d]`.
    pub embedding: String,
    /// Most views of a picture in one request, which the picture model then takes as a batch. 1 asks for each alone: the only
    /// way for encoded pictures, and for models whose embeddings depend on their neighbours'.
    #[serde(default = "one")]
    pub batch: u32,
    /// How much of a region's own size is kept around it in its crop.
    #[serde(default = "default_crop_margin")]
    pub crop_margin: f32,
    /// What embeds texts.
    pub text: TextModel,
    /// What turns this pair's cosines into probabilities.
    pub calibrations: OipCalibrations,
}

const fn one() -> u32 {
    1
}

const fn default_crop_margin() -> f32 {
    0.2
}

/// The model that embeds texts, on the same server.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextModel {
    /// Its name on the server.
    pub model: String,
    /// Its version; none: the server chooses.
    #[serde(default)]
    pub version: Option<String>,
    /// Its input: `BYTES [n]`, UTF-8.
    pub input: String,
    /// Its output: `FP32 [n, d]`.
    pub embedding: String,
}

/// The calibrations of one pair of models.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OipCalibrations {
    /// A whole prompt against the whole picture.
    pub prompt: Curve,
    /// A phrase against one view: a region or the whole picture.
    pub phrase: Curve,
    /// A phrase against the best of a picture's views; none: `phrase` stands in.
    #[serde(default)]
    pub best_view: Option<Curve>,
}

/// A probability of 1 / (1 + exp(−slope · (cosine − middle))).
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Curve {
    /// Steepness, a unit of cosine; above 0.
    pub slope: f64,
    /// The cosine at which the odds are even.
    pub middle: f64,
}

impl Curve {
    pub(super) fn logistic(self) -> Logistic {
        Logistic { slope: self.slope, offset: -self.slope * self.middle }
    }

    fn check(self, field: &str) -> Checked<()> {
        if self.slope.is_finite() && self.slope > 0.0 && self.middle.is_finite() {
            return Ok(());
        }
        let Self { slope, middle } = self;
        Err(wrong(field, format!("expected a slope above 0 and a finite middle, got {slope} and {middle}")))
    }
}

impl OipAlignment {
    pub(super) fn check(&self) -> Checked<()> {
        self.input.check()?;
        let (text, calibrations) = (&self.text, &self.calibrations);
        for (field, name) in [
            ("model", &self.model),
            ("embedding", &self.embedding),
            ("text.model", &text.model),
            ("text.input", &text.input),
            ("text.embedding", &text.embedding),
        ] {
            named(field, name)?;
        }
        match (self.batch, &self.input) {
            (0, _) => return Err(wrong("batch", "expected at least 1, got 0")),
            (2.., PictureInput::Encoded { .. }) => {
                return Err(wrong("batch", format!("expected 1 for encoded pictures, got {}", self.batch)));
            }
            _ => {}
        }
        if !(0.0..=4.0).contains(&self.crop_margin) {
            return Err(wrong("crop_margin", format!("expected 0 to 4, got {}", self.crop_margin)));
        }
        calibrations.prompt.check("calibrations.prompt")?;
        calibrations.phrase.check("calibrations.phrase")?;
        calibrations.best_view.map_or(Ok(()), |curve| curve.check("calibrations.best_view"))
    }
}

/// Decomposition by one model.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OipDecomposition {
    /// The server's address, `http://host:8001`.
    pub endpoint: String,
    /// The model's name on the server.
    pub model: String,
    /// Its version; none: the server chooses.
    #[serde(default)]
    pub version: Option<String>,
    /// The input with the prompt: `BYTES [1]`, UTF-8.
    pub input: String,
    /// The output with the prompt's parts as JSON: `BYTES [1]`.
    pub output: String,
}

impl OipDecomposition {
    pub(super) fn check(&self) -> Checked<()> {
        named("model", &self.model)?;
        named("input", &self.input)?;
        named("output", &self.output)
    }
}
