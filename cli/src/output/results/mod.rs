//! Results as a table: one row a picture.

mod csv;
mod parquet;

use std::{collections::HashSet, fs::File, path::Path};

use domain::{distortion::DistortionType, measurement::Component};
use serde_json::Value;

use crate::{error::CliError, manifest::Manifest};

/// What stands before the components, each with its place in a result's JSON.
const SCORE: [(&str, &str, Kind); 6] = [
    ("measurement_id", "/measurement_id", Kind::Text),
    ("score", "/score", Kind::Number),
    ("interval_low", "/interval/0", Kind::Number),
    ("interval_high", "/interval/1", Kind::Number),
    ("scenario", "/scenario/name", Kind::Text),
    ("revision", "/scenario/revision", Kind::Integer),
];

/// What stands after the severities.
const VERDICT: [&str; 4] = ["verdict", "verdict_rules", "degraded", "error"];

/// Before a distortion type's name in the name of the column of its severities.
const SEVERITY: &str = "severity_";

/// Values of one name, one for each picture.
#[derive(Debug, PartialEq)]
struct Column {
    name: String,
    kind: Kind,
    /// Of the column's kind, or null.
    cells: Vec<Value>,
}

/// What a column holds; any cell may be null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Integer,
    Truth,
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Csv,
    Parquet,
}

/// All columns, equally long.
pub struct Table(Vec<Column>);

impl Table {
    /// Says why a column that the manifest carries cannot stand in a table of results, if one cannot.
    pub fn check(carried: &[String]) -> Result<(), String> {
        let fixed = SCORE.map(|(name, ..)| name).into_iter().chain(Component::ALL.map(Component::name)).chain(VERDICT);
        let fixed: HashSet<&str> = fixed.collect();
        match carried.iter().find(|name| fixed.contains(name.as_str()) || name.starts_with(SEVERITY)) {
            Some(name) => Err(format!("column '{name}' has the name of a column of the results; give it another")),
            None => Ok(()),
        }
    }

    /// Takes a line of the results for each row of the manifest.
    pub fn of(lines: &[Value], manifest: &Manifest) -> Self {
        let pointed = |name: &str, pointer: &str, kind| {
            Column::new(name, kind, lines.iter().map(|line| line.pointer(pointer).cloned().unwrap_or_default()))
        };
        let told = |name: &str, tell: &dyn Fn(&Value) -> Value| Column::new(name, Kind::Text, lines.iter().map(tell));
        let mut columns = vec![pointed("image", "/image", Kind::Text), pointed("prompt", "/prompt", Kind::Text)];
        for name in &manifest.carried {
            let carried = manifest.rows.iter().map(|row| row.carried.get(name));
            let cells: Vec<Value> = carried.map(|cell| cell.cloned().unwrap_or_default()).collect();
            columns.push(Column::new(name, Kind::of(&cells), cells.into_iter()));
        }
        columns.extend(SCORE.map(|(name, pointer, kind)| pointed(name, pointer, kind)));
        columns.extend(Component::ALL.map(|c| pointed(c.name(), &format!("/components/{}", c.name()), Kind::Number)));
        for kind in distortions(lines) {
            let severities = lines.iter().map(|line| severity(line, &kind));
            columns.push(Column::new(&format!("{SEVERITY}{kind}"), Kind::Number, severities));
        }
        let [verdict, rules, degraded, error] = VERDICT;
        columns.push(pointed(verdict, "/verdict/verdict", Kind::Text));
        columns.push(told(rules, &|line| joined(line.pointer("/verdict/rules"), |rule| rule.as_str())));
        columns.push(told(degraded, &|line| joined(line.get("degraded"), |entry| entry["stage"].as_str())));
        columns.push(pointed(error, "/error", Kind::Text));
        Self(columns)
    }

    /// Writes it to `file`.
    pub fn write(&self, file: &mut File, format: Format, path: &Path) -> Result<(), CliError> {
        let written = match format {
            Format::Csv => csv::write(&self.0, file),
            Format::Parquet => parquet::write(&self.0, file),
        };
        written.map_err(|error| CliError::io("writing", path, error))
    }
}

impl Column {
    fn new(name: &str, kind: Kind, cells: impl Iterator<Item = Value>) -> Self {
        Self { name: name.to_owned(), kind, cells: cells.map(|cell| kind.hold(cell)).collect() }
    }
}

impl Kind {
    /// The narrowest kind that holds all cells.
    fn of(cells: &[Value]) -> Self {
        let all = |is: fn(&Value) -> bool| cells.iter().all(|cell| cell.is_null() || is(cell));
        if cells.iter().all(Value::is_null) {
            Self::Text
        } else if all(Value::is_boolean) {
            Self::Truth
        } else if all(Value::is_i64) {
            Self::Integer
        } else if all(|cell| cell.is_f64() || cell.is_i64()) {
            Self::Number
        } else {
            Self::Text
        }
    }

