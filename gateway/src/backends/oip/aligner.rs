//! Alignment from embeddings: cosines of what a picture model and a text model say, calibrated and matched as in-process.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    alignment::{AttributeMatch, CoverageWeight, Matching, Similarity, local_alignment},
    counting::Counting,
    decomposition::Descriptor,
    geometry::Shape,
    picture::Picture,
    region::RegionShape,
    roles::{AlignQuery, Aligner, Alignment, Answer, Call, Embeddings, ModelInfo, Role, RoleError, TextKind},
};
use futures::{StreamExt, TryStreamExt, stream};
use picture::Decoder;

use crate::backends::pool::Probe;

use super::{
    input::View,
    server::{Model, Server},
    settings::{OipAlignment, OipError},
    tensor::{Input, Output, Reply},
};

/// Requests for one picture's views that are on their way at once.
const IN_FLIGHT: usize = 4;

/// Aligns with two models on a server. Aesthetics stay unmeasured.
pub struct OipAligner {
    pictures: Model,
    texts: Model,
    decoder: Decoder,
    settings: OipAlignment,
    matching: Matching,
}

impl OipAligner {
    /// What asks whether its model is ready.
    pub fn probe(&self) -> Arc<dyn Probe> {
        Arc::new(self.pictures.clone())
    }

    /// An aligner as `settings` say, which counts and weighs regions as `counting` and `coverage` say; messages up to
    /// `max_message_bytes` are sent and taken.
    ///
    /// # Errors
    ///
    /// When a setting cannot be right.
    pub fn new(
        settings: OipAlignment,
        coverage: CoverageWeight,
        counting: Counting,
        decoder: Decoder,
        max_message_bytes: usize,
    ) -> Result<Self, OipError> {
        settings.check()?;
        let server = Server::new(&settings.endpoint, max_message_bytes)?;
        let text = &settings.text;
        let pictures = server.model(Role::Alignment, &settings.model, settings.version.as_deref());
        let texts = server.model(Role::Alignment, &text.model, text.version.as_deref());
        let matching = Matching { calibration: settings.calibrations.phrase.logistic(), coverage, counting };
        Ok(Self { pictures, texts, decoder, settings, matching })
    }

    /// Unit vectors of the whole picture and of each region, and the model.
    async fn views(&self, call: Call, picture: &Picture, regions: &[RegionShape]) -> Answer<Embeddings> {
        let around = |region: &RegionShape| {
            View::Around(region.bbox.clipped(picture.width, picture.height), self.settings.crop_margin)
        };
        let views: Vec<View> = std::iter::once(View::Whole).chain(regions.iter().map(around)).collect();
        let batches = views.chunks(self.settings.batch as usize).map(|views| async move {
            let input = self.settings.input.tensor(&self.decoder, picture, views).await?;
            let reply = self.pictures.infer(call, input, &[&self.settings.embedding]).await?;
            unit_rows(reply, &self.settings.embedding, views.len())
        });
        // Collected first: the stream must not borrow from an iterator of its own.
        let batches: Vec<_> = batches.collect();
        let answers: Vec<Embeddings> = stream::iter(batches).buffered(IN_FLIGHT).try_collect().await?;
        let models = answers.first().map(|first| first.models.clone()).unwrap_or_default();
        let rows: Vec<Vec<f32>> = answers.into_iter().flat_map(|answer| answer.rows).collect();
        if let Some(odd) = rows.iter().find(|row| row.len() != rows[0].len()) {
            let (model, first, then) = (&self.pictures, rows[0].len(), odd.len());
            return Err(RoleError::Internal(format!(
                "{model}: expected embeddings of one length, got {first} and {then}"
            )));
        }
        Ok(Embeddings { rows, models })
    }

    /// Unit vectors of texts, and the model; neither when there are no texts.
    async fn texts(&self, call: Call, texts: Vec<&str>) -> Answer<Embeddings> {
        let count = texts.len();
        if count == 0 {
            return Ok(Embeddings::default());
        }
        let text = &self.settings.text;
        let elements = texts.into_iter().map(|text| bytes::Bytes::copy_from_slice(text.as_bytes())).collect();
        let reply = self.texts.infer(call, Input::bytes(&text.input, elements), &[&text.embedding]).await?;
        unit_rows(reply, &text.embedding, count)
    }

