use std::path::Path;

use serde_json::{Value, json};

use crate::support::{
    browser::run_there,
    pictures::{pattern, save, write},
    run,
};

/// Results of two generators and three prompts as batch writes them, one row of which has no score, with one picture.
fn results(folder: &Path) -> String {
    save(folder, "north-a.png", pattern(320, 240));
    let mut lines = String::new();
    for (generator, scores) in [("north", [82.5, 74.0, 90.0]), ("south", [41.0, 38.0, 56.5])] {
        for (prompt, score) in ["a", "b", "c"].into_iter().zip(scores) {
            lines += &scored(generator, prompt, score).to_string();
            lines.push('\n');
        }
    }
    lines += &json!({"image": "gone.png", "prompt": "d", "generator": "south", "error": "no such file"}).to_string();
    lines.push('\n');
    write(folder, "results.jsonl", lines.as_bytes())
}

fn scored(generator: &str, prompt: &str, score: f64) -> Value {
    let verdict = if score > 60.0 { "accept" } else { "reject" };
    json!({
        "image": format!("{generator}-{prompt}.png"), "prompt": format!("<b>a & {prompt}</b>"), "generator": generator,
        "measurement_id": "00112233445566778899aabbccddeeff", "score": score, "interval": [score - 5.0, score + 5.0],
        "scenario": {"name": "general", "revision": 1, "distribution": {"general": 1.0}, "weights": {"fidelity": 1.0}},
        "components": {"global_alignment": 0.9, "local_alignment": 0.8, "attribute_consistency": null,
                       "fidelity": score / 100.0, "aesthetics": 0.6},
        "points_lost": {"fidelity": 8.0, "edge_blur": 100.0 - score - 8.0},
        "descriptors": [
            {"text": "lamp", "kind": "object", "count": null, "presence": 0.95, "bbox": [20, 30, 120, 140]},
            {"text": "red door", "kind": "color", "count": null, "presence": 0.2, "bbox": null}],
        "attributes": [], "regions": [],
        "distortions": [
            {"type": "edge_blur", "severity": 1.0 - score / 100.0, "impact": 0.4, "peak": [200, 100],
             "bbox": [180, 80, 60, 50]},
            {"type": "watermark", "severity": 0.1, "impact": 0.4, "peak": [10, 10]},
            {"type": "detail_loss", "severity": null, "impact": 0.4, "peak": null}],
        "verdict": {"verdict": verdict, "rules": []},
        "degraded": [], "notes": [], "models": [], "stages": [],
    })
}

fn report(results: &str, more: &[&str]) -> String {
    let said = run(&[&["report", results], more].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    said.out
}

#[test]
fn groups_are_summed_up_for_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let text = report(&results(folder.path()), &["--by", "generator"]);
    assert!(text.contains("6 pictures of 3 prompts in 2 groups by generator; 1 row without a score"), "{text}");
    let line = |start: &str| text.lines().find(|line| line.trim_start().starts_with(start)).unwrap().to_owned();
    let words = line("1  north").split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    // (82.5 + 74 + 90) / 3
    assert_eq!(words[2..5], ["3", "0", "82.2"], "{text}");
    assert!(line("2  south").contains(" 45.2 "), "{text}");
    assert_eq!(line("edge blur").split_whitespace().collect::<Vec<_>>(), ["edge", "blur", "0", "67"], "{text}");
    assert!(line("watermark").ends_with('0') && !text.contains("detail loss"), "{text}");
    assert!(text.contains("bootstrap intervals over prompts") && text.contains("one comparison"), "{text}");
    assert!(!text.contains('\u{1b}'), "no colours where there is no terminal");
}

#[test]
fn a_table_for_other_programs_has_a_row_a_group() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("report.csv");
    let told = report(
        &results(folder.path()),
        &["--by", "generator,scenario", "--threshold", "0.6", "--out", &out.display().to_string()],
    );
    assert_eq!(told, "", "what is written is not printed");
    let mut reader = csv::Reader::from_path(out).unwrap();
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let cell = |row: usize, name: &str| &rows[row][header.iter().position(|title| title == name).unwrap()];
    // The row without a score has no scenario, and so a group of its own.
    assert_eq!(rows.len(), 3);
    assert_eq!([cell(0, "generator"), cell(0, "scenario"), cell(0, "rank")], ["north", "general", "1"]);
    assert_eq!([cell(0, "mean"), cell(0, "median"), cell(0, "q1")], ["82.166667", "82.500000", "78.250000"]);
    assert_eq!([cell(1, "incidence_edge_blur"), cell(1, "reject")], ["0.333333", "1.000000"]);
    assert_eq!(
        [cell(2, "scenario"), cell(2, "rank"), cell(2, "without_score"), cell(2, "mean")],
        ["(none)", "", "1", ""]
    );
    let p: f64 = cell(0, "p").parse().unwrap();
    assert!(p > 0.0 && p < 0.05 && cell(0, "p_holm") == cell(0, "p"), "{p}");
    assert!(cell(0, "above_next_low").parse::<f64>().unwrap() > 0.0 && cell(1, "p").is_empty());
}

