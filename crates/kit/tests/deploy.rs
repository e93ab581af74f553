//! Dashboard, alerts and documents speak of metrics and labels that there are.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed expectation is a failed test")]

use std::{collections::BTreeSet, fs, path::Path};

use cpaiqa_kit::metrics::{ALL, Kind, Metric};
use serde_json::Value;

/// Labels that Prometheus itself adds.
const ADDED: [&str; 3] = ["instance", "job", "le"];
const WORDS: [&str; 12] =
    ["by", "without", "and", "or", "unless", "on", "ignoring", "bool", "offset", "group_left", "group_right", "up"];

fn read(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file)).unwrap()
}

fn yaml(file: &str) -> Value {
    serde_yaml_ng::from_str(&read(file)).unwrap()
}

/// The metric whose series has this name, with the suffixes that Prometheus sees.
fn metric(series: &str) -> Option<&'static Metric> {
    ALL.iter().find(|metric| {
        let suffixes: &[&str] =
            if matches!(metric.kind, Kind::Histogram(_)) { &["_bucket", "_sum", "_count"] } else { &[""] };
        series.strip_prefix(metric.name).is_some_and(|rest| suffixes.contains(&rest))
    })
}

/// What an expression speaks of: each series with the labels that it is chosen by, and the labels that are kept.
#[derive(Debug, Default, PartialEq)]
struct Spoken {
    series: Vec<(String, Vec<String>)>,
    kept: Vec<String>,
}

/// The word at the start of `text`, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && !"_:".contains(letter)).unwrap_or(text.len());
    text.split_at(end)
}

fn spoken(expression: &str) -> Spoken {
    let (mut spoken, mut rest) = (Spoken::default(), expression);
    while let Some(first) = rest.chars().next() {
        if first == '[' {
            rest = &rest[rest.find(']').expect("a range ends")..];
        } else if first.is_ascii_digit() {
            rest = rest.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '.');
        } else if first.is_alphabetic() {
            let (name, after) = word(rest);
            rest = after;
            let after = after.trim_start();
            if ["by", "without", "on", "ignoring"].contains(&name) {
                let (labels, after) = after.strip_prefix('(').unwrap().split_once(')').unwrap();
                spoken.kept.extend(labels.split(',').map(|label| label.trim().to_owned()));
                rest = after;
            } else if let Some(after) = after.strip_prefix('{') {
                let mut labels = Vec::new();
                let mut inside = after;
                while !inside.starts_with('}') {
                    let (label, value) = word(inside.trim_start_matches([',', ' ']));
                    labels.push(label.to_owned());
                    let value = &value[value.find('"').expect("a quoted value") + 1..];
                    inside = &value[value.find('"').expect("an end of it") + 1..];
                }
                rest = &inside[1..];
                spoken.series.push((name.to_owned(), labels));
            } else if !after.starts_with('(') && !["by", "without"].contains(&word(after).0) {
                spoken.series.push((name.to_owned(), Vec::new()));
            }
        } else {
            rest = &rest[first.len_utf8()..];
        }
    }
    spoken
}

/// Fails unless all that `expression` speaks of is there; gives the names of its metrics.
fn check(place: &str, expression: &str) -> Vec<&'static str> {
    let Spoken { series, kept } = spoken(expression);
    let series: Vec<_> = series.iter().filter(|(name, _)| !WORDS.contains(&&**name)).collect();
    let metrics: Vec<&Metric> = series
        .iter()
        .map(|(name, labels)| {
            let metric = metric(name).unwrap_or_else(|| panic!("{place}: there is no {name} in {expression}"));
            for label in labels {
                let known = metric.labels.contains(&&**label) || ADDED.contains(&&**label);
                assert!(known, "{place}: {name} has no label {label}");
            }
            metric
        })
        .collect();
    for label in kept {
        let known = metrics.iter().any(|metric| metric.labels.contains(&&*label)) || ADDED.contains(&&*label);
        assert!(known, "{place}: nothing in {expression} has a label {label}");
    }
    metrics.iter().map(|metric| metric.name).collect()
}

fn expressions_of_the_dashboard() -> Vec<(String, String)> {
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().clone();
    let of = |panel: &Value| {
        let title = panel["title"].as_str().unwrap().to_owned();
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        let expressions = targets.into_iter().map(move |target| target["expr"].as_str().unwrap().to_owned());
        expressions.map(|expression| (title.clone(), expression)).collect::<Vec<_>>()
    };
    panels.iter().flat_map(of).collect()
}

fn alerts() -> Vec<Value> {
    let groups = yaml("deploy/prometheus/alerts.yml")["groups"].as_array().unwrap().clone();
    groups.iter().flat_map(|group| group["rules"].as_array().unwrap().clone()).collect()
}

