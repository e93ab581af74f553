//! One picture: what is measured of it once, and its score again after something was perturbed.

use domain::{
    alignment::attribute_consistency,
    decomposition::{Attribute, Decomposition, Descriptor},
    distortion::Distortion,
    language::Language,
    measurement::{Components, Measurements},
    picture::Picture,
    region::RegionShape,
    roles::{AlignQuery, Answer, Call},
    scenario::{Context, Selector},
};
use gateway::backends::Backends;

/// What is perturbed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inputs {
    pub regions: Vec<RegionShape>,
    pub descriptors: Vec<Descriptor>,
    pub attributes: Vec<Attribute>,
    pub distortions: Vec<Distortion>,
}

/// A measured picture.
pub struct Subject {
    picture: Picture,
    context: Context,
    /// As measured.
    pub inputs: Inputs,
    /// What no perturbation changes, and the two components of `inputs` that some do.
    components: Components,
}

impl Subject {
    /// Asks every role, as the gateway does.
    pub async fn measure(
        backends: &Backends,
        tenant: &str,
        picture: Picture,
        prompt: &str,
        scenario: &Selector,
    ) -> Answer<Self> {
        let call = Call::default();
        let resolved = backends.scorer.resolve(call, tenant, scenario).await?;
        let decomposed = backends.decomposer.decompose(call, prompt).await?;
        // A prompt in another language is compared by its translation, or not at all.
        let english = if Language::of(prompt).is_english() { Some(prompt.to_owned()) } else { decomposed.english };
        let parts = if english.is_some() { decomposed.decomposition } else { Decomposition::default() };
        let regions = backends.segmenter.segment(call, &picture, None).await?.regions;
        let detection = backends.detector.detect(call, &picture, false).await?;
        let query = AlignQuery { prompt: english, aesthetics: true, ..AlignQuery::default() };
        let whole = backends.aligner.align(call, &picture, &query).await?;
        let mut subject = Self {
            picture,
            context: resolved.context,
            inputs: Inputs {
                regions: regions.iter().map(RegionShape::from).collect(),
                descriptors: parts.descriptors,
                attributes: parts.attributes,
                distortions: detection.distortions,
            },
            components: Components {
                global_alignment: whole.global.map(|similarity| similarity.calibrated),
                fidelity: detection.fidelity,
                aesthetics: whole.aesthetics,
                ..Components::default()
            },
        };
        subject.components = subject.align(backends, &subject.inputs).await?;
        Ok(subject)
    }

    /// The score with `inputs` in place of what was measured.
    pub async fn score(&self, backends: &Backends, inputs: &Inputs) -> Answer<f64> {
        let measured = &self.inputs;
        let aligned = inputs.regions == measured.regions
            && inputs.descriptors == measured.descriptors
            && inputs.attributes == measured.attributes;
        let values = Measurements {
            components: if aligned { self.components } else { self.align(backends, inputs).await? },
            severities: Measurements::severities_of(&inputs.distortions),
        };
        Ok(backends.scorer.fuse(Call::default(), &self.context, &values).await?.score)
    }

    /// Width and height, pixels.
    pub const fn size(&self) -> (u32, u32) {
        (self.picture.width, self.picture.height)
    }

    /// The components with local alignment and attribute consistency of `inputs`.
    async fn align(&self, backends: &Backends, inputs: &Inputs) -> Answer<Components> {
        let Inputs { regions, descriptors, attributes, .. } = inputs.clone();
        let none = Components { local_alignment: None, attribute_consistency: None, ..self.components };
        if descriptors.is_empty() && attributes.is_empty() {
            return Ok(none);
        }
        let query = AlignQuery { regions, descriptors, attributes, ..AlignQuery::default() };
        let found = backends.aligner.align(Call::default(), &self.picture, &query).await?;
        Ok(Components {
            local_alignment: found.local.map(|local| local.score),
            attribute_consistency: attribute_consistency(&query.attributes, &found.attributes),
            ..none
        })
    }
}
