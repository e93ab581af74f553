//! The text side of the joint space: one encoder, or two that are added.

use std::sync::Arc;

use domain::roles::{Answer, ModelInfo, RoleError, TextKind};

use crate::{
    joint_space::{Place, normalise},
    text_encoder::TextEncoder,
};

/// An encoder, where its embeddings lie, and what it is asked for.
pub struct PlacedEncoder {
    /// The encoder.
    pub encoder: Arc<dyn TextEncoder>,
    /// What brings its embeddings into the joint space.
    pub place: Place,
    /// Whether it is spared the phrases.
    pub prompts_only: bool,
}

/// Every encoder of texts.
pub struct Texts(Vec<PlacedEncoder>);

impl Texts {
    /// From at least one encoder that takes phrases.
    pub fn new(encoders: Vec<PlacedEncoder>) -> Result<Self, RoleError> {
        if encoders.iter().all(|encoder| encoder.prompts_only) {
            let expected = "expected a text encoder for phrases: `text.learned`, or `text.rendered` that reads all";
            return Err(RoleError::Internal(format!("{expected}; the alignment model has none")));
        }
        Ok(Self(encoders))
    }

    /// A text's unit vector in the joint space: the mean direction of what its encoders say. Blocks.
    pub fn encode(&self, text: &str, kind: TextKind) -> Answer<Vec<f32>> {
        let mut sum: Vec<f32> = Vec::new();
        for asked in self.asked(kind) {
            let placed = asked.place.put(&asked.encoder.encode(text)?);
            sum.resize(placed.len(), 0.0);
            sum.iter_mut().zip(placed).for_each(|(sum, value)| *sum += value);
        }
        Ok(normalise(sum))
    }

    /// Which encoders take texts of this kind.
    pub fn infos(&self, kind: TextKind) -> impl Iterator<Item = ModelInfo> {
        self.asked(kind).map(|asked| asked.encoder.info())
    }

    fn asked(&self, kind: TextKind) -> impl Iterator<Item = &PlacedEncoder> {
        self.0.iter().filter(move |encoder| kind == TextKind::Prompt || !encoder.prompts_only)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says the same of every text.
    struct Always(Vec<f32>);

    impl TextEncoder for Always {
        fn encode(&self, _: &str) -> Answer<Vec<f32>> {
            Ok(self.0.clone())
        }

        fn info(&self) -> ModelInfo {
            ModelInfo { name: format!("{:?}", self.0), ..ModelInfo::default() }
        }
    }

    fn placed(vector: [f32; 2], prompts_only: bool) -> PlacedEncoder {
        PlacedEncoder { encoder: Arc::new(Always(vector.to_vec())), place: Place::default(), prompts_only }
    }

    #[test]
    fn encoders_are_added_and_phrases_spared_where_that_is_said() {
        let texts = Texts::new(vec![placed([1.0, 0.0], false), placed([0.0, 1.0], true)]).unwrap();
        let [x, y] = texts.encode("a prompt", TextKind::Prompt).unwrap()[..] else { panic!("two values") };
        assert!((x - 0.5_f32.sqrt()).abs() < 1e-6 && (y - x).abs() < 1e-6);
        assert_eq!(texts.encode("a phrase", TextKind::Phrase).unwrap(), [1.0, 0.0]);
        assert_eq!((texts.infos(TextKind::Prompt).count(), texts.infos(TextKind::Phrase).count()), (2, 1));
    }

    #[test]
    fn no_encoder_for_phrases_is_an_error_that_says_what_to_set() {
        let refused = Texts::new(vec![placed([1.0, 0.0], true)]).err().unwrap().to_string();
        assert!(refused.contains("text.learned"), "{refused}");
    }
}
