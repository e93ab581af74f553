//! The same said in other words, by simple rules.

use std::fmt;

use fastrand::Rng;

/// A rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rewording {
    /// Another article, or none.
    Article,
    /// Other words for those that the table knows.
    Synonym,
    /// "red umbrella" becomes "umbrella that is red".
    Order,
    /// "a photo of" before it.
    Photo,
}

impl fmt::Display for Rewording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Article => "another article",
            Self::Synonym => "synonyms",
            Self::Order => "\"cat that is black\"",
            Self::Photo => "\"a photo of\" before",
        })
    }
}

/// Words of a group may stand for each other.
const SYNONYMS: [&[&str]; 48] = [
    &["adorable", "cute"],
    &["aeroplane", "plane", "airplane"],
    &["atmosphere", "mood"],
    &["autumn", "fall"],
    &["baby", "infant"],
    &["background", "backdrop"],
    &["bag", "handbag"],
    &["beach", "seashore"],
    &["beautiful", "lovely"],
    &["big", "large"],
    &["bike", "bicycle"],
    &["boat", "ship"],
    &["bright", "vivid", "vibrant"],
    &["bunny", "rabbit"],
    &["car", "automobile"],
    &["child", "kid"],
    &["children", "kids"],
    &["clothes", "clothing"],
    &["couch", "sofa"],
    &["detailed", "intricate"],
    &["flat", "plain"],
    &["forest", "woods"],
    &["garden", "yard"],
    &["glasses", "spectacles"],
    &["golden", "gold"],
    &["gray", "grey"],
    &["happy", "cheerful"],
    &["illustration", "drawing"],
    &["man", "gentleman"],
    &["model", "mannequin"],
    &["mountain", "peak"],
    &["mountains", "peaks"],
    &["ocean", "sea"],
    &["ornate", "decorated"],
    &["photo", "photograph"],
    &["picture", "image"],
    &["purple", "violet"],
    &["road", "street"],
    &["rock", "stone"],
    &["rug", "carpet"],
    &["shoes", "footwear"],
    &["small", "little", "tiny"],
    &["sunrise", "dawn"],
    &["sunset", "dusk"],
    &["trousers", "pants"],
    &["vintage", "retro"],
    &["watercolor", "watercolour"],
    &["woman", "lady"],
];

const ARTICLES: [&str; 3] = ["a", "an", "the"];
/// Words that make a phrase more than a thing and its qualities, so that its order says something.
const LINKS: [&str; 24] = [
    "a", "above", "an", "and", "around", "at", "behind", "below", "beside", "between", "by", "for", "from", "in",
    "inside", "next", "of", "on", "or", "over", "that", "the", "under", "with",
];
const NUMBERS: [&str; 11] = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "several"];

/// `text` in other words; as it is where the rule finds nothing to do.
pub fn reworded(text: &str, how: Rewording, random: &mut Rng) -> String {
    match how {
        Rewording::Article => article(text, random),
        Rewording::Synonym => text.split(' ').map(|word| synonym(word, random)).collect::<Vec<_>>().join(" "),
        Rewording::Order => order(text).unwrap_or_else(|| text.to_owned()),
        Rewording::Photo => format!("a photo of {text}"),
    }
}

fn article(text: &str, random: &mut Rng) -> String {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    let bare = if ARTICLES.contains(&first.to_lowercase().as_str()) && !rest.is_empty() { rest } else { text };
    let mut forms = vec![bare.to_owned(), format!("the {bare}")];
    if !is_plural(bare) {
        let vowel = bare.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']);
        forms.push(format!("{} {bare}", if vowel { "an" } else { "a" }));
    }
    forms.retain(|form| form != text);
    random.choice(forms).unwrap_or_else(|| text.to_owned())
}

fn synonym(word: &str, random: &mut Rng) -> String {
    let lower = word.to_lowercase();
    let group = SYNONYMS.iter().find(|group| group.contains(&lower.as_str()));
    let others = group.into_iter().flat_map(|group| group.iter().filter(|other| **other != lower));
    random.choice(others.collect::<Vec<_>>()).map_or_else(|| word.to_owned(), |other| (*other).to_owned())
}

fn order(text: &str) -> Option<String> {
    let (qualities, thing) = text.rsplit_once(' ')?;
    let first = qualities.split(' ').next()?.to_lowercase();
    let counted = NUMBERS.contains(&first.as_str()) || first.starts_with(|c: char| c.is_ascii_digit());
    if counted || text.split(' ').any(|word| LINKS.contains(&word.to_lowercase().as_str())) {
        return None;
    }
    Some(format!("{thing} that {} {qualities}", if is_plural(thing) { "are" } else { "is" }))
}

fn is_plural(text: &str) -> bool {
    text.ends_with('s') && !text.ends_with("ss")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn forms(text: &str, how: Rewording) -> Vec<String> {
        let all: BTreeSet<String> = (0..30).map(|seed| reworded(text, how, &mut Rng::with_seed(seed))).collect();
        all.into_iter().collect()
    }

    #[test]
    fn an_article_is_added_taken_away_or_exchanged() {
        assert_eq!(forms("umbrella", Rewording::Article), ["an umbrella", "the umbrella"]);
        assert_eq!(forms("the red umbrella", Rewording::Article), ["a red umbrella", "red umbrella"]);
        assert_eq!(forms("cats", Rewording::Article), ["the cats"]);
    }

    #[test]
    fn known_words_are_exchanged_and_others_stay() {
        assert_eq!(
            forms("small Plane", Rewording::Synonym),
            ["little aeroplane", "little airplane", "tiny aeroplane", "tiny airplane"]
        );
        assert_eq!(forms("hedgehog", Rewording::Synonym), ["hedgehog"]);
        let words: Vec<&&str> = SYNONYMS.iter().flat_map(|group| group.iter()).collect();
        assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), words.len(), "no word is in two groups");
    }

    #[test]
    fn a_quality_goes_behind_its_thing_unless_the_order_says_something() {
        assert_eq!(forms("deep purple rose", Rewording::Order), ["rose that is deep purple"]);
        assert_eq!(forms("jagged peaks", Rewording::Order), ["peaks that are jagged"]);
        for text in ["rose", "two red cats", "cat on grass", "the rose", "man with hat"] {
            assert_eq!(forms(text, Rewording::Order), [text]);
        }
    }
}
