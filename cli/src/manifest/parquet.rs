//! Rows of a Parquet file.

use std::{fs::File, path::Path};

use parquet::{
    basic::Compression,
    file::{
        metadata::ParquetMetaData,
        reader::{FileReader, SerializedFileReader},
    },
    record::Field,
};
use serde_json::Value;

use super::tables::{Record, Records};
use crate::error::CliError;

/// Reads all of it; the inner error says what of the file cannot be used.
pub fn read(path: &Path) -> Result<Result<Records, String>, CliError> {
    let file = File::open(path).map_err(|error| CliError::io("reading the manifest", path, error))?;
    // The crate meets some kinds of damage with a panic.
    let read = std::panic::catch_unwind(move || records(file));
    Ok(read.unwrap_or_else(|_| Err("expected a whole Parquet file, this one is damaged".to_owned())))
}

fn records(file: File) -> Result<Records, String> {
    let damaged = |error: parquet::errors::ParquetError| format!("not a Parquet file that can be read: {error}");
    let reader = SerializedFileReader::new(file).map_err(damaged)?;
    check_compression(reader.metadata())?;
    let schema = reader.metadata().file_metadata().schema();
    let columns = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
    let mut records = Vec::new();
    for (index, row) in reader.get_row_iter(None).map_err(damaged)?.enumerate() {
        let place = format!("row {}", index + 1);
        let fields = row.map_err(|error| format!("{place}: {}", damaged(error)))?.into_columns().into_iter();
        let fields = fields.map(|(column, field)| match value(&field) {
            Ok(value) => Ok((column, value)),
            Err(got) => Err(format!("{place}: expected text or a number in '{column}', got {got}")),
        });
        let fields = fields.collect::<Result<_, _>>()?;
        records.push(Record { place, fields });
    }
    Ok(Records { columns, records })
}

fn check_compression(metadata: &ParquetMetaData) -> Result<(), String> {
    for column in metadata.row_groups().iter().flat_map(|group| group.columns()) {
        let compression = column.compression();
        if !matches!(compression, Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_)) {
            let (column, name) = (column.column_path().string(), compression.to_string());
            let name = name.split('(').next().unwrap_or_default();
            return Err(format!(
                "column '{column}' is compressed with {name}; write the file with snappy, gzip or no compression"
            ));
        }
    }
    Ok(())
}