    /// How likely the picture of these `views` shows what `phrase` says.
    fn presence(&self, phrase: &[f32], views: &[Vec<f32>]) -> f64 {
        let best = views.iter().map(|view| cosine(phrase, view)).fold(-1.0, f32::max);
        let calibrations = &self.settings.calibrations;
        calibrations.best_view.unwrap_or(calibrations.phrase).logistic().probability(best.into())
    }
}

/// The rows of the output `name`, scaled to length 1.
fn unit_rows(reply: Reply, name: &str, count: usize) -> Answer<Embeddings> {
    let Output { shape, values } = reply.floats(name, &["n", "d"])?;
    if shape[0] != count || shape[1] == 0 {
        return Err(reply.wrong(name, format!("expected {count} embeddings, got {shape:?}")));
    }
    let unit = |row: &[f32]| {
        let length = row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        if length > 0.0 {
            Ok(row.iter().map(|value| (f64::from(*value) / length) as f32).collect())
        } else {
            Err(reply.wrong(name, "expected embeddings with a direction, got one of zeros"))
        }
    };
    let rows = values.chunks(shape[1]).map(unit).collect::<Answer<_>>()?;
    Ok(Embeddings { rows, models: vec![reply.model] })
}

/// The cosine of two unit vectors, [−1, 1].
fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>().clamp(-1.0, 1.0)
}

#[async_trait]
impl Aligner for OipAligner {
    async fn embed_image(&self, call: Call, picture: &Picture, regions: &[RegionShape]) -> Answer<Embeddings> {
        self.views(call, picture, regions).await
    }

    async fn embed_texts(&self, call: Call, texts: &[String], _: TextKind) -> Answer<Embeddings> {
        self.texts(call, texts.iter().map(String::as_str).collect()).await
    }

    async fn align(&self, call: Call, picture: &Picture, query: &AlignQuery) -> Answer<Alignment> {
        let prompt = query.prompt.as_deref();
        let phrases = query.descriptors.iter().map(Descriptor::sought);
        let phrases = phrases.chain(query.attributes.iter().map(|attribute| attribute.text.as_str()));
        let texts: Vec<&str> = prompt.into_iter().chain(phrases).collect();
        if texts.is_empty() {
            return Ok(Alignment::default());
        }
        let (views, texts) = tokio::try_join!(self.views(call, picture, &query.regions), self.texts(call, texts))?;
        if let (Some(view), Some(text)) = (views.rows.first(), texts.rows.first())
            && view.len() != text.len()
        {
            let (pictures, d, texts, other) = (&self.pictures, view.len(), &self.texts, text.len());
            return Err(RoleError::Internal(format!(
                "expected embeddings of one joint space, got {d} values from {pictures} and {other} from {texts}"
            )));
        }
        let (prompts, phrases) = texts.rows.split_at(prompt.iter().count());
        let (descriptors, attributes) = phrases.split_at(query.descriptors.len());
        let (whole, regions) =
            views.rows.split_first().ok_or_else(|| RoleError::Internal("the picture was not embedded".into()))?;

        let global = prompts.first().map(|text| {
            let cosine = f64::from(cosine(whole, text));
            Similarity { cosine, calibrated: self.settings.calibrations.prompt.logistic().probability(cosine) }
        });
        // Rows: each region, then the whole picture.
        let row = |view: &Vec<f32>| descriptors.iter().map(|text| cosine(view, text)).collect::<Vec<f32>>();
        let cosines: Vec<Vec<f32>> = regions.iter().map(row).chain([row(whole)]).collect();
        let shapes: Vec<Shape<'_>> =
            query.regions.iter().map(|region| Shape { bbox: region.bbox, mask: region.mask.as_ref() }).collect();
        let presences: Vec<f64> = descriptors.iter().map(|text| self.presence(text, &views.rows)).collect();
        let area = f64::from(picture.width) * f64::from(picture.height);
        let local = local_alignment(&query.descriptors, cosines, &presences, &shapes, area, &self.matching);
        let attribute = |text: &Vec<f32>| AttributeMatch { presence: self.presence(text, &views.rows) };
        let models: Vec<ModelInfo> = views.models.into_iter().chain(texts.models).collect();
        Ok(Alignment {
            global,
            local,
            attributes: attributes.iter().map(attribute).collect(),
            aesthetics: None,
            models,
        })
    }
}
