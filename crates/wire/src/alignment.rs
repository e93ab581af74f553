//! Messages of the alignment service.

use domain::{
    alignment::{AttributeMatch, DescriptorMatch, LocalAlignment, Similarity},
    region::RegionShape,
    roles::{AlignQuery, Alignment, Embeddings, TextKind},
};
use proto::{alignment as pb, common};

use crate::{
    Checked, WireError,
    common::{from_bbox, from_mask, from_models, to_bbox, to_mask, to_models},
    finite,
    prompt::{from_attribute, from_descriptors, from_judge, to_attribute, to_descriptor, to_judge},
    unit,
};

/// Writes a query about `picture`.
pub fn to_request(picture: common::Picture, query: AlignQuery) -> pb::AlignRequest {
    let (regions, masks) = to_regions(query.regions);
    pb::AlignRequest {
        picture: Some(picture),
        prompt: query.prompt,
        regions,
        masks,
        descriptors: query.descriptors.into_iter().map(to_descriptor).collect(),
        attributes: query.attributes.into_iter().map(to_attribute).collect(),
        aesthetics: query.aesthetics,
    }
}

/// Reads a query; the picture stays in the request.
pub fn from_request(request: &mut pb::AlignRequest) -> Checked<AlignQuery> {
    Ok(AlignQuery {
        prompt: request.prompt.take(),
        regions: from_regions(std::mem::take(&mut request.regions), std::mem::take(&mut request.masks))?,
        descriptors: from_descriptors(std::mem::take(&mut request.descriptors))?,
        attributes: std::mem::take(&mut request.attributes).into_iter().map(from_attribute).collect::<Checked<_>>()?,
        aesthetics: request.aesthetics,
    })
}

/// Writes what texts are.
pub fn to_text_kind(kind: TextKind) -> pb::TextKind {
    match kind {
        TextKind::Prompt => pb::TextKind::Prompt,
        TextKind::Phrase => pb::TextKind::Phrase,
    }
}

/// Reads what texts are: prompts, unless something else is said.
pub fn from_text_kind(kind: i32) -> Checked<TextKind> {
    match pb::TextKind::try_from(kind) {
        Ok(pb::TextKind::Unspecified | pb::TextKind::Prompt) => Ok(TextKind::Prompt),
        Ok(pb::TextKind::Phrase) => Ok(TextKind::Phrase),
        Err(_) => Err(WireError::new("kind", format!("expected a known kind of text, got {kind}"))),
    }
}

/// Writes regions: their boxes, and their masks if one of them has one.
pub fn to_regions(regions: Vec<RegionShape>) -> (Vec<common::BoundingBox>, Vec<common::Mask>) {
    let masked = regions.iter().any(|region| region.mask.is_some());
    let (boxes, masks): (Vec<_>, Vec<_>) =
        regions.into_iter().map(|region| (to_bbox(region.bbox), region.mask.map(to_mask).unwrap_or_default())).unzip();
    (boxes, if masked { masks } else { Vec::new() })
}

/// Reads regions from their boxes and masks.
pub fn from_regions(boxes: Vec<common::BoundingBox>, mut masks: Vec<common::Mask>) -> Checked<Vec<RegionShape>> {
    if masks.is_empty() {
        masks.resize(boxes.len(), common::Mask::default());
    }
    if masks.len() != boxes.len() {
        let (expected, got) = (boxes.len(), masks.len());
        return Err(WireError::new(
            "masks",
            format!("expected none, or one for each of {expected} regions, got {got}"),
        ));
    }
    let region = |(bbox, mask): (common::BoundingBox, common::Mask)| {
        let mask = if mask == common::Mask::default() { None } else { Some(from_mask(mask)?) };
        Ok(RegionShape { bbox: from_bbox(bbox)?, mask })
    };
    boxes.into_iter().zip(masks).map(region).collect()
}

