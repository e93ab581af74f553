use image::{Rgb, RgbImage, imageops};
use serde_json::Value;

use crate::support::{CAT, example, json, pictures::save};

const HEDGEHOG: &str = "hedgehog-party-hat.jpg";

/// Two example pictures side by side on a plain ground, so that it is known how many of what are where.
fn side_by_side(left: &str, right: &str) -> RgbImage {
    let mut ground = RgbImage::from_pixel(720, 420, Rgb([150, 170, 150]));
    for (name, x) in [(left, 30), (right, 390)] {
        let picture = image::open(example(name)).unwrap().into_rgb8();
        imageops::replace(&mut ground, &imageops::thumbnail(&picture, 300, 300), x, 60);
    }
    ground
}

fn scored(picture: &str, prompt: &str) -> Value {
    json(&["score", picture, "--prompt", prompt, "--format", "json"])
}

fn described<'a>(score: &'a Value, kind: &str) -> &'a Value {
    score["descriptors"].as_array().unwrap().iter().find(|found| found["kind"] == kind).unwrap()
}

#[test]
fn a_relation_is_judged_by_where_its_things_are() {
    let folder = tempfile::tempdir().unwrap();
    let picture = save(folder.path(), "cat-and-hedgehog.png", side_by_side(CAT, HEDGEHOG));
    let right = scored(&picture, "a cat to the left of a hedgehog");
    let wrong = scored(&picture, "a cat to the right of a hedgehog");
    for score in [&right, &wrong] {
        assert_eq!(described(score, "relation")["judged_by"], "geometry", "{score}");
    }
    let presence = |score| described(score, "relation")["presence"].as_f64().unwrap();
    assert!(presence(&right) > 0.5 && presence(&wrong) < 0.1, "{} {}", presence(&right), presence(&wrong));
    assert!(right["score"].as_f64() > wrong["score"].as_f64());
}

#[test]
fn things_of_a_stated_number_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let picture = save(folder.path(), "hedgehogs.png", side_by_side(HEDGEHOG, HEDGEHOG));
    let (right, wrong) = (scored(&picture, "two hedgehogs"), scored(&picture, "five hedgehogs"));
    for score in [&right, &wrong] {
        let found = described(score, "object");
        assert_eq!((&found["judged_by"], &found["counted"]), (&"count".into(), &2.into()), "{score}");
    }
    let presence = |score| described(score, "object")["presence"].as_f64().unwrap();
    assert!(presence(&right) > presence(&wrong) + 0.3, "{} {}", presence(&right), presence(&wrong));
}
