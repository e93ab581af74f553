//! Rows of a CSV or JSONL file as columns and values, before anything is asked of them.

use std::{collections::HashSet, path::Path};

use serde_json::{Map, Value};

use super::{parquet, shortened, usage};
use crate::error::CliError;

/// What a file holds.
#[derive(Debug, Default, PartialEq)]
pub struct Records {
    /// In the file's order; where rows differ, in the order in which they first appear.
    pub columns: Vec<String>,
    pub records: Vec<Record>,
}

/// One row.
#[derive(Debug, PartialEq)]
pub struct Record {
    /// Where it is in the file: "line 3".
    pub place: String,
    /// By column; a column that a row lacks may be absent.
    pub fields: Map<String, Value>,
}

impl Records {
    /// Reads a file of the format that its name's ending says; a name without ending is CSV.
    pub fn read(path: &Path) -> Result<Self, CliError> {
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let text = || std::fs::read_to_string(path).map_err(|error| CliError::io("reading the manifest", path, error));
        let records = match ending.as_deref() {
            None | Some("csv") => Self::csv(&text()?),
            Some("jsonl" | "ndjson") => Self::jsonl(&text()?),
            Some("parquet") => parquet::read(path)?,
            Some(other) => {
                Err(format!("expected a folder or a file that ends in .csv, .jsonl, .ndjson or .parquet, got .{other}"))
            }
        };
        records.map_err(|why| usage(path, &why))
    }

    /// Every value is text, without blanks around it.
    pub fn csv(text: &str) -> Result<Self, String> {
        let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let headers = reader.headers().map_err(|error| error.to_string())?;
        let columns: Vec<String> = headers.iter().map(|header| header.trim().to_owned()).collect();
        let mut seen = HashSet::new();
        if let Some(twice) = columns.iter().find(|column| !seen.insert(*column)) {
            return Err(format!("column '{twice}' is there twice; give one of them another name"));
        }
        let mut records = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| error.to_string())?;
            let place = format!("line {}", record.position().map_or(0, csv::Position::line));
            let values = record.iter().map(|field| Value::String(field.trim().to_owned()));
            records.push(Record { place, fields: columns.iter().cloned().zip(values).collect() });
        }
        Ok(Self { columns, records })
    }

    /// One JSON object a line; blank lines are passed over.
    pub fn jsonl(text: &str) -> Result<Self, String> {
        let (mut columns, mut seen, mut records) = (Vec::new(), HashSet::new(), Vec::new());
        let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let place = format!("line {}", index + 1);
            let fields = match serde_json::from_str(line) {
                Ok(Value::Object(fields)) => fields,
                Ok(other) => return Err(format!("{place}: expected a JSON object, got {}", shortened(&other))),
                Err(error) => return Err(format!("{place}: expected a JSON object: {error}")),
            };
            for column in fields.keys().filter(|column| !seen.contains(*column)).cloned().collect::<Vec<_>>() {
                seen.insert(column.clone());
                columns.push(column);
            }
            records.push(Record { place, fields });
        }
        if records.is_empty() {
            Err("expected at least one row, got none".into())
        } else {
            Ok(Self { columns, records })
        }
    }
}