#[test]
fn wrong_input_is_named_with_what_was_expected() {
    let folder = tempfile::tempdir().unwrap();
    let good = results(folder.path());
    let refused = |results: &str, more: &[&str]| {
        let said = run(&[&["report", results], more].concat());
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{}", said.err);
        said.err
    };
    let unknown = refused(&good, &["--by", "model"]);
    assert!(
        unknown.contains("no column 'model'") && unknown.contains("there are generator, prompt, scenario"),
        "{unknown}"
    );
    let text = std::fs::read_to_string(&good).unwrap();
    let broken = write(folder.path(), "broken.jsonl", format!("{text}{}", &text[..40]).as_bytes());
    let message = refused(&broken, &[]);
    assert!(message.contains("broken.jsonl: line 8: expected JSON"), "{message}");
    let other = write(folder.path(), "other.jsonl", b"{\"image\":\"a.png\",\"prompt\":\"a\"}\n");
    assert!(refused(&other, &[]).contains("other.jsonl: line 1: expected a score or an error"));
    assert!(refused(&write(folder.path(), "empty.jsonl", b"\n"), &[]).contains("expected a result a line, got none"));
    assert!(refused("nowhere.jsonl", &[]).contains("nowhere.jsonl"));
    assert!(refused(&good, &["--threshold", "1.5"]).contains("from 0 to 1, got 1.5"));
}

#[test]
fn a_report_without_any_score_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let line = json!({"image": "a.png", "prompt": "a", "generator": "north", "error": "no such file"}).to_string();
    let results = write(folder.path(), "failed.jsonl", line.as_bytes());
    assert!(report(&results, &["--by", "generator"]).contains("0 pictures of 0 prompts in 1 group"));
    assert!(report(&results, &["--format", "html"]).contains("No picture has a score"));
}

#[test]
fn a_page_holds_all_that_it_shows() {
    let folder = tempfile::tempdir().unwrap();
    let page = report(&results(folder.path()), &["--by", "generator", "--format", "html"]);
    assert!(page.to_lowercase().starts_with("<!doctype html>"));
    // One script, which is let run by its digest, and the data.
    assert_eq!(page.matches("<script type=").count(), 2);
    assert!(page.contains("default-src 'none'") && page.contains("script-src 'sha256-"), "{page}");
    assert!(!page.contains("src=\"http") && !page.contains("href=\"http") && !page.contains("@import"));
    let (_, data) = page.split_once("id=\"report-data\">").unwrap();
    let data = data.split("</script>").next().unwrap();
    assert!(!data.contains('<'), "prompts are no markup");
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!((data["format"].as_str(), data["rows"].as_array().unwrap().len()), (Some("cpaiqa-report-1"), 6));
    let shown = || ["best", "worst"].into_iter().flat_map(|list| data[list].as_array().unwrap());
    assert_eq!(shown().filter(|one| one["thumbnail"]["jpeg"].is_string()).count(), 1, "one of six pictures is there");
    assert_eq!(shown().filter(|one| one["thumbnail"]["error"].is_string()).count(), 5);
    let first = &data["rows"][data["worst"][0]["row"].as_u64().unwrap() as usize];
    assert_eq!((first["score"].as_f64(), first["prompt"].as_str()), (Some(38.0), Some("<b>a & b</b>")));
    assert_eq!(first["interval"], json!([33.0, 43.0]));
    // Readers without scripts have the figures too.
    let plain = page.split("<table").nth(1).unwrap();
    assert!(plain.contains("north") && plain.contains("82.2"), "{plain}");
}

/// The page in a headless browser, which comes from the packages that `tests/browser/package-lock.json` names.
#[test]
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    ignore = "the packaged browser is for Linux on x86-64"
)]
fn a_page_opens_in_a_browser_on_a_desktop_and_on_a_phone() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("report.html").display().to_string();
    report(&results(folder.path()), &["--by", "generator", "--out", &page]);
    let seen = looked_at(&page);
    for view in ["desktop", "dark", "phone"] {
        let seen = &seen[view];
        let list = |name: &str| seen[name].as_array().unwrap();
        assert!(list("trouble").is_empty() && list("asked").len() == 1, "{view}: {seen}");
        assert_eq!((seen["scripts"].as_u64(), seen["overflow"].as_i64()), (Some(2), Some(0)), "{view}: {seen}");
        let headings: Vec<&str> = list("headings").iter().map(|heading| heading["text"].as_str().unwrap()).collect();
        let expected = ["Picture quality by generator", "Ranking", "Scores", "Components", "Distortions", "Verdicts"];
        assert_eq!(headings[..6], expected);
        assert_eq!(headings[6..], ["Best pictures", "Worst pictures", "All pictures"]);
        // Two plots of all groups, a radar and a verdict's bar for each group, and the one picture.
        assert_eq!((list("plots").len(), list("pictures").len(), list("tables").len()), (7, 1, 6), "{view}: {seen}");
        let sized = |thing: &Value| thing.as_array().unwrap().iter().all(|side| side.as_i64().unwrap() > 0);
        assert!(list("headings").iter().chain(list("plots")).all(|thing| sized(&thing["size"])), "{view}: {seen}");
        assert!(list("pictures").iter().all(sized), "{view}: {seen}");
        for plot in list("plots") {
            assert!(plot["title"].is_string() && plot["description"].is_string(), "{view}: {plot}");
        }
        for table in list("tables") {
            assert!(table["caption"].is_string() && table["bare"] == 0, "{view}: {table}");
        }
    }
    assert_ne!(seen["desktop"]["background"], seen["dark"]["background"]);
}

/// What `tests/browser/look.mjs` sees of a page.
fn looked_at(page: &str) -> Value {
    serde_json::from_slice(&run_there("node", &["look.mjs", page], &[])).unwrap()
}
