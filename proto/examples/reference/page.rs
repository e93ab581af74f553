//! The page `docs/api.md`: what stands before it in words, then a section for each package of the protos.

use std::collections::BTreeMap;

use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, ServiceDescriptorProto,
    field_descriptor_proto::{Label, Type},
};
use protox::Error;

/// Where the page stands.
pub const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/api.md");

const PROTOS: &str = env!("CARGO_MANIFEST_DIR");

/// Packages in the order in which a reader wants them, with what their section begins with.
const PACKAGES: [(&str, &str); 9] = [
    ("quality", "What callers of a gateway use."),
    ("admin", "What a tenant owns, served by gateways and, behind them, by the scenario process."),
    ("common", "What several services speak of."),
    ("scenario", "The scenario role. Its messages about scenarios are those that callers use too."),
    ("alignment", "The alignment role."),
    ("segmentation", "The segmentation role."),
    ("decomposition", "The decomposition role."),
    ("distortion", "The distortion role."),
    ("keys", "Part of the scenario process, for gateways."),
];

/// The whole page, in Markdown.
pub fn written() -> Result<String, Error> {
    let files: Vec<_> = PACKAGES.iter().filter(|(area, _)| *area != "common").map(|(area, _)| proto_of(area)).collect();
    let files = protox::compile(files, [PROTOS])?.file;
    let links = Links::of(&files);
    let mut page = include_str!("head.txt").to_owned();
    for (area, about) in PACKAGES {
        page += &format!("\n## cpaiqa.{area}.v1\n\n{about}\n");
        for file in files.iter().filter(|file| file.package() == format!("cpaiqa.{area}.v1")) {
            page += &section(file, &links);
        }
    }
    Ok(page)
}

fn proto_of(area: &str) -> String {
    format!("cpaiqa/{area}/v1/{area}_service.proto")
}

/// Numbers by which source info names the parts of a file, as `descriptor.proto` gives them.
mod part {
    pub const MESSAGES: i32 = 4;
    pub const ENUMS: i32 = 5;
    pub const SERVICES: i32 = 6;
    /// Of a message its fields, of an enum its values, of a service its methods.
    pub const MEMBERS: i32 = 2;
}

/// The headings of all types, so that a field can lead to its type.
struct Links(BTreeMap<String, String>);

impl Links {
    /// Headings that are the same are told apart by a number, as GitHub and mdBook do.
    fn of(files: &[FileDescriptorProto]) -> Self {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let mut links = BTreeMap::new();
        for (area, _) in PACKAGES {
            for file in files.iter().filter(|file| file.package() == format!("cpaiqa.{area}.v1")) {
                for name in headings(file) {
                    let anchor = name.to_lowercase();
                    let before = seen.entry(anchor.clone()).or_default();
                    let anchor = if *before == 0 { anchor } else { format!("{anchor}-{before}") };
                    *before += 1;
                    links.insert(format!(".{}.{name}", file.package()), anchor);
                }
            }
        }
        Self(links)
    }

    /// The type of a full name, as a link to its heading.
    fn to(&self, full_name: &str) -> String {
        let name = full_name.rsplit('.').next().unwrap_or(full_name);
        match self.0.get(full_name) {
            Some(anchor) => format!("[{name}](#{anchor})"),
            None => name.to_owned(),
        }
    }
}

/// Names of what gets a heading, in the order of the page.
fn headings(file: &FileDescriptorProto) -> impl Iterator<Item = &str> {
    let services = file.service.iter().map(ServiceDescriptorProto::name);
    let messages = file.message_type.iter().map(DescriptorProto::name);
    services.chain(messages).chain(file.enum_type.iter().map(EnumDescriptorProto::name))
}

fn section(file: &FileDescriptorProto, links: &Links) -> String {
    let told = |path: &[i32]| comment(file, path);
    let mut text = String::new();
    for (at, service) in (0..).zip(&file.service) {
        text += &heading(service.name(), &told(&[part::SERVICES, at]));
        text += "| method | takes | answers | |\n| --- | --- | --- | --- |\n";
        for (member, method) in (0..).zip(&service.method) {
            let takes = streamed(method.client_streaming(), links.to(method.input_type()));
            let answers = streamed(method.server_streaming(), links.to(method.output_type()));
            let about = told(&[part::SERVICES, at, part::MEMBERS, member]);
            text += &format!("| `{}` | {takes} | {answers} | {} |\n", method.name(), cell(&about));
        }
    }
    for (at, message) in (0..).zip(&file.message_type) {
        text += &heading(message.name(), &told(&[part::MESSAGES, at]));
        if message.field.is_empty() {
            text += "No fields.\n";
            continue;
        }
        text += "| field | number | type | |\n| --- | --- | --- | --- |\n";
        for (member, field) in (0..).zip(&message.field) {
            let mut about = cell(&told(&[part::MESSAGES, at, part::MEMBERS, member]));
            if let Some(choice) = choice(message, field) {
                about = format!("{about} *One of `{choice}`.*").trim_start().to_owned();
            }
            let kind = kind(field, links);
            text += &format!("| `{}` | {} | {kind} | {about} |\n", field.name(), field.number());
        }
    }
    for (at, values) in (0..).zip(&file.enum_type) {
        text += &heading(values.name(), &told(&[part::ENUMS, at]));
        text += "| value | number | |\n| --- | --- | --- |\n";
        for (member, value) in (0..).zip(&values.value) {
            let about = cell(&told(&[part::ENUMS, at, part::MEMBERS, member]));
            text += &format!("| `{}` | {} | {about} |\n", value.name(), value.number());
        }
    }
    text.replace("|  |", "| |")
}

fn heading(name: &str, about: &str) -> String {
    let about = escaped(about);
    if about.is_empty() { format!("\n### {name}\n\n") } else { format!("\n### {name}\n\n{about}\n\n") }
}

fn streamed(many: bool, kind: String) -> String {
    if many { format!("stream of {kind}") } else { kind }
}

/// The oneof that a field belongs to; an `optional` field's own is none.
fn choice<'a>(message: &'a DescriptorProto, field: &FieldDescriptorProto) -> Option<&'a str> {
    if field.proto3_optional() {
        return None;
    }
    let at = usize::try_from(field.oneof_index?).ok()?;
    message.oneof_decl.get(at).map(|oneof| oneof.name())
}

/// A field's type, as a proto says it.
fn kind(field: &FieldDescriptorProto, links: &Links) -> String {
    let kind = match field.r#type() {
        Type::Message | Type::Enum => links.to(field.type_name()),
        scalar => scalar.as_str_name().trim_start_matches("TYPE_").to_lowercase(),
    };
    match field.label() {
        Label::Repeated => format!("repeated {kind}"),
        _ if field.proto3_optional() => format!("optional {kind}"),
        _ => kind,
    }
}

/// The comment before a part, on one line; empty where there is none.
fn comment(file: &FileDescriptorProto, path: &[i32]) -> String {
    let places = file.source_code_info.iter().flat_map(|info| &info.location);
    let found = places.filter(|place| place.path == path).find_map(|place| place.leading_comments.as_deref());
    found.unwrap_or_default().lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('<', "&lt;")
}

fn cell(text: &str) -> String {
    escaped(text).replace('|', "\\|")
}
