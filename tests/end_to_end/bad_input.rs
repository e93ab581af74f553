use image::{DynamicImage, ImageFormat};
use serde_json::Value;

use crate::support::{
    CAT, Said, Server, command, example, pictures,
    pictures::{pattern, save, write},
    run,
};

/// Scores through the shared server, whose models are loaded once.
fn score(picture: &str, prompt: &str, more: &[&str]) -> Said {
    let url = Server::shared().url();
    run(&[&["score", picture, "--prompt", prompt, "--endpoint", &url], more].concat())
}

/// The message of a picture that must be refused as the caller's fault.
fn refusal(picture: &str) -> String {
    let said = score(picture, "a red square", &[]);
    assert_eq!(said.code, 2, "{}{}", said.out, said.err);
    said.err
}

/// The notes of a picture that must be scored.
fn notes(picture: &str) -> String {
    let said = score(picture, "a red square", &["--format", "json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    serde_json::from_str::<Value>(&said.out).unwrap()["notes"].to_string()
}

#[test]
fn what_is_no_picture_is_refused_with_what_it_looks_like() {
    let folder = tempfile::tempdir().unwrap();
    let text = refusal(&write(folder.path(), "text.png", b"hello, I am no picture"));
    assert!(text.contains("expected a picture (PNG, JPEG") && text.contains("hello, I am"), "{text}");
    let bytes = refusal(&write(folder.path(), "bytes.png", &[0, 159, 146, 150, 7]));
    assert!(bytes.contains("unknown bytes that start with [00, 9f"), "{bytes}");
    assert!(refusal(&write(folder.path(), "empty.png", b"")).contains("got no bytes"));
}

#[test]
fn a_truncated_picture_is_refused_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for (name, format) in [("a.png", ImageFormat::Png), ("a.jpg", ImageFormat::Jpeg), ("a.webp", ImageFormat::WebP)] {
        let whole = pictures::encoded(&pattern(200, 150), format);
        let message = refusal(&write(folder.path(), name, &whole[..whole.len() / 2]));
        assert!(message.contains("truncated or damaged"), "{name}: {message}");
    }
}

#[test]
fn sizes_that_cannot_be_judged_are_refused_before_decoding() {
    let folder = tempfile::tempdir().unwrap();
    let tiny = refusal(&save(folder.path(), "tiny.png", pattern(1, 1)));
    assert!(tiny.contains("at least 32 × 32") && tiny.contains("got 1 × 1"), "{tiny}");
    let huge = refusal(&write(folder.path(), "huge.png", &pictures::png_header(30_000, 30_000)));
    assert!(huge.contains("at most") && huge.contains("got 30000 × 30000"), "{huge}");
}

#[test]
fn a_header_that_claims_a_huge_screen_costs_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let gif = b"GIF89a\xff\xff\xff\xff\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b";
    let message = refusal(&write(folder.path(), "huge.gif", gif));
    assert!(message.contains("got 65535 × 65535"), "{message}");
}

#[test]
fn what_follows_the_end_of_a_jpeg_does_not_matter() {
    let folder = tempfile::tempdir().unwrap();
    let mut bytes = pictures::encoded(&pattern(96, 64), ImageFormat::Jpeg);
    bytes.extend(b"ftypmp42\xff\xda\x00\x01");
    assert!(!notes(&write(folder.path(), "motion.jpg", &bytes)).contains("picture:"));
}

#[test]
fn odd_pictures_are_converted_and_it_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let picture = pattern(96, 64);
    let folder = folder.path();
    let sixteen = save(folder, "sixteen.png", DynamicImage::from(picture.clone()).into_rgb16());
    assert!(notes(&sixteen).contains("more than 8 bits"), "{}", notes(&sixteen));
    let transparent = save(folder, "transparent.png", DynamicImage::from(picture.clone()).into_rgba8());
    assert!(notes(&transparent).contains("laid on white"));
    let animated = write(folder, "animated.gif", &pictures::gif_of_two_frames(&picture, &pattern(96, 64)));
    assert!(notes(&animated).contains("only the first frame"));
    let turned = write(folder, "turned.jpg", &pictures::jpeg_turned(&picture));
    assert!(notes(&turned).contains("EXIF orientation"));
}

#[test]
fn a_cmyk_picture_is_converted_and_it_is_said() {
    let cmyk = crate::support::root().join("tests/fixtures/cmyk.jpg").display().to_string();
    assert!(notes(&cmyk).contains("converted from CMYK"), "{}", notes(&cmyk));
}

#[test]
fn an_exif_turned_picture_is_judged_upright() {
    let folder = tempfile::tempdir().unwrap();
    let turned = write(folder.path(), "turned.jpg", &pictures::jpeg_turned(&pattern(96, 64)));
    let said = run(&["segment", &turned, "--out", &folder.path().display().to_string()]);
    assert_eq!(said.code, 0, "{}", said.err);
    let drawn = image::open(folder.path().join("turned.regions.png")).unwrap();
    assert_eq!((drawn.width(), drawn.height()), (64, 96));
}

#[test]
fn prompts_out_of_bounds_are_refused() {
    let empty = score(&example(CAT), "  ", &[]);
    assert!(empty.code == 2 && empty.err.contains("got an empty prompt"), "{}", empty.err);
    let long = score(&example(CAT), &"cat ".repeat(25_600), &[]);
    assert!(long.code == 2 && long.err.contains("at most 8192 bytes, got 102399"), "{}", long.err);
}

#[test]
fn an_unknown_scenario_names_the_known_ones_at_once() {
    let said = score(&example(CAT), "a cat", &["--scenario", "billboards"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("'billboards' not found") && said.err.contains("ink-wash"), "{}", said.err);
}

#[test]
fn wrong_command_lines_say_what_to_do() {
    let flag = run(&["score", &example(CAT), "--prompt", "a cat", "--scenarios", "x"]);
    assert!(flag.code == 2 && flag.err.contains("--scenario"), "{}", flag.err);
    let missing = run(&["score", "nowhere.png", "--prompt", "a cat"]);
    assert!(missing.code == 2 && missing.err.contains("nowhere.png"), "{}", missing.err);
    let both = run(&["score", &example(CAT), "--prompt", "a cat", "--scenario", "general", "--context", "x"]);
    assert!(both.code == 2 && both.err.contains("cannot be used with"), "{}", both.err);
    let endpoint = run(&["score", &example(CAT), "--prompt", "a cat", "--endpoint", "localhost"]);
    assert!(endpoint.code == 2 && endpoint.err.contains("http://"), "{}", endpoint.err);
    let nobody = run(&["score", &example(CAT), "--prompt", "a cat", "--endpoint", "http://127.0.0.1:9"]);
    assert!(nobody.code == 1 && nobody.err.contains("unavailable"), "{}", nobody.err);
}

#[test]
fn a_wrong_configuration_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = write(folder.path(), "config.toml", b"[gateway]\nmax_promt_bytes = 10\n");
    let said = run(&["score", &example(CAT), "--prompt", "a cat", "--config", &file]);
    assert!(said.code == 2 && said.err.contains("max_promt_bytes"), "{}", said.err);
    let by_variable: Said = command(&["decompose", "a cat"]).env("CPAIQA_CONFIG_FILE", &file).output().unwrap().into();
    assert!(by_variable.code == 2 && by_variable.err.contains("max_promt_bytes"), "{}", by_variable.err);
    let other: Said = command(&["decompose", "a cat"]).env("CPAIQA_SOMETHING", "else").output().unwrap().into();
    assert_eq!(other.code, 0, "{}", other.err);
}