    /// The cell as this kind: what is no text becomes its JSON among text, and what is of another kind is null.
    fn hold(self, cell: Value) -> Value {
        match (self, cell) {
            (Self::Text, cell @ (Value::String(_) | Value::Null)) => cell,
            (Self::Text, other) => other.to_string().into(),
            (Self::Number, cell) if cell.is_number() => cell,
            (Self::Integer, cell) if cell.is_i64() => cell,
            (Self::Truth, cell) if cell.is_boolean() => cell,
            _ => Value::Null,
        }
    }
}

/// The types of distortion that any line tells of: the known ones first, then others as they appear.
fn distortions(lines: &[Value]) -> Vec<String> {
    let mut kinds: Vec<String> = DistortionType::ALL.iter().map(|kind| kind.name().to_owned()).collect();
    let mut seen: HashSet<String> = kinds.iter().cloned().collect();
    for kind in lines.iter().flat_map(found).filter_map(|distortion| distortion["type"].as_str()) {
        if seen.insert(kind.to_owned()) {
            kinds.push(kind.to_owned());
        }
    }
    kinds
}

fn severity(line: &Value, kind: &str) -> Value {
    found(line).find(|distortion| distortion["type"] == kind).map_or(Value::Null, |found| found["severity"].clone())
}

fn found(line: &Value) -> impl Iterator<Item = &Value> {
    line["distortions"].as_array().into_iter().flatten()
}

/// What `name` takes of each entry, separated by semicolons; null where there is none.
fn joined(entries: Option<&Value>, name: impl Fn(&Value) -> Option<&str>) -> Value {
    let names: Vec<&str> = entries.and_then(Value::as_array).into_iter().flatten().filter_map(name).collect();
    if names.is_empty() { Value::Null } else { names.join("; ").into() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::manifest::Row;

    /// A scored picture and one that could not be scored.
    fn lines() -> Vec<Value> {
        vec![
            json!({
                "image": "a.png", "prompt": "a \"cat\",\nasleep", "score": 52.5,
                "interval": [29.0, 76.0], "scenario": {"name": "general", "revision": 3},
                "components": {"global_alignment": 0.9, "fidelity": null},
                "distortions": [{"type": "edge_blur", "severity": 0.25}, {"type": "moire", "severity": 1.0}],
                "verdict": {"verdict": "reject", "rules": ["reject: score < 60", "reject: edge_blur >= 0.2"]},
                "degraded": [{"stage": "language", "reason": "no endpoint"}, {"stage": "segmentation", "reason": "?"}],
            }),
            json!({"image": "b.png", "prompt": "a dog", "error": "no such file"}),
        ]
    }

    pub fn table() -> Table {
        let row = |carried: Value| Row { carried: carried.as_object().unwrap().clone(), ..Row::default() };
        let rows = vec![row(json!({"rating": 4, "seen": true})), row(json!({"rating": 2.5}))];
        Table::of(&lines(), &Manifest { rows, carried: vec!["seen".to_owned(), "rating".to_owned()] })
    }

    #[test]
    fn every_part_of_a_result_has_its_column() {
        let Table(columns) = table();
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names[..6], ["image", "prompt", "seen", "rating", "measurement_id", "score"]);
        assert_eq!(names[27..], ["severity_moire", "verdict", "verdict_rules", "degraded", "error"]);
        let cells = |name: &str| &columns.iter().find(|column| column.name == name).unwrap().cells;
        assert_eq!(*cells("interval_high"), [json!(76.0), Value::Null]);
        assert_eq!(*cells("scenario"), [json!("general"), Value::Null]);
        assert_eq!(*cells("revision"), [json!(3), Value::Null]);
        assert_eq!(*cells("severity_edge_blur"), [json!(0.25), Value::Null]);
        assert_eq!(*cells("verdict_rules"), [json!("reject: score < 60; reject: edge_blur >= 0.2"), Value::Null]);
        assert_eq!(*cells("degraded"), [json!("language; segmentation"), Value::Null]);
        assert_eq!(*cells("error"), [Value::Null, json!("no such file")]);
    }

    #[test]
    fn a_carried_column_is_of_the_narrowest_kind_that_holds_it() {
        let kinds = [
            (vec![json!(true), Value::Null], Kind::Truth),
            (vec![json!(1), json!(-2)], Kind::Integer),
            (vec![json!(1), json!(2.5)], Kind::Number),
            (vec![json!(1), json!("x")], Kind::Text),
            (vec![json!(u64::MAX)], Kind::Text),
            (vec![json!([1])], Kind::Text),
            (vec![Value::Null], Kind::Text),
        ];
        for (cells, kind) in kinds {
            assert_eq!(Kind::of(&cells), kind, "{cells:?}");
        }
        assert_eq!(Kind::Text.hold(json!({"a": 1})), json!(r#"{"a":1}"#));
    }

    #[test]
    fn a_carried_column_may_not_hide_one_of_the_results() {
        for name in ["fidelity", "revision", "verdict", "severity_mood"] {
            assert!(Table::check(&["model".to_owned(), name.to_owned()]).unwrap_err().contains(name));
        }
        assert_eq!(Table::check(&["model".to_owned()]), Ok(()));
    }
}
