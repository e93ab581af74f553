//! Models, boxes, masks, regions, maps, components and impacts.

use bytes::Bytes;
use domain::{
    distortion::{DistortionKind, DistortionType},
    heat_map::HeatMap,
    measurement::Components,
    region::{BoundingBox, Mask, Region},
    roles::ModelInfo,
    scenario::Context,
};
use proto::common as pb;

use crate::{Checked, WireError, finite, required, unit};

/// Reads a picture that must come as bytes: only the gateway fetches one that is named by URL.
pub fn from_picture(picture: Option<pb::Picture>) -> Checked<Bytes> {
    let pb::Picture { data, url } = picture.unwrap_or_default();
    if url.is_empty() {
        Ok(data)
    } else {
        Err(WireError::new(
            "picture.url",
            "expected the picture's bytes as data: only the gateway fetches pictures by URL",
        ))
    }
}

/// Writes models.
pub fn to_models(models: Vec<ModelInfo>) -> Vec<pb::ModelInfo> {
    let to =
        |ModelInfo { role, name, version, sha256, provider }| pb::ModelInfo { role, name, version, sha256, provider };
    models.into_iter().map(to).collect()
}

/// Reads models.
pub fn from_models(models: Vec<pb::ModelInfo>) -> Vec<ModelInfo> {
    let from =
        |pb::ModelInfo { role, name, version, sha256, provider }| ModelInfo { role, name, version, sha256, provider };
    models.into_iter().map(from).collect()
}

/// Writes a box.
pub const fn to_bbox(b: BoundingBox) -> pb::BoundingBox {
    pb::BoundingBox { x: b.x, y: b.y, width: b.width, height: b.height }
}

/// Reads a box: finite, and neither side negative.
pub fn from_bbox(b: pb::BoundingBox) -> Checked<BoundingBox> {
    let sides = [b.x, b.y, b.width, b.height];
    if sides.iter().any(|side| !side.is_finite()) || b.width < 0.0 || b.height < 0.0 {
        return Err(WireError::new("bbox", format!("expected finite numbers and sides of at least 0, got {sides:?}")));
    }
    Ok(sides.into())
}

/// Reads a point: finite.
pub fn from_point(point: pb::Point, field: &str) -> Checked<[f32; 2]> {
    finite(point.x.into(), field)?;
    finite(point.y.into(), field)?;
    Ok([point.x, point.y])
}

/// Writes a mask.
pub fn to_mask(mask: Mask) -> pb::Mask {
    pb::Mask { width: mask.width, height: mask.height, counts: mask.counts }
}

/// As many as the largest picture has pixels; a short message must not unfold to more.
const MOST_CELLS: u64 = 1 << 26;

/// Reads a mask whose runs cover it exactly.
pub fn from_mask(mask: pb::Mask) -> Checked<Mask> {
    let mask = Mask { width: mask.width, height: mask.height, counts: mask.counts };
    let cells = u64::from(mask.width) * u64::from(mask.height);
    if !(1..=MOST_CELLS).contains(&cells) {
        return Err(WireError::new("mask", format!("expected 1 to {MOST_CELLS} cells, got {cells}")));
    }
    if mask.is_consistent() {
        Ok(mask)
    } else {
        Err(WireError::new("mask.counts", format!("expected runs that sum to width × height = {cells}")))
    }
}

/// Writes a region.
pub fn to_region(region: Region) -> pb::Region {
    pb::Region {
        bbox: Some(to_bbox(region.bbox)),
        mask: Some(to_mask(region.mask)),
        area: region.area,
        stability: region.stability,
        predicted_iou: region.predicted_iou,
    }
}

/// Reads a region.
pub fn from_region(region: pb::Region) -> Checked<Region> {
    unit(region.area.into(), "region.area")?;
    unit(region.stability.into(), "region.stability")?;
    unit(region.predicted_iou.into(), "region.predicted_iou")?;
    Ok(Region {
        bbox: from_bbox(required(region.bbox, "region.bbox")?)?,
        mask: from_mask(required(region.mask, "region.mask")?)?,
        area: region.area,
        stability: region.stability,
        predicted_iou: region.predicted_iou,
    })
}

