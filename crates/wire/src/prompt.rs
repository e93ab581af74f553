//! Descriptors and attributes.

use domain::decomposition::{Attribute, AttributeKind, AttributeSource, Descriptor, DescriptorKind};
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
    };
    pb::Descriptor { text: descriptor.text, kind: kind.into(), count: descriptor.count }
}

/// Reads a descriptor with a text and a kind.
pub fn from_descriptor(descriptor: pb::Descriptor) -> Checked<Descriptor> {
    let kind = match descriptor.kind() {
        pb::DescriptorKind::Object => DescriptorKind::Object,
        pb::DescriptorKind::Color => DescriptorKind::Color,
        pb::DescriptorKind::Material => DescriptorKind::Material,
        pb::DescriptorKind::Part => DescriptorKind::Part,
        pb::DescriptorKind::Relation => DescriptorKind::Relation,
        pb::DescriptorKind::Unspecified => return Err(unknown("descriptor.kind", descriptor.kind)),
    };
    Ok(Descriptor { text: text(descriptor.text, "descriptor.text")?, kind, count: descriptor.count })
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
