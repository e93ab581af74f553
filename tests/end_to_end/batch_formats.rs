use std::{
    fs::{self, File},
    path::Path,
    sync::Arc,
};

use parquet::{
    data_type::{ByteArray, ByteArrayType, DoubleType},
    file::{
        properties::WriterProperties,
        reader::{FileReader, SerializedFileReader},
        writer::SerializedFileWriter,
    },
    record::Field,
    schema::parser::parse_message_type,
};
use serde_json::Value;

use crate::support::{CAT, CAT_PROMPT, Said, Server, example, pictures::write, run};

/// Runs batch at the shared server; `out` is a name in `folder`.
fn batch(folder: &Path, input: &str, out: &str, more: &[&str]) -> Said {
    let (url, out) = (Server::shared().url(), folder.join(out).display().to_string());
    run(&[&["batch", input, "--out", &out, "--endpoint", &url], more].concat())
}

/// The rows of a CSV file, as text by column.
fn csv_rows(path: &Path) -> Vec<serde_json::Map<String, Value>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader
        .deserialize::<std::collections::BTreeMap<String, String>>()
        .map(|row| row.unwrap().into_iter().map(|(name, text)| (name, text.into())).collect())
        .collect()
}

#[test]
fn a_folder_of_pictures_is_scored_by_the_texts_beside_them() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    fs::create_dir_all(pictures.join("cats")).unwrap();
    fs::copy(example(CAT), pictures.join("cats/throne.jpg")).unwrap();
    write(&pictures, "cats/throne.txt", CAT_PROMPT.as_bytes());
    write(&pictures, "broken.png", b"no picture at all");
    write(&pictures, "broken.txt", b"a cat");
    fs::copy(example(CAT), pictures.join("dog.jpg")).unwrap();
    let input = pictures.display().to_string();
    let said = batch(folder.path(), &input, "out.csv", &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("3 pictures done, 2 without a score"), "{}", said.err);
    let rows = csv_rows(&folder.path().join("out.csv"));
    let images: Vec<&str> = rows.iter().map(|row| row["image"].as_str().unwrap()).collect();
    assert_eq!(images, ["broken.png", "cats/throne.jpg", "dog.jpg"]);
    let error = |row: usize| rows[row]["error"].as_str().unwrap();
    assert!(!error(0).is_empty() && error(0) != error(2), "{}", error(0));
    assert!(error(2).contains("dog.jpg has no prompt: expected it in dog.txt"), "{}", error(2));
    assert_eq!((rows[1]["prompt"].as_str(), error(1)), (Some(CAT_PROMPT), ""));
    assert!(rows[1]["score"].as_str().unwrap().parse::<f64>().unwrap() > 0.0);

    let said = batch(folder.path(), &input, "all.csv", &["--prompt", "a cat"]);
    assert!(said.err.contains("3 pictures done, 1 without a score"), "{}", said.err);
    assert!(csv_rows(&folder.path().join("all.csv")).iter().all(|row| row["prompt"] == "a cat"));
}