/// Writes a map.
pub fn to_map(map: &HeatMap) -> pb::HeatMap {
    pb::HeatMap { width: map.width as u32, height: map.height as u32, cells: map.to_bytes() }
}

/// Reads a map.
pub fn from_map(map: &pb::HeatMap) -> Checked<HeatMap> {
    HeatMap::from_bytes(map.width as usize, map.height as usize, &map.cells).ok_or_else(|| {
        let (w, h, cells) = (map.width, map.height, map.cells.len());
        WireError::new("map.cells", format!("expected width × height = {w} × {h} cells and at least one, got {cells}"))
    })
}

/// Writes component values.
pub const fn to_components(c: Components) -> pb::Components {
    pb::Components {
        global_alignment: c.global_alignment,
        local_alignment: c.local_alignment,
        attribute_consistency: c.attribute_consistency,
        fidelity: c.fidelity,
        aesthetics: c.aesthetics,
    }
}

/// Reads component values as they stand: callers know their range.
pub fn from_components(c: &pb::Components) -> [Option<f64>; 5] {
    [c.global_alignment, c.local_alignment, c.attribute_consistency, c.fidelity, c.aesthetics]
}

/// Reads component values, each [0, 1].
pub fn from_unit_components(c: &pb::Components, field: &str) -> Checked<Components> {
    let values = from_components(c);
    for value in values.into_iter().flatten() {
        unit(value, field)?;
    }
    Ok(values.into())
}

/// Writes a distortion kind: the number of one of the twelve, or the name of another.
pub fn to_kind(kind: &DistortionKind) -> (i32, String) {
    match kind {
        DistortionKind::Known(kind) => (*kind as i32, String::new()),
        DistortionKind::Other(name) => (0, name.clone()),
    }
}

/// Reads a distortion kind: a number from 1 to 12, or another type's name beside the number 0.
pub fn from_kind(number: i32, other: &str) -> Checked<DistortionKind> {
    if number == 0 && !other.is_empty() {
        return match DistortionKind::from_name(other).map_err(|why| WireError::new("other_type", why))? {
            DistortionKind::Known(kind) => {
                let (number, name) = (kind as i32, kind.name());
                Err(WireError::new("other_type", format!("'{name}' is one of the twelve; set type to {number}")))
            }
            other => Ok(other),
        };
    }
    let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    let kind = index.and_then(|index| DistortionType::ALL.get(index).copied());
    kind.map(DistortionKind::Known).ok_or_else(|| {
        WireError::new(
            "distortion type",
            format!("expected a number from 1 to 12 or another type's name, got {number}"),
        )
    })
}

/// Writes impacts.
pub fn to_impacts(impacts: impl IntoIterator<Item = (DistortionKind, f64)>) -> Vec<pb::DistortionImpact> {
    let to = |(kind, impact)| {
        let (r#type, other_type) = to_kind(&kind);
        pb::DistortionImpact { r#type, impact, other_type }
    };
    impacts.into_iter().map(to).collect()
}

/// Reads impacts.
pub fn from_impacts(impacts: &[pb::DistortionImpact]) -> Checked<Vec<(DistortionKind, f64)>> {
    impacts.iter().map(|i| Ok((from_kind(i.r#type, &i.other_type)?, unit(i.impact, "impacts")?))).collect()
}

/// Writes a context vector.
pub fn to_context(context: &Context) -> pb::ContextVector {
    pb::ContextVector {
        weights: Some(to_components(context.weights.map(Some).into())),
        impacts: to_impacts(context.impacts.clone()),
    }
}

/// Reads a context vector and checks its promises.
pub fn from_context(context: &pb::ContextVector) -> Checked<Context> {
    let weights = context.weights.as_ref().map(from_components);
    let weights = required(weights, "context.weights")?.map(|weight| weight.unwrap_or(0.0));
    let impacts = from_impacts(&context.impacts)?.into_iter().collect();
    let context = Context { weights, impacts };
    context.check().map_err(|message| WireError::new("context", message))?;
    Ok(context)
}