/// A value as JSON holds it, or in words what it is: numbers stay numbers (one that is not finite is null), dates and times
/// become text.
fn value(field: &Field) -> Result<Value, &'static str> {
    Ok(match field {
        Field::Null => Value::Null,
        Field::Bool(truth) => (*truth).into(),
        Field::Byte(number) => (*number).into(),
        Field::Short(number) => (*number).into(),
        Field::Int(number) => (*number).into(),
        Field::Long(number) => (*number).into(),
        Field::UByte(number) => (*number).into(),
        Field::UShort(number) => (*number).into(),
        Field::UInt(number) => (*number).into(),
        Field::ULong(number) => (*number).into(),
        // By way of its shortest decimals, so that 0.1 stays 0.1.
        Field::Float16(number) => number.to_string().parse().map_or(Value::Null, f64::into),
        Field::Float(number) => number.to_string().parse().map_or(Value::Null, f64::into),
        Field::Double(number) => (*number).into(),
        Field::Str(text) => text.as_str().into(),
        Field::Bytes(bytes) => std::str::from_utf8(bytes.data()).map_err(|_| "bytes")?.into(),
        Field::Decimal(_) | Field::Date(_) | Field::TimeMillis(_) | Field::TimeMicros(_) => field.to_string().into(),
        Field::TimestampMillis(_) | Field::TimestampMicros(_) => field.to_string().into(),
        Field::Group(row) => {
            let fields = row.get_column_iter().map(|(name, field)| value(field).map(|value| (name.clone(), value)));
            Value::Object(fields.collect::<Result<_, _>>()?)
        }
        Field::ListInternal(list) => list.elements().iter().map(value).collect::<Result<_, _>>()?,
        Field::MapInternal(_) => return Err("a map"),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::{
        data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type},
        file::{properties::WriterProperties, writer::SerializedFileWriter},
        schema::parser::parse_message_type,
    };
    use serde_json::json;

    use super::*;
    use crate::manifest::Manifest;

    type Writer<'a> = parquet::file::writer::SerializedRowGroupWriter<'a, File>;

    /// Writes a file of two rows.
    fn write(path: &Path, schema: &str, compression: Compression, fill: impl FnOnce(&mut Writer<'_>)) {
        let schema = Arc::new(parse_message_type(&format!("message m {{ {schema} }}")).unwrap());
        let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
        let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        fill(&mut group);
        group.close().unwrap();
        writer.close().unwrap();
    }

    fn put<T: DataType>(group: &mut Writer<'_>, values: &[T::T], there: Option<&[i16]>) {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<T>().write_batch(values, there, None).unwrap();
        column.close().unwrap();
    }

    fn text(group: &mut Writer<'_>, values: [&str; 2]) {
        put::<ByteArrayType>(group, &values.map(ByteArray::from), None);
    }

    #[test]
    fn numbers_truths_dates_and_nulls_come_as_json_holds_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.parquet");
        let schema = "required binary image (utf8); required binary prompt (string); optional binary scenario (utf8); \
                      required double rating; required float small; required boolean upscaled; \
                      optional int64 seed; required int32 day (date);";
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::GZIP(Default::default())] {
            write(&path, schema, compression, |group| {
                text(group, ["a.png", "b.png"]);
                text(group, ["a cat", "猫"]);
                put::<ByteArrayType>(group, &[ByteArray::from("ink-wash")], Some(&[0, 1]));
                put::<DoubleType>(group, &[4.5, f64::NAN], None);
                put::<FloatType>(group, &[0.1, 2.0], None);
                put::<BoolType>(group, &[true, false], None);
                put::<Int64Type>(group, &[7], Some(&[1, 0]));
                put::<Int32Type>(group, &[0, 20_000], None);
            });
            let manifest = Manifest::read(&path).unwrap();
            let [first, second] = manifest.rows.as_slice() else { panic!("expected two rows") };
            assert_eq!((first.path.as_path(), second.prompt.as_str()), (folder.path().join("a.png").as_path(), "猫"));
            assert_eq!((&first.scenario, second.scenario.as_deref()), (&None, Some("ink-wash")));
            assert_eq!(manifest.carried, ["rating", "small", "upscaled", "seed", "day"]);
            let carried = |row: &crate::manifest::Row| Value::Object(row.carried.clone());
            let day = "1970-01-01";
            let expected = json!({"rating": 4.5, "small": 0.1, "upscaled": true, "seed": 7, "day": day});
            assert_eq!(carried(first), expected);
            let expected = json!({"rating": null, "small": 2.0, "upscaled": false, "seed": null, "day": "2024-10-04"});
            assert_eq!(carried(second), expected);
        }
    }

    #[test]
    fn a_file_that_cannot_be_used_says_why_and_where() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.parquet");
        let why = || Manifest::read(&path).unwrap_err().to_string();
        write(&path, "required binary image (utf8); required int64 prompt;", Compression::SNAPPY, |group| {
            text(group, ["a.png", "b.png"]);
            put::<Int64Type>(group, &[1, 2], None);
        });
        assert!(why().ends_with("manifest.parquet: row 1: expected text in 'prompt', got 1"), "{}", why());
        write(&path, "required binary image (utf8); required binary prompt;", Compression::SNAPPY, |group| {
            text(group, ["a.png", "b.png"]);
            put::<ByteArrayType>(group, &[ByteArray::from("a cat"), ByteArray::from(vec![0xff])], None);
        });
        assert!(why().contains("row 2: expected text or a number in 'prompt', got bytes"), "{}", why());
        std::fs::write(&path, "image,prompt\na.png,a cat\n").unwrap();
        assert!(why().contains("not a Parquet file"), "{}", why());
    }

    #[test]
    fn a_damaged_file_is_an_error_and_no_crash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.parquet");
        write(&path, "required binary image (utf8); required binary prompt (utf8);", Compression::SNAPPY, |group| {
            text(group, ["a.png", "b.png"]);
            text(group, ["a cat", "a dog"]);
        });
        let whole = std::fs::read(&path).unwrap();
        let mut refused = 0;
        for (at, flip) in (0..whole.len()).flat_map(|at| [0x01, 0x80, 0xff].map(|flip| (at, flip))) {
            let mut bytes = whole.clone();
            bytes[at] ^= flip;
            std::fs::write(&path, &bytes).unwrap();
            refused += usize::from(Manifest::read(&path).is_err());
        }
        assert!(refused > 100, "{refused}");
    }
}
