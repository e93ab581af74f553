//! A TOML file that can tell on which line each of its values stands.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::{
    Spanned,
    de::{DeTable, DeValue, Error},
};

use crate::error::PackError;

/// A file, parsed.
pub struct Document<'a> {
    file: &'a str,
    text: &'a str,
    entries: Vec<Entry>,
}

/// A key with its value.
struct Entry {
    /// Keys from the top, with dots between: `impacts.edge_blur`. An array's tables have the array's path.
    path: String,
    key: Range<usize>,
    value: Range<usize>,
    /// The key itself, and the value if it is a string: what a message may quote.
    names: [Option<String>; 2],
}

impl<'a> Document<'a> {
    /// Parses `text`, which stands in `file`.
    ///
    /// # Errors
    ///
    /// When it is no TOML.
    pub fn parse(file: &'a str, text: &'a str) -> Result<Self, PackError> {
        let mut document = Self { file, text, entries: Vec::new() };
        let tree = DeTable::parse(text).map_err(|error| document.unreadable(&error))?;
        collect("", tree.get_ref(), &mut document.entries);
        Ok(document)
    }

    /// The file as a `T`.
    ///
    /// # Errors
    ///
    /// When it is none: the key and its line, what was expected, what came.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, PackError> {
        toml::from_str(self.text).map_err(|error| self.unreadable(&error))
    }

    /// `message` begins with the path of what is wrong and may quote the key or the text that is.
    pub fn wrong(&self, message: String) -> PackError {
        let path = message.split([':', ' ']).next().unwrap_or_default();
        let under = |entry: &&Entry| {
            let rest = entry.path.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let quoted = |entry: &&Entry| entry.names.iter().flatten().any(|name| message.contains(&format!("'{name}'")));
        let mut found = self.entries.iter().filter(under);
        let first = found.clone().next();
        let line = found.find(quoted).or(first).map(|entry| self.line(entry.key.start));
        PackError { file: self.file.to_owned(), line, message }
    }

    fn unreadable(&self, error: &Error) -> PackError {
        let message = error.message().trim().replace('\n', ", ");
        // A key that is none of those expected has no place of its own in the error, but is quoted.
        let quoted =
            || self.entries.iter().find(|entry| entry.names[0].iter().any(|key| message.contains(&format!("`{key}`"))));
        let span = error.span().or_else(|| quoted().map(|entry| entry.key.clone()));
        let line = span.as_ref().map(|span| self.line(span.start));
        let path = span.and_then(|span| self.path_at(&span));
        let message = path.map_or_else(|| message.clone(), |path| format!("{path}: {message}"));
        PackError { file: self.file.to_owned(), line, message }
    }

    /// The path of the smallest entry that covers `span`.
    fn path_at(&self, span: &Range<usize>) -> Option<&str> {
        let covers = |range: &Range<usize>| range.start <= span.start && span.end <= range.end;
        let covering = self.entries.iter().filter(|entry| covers(&entry.key) || covers(&entry.value));
        covering.min_by_key(|entry| entry.value.len()).map(|entry| entry.path.as_str())
    }

    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }
}

fn collect(above: &str, table: &DeTable<'_>, entries: &mut Vec<Entry>) {
    for (key, value) in table.iter() {
        let name = key.get_ref();
        let path = if above.is_empty() { name.to_string() } else { format!("{above}.{name}") };
        let names = [Some(name.to_string()), value.get_ref().as_str().map(str::to_owned)];
        entries.push(Entry { path: path.clone(), key: key.span(), value: value.span(), names });
        descend(&path, value, entries);
    }
}

fn descend(path: &str, value: &Spanned<DeValue<'_>>, entries: &mut Vec<Entry>) {
    match value.get_ref() {
        DeValue::Table(table) => collect(path, table, entries),
        DeValue::Array(array) => array.iter().for_each(|item| descend(path, item, entries)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example {
        #[serde(rename = "impacts")]
        _impacts: BTreeMap<String, f64>,
    }

    fn refused(text: &str) -> String {
        let read = Document::parse("a.toml", text).and_then(|document| document.read::<Example>());
        read.unwrap_err().to_string()
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_with_its_path_and_line() {
        let said = refused("\n[impacts]\nblur = 0.5\nedges = \"high\"\n");
        assert!(said.starts_with("a.toml line 4: impacts.edges: "), "{said}");
        assert!(said.contains("\"high\"") && said.contains("expected f64"), "{said}");
    }

    #[test]
    fn an_unknown_key_and_broken_toml_are_named_with_their_line() {
        let unknown = refused("\n\nimpact = 1\n[impacts]\n");
        assert!(unknown.starts_with("a.toml line 3: impact: unknown field"), "{unknown}");
        let broken = refused("[impacts]\nblur = = 1\n");
        assert!(broken.starts_with("a.toml line 2: ") && !broken.contains('\n'), "{broken}");
        assert!(refused("").contains("missing field `impacts`"));
    }

    #[test]
    fn a_later_finding_stands_where_its_path_or_what_it_quotes_stands() {
        let text = "a = 1\n[t]\nx = 2\n'odd key' = 3\n[[rules]]\nwhen = 'first'\n[[rules]]\nwhen = 'second'\n";
        let document = Document::parse("a.toml", text).unwrap();
        let line = |message: &str| document.wrong(message.to_owned()).line;
        assert_eq!(line("t.x: expected more"), Some(3));
        assert_eq!(line("t: got 'odd key'"), Some(4));
        assert_eq!(line("rules: 'second': never holds"), Some(8));
        assert_eq!(line("elsewhere: missing"), None);
    }
}