#[test]
fn a_jsonl_manifest_makes_a_typed_parquet_table() {
    let folder = tempfile::tempdir().unwrap();
    let cat = example(CAT);
    let rows = format!(
        "{{\"image\":\"{cat}\",\"prompt\":\"a cat\",\"rating\":4,\"upscaled\":true,\"scenario\":\"ink-wash\"}}\n\
         {{\"image\":\"missing.png\",\"prompt\":\"a dog\",\"rating\":2.5}}\n"
    );
    let manifest = write(folder.path(), "manifest.jsonl", rows.as_bytes());
    assert_eq!(batch(folder.path(), &manifest, "out.jsonl", &[]).code, 0);
    let said = batch(folder.path(), &manifest, "out.parquet", &[]);
    assert_eq!(said.code, 0, "{}", said.err);

    let lines = fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["rating"], &lines[0]["upscaled"]), (&4.into(), &true.into()));
    let reader = SerializedFileReader::new(File::open(folder.path().join("out.parquet")).unwrap()).unwrap();
    let rows: Vec<_> = reader.get_row_iter(None).unwrap().map(|row| row.unwrap().into_columns()).collect();
    let field = |row: usize, name: &str| {
        let found = rows[row].iter().find(|(column, _)| column == name);
        found.unwrap_or_else(|| panic!("no column {name}")).1.clone()
    };
    assert_eq!(field(0, "score"), Field::Double(lines[0]["score"].as_f64().unwrap()));
    assert_eq!(field(0, "interval_low"), Field::Double(lines[0]["interval"][0].as_f64().unwrap()));
    assert_eq!(field(0, "scenario"), Field::Str("ink-wash".into()));
    assert_eq!((field(0, "rating"), field(1, "rating")), (Field::Double(4.0), Field::Double(2.5)));
    assert_eq!((field(0, "upscaled"), field(1, "upscaled")), (Field::Bool(true), Field::Null));
    let blur = lines[0]["distortions"].as_array().unwrap().iter().find(|found| found["type"] == "edge_blur").unwrap();
    assert_eq!(field(0, "severity_edge_blur"), Field::Double(blur["severity"].as_f64().unwrap()));
    assert_eq!(field(1, "severity_edge_blur"), Field::Null);
    assert!(matches!(field(1, "error"), Field::Str(why) if why.contains("missing.png")));
}

#[test]
fn a_parquet_manifest_is_scored_and_its_numbers_stay_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = folder.path().join("manifest.parquet");
    let schema = "message m { required binary image (utf8); required binary prompt (utf8); required double rating; }";
    let (schema, properties) = (Arc::new(parse_message_type(schema).unwrap()), Arc::new(WriterProperties::default()));
    let mut writer = SerializedFileWriter::new(File::create(&manifest).unwrap(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for texts in [[example(CAT).as_str(), "no.png"], [CAT_PROMPT, "a dog"]] {
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<ByteArrayType>().write_batch(&texts.map(ByteArray::from), None, None).unwrap();
        column.close().unwrap();
    }
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<DoubleType>().write_batch(&[4.5, 1.0], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();

    let said = batch(folder.path(), &manifest.display().to_string(), "out.jsonl", &[]);
    assert_eq!(said.code, 0, "{}", said.err);
    let lines = fs::read_to_string(folder.path().join("out.jsonl")).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["rating"], &lines[1]["rating"]), (&4.5.into(), &1.0.into()));
    assert!(lines[0]["score"].is_f64() && lines[1]["error"].is_string());
}

#[test]
fn what_cannot_be_read_or_written_is_refused_before_anything_is_scored() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let csv = write(folder.path(), "a.csv", b"image,prompt,fidelity\na.png,a cat,1\n");
    let bad = write(folder.path(), "b.jsonl", b"{\"image\":\"a.png\",\"prompt\":\"a\"}\n{\"image\":\n");
    let text = write(folder.path(), "c.txt", b"a cat");
    fs::create_dir(folder.path().join("pictures")).unwrap();
    write(folder.path(), "pictures/a.png", b"");
    let cases: [(&str, &str, &[&str], &str); 7] = [
        (&csv, "out.txt", &[], "ends in .jsonl, .ndjson, .csv or .parquet"),
        (&csv, "out.parquet", &[], "column 'fidelity'"),
        (&bad, "out.jsonl", &[], "b.jsonl: line 2: expected a JSON object"),
        (&text, "out.jsonl", &[], "expected a folder or a file that ends in .csv"),
        (&path("none.csv"), "out.jsonl", &[], "none.csv"),
        (&csv, "out.jsonl", &["--prompt", "a cat"], "--prompt is for a folder"),
        (&path("pictures"), "out.jsonl", &["--gate", &path("pictures/sorted")], "lies within"),
    ];
    for (input, out, more, expected) in cases {
        let said = batch(folder.path(), input, out, more);
        assert!(said.code == 2 && said.err.contains(expected), "{}", said.err);
        assert!(!folder.path().join(out).exists());
    }
}
