//! Descriptors and attributes.

use domain::{
    alignment::Judge,
    decomposition::{Attribute, AttributeKind, AttributeSource, Descriptor, DescriptorKind, Predicate, Relation},
};
use proto::common as pb;

use crate::{Checked, WireError};

/// Writes a descriptor.
pub fn to_descriptor(descriptor: Descriptor) -> pb::Descriptor {
    let kind = match descriptor.kind {
        DescriptorKind::Object => pb::DescriptorKind::Object,
        DescriptorKind::Color => pb::DescriptorKind::Color,
        DescriptorKind::Material => pb::DescriptorKind::Material,
        DescriptorKind::Part => pb::DescriptorKind::Part,
        DescriptorKind::Relation => pb::DescriptorKind::Relation,
        DescriptorKind::State => pb::DescriptorKind::State,
    };
    pb::Descriptor {
        text: descriptor.text,
        kind: kind.into(),
        count: descriptor.count,
        at_least: descriptor.at_least,
        noun: descriptor.noun,
        relation: descriptor.relation.map(to_relation),
    }
}

/// Reads a descriptor with a text and a kind.
pub fn from_descriptor(descriptor: pb::Descriptor) -> Checked<Descriptor> {
    let kind = match descriptor.kind() {
        pb::DescriptorKind::Object => DescriptorKind::Object,
        pb::DescriptorKind::Color => DescriptorKind::Color,
        pb::DescriptorKind::Material => DescriptorKind::Material,
        pb::DescriptorKind::Part => DescriptorKind::Part,
        pb::DescriptorKind::Relation => DescriptorKind::Relation,
        pb::DescriptorKind::State => DescriptorKind::State,
        pb::DescriptorKind::Unspecified => return Err(unknown("descriptor.kind", descriptor.kind)),
    };
    Ok(Descriptor {
        kind,
        count: descriptor.count,
        at_least: descriptor.at_least,
        noun: descriptor.noun.map(|noun| text(noun, "descriptor.noun")).transpose()?,
        relation: descriptor.relation.map(from_relation).transpose()?,
        text: text(descriptor.text, "descriptor.text")?,
    })
}

/// Reads descriptors that belong together: relations speak of the others by index.
pub fn from_descriptors(descriptors: Vec<pb::Descriptor>) -> Checked<Vec<Descriptor>> {
    let all: Vec<Descriptor> = descriptors.into_iter().map(from_descriptor).collect::<Checked<_>>()?;
    let named = all.iter().filter_map(|descriptor| descriptor.relation);
    let strayed = named.flat_map(Relation::descriptors).find(|&index| index >= all.len());
    match strayed {
        Some(index) => Err(WireError::new(
            "descriptor.relation",
            format!("expected the index of one of the {} descriptors, got {index}", all.len()),
        )),
        None => Ok(all),
    }
}

fn to_relation(relation: Relation) -> pb::Relation {
    let predicate = match relation.predicate {
        Predicate::LeftOf => pb::Predicate::LeftOf,
        Predicate::RightOf => pb::Predicate::RightOf,
        Predicate::Above => pb::Predicate::Above,
        Predicate::Below => pb::Predicate::Below,
        Predicate::On => pb::Predicate::On,
        Predicate::Inside => pb::Predicate::Inside,
        Predicate::Around => pb::Predicate::Around,
        Predicate::NextTo => pb::Predicate::NextTo,
        Predicate::Between => pb::Predicate::Between,
    };
    pb::Relation {
        subject: relation.subject as u32,
        predicate: predicate.into(),
        object: relation.object as u32,
        other: relation.other.map(|index| index as u32),
    }
}

fn from_relation(relation: pb::Relation) -> Checked<Relation> {
    let predicate = match relation.predicate() {
        pb::Predicate::LeftOf => Predicate::LeftOf,
        pb::Predicate::RightOf => Predicate::RightOf,
        pb::Predicate::Above => Predicate::Above,
        pb::Predicate::Below => Predicate::Below,
        pb::Predicate::On => Predicate::On,
        pb::Predicate::Inside => Predicate::Inside,
        pb::Predicate::Around => Predicate::Around,
        pb::Predicate::NextTo => Predicate::NextTo,
        pb::Predicate::Between => Predicate::Between,
        pb::Predicate::Unspecified => return Err(unknown("descriptor.relation.predicate", relation.predicate)),
    };
    Ok(Relation {
        subject: relation.subject as usize,
        predicate,
        object: relation.object as usize,
        other: relation.other.map(|index| index as usize),
    })
}

/// Writes how a presence was judged.
pub const fn to_judge(judge: Judge) -> pb::Judge {
    match judge {
        Judge::Similarity => pb::Judge::Similarity,
        Judge::Count => pb::Judge::Count,
        Judge::Geometry => pb::Judge::Geometry,
    }
}

/// Reads how a presence was judged; `None` when the message does not say.
pub const fn from_judge(judge: pb::Judge) -> Option<Judge> {
    match judge {
        pb::Judge::Unspecified => None,
        pb::Judge::Similarity => Some(Judge::Similarity),
        pb::Judge::Count => Some(Judge::Count),
        pb::Judge::Geometry => Some(Judge::Geometry),
    }
}

/// Writes an attribute.
pub fn to_attribute(attribute: Attribute) -> pb::Attribute {
    let kind = match attribute.kind {
        AttributeKind::Style => pb::AttributeKind::Style,
        AttributeKind::Mood => pb::AttributeKind::Mood,
        AttributeKind::Setting => pb::AttributeKind::Setting,
        AttributeKind::Era => pb::AttributeKind::Era,
        AttributeKind::Medium => pb::AttributeKind::Medium,
    };
    let source = match attribute.source {
        AttributeSource::Prompt => pb::AttributeSource::Prompt,
        AttributeSource::Inferred => pb::AttributeSource::Inferred,
    };
    pb::Attribute { text: attribute.text, kind: kind.into(), source: source.into() }
}

/// Reads an attribute with a text, a kind and a source.
pub fn from_attribute(attribute: pb::Attribute) -> Checked<Attribute> {
    let kind = match attribute.kind() {
        pb::AttributeKind::Style => AttributeKind::Style,
        pb::AttributeKind::Mood => AttributeKind::Mood,
        pb::AttributeKind::Setting => AttributeKind::Setting,
        pb::AttributeKind::Era => AttributeKind::Era,
        pb::AttributeKind::Medium => AttributeKind::Medium,
        pb::AttributeKind::Unspecified => return Err(unknown("attribute.kind", attribute.kind)),
    };
    let source = match attribute.source() {
        pb::AttributeSource::Prompt => AttributeSource::Prompt,
        pb::AttributeSource::Inferred => AttributeSource::Inferred,
        pb::AttributeSource::Unspecified => return Err(unknown("attribute.source", attribute.source)),
    };
    Ok(Attribute { text: text(attribute.text, "attribute.text")?, kind, source })
}

fn text(text: String, field: &str) -> Checked<String> {
    if text.trim().is_empty() { Err(WireError::new(field, "expected a text, got an empty one")) } else { Ok(text) }
}

fn unknown(field: &str, number: i32) -> WireError {
    WireError::new(field, format!("expected a named value, got {number}"))
}
