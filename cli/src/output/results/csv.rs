//! A table as CSV: a null is an empty field.

use std::io::{self, Write};

use serde_json::Value;

use super::Column;

pub fn write(columns: &[Column], out: &mut impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(columns.iter().map(|column| column.name.as_str()))?;
    let rows = columns.first().map_or(0, |column| column.cells.len());
    for row in 0..rows {
        writer.write_record(columns.iter().map(|column| text(&column.cells[row])))?;
    }
    writer.flush()
}

fn text(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Table, tests::table},
        *,
    };

    #[test]
    fn what_is_written_is_read_again() {
        let Table(columns) = table();
        let mut text = Vec::new();
        write(&columns, &mut text).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_slice());
        assert_eq!(reader.headers().unwrap().iter().nth(3), Some("rating"));
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let start = |row: usize| records[row].iter().take(6).collect::<Vec<_>>();
        assert_eq!(start(0), ["a.png", "a \"cat\",\nasleep", "true", "4", "", "52.5"]);
        assert_eq!(start(1), ["b.png", "a dog", "", "2.5", "", ""]);
        assert_eq!(records[1].iter().next_back(), Some("no such file"));
    }
}
