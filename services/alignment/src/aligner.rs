//! The role itself: embeds, compares, assigns.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    alignment::{AttributeMatch, Matching, Similarity, local_alignment},
    decomposition::Descriptor,
    geometry::Shape,
    picture::{Digest, Picture},
    region::{BoundingBox, Mask, RegionShape},
    roles::{AlignQuery, Aligner, Alignment, Answer, Call, Embeddings, ModelInfo, RoleError, TextKind},
};
use inference::work::blocking;
use moka::future::Cache;
use picture::Decoder;

use crate::{
    aesthetics::AestheticHead,
    crop,
    joint_space::{JointSpace, cosine},
    model::Calibrations,
    presence::PresenceHead,
    regions::RegionViews,
    settings::AlignmentSettings,
    texts::Texts,
    tower::ImageTower,
};

type Embedding = Arc<Vec<f32>>;

/// A picture, or one region of it; boxes are told apart to the tenth of a pixel.
type View = (Digest, Option<([i32; 4], Option<Mask>)>);

/// What is judged from embeddings by weights of its own.
#[derive(Debug, Default)]
pub struct Heads {
    /// How likely a picture shows what a phrase says; none: read from the best cosine.
    pub presence: Option<PresenceHead>,
    /// How pleasing a picture is; none: not judged.
    pub aesthetics: Option<AestheticHead>,
}

/// Aligns with CLIP.
pub struct ClipAligner {
    decoder: Decoder,
    tower: ImageTower,
    texts: Arc<Texts>,
    space: JointSpace,
    heads: Heads,
    calibrations: Calibrations,
    settings: AlignmentSettings,
    image_cache: Cache<View, Embedding>,
    text_cache: Cache<(TextKind, String), Embedding>,
}

impl ClipAligner {
    /// Puts the parts together.
    pub fn new(
        decoder: Decoder,
        tower: ImageTower,
        texts: Texts,
        space: JointSpace,
        heads: Heads,
        calibrations: Calibrations,
        settings: AlignmentSettings,
    ) -> Self {
        let (image_cache, text_cache) =
            (Cache::new(settings.image_cache_entries), Cache::new(settings.text_cache_entries));
        let texts = Arc::new(texts);
        Self { decoder, tower, texts, space, heads, calibrations, settings, image_cache, text_cache }
    }

