//! Pictures sorted by the acceptance rules that a shipped scenario carries.

use std::fs;

use crate::support::{Server, example, faults::swirled, pictures::save, run};

#[test]
fn an_exhibition_accepts_what_is_fine_rejects_a_wrung_face_and_shows_a_person_what_misses_its_prompt() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let put = |name: &str, from: &str, prompt: &str| {
        fs::copy(example(from), path(&format!("{name}.jpg"))).unwrap();
        fs::write(path(&format!("{name}.txt")), prompt).unwrap();
    };
    let portrait = "A portrait of a woman with pearls";
    put("fine", "portrait-with-pearls.jpg", portrait);
    put("other", "plane-in-snow.jpg", portrait);
    let whole = image::open(example("portrait-with-pearls.jpg")).unwrap().into_rgb8();
    save(folder.path(), "wrung.png", swirled(&whole, 3.0));
    fs::write(path("wrung.txt"), portrait).unwrap();

    let out = tempfile::tempdir().unwrap();
    let (results, sorted) = (out.path().join("results.jsonl"), out.path().join("sorted"));
    let said = run(&[
        "batch",
        &folder.path().display().to_string(),
        "--out",
        &results.display().to_string(),
        "--gate",
        &sorted.display().to_string(),
        "--scenario",
        "heritage-exhibit",
        "--endpoint",
        &Server::shared().url(),
    ]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("1 accept, 1 review, 1 reject"), "{}", said.err);
    for (verdict, name) in [("accept", "fine.jpg"), ("review", "other.jpg"), ("reject", "wrung.png")] {
        assert!(sorted.join(verdict).join(name).exists(), "{name} is not in {verdict}");
    }
    let results = fs::read_to_string(results).unwrap();
    assert!(results.lines().any(|line| line.contains("reject: anatomical_error >= 0.5")), "{results}");
}