#[test]
fn every_metric_is_on_the_dashboard_and_every_one_there_exists() {
    let expressions = expressions_of_the_dashboard();
    let shown: BTreeSet<&str> = expressions.iter().flat_map(|(panel, text)| check(panel, text)).collect();
    assert_eq!(shown, ALL.iter().map(|metric| metric.name).collect());
}

#[test]
fn panels_have_their_place_and_their_own_numbers() {
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/dashboard.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let (mut numbers, mut places) = (BTreeSet::new(), BTreeSet::new());
    for panel in panels {
        assert!(numbers.insert(panel["id"].as_u64().unwrap()), "{panel}");
        let at = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(places.insert((at("x"), at("y"))) && at("x") + at("w") <= 24, "{panel}");
    }
    let rows = panels.iter().filter(|panel| panel["type"] == "row");
    let rows: Vec<_> = rows.map(|row| row["title"].as_str().unwrap()).collect();
    let expected =
        ["Traffic", "Latency by stage", "Errors", "Degradation", "Caches", "Breakers", "Queue", "Tokens", "Models"];
    assert_eq!(rows, expected);
}

#[test]
fn alerts_speak_of_metrics_that_exist_and_say_what_to_do() {
    let alerts = alerts();
    assert!(alerts.len() >= 6);
    for alert in &alerts {
        let name = alert["alert"].as_str().unwrap();
        check(name, alert["expr"].as_str().unwrap());
        assert!(alert["for"].as_str().unwrap().ends_with('m'), "{name}");
        assert!(["warning", "critical"].contains(&alert["labels"]["severity"].as_str().unwrap()), "{name}");
        for text in ["summary", "description"] {
            assert!(!alert["annotations"][text].as_str().unwrap().is_empty(), "{name}: {text}");
        }
    }
}

#[test]
fn scores_are_slow_from_half_of_the_shipped_deadline_on() {
    let slow = alerts().into_iter().find(|alert| alert["alert"] == "CpaiqaScoresAreSlow").unwrap();
    let limit = slow["expr"].as_str().unwrap().rsplit_once("> ").unwrap().1.trim().parse::<u64>().unwrap();
    let settings = read("config/gateway.toml");
    let deadline = settings.lines().find_map(|line| line.strip_prefix("score_deadline_ms = ")).unwrap();
    assert_eq!(limit * 2_000, deadline.parse::<u64>().unwrap());
}

#[test]
fn prometheus_asks_every_process_of_the_compose_file_where_it_tells() {
    let example = read(".env.example");
    let address = example.lines().find_map(|line| line.strip_prefix("#CPAIQA_TELEMETRY__METRICS=")).unwrap();
    let port = address.rsplit_once(':').unwrap().1;
    let compose = yaml("docker-compose.yml");
    let ours = compose["services"].as_object().unwrap().iter().filter(|(_, service)| service["command"][0] == "serve");
    let services: BTreeSet<String> = ours.map(|(name, _)| format!("{name}:{port}")).collect();
    assert_eq!(services.len(), 6);
    let prometheus = yaml("deploy/prometheus/prometheus.yml");
    let targets = prometheus["scrape_configs"][0]["static_configs"][0]["targets"].as_array().unwrap();
    assert_eq!(services, targets.iter().map(|target| target.as_str().unwrap().to_owned()).collect());
    assert_eq!(prometheus["rule_files"][0], "alerts.yml");
    assert_eq!(prometheus["scrape_configs"][0]["job_name"], "cpaiqa", "alerts ask for it by name");
}

#[test]
fn the_documents_table_names_every_metric_with_its_labels() {
    let text = read("docs/telemetry.md");
    for metric in ALL {
        let row = text.lines().find(|line| line.starts_with(&format!("| `{}` ", metric.name)));
        let row = row.unwrap_or_else(|| panic!("{} has no row", metric.name));
        for label in metric.labels {
            assert!(row.contains(&format!("`{label}`")), "{}: {label}", metric.name);
        }
    }
}

#[test]
fn expressions_are_read_as_they_are_meant() {
    let found = spoken(r#"sum by (le, stage) (rate(a_bucket{x="1",y=~"b|c{2}"}[$__rate_interval])) / scalar(b) > 0.5"#);
    let series = [("a_bucket", vec!["x", "y"]), ("b", vec![])];
    let series = series.map(|(name, labels)| (name.to_owned(), labels.into_iter().map(str::to_owned).collect()));
    assert_eq!(found, Spoken { series: series.into(), kept: vec!["le".into(), "stage".into()] });
    assert!(metric("cpaiqa_stage_duration_seconds").is_none() && metric("cpaiqa_breaker_opened").is_none());
}
