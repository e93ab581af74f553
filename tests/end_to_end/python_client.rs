//! The Python scripts of `examples/python` against the split form: six processes, as `docker-compose.yml` names them.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

use crate::support::{CAT, CAT_PROMPT, Said, Server, compose::Split, example, json, pictures::write, root};

const DRAGON: &str = "pink-dragon.jpg";
const NOWHERE: &str = "127.0.0.1:1";

/// The gateway that the scripts call.
fn gateway() -> &'static Server {
    static SPLIT: OnceLock<Split> = OnceLock::new();
    &SPLIT.get_or_init(Split::start).gateway
}

/// Python with what `examples/python` needs: the packages stay in the user's cache, the client's code is generated anew.
fn python(args: &[&str]) -> Said {
    static MADE: OnceLock<(PathBuf, PathBuf)> = OnceLock::new();
    let (environment, code) = MADE.get_or_init(|| {
        let cache = directories::BaseDirs::new().unwrap().cache_dir().join("cpaiqa/tools/python-client");
        let code = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-client");
        let made = Command::new(root().join("examples/python/generate.sh")).args([&cache, &code]).output().unwrap();
        assert!(made.status.success(), "{}", Said::from(made).err);
        (cache, code)
    });
    let mut python = Command::new(environment.join("bin/python"));
    python.args(args).current_dir(root().join("examples/python"));
    python.env("PYTHONPATH", code).env("PYTHONDONTWRITEBYTECODE", "1").env_remove("CPAIQA_API_KEY");
    python.output().unwrap().into()
}

/// Runs a script against the gateway.
fn script(args: &[&str]) -> Said {
    python(&[args, &["--address", &gateway().address]].concat())
}

/// What a script says that must succeed.
fn done(args: &[&str]) -> String {
    let said = script(args);
    assert_eq!(said.code, 0, "{args:?}: {}", said.err);
    said.out
}

/// What the command line says of the same picture at the same gateway.
fn scored(name: &str, prompt: &str, scenario: &str) -> Value {
    let (picture, url) = (example(name), gateway().url());
    json(&["score", &picture, "--prompt", prompt, "--scenario", scenario, "--format", "json", "--endpoint", &url])
}

#[test]
fn a_score_is_the_command_lines() {
    let picture = example(CAT);
    let said = done(&["score.py", &picture, "--prompt", CAT_PROMPT, "--scenario", "heritage-exhibit"]);
    let score = scored(CAT, CAT_PROMPT, "heritage-exhibit");
    let number = |pointer: &str| score.pointer(pointer).and_then(Value::as_f64).unwrap();
    let (low, high) = (number("/interval/0"), number("/interval/1"));
    let headline = format!("{:.1} of 100  ({low:.0} to {high:.0})  for heritage-exhibit", number("/score"));
    assert!(said.starts_with(&headline), "expected {headline}, got {said}");
    let (fidelity, weight) = (number("/components/fidelity"), number("/scenario/weights/fidelity"));
    assert!(said.contains(&format!("fidelity               {fidelity:.2}  weight {weight:.2}")), "{said}");
    assert!(said.contains("attribute consistency  not measured"), "{said}");

    let lost = score["points_lost"].as_object().unwrap().iter();
    let mut lost: Vec<(&String, f64)> = lost.map(|(name, points)| (name, points.as_f64().unwrap())).collect();
    lost.sort_by(|a, b| b.1.total_cmp(&a.1));
    let told = said.split_once("What cost the most points\n").unwrap().1.lines();
    for ((name, points), line) in lost.iter().take(5).zip(told) {
        assert!(line.starts_with(&format!("  {points:5.1}  {}", name.replace('_', " "))), "{name}: {said}");
    }
    let id = score["measurement_id"].as_str().unwrap();
    assert!(said.ends_with(&format!("measurement {id}\n")), "{said}");
}

#[test]
fn what_a_score_had_to_do_without_is_told() {
    let away = format!("http://{NOWHERE}");
    let server = Server::start("all", &[("CPAIQA_BACKENDS__SEGMENTATION", &away)]);
    let said = python(&["score.py", &example(DRAGON), "--prompt", "a pink dragon", "--address", &server.address]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("degraded  segmentation: ") && said.out.contains(NOWHERE), "{}", said.out);
    assert!(said.out.contains("local alignment        not measured"), "{}", said.out);
}

