use crate::support::{json, root};

#[test]
fn a_pictures_own_prompt_scores_above_the_others_in_at_least_85_percent_of_pairs() {
    let manifest = root().join("examples/manifest.csv").display().to_string();
    let report = json(&["eval", &manifest]);
    assert!(report["pairs"].as_u64().unwrap() >= 100, "{report}");
    assert!(report["share"].as_f64().unwrap() >= 0.85, "{report}");
}
