use crate::support::{example, json, pictures::write, run};

#[test]
fn two_pictures_are_perturbed_and_more_noise_moves_them_further() {
    let folder = tempfile::tempdir().unwrap();
    let (plane, prompt) = (example("plane-in-snow.jpg"), "a small red plane on a snowy plateau, watercolor");
    let rows = format!(
        "image,prompt\n{plane},\"{prompt}\"\n{},a hedgehog with a party hat\n",
        example("hedgehog-party-hat.jpg")
    );
    let manifest = write(folder.path(), "manifest.csv", rows.as_bytes());
    let report = json(&[
        "eval",
        "sensitivity",
        &manifest,
        "--scenario",
        "advertising",
        "--repetitions",
        "2",
        "--format",
        "json",
    ]);
    assert_eq!((report["pictures"].as_u64(), report["repetitions"].as_u64()), (Some(2), Some(2)));

    // What is perturbed is the score that everybody gets.
    let score = json(&["score", &plane, "--prompt", prompt, "--scenario", "advertising", "--format", "json"]);
    let (alone, here) = (score["score"].as_f64().unwrap(), report["unperturbed"][0]["score"].as_f64().unwrap());
    assert!((alone - here).abs() < 1e-6, "{alone} {here}");

    let lines = report["perturbations"].as_array().unwrap();
    let line = |name: &str| lines.iter().find(|line| line["perturbation"] == name).unwrap();
    let moved = |name: &str| line(name)["difference"]["value"].as_f64().unwrap();
    for expected in
        ["regions dropped, p = 0.3", "two regions merged", "descriptors: synonyms", "attributes dropped, p = 0.3"]
    {
        assert!(moved(expected) < 20.0, "{}", line(expected));
    }
    let (less, more) = ("severities, noise of sd 0.05", "severities, noise of sd 0.1");
    assert!(0.5 < moved(less) && moved(less) < moved(more), "{} {}", line(less), line(more));
    assert!(line(more)["change"]["value"].as_f64().unwrap() < 0.0, "noise that stops at 0 adds faults: {}", line(more));
    assert_eq!(line("regions shifted by 25 %")["touched"], 1.0);
    assert!(moved("regions shifted by 25 %") > 0.0 && moved("descriptors: \"a photo of\" before") > 0.0);
    for line in lines {
        let [mean, high] = ["difference", "difference_95"].map(|figure| line[figure]["value"].as_f64().unwrap());
        assert!(mean <= high + 1e-9, "{line}");
    }
}

#[test]
fn sensitivity_needs_two_pictures_to_rank() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = write(folder.path(), "manifest.csv", b"image,prompt\na.png,a cat\na.png,a dog\n");
    let said = run(&["eval", "sensitivity", &manifest]);
    assert!(said.code == 2 && said.err.contains("at least two pictures to rank, got 1"), "{}", said.err);
    let missing = write(folder.path(), "missing.csv", b"image,prompt\na.png,a cat\nb.png,a dog\n");
    let said = run(&["eval", "sensitivity", &missing]);
    assert!(said.code == 2 && said.err.contains("a.png"), "{}", said.err);
}
