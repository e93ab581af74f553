//! Keys as a person reads them.

use std::fmt::Write;

use domain::ownership::ApiKey;

use super::scenarios::when;

/// A line a key.
pub fn list(keys: &[ApiKey]) -> String {
    let mut text = String::from("id            made (UTC)        ends (UTC)        comment\n");
    for ApiKey { id, comment, created, ends, .. } in keys {
        let ends = ends.map_or_else(|| String::from("-"), when);
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{id:12}  {:16}  {ends:16}  {comment}", when(*created));
    }
    text
}

/// One key in words.
pub fn line(ApiKey { id, comment, ends, .. }: &ApiKey) -> String {
    let ends = ends.map_or_else(|| String::from("without an end"), |ends| format!("ends at {} UTC", when(ends)));
    if comment.is_empty() { format!("key {id}, {ends}") } else { format!("key {id} ({comment}), {ends}") }
}
