//! Configuration in layers: built-in defaults, then a file, then the environment.

use std::path::Path;

use config::{Config, Environment, File, FileFormat};
use serde::de::DeserializeOwned;

/// Configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("configuration: {0}")]
pub struct SettingsError(#[from] config::ConfigError);

/// The prefix of environment variables; `CPAIQA_SERVER__LISTEN` sets `server.listen`.
pub const PREFIX: &str = "CPAIQA";

const SEPARATOR: &str = "__";

/// Reads `T` from `defaults` (section and TOML; the section "" is the top level, and overlays the sections before it), overlaid by
/// `file` and then by the environment.
pub fn load<T: DeserializeOwned>(defaults: &[(&str, &str)], file: Option<&Path>) -> Result<T, SettingsError> {
    let mut layers = Config::builder();
    for (section, text) in defaults {
        let source = File::from_str(text, FileFormat::Toml);
        if section.is_empty() {
            layers = layers.add_source(source);
        } else {
            layers = layers.set_default(*section, Config::builder().add_source(source).build()?.cache)?;
        }
    }
    if let Some(file) = file {
        layers = layers.add_source(File::from(file).format(FileFormat::Toml).required(true));
    }
    // Every setting has a section, so a name without the separator is some other variable. `try_parsing` lets a variable
    // hold a number or a switch.
    let named = |name: &str| name.starts_with(PREFIX) && name.contains(SEPARATOR);
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let environment = Environment::with_prefix(PREFIX)
        .prefix_separator("_")
        .separator(SEPARATOR)
        .try_parsing(true)
        .source(Some(variables.filter(|(name, _)| named(name)).collect()));
    Ok(layers.add_source(environment).build()?.try_deserialize()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example {
        limit: u32,
    }

    #[test]
    fn a_file_overrides_the_defaults() {
        let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        std::fs::write(file.path(), "limit = 2").unwrap();
        assert_eq!(load::<Example>(&[("", "limit = 1")], None).unwrap().limit, 1);
        assert_eq!(load::<Example>(&[("", "limit = 1")], Some(file.path())).unwrap().limit, 2);
    }

    #[test]
    fn later_defaults_change_single_keys_of_earlier_sections() {
        let defaults = [("part", "limit = 1\n[inner]\na = 1\nb = 1"), ("", "[part]\ninner.a = 2")];
        let read = |file| load::<serde_json::Value>(&defaults, file).unwrap().to_string();
        assert_eq!(read(None), r#"{"part":{"inner":{"a":2,"b":1},"limit":1}}"#);
        let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        std::fs::write(file.path(), "part.inner.a = 3").unwrap();
        assert_eq!(read(Some(file.path())), r#"{"part":{"inner":{"a":3,"b":1},"limit":1}}"#);
    }

    #[test]
    fn names_with_dots_colons_and_capitals_stay_as_they_are() {
        #[derive(serde::Deserialize)]
        struct Section {
            table: std::collections::BTreeMap<String, String>,
        }
        let file = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
        let names = ["CN=The Uploader", "DNS:a.example.org", "URI:spiffe://example.org/ns/[a]"];
        let lines = names.map(|name| format!("{name:?} = 'museum'\n")).concat();
        std::fs::write(file.path(), format!("[section.table]\n{lines}")).unwrap();
        let read = load::<std::collections::BTreeMap<String, Section>>(&[("section", "[table]")], Some(file.path()));
        let table = &read.unwrap()["section"].table;
        assert_eq!(table.keys().collect::<Vec<_>>(), names.each_ref());
    }

    #[test]
    fn an_unknown_key_and_a_missing_file_are_named() {
        let unknown = load::<Example>(&[("", "limit = 1\nlimt = 3")], None).err().unwrap().to_string();
        assert!(unknown.contains("limt"), "{unknown}");
        let missing = load::<Example>(&[("", "limit = 1")], Some(Path::new("nowhere.toml"))).err().unwrap().to_string();
        assert!(missing.contains("nowhere.toml"), "{missing}");
    }
}
