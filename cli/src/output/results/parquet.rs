//! A table as Parquet: every column is optional; text, doubles, 64-bit integers and truths, compressed with Snappy.

use std::{
    io::{self, Write},
    sync::Arc,
};

use parquet::{
    basic::{Compression, LogicalType, Repetition, Type as Physical},
    data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type},
    errors::Result,
    file::{
        properties::WriterProperties,
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::types::Type,
};
use serde_json::Value;

use super::{Column, Kind};

pub fn write(columns: &[Column], out: impl Write + Send) -> io::Result<()> {
    encode(columns, out).map_err(io::Error::other)
}

fn encode(columns: &[Column], out: impl Write + Send) -> Result<()> {
    let fields = columns.iter().map(|column| field(column).map(Arc::new)).collect::<Result<_>>()?;
    let schema = Type::group_type_builder("results").with_fields(fields).build()?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(out, Arc::new(schema), Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for Column { kind, cells, .. } in columns {
        // There is a writer for each field of the schema.
        let Some(mut column) = group.next_column()? else { break };
        match kind {
            Kind::Text => {
                put::<ByteArrayType>(&mut column, cells, |cell| cell.as_str().map(ByteArray::from))?;
            }
            Kind::Number => put::<DoubleType>(&mut column, cells, Value::as_f64)?,
            Kind::Integer => put::<Int64Type>(&mut column, cells, Value::as_i64)?,
            Kind::Truth => put::<BoolType>(&mut column, cells, Value::as_bool)?,
        }
        column.close()?;
    }
    group.close()?;
    writer.close()?;
    Ok(())
}

fn field(column: &Column) -> Result<Type> {
    let (physical, logical) = match column.kind {
        Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
        Kind::Number => (Physical::DOUBLE, None),
        Kind::Integer => (Physical::INT64, None),
        Kind::Truth => (Physical::BOOLEAN, None),
    };
    Type::primitive_type_builder(&column.name, physical)
        .with_logical_type(logical)
        .with_repetition(Repetition::OPTIONAL)
        .build()
}

/// Writes the cells that are there, and which ones they are.
fn put<T: DataType>(
    column: &mut SerializedColumnWriter<'_>,
    cells: &[Value],
    value: impl Fn(&Value) -> Option<T::T>,
) -> Result<()> {
    let values: Vec<Option<T::T>> = cells.iter().map(value).collect();
    let there: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let values: Vec<T::T> = values.into_iter().flatten().collect();
    column.typed::<T>().write_batch(&values, Some(&there), None)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use parquet::{
        basic::Compression,
        file::reader::{FileReader, SerializedFileReader},
        record::Field,
    };

    use super::{
        super::{Table, tests::table},
        *,
    };

    #[test]
    fn what_is_written_is_read_again_with_its_types() {
        let Table(columns) = table();
        let mut file = Vec::new();
        write(&columns, &mut file).unwrap();
        let reader = SerializedFileReader::new(bytes::Bytes::from(file)).unwrap();
        let chunk = reader.metadata().row_group(0).column(0);
        assert_eq!(chunk.compression(), Compression::SNAPPY);
        let rows: Vec<Vec<(String, Field)>> =
            reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect();
        let field = |row: usize, name: &str| &rows[row].iter().find(|(column, _)| column == name).unwrap().1;
        assert_eq!(*field(0, "prompt"), Field::Str("a \"cat\",\nasleep".to_owned()));
        assert_eq!((field(0, "seen"), field(1, "seen")), (&Field::Bool(true), &Field::Null));
        assert_eq!((field(0, "rating"), field(1, "rating")), (&Field::Double(4.0), &Field::Double(2.5)));
        assert_eq!((field(0, "revision"), field(1, "revision")), (&Field::Long(3), &Field::Null));
        assert_eq!((field(0, "score"), field(1, "score")), (&Field::Double(52.5), &Field::Null));
        assert_eq!(*field(1, "error"), Field::Str("no such file".to_owned()));
    }
}
