//! What models see of the pictures that alignment is measured on.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    sync::Arc,
};

use alignment::evaluation::Pairs;
use domain::{
    decomposition::{Attribute, AttributeKind, AttributeSource},
    picture::Picture,
    region::RegionShape,
    roles::{AlignQuery, Aligner, Call, Segmenter},
};

use crate::error::CliError;

/// One picture.
pub struct Seen {
    /// Embeddings of the whole, then of its regions.
    pub views: Vec<Vec<f32>>,
    /// How likely it shows each phrase; empty without a segmenter.
    pub presences: Vec<f64>,
}

impl Seen {
    /// Looks at a picture, with a segmenter at its regions too, and judges the phrases, a chunk a call.
    pub async fn of(
        picture: &Picture,
        aligner: &Arc<dyn Aligner>,
        segmenter: Option<&Arc<dyn Segmenter>>,
        phrases: impl Iterator<Item = &[String]>,
    ) -> Result<Self, CliError> {
        let (mut regions, mut presences): (Vec<RegionShape>, _) = (Vec::new(), Vec::new());
        if let Some(segmenter) = segmenter {
            let found = segmenter.segment(Call::default(), picture, None).await?.regions;
            regions.extend(found.iter().map(RegionShape::from));
            for some in phrases {
                let attributes = some.iter().cloned().map(asked).collect();
                let query = AlignQuery { regions: regions.clone(), attributes, ..AlignQuery::default() };
                let judged = aligner.align(Call::default(), picture, &query).await?.attributes;
                presences.extend(judged.iter().map(|found| found.presence));
            }
        }
        let views = aligner.embed_image(Call::default(), picture, &regions).await?.rows;
        Ok(Self { views, presences })
    }
}

fn asked(text: String) -> Attribute {
    Attribute { text, kind: AttributeKind::Setting, source: AttributeSource::Prompt }
}

/// Writes the embeddings as JSON: `pictures` with a list of views each, `texts` with one embedding each.
pub fn keep(path: &Path, pairs: &Pairs, seen: &[Seen], texts: &[Vec<f32>]) -> Result<(), CliError> {
    let (names, all) = (pairs.pictures(), pairs.texts());
    let pictures: BTreeMap<&String, _> = names.iter().zip(seen.iter().map(|seen| &seen.views)).collect();
    let texts: BTreeMap<&String, _> = all.iter().zip(texts).collect();
    let failed = |error: std::io::Error| CliError::Usage(format!("{}: {error}", path.display()));
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    let all = serde_json::json!({ "pictures": pictures, "texts": texts });
    serde_json::to_writer(&mut file, &all).map_err(|error| failed(error.into()))?;
    file.flush().map_err(failed)
}