#[test]
fn a_failure_is_told_with_its_details() {
    let picture = example(CAT);
    let unknown = script(&["score.py", &picture, "--prompt", "a cat", "--scenario", "nowhere"]);
    assert_eq!((unknown.code, unknown.out.as_str()), (2, ""), "{}", unknown.err);
    assert!(unknown.err.starts_with("NOT_FOUND: "), "{}", unknown.err);
    assert!(unknown.err.contains("\n  scenario 'nowhere': expected one of "), "{}", unknown.err);
    assert!(unknown.err.contains("ink-wash") && unknown.err.contains("\n  reason NOT_FOUND (cpaiqa)"));

    let folder = tempfile::tempdir().unwrap();
    let broken = write(folder.path(), "broken.jpg", b"no picture");
    let broken = script(&["score.py", &broken, "--prompt", "a cat"]);
    assert_eq!((broken.code, broken.out.as_str()), (2, ""), "{}", broken.err);
    assert!(broken.err.starts_with("INVALID_ARGUMENT: "), "{}", broken.err);
    assert!(broken.err.contains("\n  field picture: expected a picture (PNG, JPEG"), "{}", broken.err);

    let away = python(&["score.py", &picture, "--prompt", "a cat", "--address", NOWHERE]);
    assert_eq!(away.code, 1, "{}", away.err);
    assert!(away.err.starts_with("UNAVAILABLE: ") && away.err.contains(NOWHERE), "{}", away.err);

    let missing = script(&["score.py", "nowhere.png", "--prompt", "a cat"]);
    assert_eq!(missing.code, 2);
    assert!(missing.err.contains("cannot read the picture") && missing.err.contains("nowhere.png"), "{}", missing.err);
}

#[test]
fn a_stream_scores_a_folder_and_tells_which_pictures_fail() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    std::fs::create_dir(folder.join("more")).unwrap();
    for (name, to, prompt) in [(CAT, "cat", CAT_PROMPT), (DRAGON, "more/dragon", "a pink dragon")] {
        std::fs::copy(example(name), folder.join(to).with_extension("jpg")).unwrap();
        std::fs::write(folder.join(to).with_extension("txt"), prompt).unwrap();
    }
    write(folder, "broken.jpg", b"no picture");
    write(folder, "broken.txt", b"a cat");
    std::fs::copy(example(CAT), folder.join("bare.jpg")).unwrap();

    let said = script(&["score_many.py", &folder.display().to_string(), "--in-flight", "2"]);
    assert_eq!((said.code, said.err.as_str()), (1, ""), "{}", said.out);
    for (name, line, prompt) in [(CAT, "cat.jpg", CAT_PROMPT), (DRAGON, "more/dragon.jpg", "a pink dragon")] {
        let score = scored(name, prompt, "general")["score"].as_f64().unwrap();
        assert!(said.out.contains(&format!("{score:5.1}  {line}\n")), "{score}: {}", said.out);
    }
    assert!(said.out.contains("-  broken.jpg: INVALID_ARGUMENT: picture: expected a picture"), "{}", said.out);
    assert!(said.out.contains("-  bare.jpg: expected its prompt in bare.txt"), "{}", said.out);
    assert!(said.out.ends_with("2 of 4 pictures scored\n"), "{}", said.out);
}

#[test]
fn the_gateway_describes_its_services_and_tells_their_health() {
    let said = done(&["list_services.py"]);
    assert!(said.starts_with(&format!("{}  SERVING\n", gateway().address)), "{said}");
    let methods = |service: &str| {
        let after =
            said.split_once(&format!("\n{service}  SERVING\n")).unwrap_or_else(|| panic!("{service}: {said}")).1;
        after.lines().take_while(|line| line.starts_with("  rpc ")).map(str::trim).collect::<Vec<_>>()
    };
    let quality = methods("cpaiqa.quality.v1.QualityService");
    assert_eq!(quality.len(), 7, "{quality:?}");
    assert_eq!(quality[0], "rpc Score(cpaiqa.quality.v1.ScoreRequest) returns (cpaiqa.quality.v1.ScoreResponse)");
    let stream = "(stream cpaiqa.quality.v1.ScoreStreamRequest) returns (stream cpaiqa.quality.v1.ScoreStreamResponse)";
    assert!(quality.contains(&&*format!("rpc ScoreStream{stream}")), "{quality:?}");
    let admin = methods("cpaiqa.admin.v1.AdminService");
    assert!(admin.iter().any(|method| method.starts_with("rpc ReviseScenario(")), "{admin:?}");
    // Described by all, served by another process.
    assert!(said.contains("\ncpaiqa.alignment.v1.AlignmentService  no health\n"), "{said}");
}

#[test]
fn a_scenario_is_shown_changed_and_installed_once() {
    let mut profile: Value = serde_json::from_str(&done(&["scenarios.py", "show", "ink-wash"])).unwrap();
    profile["name"] = "ink-wash-prints".into();
    profile.as_object_mut().unwrap().remove("revision");
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "prints.json", profile.to_string().as_bytes());
    let revise = ["scenarios.py", "revise", &file, "--comment", "for prints"];
    assert_eq!(done(&revise), "ink-wash-prints: revision 1\n");
    let listed = done(&["scenarios.py", "list"]);
    assert!(listed.lines().any(|line| line.starts_with("ink-wash-prints  ")), "{listed}");

    let again = script(&revise);
    assert_eq!(again.code, 2, "{}", again.out);
    assert!(again.err.starts_with("ABORTED: ") && again.err.contains("at revision 1"), "{}", again.err);
}

#[test]
fn the_clients_own_tests_pass() {
    let said = python(&["-m", "unittest"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("Ran 0 tests"), "{}", said.err);
}
