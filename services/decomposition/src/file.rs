//! Word list files: reading them, and saying where in them something stands.

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

/// A file's text as a `T`; the error is "FILE line N: what was expected, what came".
pub(crate) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, String> {
    toml::from_str(text).map_err(|error| {
        let place = error.span().map(|span| format!(" line {}", line(text, span.start)));
        format!("{file}{}: {}", place.unwrap_or_default(), error.message().trim().replace('\n', ", "))
    })
}

/// Every place in `files` where a phrase `is` what is looked for: "LIST in FILE line N".
pub(crate) fn places(files: &[(&str, &str)], is: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (file, text) in files {
        let Ok(tree) = DeTable::parse(text) else { continue };
        for (list, value) in tree.get_ref().iter() {
            let phrases: Vec<(&str, usize)> = match value.get_ref() {
                DeValue::Array(array) => {
                    let texts = array.iter().filter_map(|item| Some((item.get_ref().as_str()?, item.span().start)));
                    texts.collect()
                }
                DeValue::Table(table) => table.keys().map(|key| (key.get_ref().as_ref(), key.span().start)).collect(),
                _ => Vec::new(),
            };
            let same = phrases.into_iter().filter(|(phrase, _)| is(phrase));
            found.extend(same.map(|(_, at)| format!("{} in {file} line {}", list.get_ref(), line(text, at))));
        }
    }
    found
}

fn line(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_is_named_with_the_line() {
        let said = read::<BTreeMap<String, Vec<String>>>("a.toml", "colors = [\"red\"]\nmaterials = 3\n").unwrap_err();
        assert!(said.starts_with("a.toml line 2: invalid type: integer `3`"), "{said}");
        let broken = read::<BTreeMap<String, Vec<String>>>("a.toml", "\n\ncolors = [").unwrap_err();
        assert!(broken.starts_with("a.toml line ") && !broken.contains('\n'), "{broken}");
    }

    #[test]
    fn a_phrase_is_found_in_every_list_that_holds_it() {
        let files = [("a.toml", "colors = [\n'red',\n'gold',\n]"), ("b.toml", "[numbers]\ngold = 1\n")];
        assert_eq!(places(&files, |phrase| phrase == "gold"), ["colors in a.toml line 3", "numbers in b.toml line 2"]);
    }
}