    /// Embeddings, as the tower gives them, of the whole picture and of each region.
    async fn views(&self, call: Call, picture: &Picture, regions: &[RegionShape]) -> Answer<Vec<Embedding>> {
        self.check_count("regions", regions.len())?;
        let clipped = |region: &RegionShape| RegionShape {
            bbox: region.bbox.clipped(picture.width, picture.height),
            mask: region.mask.clone(),
        };
        let views: Vec<Option<RegionShape>> =
            std::iter::once(None).chain(regions.iter().map(|region| Some(clipped(region)))).collect();
        let key = |view: &Option<RegionShape>| {
            (picture.digest, view.as_ref().map(|region| (tenths(region.bbox), region.mask.clone())))
        };
        let keys: Vec<View> = views.iter().map(key).collect();
        let mut found = Vec::with_capacity(keys.len());
        for key in &keys {
            found.push(self.image_cache.get(key).await);
        }
        let missing: Vec<usize> = (0..found.len()).filter(|&index| found[index].is_none()).collect();
        if !missing.is_empty() {
            let pixels = self.decoder.decode(picture).await?;
            let (tower, regions) = (self.tower.clone(), self.settings.regions);
            let wanted: Vec<Option<RegionShape>> = missing.iter().map(|&index| views[index].clone()).collect();
            let embedded = blocking(call, move |watch| {
                let mut shown = RegionViews::new(&tower, &pixels, regions);
                let embed = |view: &Option<RegionShape>| {
                    watch.check()?;
                    match view {
                        None => tower.embed(&crop::whole(&pixels, tower.side(), tower.fit())?),
                        Some(region) => shown.embed(region),
                    }
                };
                wanted.iter().map(embed).collect::<Answer<Vec<_>>>()
            });
            for (index, embedding) in missing.into_iter().zip(embedded.await?) {
                let embedding = Arc::new(embedding);
                self.image_cache.insert(keys[index].clone(), Arc::clone(&embedding)).await;
                found[index] = Some(embedding);
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// The texts in the joint space.
    async fn texts(&self, call: Call, texts: Vec<(TextKind, String)>) -> Answer<Vec<Embedding>> {
        self.check_count("texts", texts.len())?;
        for (_, text) in &texts {
            self.check_text(text)?;
        }
        let mut found = Vec::with_capacity(texts.len());
        for text in &texts {
            found.push(self.text_cache.get(text).await);
        }
        let missing: Vec<usize> = (0..found.len()).filter(|&index| found[index].is_none()).collect();
        if !missing.is_empty() {
            let encoder = Arc::clone(&self.texts);
            let wanted: Vec<(TextKind, String)> = missing.iter().map(|&index| texts[index].clone()).collect();
            let encoded = blocking(call, move |watch| {
                let encode = |(kind, text): &(TextKind, String)| {
                    watch.check()?;
                    encoder.encode(text, *kind)
                };
                wanted.iter().map(encode).collect::<Answer<Vec<_>>>()
            });
            for (index, embedding) in missing.into_iter().zip(encoded.await?) {
                let embedding = Arc::new(embedding);
                self.text_cache.insert(texts[index].clone(), Arc::clone(&embedding)).await;
                found[index] = Some(embedding);
            }
        }
        Ok(found.into_iter().flatten().collect())
    }

    /// How likely the picture of these `views`, of which `whole` is one, shows what `phrase` says.
    fn presence<'a>(&self, phrase: &[f32], whole: &'a [f32], views: &'a [Vec<f32>]) -> f64 {
        let cosines = views.iter().map(|view| (view.as_slice(), cosine(phrase, view)));
        let (best, nearest) = cosines.fold((whole, cosine(phrase, whole)), |a, b| if b.1 > a.1 { b } else { a });
        match &self.heads.presence {
            Some(head) => head.presence(phrase, whole, best),
            None => self.calibrations.best().probability(f64::from(nearest)),
        }
    }

    fn check_count(&self, field: &str, count: usize) -> Answer<()> {
        let most = self.settings.max_items;
        if count <= most {
            Ok(())
        } else {
            Err(RoleError::invalid(field, format!("expected at most {most}, got {count}")))
        }
    }

    fn check_text(&self, text: &str) -> Answer<()> {
        let most = self.settings.max_text_bytes;
        if text.trim().is_empty() {
            return Err(RoleError::invalid("text", "expected a text, got an empty one"));
        }
        if text.len() > most {
            return Err(RoleError::invalid("text", format!("expected at most {most} bytes, got {}", text.len())));
        }
        Ok(())
    }

    fn models(&self, texts: TextKind) -> Vec<ModelInfo> {
        let tower = self.tower.info().clone();
        std::iter::once(tower).chain(self.texts.infos(texts)).chain(self.space.info.clone()).collect()
    }
}

#[async_trait]
impl Aligner for ClipAligner {
    async fn embed_image(&self, call: Call, picture: &Picture, regions: &[RegionShape]) -> Answer<Embeddings> {
        let views = self.views(call, picture, regions).await?;
        let rows = views.iter().map(|view| self.space.image.put(view)).collect();
        let models = [self.tower.info()].into_iter().chain(&self.space.info).cloned().collect();
        Ok(Embeddings { rows, models })
    }

    async fn embed_texts(&self, call: Call, texts: &[String], kind: TextKind) -> Answer<Embeddings> {
        let texts = texts.iter().map(|text| (kind, text.clone())).collect();
        let rows = self.texts(call, texts).await?.iter().map(|text| text.to_vec()).collect();
        let models = self.texts.infos(kind).chain(self.space.info.clone()).collect();
        Ok(Embeddings { rows, models })
    }

    async fn align(&self, call: Call, picture: &Picture, query: &AlignQuery) -> Answer<Alignment> {
        let descriptors = query.descriptors.iter().map(Descriptor::sought);
        let phrases = descriptors.chain(query.attributes.iter().map(|a| a.text.as_str()));
        let prompt = query.prompt.as_deref().map(|prompt| (TextKind::Prompt, prompt.to_owned()));
        let texts = prompt.into_iter().chain(phrases.map(|phrase| (TextKind::Phrase, phrase.to_owned()))).collect();
        let views = self.views(call, picture, &query.regions).await?;
        let embedded = self.texts(call, texts).await?;

        let (prompts, phrases) = embedded.split_at(query.prompt.iter().count());
        let (descriptors, attributes) = phrases.split_at(query.descriptors.len());
        let centred: Vec<Vec<f32>> = views.iter().map(|view| self.space.image.put(view)).collect();
        let (whole, regions) =
            centred.split_first().ok_or_else(|| RoleError::Internal("the picture was not embedded".into()))?;

        let global = prompts.first().map(|text| {
            let cosine = f64::from(cosine(whole, text));
            Similarity { cosine, calibrated: self.calibrations.prompt.probability(cosine) }
        });
        // Rows: each region, then the whole picture.
        let row = |view: &Vec<f32>| descriptors.iter().map(|text| cosine(view, text)).collect::<Vec<f32>>();
        let cosines: Vec<Vec<f32>> = regions.iter().map(row).chain([row(whole)]).collect();
        let picture_area = f64::from(picture.width) * f64::from(picture.height);
        let shapes: Vec<Shape<'_>> =
            query.regions.iter().map(|region| Shape { bbox: region.bbox, mask: region.mask.as_ref() }).collect();
        let AlignmentSettings { coverage, counting, .. } = self.settings;
        let matching = Matching { calibration: self.calibrations.phrase, coverage, counting };
        let presence = |text: &Embedding| self.presence(text, whole, regions);
        let presences: Vec<f64> = descriptors.iter().map(presence).collect();

        let kind = if query.prompt.is_some() { TextKind::Prompt } else { TextKind::Phrase };
        let mut models = self.models(kind);
        models.extend(self.heads.presence.as_ref().map(|head| head.info().clone()));
        let head = self.heads.aesthetics.as_ref().filter(|_| query.aesthetics);
        models.extend(head.map(|head| head.info().clone()));
        let aesthetics = head.map(|head| head.score(&views[0]));
        Ok(Alignment {
            global,
            local: local_alignment(&query.descriptors, cosines, &presences, &shapes, picture_area, &matching),
            attributes: attributes.iter().map(|text| AttributeMatch { presence: presence(text) }).collect(),
            aesthetics,
            models,
        })
    }
}

fn tenths(bbox: BoundingBox) -> [i32; 4] {
    <[f32; 4]>::from(bbox).map(|side| (side * 10.0).round() as i32)
}