/// Writes an alignment.
pub fn to_response(alignment: Alignment) -> pb::AlignResponse {
    pb::AlignResponse {
        global: alignment.global.map(|s| pb::Similarity { cosine: s.cosine, calibrated: s.calibrated }),
        local: alignment.local.map(to_local),
        attributes: alignment.attributes.iter().map(|a| pb::AttributeMatch { presence: a.presence }).collect(),
        aesthetics: alignment.aesthetics,
        models: to_models(alignment.models),
    }
}

fn to_local(local: LocalAlignment) -> pb::LocalAlignment {
    let to_match = |m: DescriptorMatch| pb::DescriptorMatch {
        presence: m.presence,
        regions: m.regions.into_iter().map(|index| index as u32).collect(),
        judged_by: to_judge(m.judged_by).into(),
        counted: m.counted,
    };
    pb::LocalAlignment {
        score: local.score,
        matches: local.matches.into_iter().map(to_match).collect(),
        cosines: local.cosines.concat(),
    }
}

/// Reads an alignment.
pub fn from_response(response: pb::AlignResponse) -> Checked<Alignment> {
    let global = response.global.map(|s| {
        Ok(Similarity {
            cosine: finite(s.cosine, "global.cosine")?,
            calibrated: unit(s.calibrated, "global.calibrated")?,
        })
    });
    let attribute = |a: &pb::AttributeMatch| Ok(AttributeMatch { presence: unit(a.presence, "attributes.presence")? });
    Ok(Alignment {
        global: global.transpose()?,
        local: response.local.map(from_local).transpose()?,
        attributes: response.attributes.iter().map(attribute).collect::<Checked<_>>()?,
        aesthetics: response.aesthetics.map(|value| unit(value, "aesthetics")).transpose()?,
        models: from_models(response.models),
    })
}

fn from_local(local: pb::LocalAlignment) -> Checked<LocalAlignment> {
    let columns = local.matches.len();
    if columns == 0 || !local.cosines.len().is_multiple_of(columns) || local.cosines.is_empty() {
        let cosines = local.cosines.len();
        return Err(WireError::new(
            "local.cosines",
            format!("expected rows of {columns} cosines, got {cosines} in all"),
        ));
    }
    for cosine in &local.cosines {
        finite(f64::from(*cosine), "local.cosines")?;
    }
    let regions = local.cosines.len() / columns - 1;
    let from_match = |m: pb::DescriptorMatch| match m.regions.iter().find(|&&index| index as usize >= regions) {
        Some(index) => {
            Err(WireError::new("local.matches.regions", format!("expected an index below {regions}, got {index}")))
        }
        None => Ok(DescriptorMatch {
            presence: unit(m.presence, "local.matches.presence")?,
            // An aligner that does not say compares by similarity alone.
            judged_by: from_judge(m.judged_by()).unwrap_or_default(),
            counted: m.counted,
            regions: m.regions.into_iter().map(|index| index as usize).collect(),
        }),
    };
    Ok(LocalAlignment {
        score: unit(local.score, "local.score")?,
        cosines: local.cosines.chunks(columns).map(<[f32]>::to_vec).collect(),
        matches: local.matches.into_iter().map(from_match).collect::<Checked<_>>()?,
    })
}

/// Writes embeddings.
pub fn to_rows(rows: Vec<Vec<f32>>) -> Vec<pb::Embedding> {
    rows.into_iter().map(|values| pb::Embedding { values }).collect()
}

/// Reads `expected` embeddings of one length.
pub fn from_rows(rows: Vec<pb::Embedding>, models: Vec<common::ModelInfo>, expected: usize) -> Checked<Embeddings> {
    let rows: Vec<Vec<f32>> = rows.into_iter().map(|row| row.values).collect();
    let ragged = rows.iter().any(|row| row.len() != rows[0].len() || row.iter().any(|value| !value.is_finite()));
    if rows.len() != expected || ragged {
        let got = rows.len();
        return Err(WireError::new(
            "embeddings",
            format!("expected {expected} finite rows of one length, got {got} rows"),
        ));
    }
    Ok(Embeddings { rows, models: from_models(models) })
}
