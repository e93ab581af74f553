//! Which files align, and what belongs to them: preprocessing, tokens, means, calibrations.

use domain::alignment::Logistic;
use serde::Deserialize;

/// One choice of image tower and text encoder with everything that is true of this pair alone.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlignmentModel {
    /// Values of an embedding.
    pub width: usize,
    /// What embeds pictures.
    pub image: ImageTowerSettings,
    /// What embeds texts.
    pub text: TextEncoderSettings,
    /// The name of its joint space's means and maps in the manifest; none: embeddings are compared as they are.
    #[serde(default)]
    pub space: Option<String>,
    /// What turns this pair's cosines into probabilities.
    pub calibrations: Calibrations,
    /// The name of its presence head in the manifest; none: a phrase's presence is read from its best cosine.
    #[serde(default)]
    pub presence: Option<String>,
    /// An aesthetic head over this image tower; none: aesthetics are not judged.
    #[serde(default)]
    pub aesthetics: Option<AestheticSettings>,
}

impl AlignmentModel {
    /// The names of its files in the manifest.
    pub fn files(&self) -> Vec<&str> {
        let TextEncoderSettings { learned, rendered } = &self.text;
        let learned = learned.iter().flat_map(|tower| [&tower.file, &tower.tokenizer]);
        let head = self.aesthetics.as_ref().map(|aesthetics| &aesthetics.head);
        [&self.image.file]
            .into_iter()
            .chain(learned)
            .chain(rendered.as_ref().map(|reading| &reading.font))
            .chain(&self.space)
            .chain(&self.presence)
            .chain(head)
            .map(String::as_str)
            .collect()
    }
}

/// An image tower's file and how a picture becomes its input.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageTowerSettings {
    /// The model's name in the manifest.
    pub file: String,
    /// Pixels on each side of its input.
    pub side: u32,
    /// How a whole picture becomes square.
    pub fit: Fit,
    /// Channel means that are subtracted, [0, 1], red first.
    pub mean: [f32; 3],
    /// Channel deviations that are divided by, in the same units.
    pub deviation: [f32; 3],
}

/// How a whole picture becomes square.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    /// Its centre is cut out, as wide as its short side.
    Crop,
    /// It is scaled to a square whatever its shape.
    Squash,
}

/// What embeds texts: one of the two, or both, whose embeddings are added.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextEncoderSettings {
    /// A model of its own.
    #[serde(default)]
    pub learned: Option<TextTowerSettings>,
    /// The image tower, reading the text from a picture of it.
    #[serde(default)]
    pub rendered: Option<RenderedTextSettings>,
}

/// How the image tower reads texts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenderedTextSettings {
    /// The font's name in the manifest.
    pub font: String,
    /// Which texts it reads.
    #[serde(default)]
    pub reads: Reads,
}

/// Which texts an encoder reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reads {
    /// Prompts and phrases.
    #[default]
    All,
    /// Prompts: one pass of the image tower for each, where all of its phrases would take many.
    Prompts,
}

/// A text tower's files and how texts become its tokens.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextTowerSettings {
    /// The model's name in the manifest.
    pub file: String,
    /// Its tokenizer's name in the manifest: a `tokenizer.json` in Hugging Face's format.
    pub tokenizer: String,
    /// Longest text, tokens, those that the tokenizer adds included; the rest is cut off.
    pub max_tokens: usize,
    /// The token that fills every text up to `max_tokens`; none: texts are as long as they are.
    #[serde(default)]
    pub pad_with: Option<String>,
    /// Whether texts are set in lower case before the tokenizer sees them.
    #[serde(default)]
    pub lowercase: bool,
}

/// Calibrations of one pair of encoders, each fitted on pairs that belong together and pairs that do not.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibrations {
    /// A whole prompt against a whole picture.
    pub prompt: Logistic,
    /// A phrase against one view: a region or the whole picture.
    pub phrase: Logistic,
    /// A phrase against the best of a picture's views: the more there are, the better the best of them fits by chance. None:
    /// taken for one view.
    #[serde(default)]
    pub best_view: Option<Logistic>,
}

impl Calibrations {
    /// The calibration of the best of a picture's views.
    pub fn best(&self) -> Logistic {
        self.best_view.unwrap_or(self.phrase)
    }
}

/// An aesthetic head and what maps its value to [0, 1].
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AestheticSettings {
    /// The head's name in the manifest.
    pub head: String,
    /// The head's value that maps to 0.5.
    pub midpoint: f64,
    /// The head's values over which the map goes from 0.5 to 0.73.
    pub spread: f64,
}
