use domain::alignment::Logistic;

use super::*;

const TEXT: &str = "picture\tkind\ttext\n\
    cat-1.webp\tcaption\ta cat on a mat\n\
    cat-1.webp\tphrase\tgrey cat\n\
    dog-1.webp\tcaption\ta dog in the sun\n\
    dog-1.webp\tphrase\tbrown dog\n\
    car-1.webp\tcaption\ta car and a cat\n\
    car-1.webp\tswap:object\ta car and a cat\ta bus and a cat\n";

/// Each text points at its own picture as much as `own` says.
fn cosines(pairs: &Pairs, own: f32) -> Cosines {
    let pictures = pairs.pictures();
    let axis = |index: usize, length: f32| {
        let mut row = vec![(1.0 - length * length).sqrt(); pictures.len() + 1];
        row[..pictures.len()].fill(0.0);
        row[index] = length;
        row
    };
    let images: Vec<Vec<Vec<f32>>> = (0..pictures.len()).map(|index| vec![axis(index, 1.0)]).collect();
    let images: Vec<&[Vec<f32>]> = images.iter().map(Vec::as_slice).collect();
    let of = |text: &String| {
        let picture = pairs.pairs.iter().find(|pair| pair.text == *text).map(|pair| &pair.picture);
        picture
            .and_then(|picture| pictures.iter().position(|known| known == picture))
            .map_or_else(|| axis(0, 0.0), |index| axis(index, own))
    };
    Cosines::new(pairs, &images, &pairs.texts().iter().map(of).collect::<Vec<_>>())
}

#[test]
fn texts_that_point_at_their_pictures_find_them() {
    let pairs = Pairs::read(TEXT).unwrap();
    let found = retrieval(&pairs, &cosines(&pairs, 0.9), Kind::Caption).unwrap();
    assert_eq!((found.texts, found.pictures), (3, 3));
    assert_eq!((found.picture_first.value, found.text_first.value), (1.0, 1.0));
    let lost = retrieval(&pairs, &cosines(&pairs, -0.9), Kind::Caption).unwrap();
    assert_eq!((lost.picture_first.value, lost.text_first.value), (0.0, 0.0));
    assert_eq!(lost.picture_in_five.value, 1.0, "there are only three pictures");
    assert_eq!(retrieval(&pairs, &cosines(&pairs, 0.9), Kind::Prompt), None);
}

#[test]
fn own_pairs_are_told_from_foreign_ones() {
    let pairs = Pairs::read(TEXT).unwrap();
    let judge = |own: f32, kinds: &[Kind]| {
        presence(&pairs, &cosines(&pairs, own), kinds, Logistic { slope: 10.0, offset: -4.0 }).unwrap()
    };
    let right = judge(0.8, &[Kind::Caption]);
    assert_eq!((right.own, right.foreign), (3, 6));
    assert_eq!((right.auc.value, judge(-0.8, &[Kind::Caption]).auc.value), (1.0, 0.0));
    assert!(right.fitted.slope > 0.0 && right.fitted.probability(0.8) > 0.99);
    assert!(right.log_loss < 0.1 && right.calibration_error < 0.1);
    let weight: f64 = right.reliability.iter().map(|bin| bin.weight).sum();
    assert!((weight - 1.0).abs() < 1e-9);
}

#[test]
fn a_phrase_is_not_foreign_to_a_picture_whose_caption_names_its_thing() {
    let pairs = Pairs::read(TEXT).unwrap();
    let calibration = Logistic { slope: 10.0, offset: -4.0 };
    let phrases = presence(&pairs, &cosines(&pairs, 0.8), &[Kind::Phrase], calibration).unwrap();
    // "grey cat" is foreign to the dog alone, since the car's caption has a cat; "brown dog" to the other two.
    assert_eq!((phrases.own, phrases.foreign), (2, 3));
}

#[test]
fn a_swap_counts_when_the_right_text_is_nearer() {
    let pairs = Pairs::read(TEXT).unwrap();
    let figures = swaps(&pairs, &cosines(&pairs, 0.5));
    assert_eq!((figures[0].point.as_str(), figures[0].pairs, figures[0].right_nearer.value), ("object", 1, 1.0));
    assert_eq!(swaps(&pairs, &cosines(&pairs, -0.5))[0].right_nearer.value, 0.0);
}

#[test]
fn a_line_that_is_no_pair_is_named() {
    for line in ["a.png\tcaption", "a.png\ttitle\ta cat", "a.png\tswap:object\ta cat", "a.png\tcaption\t", "a cat"] {
        let error = Pairs::read(&format!("header\n\n{line}\n")).unwrap_err();
        assert_eq!((error.line, error.got.as_str()), (3, line));
    }
}
