//! Models, boxes, masks, regions, maps, components and impacts.

use domain::{
    distortion::DistortionType,
    heat_map::HeatMap,
    measurement::Components,
    region::{BoundingBox, Mask, Region},
    roles::ModelInfo,
    scenario::Context,
};
use proto::common as pb;

use crate::{Checked, WireError, required, unit};

/// Writes models.
pub fn to_models(models: Vec<ModelInfo>) -> Vec<pb::ModelInfo> {
    let to = |m: ModelInfo| pb::ModelInfo { role: m.role, name: m.name, version: m.version, sha256: m.sha256 };
    models.into_iter().map(to).collect()
}

/// Reads models.
pub fn from_models(models: Vec<pb::ModelInfo>) -> Vec<ModelInfo> {
    let from = |m: pb::ModelInfo| ModelInfo { role: m.role, name: m.name, version: m.version, sha256: m.sha256 };
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

/// Writes a distortion type.
pub fn to_kind(kind: DistortionType) -> pb::DistortionType {
    pb::DistortionType::try_from(kind as i32).unwrap_or_default()
}

/// Reads a distortion type by its number.
pub fn from_kind(number: i32) -> Checked<DistortionType> {
    let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1));
    let kind = index.and_then(|index| DistortionType::ALL.get(index).copied());
    kind.ok_or_else(|| WireError::new("distortion type", format!("expected a number from 1 to 12, got {number}")))
}

/// Writes impacts.
pub fn to_impacts(impacts: impl IntoIterator<Item = (DistortionType, f64)>) -> Vec<pb::DistortionImpact> {
    impacts.into_iter().map(|(kind, impact)| pb::DistortionImpact { r#type: to_kind(kind).into(), impact }).collect()
}

/// Reads impacts.
pub fn from_impacts(impacts: &[pb::DistortionImpact]) -> Checked<Vec<(DistortionType, f64)>> {
    impacts.iter().map(|i| Ok((from_kind(i.r#type)?, unit(i.impact, "impacts")?))).collect()
}

/// Writes a context vector.
pub fn to_context(context: &Context) -> pb::ContextVector {
    pb::ContextVector {
        weights: Some(to_components(context.weights.map(Some).into())),
        impacts: to_impacts(DistortionType::ALL.into_iter().zip(context.impacts)),
    }
}

/// Reads a context vector and checks its promises.
pub fn from_context(context: &pb::ContextVector) -> Checked<Context> {
    let weights = context.weights.as_ref().map(from_components);
    let weights = required(weights, "context.weights")?.map(|weight| weight.unwrap_or(0.0));
    let mut impacts = [0.0; 12];
    for (kind, impact) in from_impacts(&context.impacts)? {
        impacts[kind as usize - 1] = impact;
    }
    let context = Context { weights, impacts };
    context.check().map_err(|message| WireError::new("context", message))?;
    Ok(context)
}
