//! What is asked, and what comes, as the protos have it.

use proto::{
    alignment::{
        AlignRequest, AlignResponse, EmbedImageRequest, EmbedImageResponse, EmbedTextsRequest, EmbedTextsResponse,
    },
    decomposition::{DecomposeRequest, DecomposeResponse},
    distortion::{DetectRequest, DetectResponse},
    scenario::{
        FuseRequest, FuseResponse, ListScenariosRequest, ListScenariosResponse, ResolveRequest, ResolveResponse,
    },
    segmentation::{SegmentRequest, SegmentResponse},
};

/// How far numbers of the same answer may lie apart.
const SAME: f64 = 1e-5;

/// A message to a backend.
#[derive(Clone, Debug)]
pub enum Question {
    EmbedImage(EmbedImageRequest),
    EmbedTexts(EmbedTextsRequest),
    Align(AlignRequest),
    Segment(SegmentRequest),
    Decompose(DecomposeRequest),
    Detect(DetectRequest),
    ListScenarios(ListScenariosRequest),
    Resolve(ResolveRequest),
    Fuse(FuseRequest),
}

/// A message from a backend.
#[derive(Clone, Debug)]
pub enum Answer {
    EmbedImage(EmbedImageResponse),
    EmbedTexts(EmbedTextsResponse),
    Align(AlignResponse),
    Segment(SegmentResponse),
    Decompose(DecomposeResponse),
    Detect(DetectResponse),
    ListScenarios(ListScenariosResponse),
    Resolve(ResolveResponse),
    Fuse(FuseResponse),
}

impl Answer {
    /// What the two say differently, in words; `None` when they say the same.
    ///
    /// They are compared as they print: that names every field of every message, also those to come.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let (mine, theirs) = (format!("{self:?}"), format!("{other:?}"));
        let (mine, theirs) = (words(&mine), words(&theirs));
        let apart = |(a, b): &(&str, &str)| match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(x), Ok(y)) => (x - y).abs() > SAME,
            _ => a != b,
        };
        if let Some((a, b)) = mine.iter().copied().zip(theirs.iter().copied()).find(apart) {
            return Some(format!("{a} the one time and {b} the other"));
        }
        let (a, b) = (mine.len(), theirs.len());
        (a != b).then(|| format!("an answer of {a} values the one time and of {b} the other"))
    }
}

/// Names, texts and numbers, in their order.
fn words(printed: &str) -> Vec<&str> {
    printed.split([' ', ',', ':', '(', ')', '[', ']', '{', '}', '"']).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use proto::alignment::Embedding;

    use super::*;

    fn answer(values: &[f32]) -> Answer {
        let embeddings = vec![Embedding { values: values.to_vec() }];
        Answer::EmbedTexts(EmbedTextsResponse { embeddings, models: Vec::new() })
    }

    #[test]
    fn answers_are_the_same_within_a_hundred_thousandth() {
        let once = answer(&[0.25, 1e-7]);
        assert_eq!(once.difference(&answer(&[0.250_001, 2e-7])), None);
        assert_eq!(once.difference(&answer(&[0.26, 1e-7])).unwrap(), "0.25 the one time and 0.26 the other");
        assert!(once.difference(&answer(&[0.25])).is_some());
    }
}
