//! Word forms: just enough English to see that "leaves" is a leaf and "riding" a ride.

/// A word's canonical form: equal for singular and plural, and not meant to be shown.
///
/// It need not be a word ("cookies" and "cookie" both give "cooky"); it need only be the same for both numbers.
pub fn stem(word: &str) -> String {
    if let Some((_, singular)) = IRREGULAR.iter().find(|(plural, _)| *plural == word) {
        return (*singular).to_owned();
    }
    let base = singular(word);
    // "leaf" and "leaves", "knife" and "knives", "cookie" and "cookies", "berry" and "berries" must meet.
    let (body, end) = if let Some(body) = base.strip_suffix("ve").or_else(|| base.strip_suffix("fe")) {
        (body, "f")
    } else if let Some(body) = base.strip_suffix("ie") {
        (body, "y")
    } else {
        (base, "")
    };
    format!("{body}{end}")
}

/// Cuts a plural's ending off.
fn singular(word: &str) -> &str {
    let takes_es = ["sses", "ches", "shes", "xes", "zzes", "oes"];
    if word.chars().count() <= 3 || ["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        word
    } else if takes_es.iter().any(|end| word.ends_with(end)) {
        word.strip_suffix("es").unwrap_or(word)
    } else {
        word.strip_suffix('s').unwrap_or(word)
    }
}

/// The singular of a noun, to be shown: "cats" gives "cat", "berries" "berry", "knives" "knife".
pub(crate) fn singular_form(word: &str) -> String {
    if let Some((_, singular)) = IRREGULAR.iter().chain(&IN_F).find(|(plural, _)| *plural == word) {
        return (*singular).to_owned();
    }
    match word.strip_suffix("ies") {
        // "ties" and "pies" are too short to end in y.
        Some(body) if body.chars().count() > 1 && !matches!(word, "cookies" | "movies" | "zombies" | "selfies") => {
            format!("{body}y")
        }
        _ => singular(word).to_owned(),
    }
}

const IN_F: [(&str, &str); 12] = [
    ("leaves", "leaf"),
    ("knives", "knife"),
    ("wolves", "wolf"),
    ("shelves", "shelf"),
    ("loaves", "loaf"),
    ("halves", "half"),
    ("calves", "calf"),
    ("thieves", "thief"),
    ("wives", "wife"),
    ("elves", "elf"),
    ("scarves", "scarf"),
    ("hooves", "hoof"),
];

const IRREGULAR: [(&str, &str); 17] = [
    ("men", "man"),
    ("women", "woman"),
    ("people", "person"),
    ("children", "child"),
    ("feet", "foot"),
    ("teeth", "tooth"),
    ("geese", "goose"),
    ("mice", "mouse"),
    ("oxen", "ox"),
    ("cacti", "cactus"),
    ("dice", "die"),
    ("buses", "bus"),
    ("shoes", "shoe"),
    ("lenses", "lens"),
    ("tvs", "tv"),
    ("taxis", "taxi"),
    ("broccolis", "broccoli"),
];

/// A word cut down to what its relatives share: "riding" and "rides", "wooden" and "wood", "snowy" and "snow".
pub(crate) fn root(word: &str) -> String {
    let stem = stem(word);
    let body = ["ing", "ed", "en", "ly", "y"]
        .iter()
        .find_map(|end| stem.strip_suffix(end).filter(|body| body.chars().count() >= 3))
        .unwrap_or(&stem);
    let body = body.strip_suffix('e').unwrap_or(body);
    let mut last_two = body.chars().rev();
    match (last_two.next(), last_two.next()) {
        // "sitting" must meet "sit", but "glass" stays: its twin letters end the word itself.
        (Some(last), Some(before)) if last == before && body.len() < stem.len() => {
            body.strip_suffix(last).unwrap_or(body).to_owned()
        }
        _ => body.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn singular_and_plural_share_a_stem() {
        for (one, many) in [
            ("leaf", "leaves"),
            ("knife", "knives"),
            ("cookie", "cookies"),
            ("berry", "berries"),
            ("horse", "horses"),
            ("bus", "buses"),
            ("glass", "glasses"),
            ("toothbrush", "toothbrushes"),
            ("potato", "potatoes"),
            ("glove", "gloves"),
            ("person", "people"),
            ("tie", "ties"),
        ] {
            assert_eq!(stem(one), stem(many), "{one}");
        }
    }

    #[test]
    fn one_of_several_is_spelt_as_it_is_written() {
        for (one, many) in [
            ("cat", "cats"),
            ("berry", "berries"),
            ("pie", "pies"),
            ("cookie", "cookies"),
            ("knife", "knives"),
            ("glove", "gloves"),
            ("box", "boxes"),
            ("woman", "women"),
            ("sheep", "sheep"),
        ] {
            assert_eq!((singular_form(many).as_str(), singular_form(one).as_str()), (one, one));
        }
    }

    #[test]
    fn relatives_share_a_root() {
        for (a, b) in [("riding", "rides"), ("sitting", "sit"), ("wooden", "wood"), ("snowy", "snow")] {
            assert_eq!(root(a), root(b), "{a}");
        }
        assert_ne!(root("cat"), root("car"));
    }
}
