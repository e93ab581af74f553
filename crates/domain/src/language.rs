//! Which language a prompt is in: certain for another script, and cautious for a language in English's own letters,
//! because a prompt wrongly called foreign is not compared at all.

use std::fmt;

/// A language, or a script when several languages share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// BCP 47: "en", "zh", "und-Cyrl".
    pub tag: &'static str,
    /// Its name in English, as it stands after "in".
    pub name: &'static str,
}

impl Language {
    /// The language that the text encoder and the lexicon read.
    pub const ENGLISH: Self = Self { tag: "en", name: "English" };
    const CHINESE: Self = Self { tag: "zh", name: "Chinese" };
    const JAPANESE: Self = Self { tag: "ja", name: "Japanese" };
    const VIETNAMESE: Self = Self { tag: "vi", name: "Vietnamese" };
    const UNKNOWN: Self = Self { tag: "und", name: "an unknown language" };

    /// The language of `prompt`; English when in doubt. Writing that the picture is to carry (quoted, or announced as
    /// text) does not decide.
    pub fn of(prompt: &str) -> Self {
        let said = without_quotes(prompt);
        let mut said = Letters::of(&said);
        if said.latin + said.other() == 0 {
            said = Letters::of(prompt);
        }
        let words = Words::of(prompt);
        let announced = said.latin > 0 && words.english >= 2 && words.announces_writing;
        match said.most_common() {
            Some(other) if said.weight() > said.latin && !announced => other,
            _ => words.foreign().unwrap_or(Self::ENGLISH),
        }
    }

    /// Whether it is [`Self::ENGLISH`].
    pub fn is_english(self) -> bool {
        self == Self::ENGLISH
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.tag)
    }
}

/// Letters of `prompt` that are not of the Latin script.
pub fn letters_of_other_scripts(prompt: &str) -> usize {
    Letters::of(prompt).other()
}

/// Ranges of letters by script, and the language that each stands for.
const SCRIPTS: [(char, char, Language); 27] = [
    ('\u{370}', '\u{3ff}', Language { tag: "el", name: "Greek" }),
    ('\u{400}', '\u{52f}', CYRILLIC),
    ('\u{530}', '\u{58f}', Language { tag: "hy", name: "Armenian" }),
    ('\u{590}', '\u{5ff}', Language { tag: "he", name: "Hebrew" }),
    ('\u{600}', '\u{6ff}', ARABIC),
    ('\u{750}', '\u{77f}', ARABIC),
    ('\u{8a0}', '\u{8ff}', ARABIC),
    ('\u{900}', '\u{97f}', Language { tag: "und-Deva", name: "a language in Devanagari script" }),
    ('\u{980}', '\u{9ff}', Language { tag: "und-Beng", name: "a language in Bengali script" }),
    ('\u{b80}', '\u{bff}', Language { tag: "ta", name: "Tamil" }),
    ('\u{e00}', '\u{e7f}', Language { tag: "th", name: "Thai" }),
    ('\u{f00}', '\u{fff}', Language { tag: "bo", name: "Tibetan" }),
    ('\u{10a0}', '\u{10ff}', Language { tag: "ka", name: "Georgian" }),
    ('\u{1100}', '\u{11ff}', KOREAN),
    ('\u{1800}', '\u{18af}', Language { tag: "mn-Mong", name: "Mongolian" }),
    ('\u{1f00}', '\u{1fff}', Language { tag: "el", name: "Greek" }),
    ('\u{3040}', '\u{30ff}', Language::JAPANESE),
    ('\u{3130}', '\u{318f}', KOREAN),
    ('\u{31f0}', '\u{31ff}', Language::JAPANESE),
    ('\u{3400}', '\u{4dbf}', Language::CHINESE),
    ('\u{4e00}', '\u{9fff}', Language::CHINESE),
    ('\u{ac00}', '\u{d7af}', KOREAN),
    ('\u{f900}', '\u{faff}', Language::CHINESE),
    ('\u{fb50}', '\u{fdff}', ARABIC),
    ('\u{fe70}', '\u{fefc}', ARABIC),
    ('\u{ff66}', '\u{ff9f}', Language::JAPANESE),
    ('\u{20000}', '\u{323af}', Language::CHINESE),
];
const CYRILLIC: Language = Language { tag: "und-Cyrl", name: "a language in Cyrillic script" };
const ARABIC: Language = Language { tag: "und-Arab", name: "a language in Arabic script" };
const KOREAN: Language = Language { tag: "ko", name: "Korean" };

/// One Chinese, Japanese or Korean letter says about as much as so many Latin ones.
const WEIGHT_OF_A_SYLLABLE: usize = 3;

/// How many letters of which script.
#[derive(Default)]
struct Letters {
    latin: usize,
    others: Vec<(Language, usize)>,
}

impl Letters {
    fn of(text: &str) -> Self {
        let mut letters = Self::default();
        for letter in text.chars().filter(|letter| letter.is_alphabetic()) {
            if matches!(letter, '\0'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' | '\u{ff21}'..='\u{ff5a}') {
                letters.latin += 1;
                continue;
            }
            let range = SCRIPTS.iter().find(|(first, last, _)| (*first..=*last).contains(&letter));
            let language = range.map_or(Language::UNKNOWN, |(_, _, language)| *language);
            match letters.others.iter_mut().find(|(seen, _)| *seen == language) {
                Some((_, count)) => *count += 1,
                None => letters.others.push((language, 1)),
            }
        }
        letters
    }

    fn other(&self) -> usize {
        self.others.iter().map(|(_, count)| count).sum()
    }

    /// The other scripts' letters, in Latin letters.
    fn weight(&self) -> usize {
        let dense = [Language::CHINESE, Language::JAPANESE, KOREAN];
        self.others.iter().map(|(l, count)| if dense.contains(l) { count * WEIGHT_OF_A_SYLLABLE } else { *count }).sum()
    }

    /// The other script with the most letters; Chinese characters among kana are Japanese.
    fn most_common(&self) -> Option<Language> {
        let (language, _) = self.others.iter().max_by_key(|(_, count)| *count)?;
        let kana = self.others.iter().any(|(other, _)| *other == Language::JAPANESE);
        Some(if kana && *language == Language::CHINESE { Language::JAPANESE } else { *language })
    }
}

/// The prompt without what stands between quotation marks.
fn without_quotes(prompt: &str) -> String {
    let mut kept = String::new();
    let mut closing: Option<(char, usize)> = None;
    for letter in prompt.chars() {
        match closing {
            Some((mark, _)) if letter == mark => closing = None,
            Some(_) => {}
            None => match MARKS.iter().find(|(open, _)| *open == letter) {
                Some((_, close)) => closing = Some((*close, kept.len())),
                None => kept.push(letter),
            },
        }
    }
    // A mark without its partner opens nothing.
    if closing.is_some() { prompt.to_owned() } else { kept }
}

const MARKS: [(char, char); 6] = [('"', '"'), ('“', '”'), ('«', '»'), ('「', '」'), ('『', '』'), ('《', '》')];

/// Distinct words that tell a language, for those that are written in Latin letters.
struct Words {
    english: usize,
    announces_writing: bool,
    /// By [`TELLING`]'s order.
    others: [usize; TELLING.len()],
    vietnamese: usize,
}

impl Words {
    fn of(prompt: &str) -> Self {
        let mut seen: Vec<String> = Vec::new();
        let mut words = Self { english: 0, announces_writing: false, others: [0; TELLING.len()], vietnamese: 0 };
        let all =
            prompt.split(|c: char| !c.is_alphabetic() && !matches!(c, '\'' | '’')).filter(|word| !word.is_empty());
        for (at, word) in all.enumerate() {
            let lower = word.to_lowercase();
            // A capital in the middle makes a name: "El Dorado", "Die Hard". Long prompts tell early.
            let is_name = at > 0 && word.starts_with(char::is_uppercase);
            if is_name || seen.contains(&lower) || seen.len() == MOST_WORDS {
                continue;
            }
            words.english += usize::from(ENGLISH_WORDS.contains(&lower.as_str()));
            words.announces_writing |= WRITING.contains(&lower.as_str());
            for (count, (_, telling)) in words.others.iter_mut().zip(TELLING) {
                *count += usize::from(telling.split(' ').any(|word| word == lower));
            }
            let stacked = |c: char| matches!(c, '\u{1ea0}'..='\u{1ef9}' | 'ơ' | 'ư' | 'đ');
            words.vietnamese += usize::from(lower.contains(stacked));
            seen.push(lower);
        }
        words
    }

    /// One foreign word may be a name or a loan ("café del mar"); two, and more than English ones, make a sentence.
    fn foreign(&self) -> Option<Language> {
        let (at, count) = self.others.iter().enumerate().max_by_key(|(at, count)| (**count, usize::MAX - at))?;
        let (language, count) = if self.vietnamese > *count {
            (Language::VIETNAMESE, self.vietnamese)
        } else {
            (TELLING.get(at)?.0, *count)
        };
        (count >= 2 && count > self.english).then_some(language)
    }
}

/// Distinct words looked at.
const MOST_WORDS: usize = 400;

/// Words that announce text to be written in the picture.
const WRITING: [&str; 21] = [
    "text",
    "word",
    "words",
    "letter",
    "letters",
    "character",
    "characters",
    "saying",
    "says",
    "reads",
    "reading",
    "written",
    "writing",
    "spelling",
    "sign",
    "signs",
    "caption",
    "title",
    "titled",
    "calligraphy",
    "inscription",
];

/// English words that other languages lack, and that prompts are full of.
const ENGLISH_WORDS: [&str; 62] = [
    "a",
    "an",
    "the",
    "of",
    "and",
    "with",
    "on",
    "at",
    "to",
    "from",
    "by",
    "for",
    "is",
    "are",
    "its",
    "his",
    "her",
    "their",
    "that",
    "which",
    "this",
    "these",
    "into",
    "over",
    "under",
    "behind",
    "between",
    "near",
    "next",
    "through",
    "wearing",
    "holding",
    "sitting",
    "standing",
    "made",
    "front",
    "left",
    "right",
    "photo",
    "picture",
    "painting",
    "style",
    "background",
    "text",
    "poster",
    "black",
    "white",
    "red",
    "blue",
    "green",
    "yellow",
    "cat",
    "dog",
    "man",
    "woman",
    "people",
    "lighting",
    "detailed",
    "two",
    "three",
    "four",
    "one",
];

/// Function words, and a few that prompts are full of, by language; none that English prompts borrow.
const TELLING: [(Language, &str); 14] = [
    (
        Language { tag: "es", name: "Spanish" },
        "un una unos unas el la los las del al y con sobre sin para por como muy en su sus junto rojo roja azul verde \
         negro blanco gato perro mujer hombre papel niña niño estilo",
    ),
    (
        Language { tag: "fr", name: "French" },
        "un une le la les des du et avec dans sur est sous très au aux sans qui en deux chat chien rouge bleu vert \
         femme homme papier découpé fille",
    ),
    (
        Language { tag: "de", name: "German" },
        "der die das ein eine einer einem einen eines und mit auf im dem den vom unter neben aus über zwei ist \
         rot rote roter roten blau blaue grün schwarz weiß katze hund frau drache",
    ),
    (
        Language { tag: "it", name: "Italian" },
        "un una uno il lo la gli della delle dei del nel nella che con su per sopra sotto due rosso rossa blu gatto \
         cane donna uomo carta accanto",
    ),
    (
        Language { tag: "pt", name: "Portuguese" },
        "um uma uns umas os na no nas nos dos das do em com sob sobre para ao à e vermelho vermelha azul preto \
         branco gato cachorro mulher homem papel",
    ),
    (
        Language { tag: "nl", name: "Dutch" },
        "een het de met op naast onder voor uit twee rode rood blauw blauwe zwart witte kat hond vrouw en",
    ),
    (Language { tag: "sv", name: "Swedish" }, "och på med ett av som är en röd blå svart vit två katt hund i under"),
    (Language { tag: "da", name: "Danish" }, "og på med et af som er en rød blå sort hvid to kat hund i under ved"),
    (
        Language { tag: "pl", name: "Polish" },
        "jest na się z w i ze pod nad obok dwa czerwony czerwona niebieski czarny biały kot pies kobieta",
    ),
    (
        Language { tag: "cs", name: "Czech" },
        "na je se s v ve pod nad vedle dva dvě červený červená modrý černý bílý kočka pes žena",
    ),
    (
        Language { tag: "ro", name: "Romanian" },
        "un o cu pe și din în sub lângă de roșu albastru negru alb pisică câine",
    ),
    (Language { tag: "fi", name: "Finnish" }, "ja on päällä kanssa punainen sininen musta valkoinen kissa koira kaksi"),
    (
        Language { tag: "tr", name: "Turkish" },
        "bir ve ile üzerinde altında iki kırmızı mavi siyah beyaz kedi köpek için",
    ),
    (
        Language { tag: "id", name: "Indonesian" },
        "yang di dan dengan dari sebuah seekor atas dalam merah biru hitam putih kucing anjing untuk",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_tell_the_language() {
        for (prompt, tag) in [
            ("红色的中国剪纸，一条龙", "zh"),
            ("敦煌壁画風格的飛天", "zh"),
            ("水墨画 8k", "zh"),
            ("木のベンチに座る赤い猫", "ja"),
            ("나무 벤치에 앉은 빨간 고양이", "ko"),
            ("красный кот на скамейке", "und-Cyrl"),
            ("قطة حمراء على مقعد", "und-Arab"),
            ("חתול אדום", "he"),
            ("κόκκινη γάτα", "el"),
            ("红色的中国剪纸，一条龙，paper-cut style", "zh"),
        ] {
            assert_eq!(Language::of(prompt).tag, tag, "{prompt}");
        }
    }

    #[test]
    fn sentences_in_latin_letters_are_told_when_they_are_sure() {
        for (prompt, tag) in [
            ("un gato rojo sobre una mesa de madera", "es"),
            ("un chat rouge assis dans le jardin", "fr"),
            ("Eine rote Katze auf der Bank", "de"),
            ("un gatto rosso accanto alla finestra", "it"),
            ("um gato preto em cima da mesa", "pt"),
            ("een rode kat op het bankje", "nl"),
            ("một con rồng đỏ bằng giấy cắt", "vi"),
        ] {
            assert_eq!(Language::of(prompt).tag, tag, "{prompt}");
        }
    }

    #[test]
    fn english_stays_english_whatever_it_borrows_or_shows() {
        for prompt in [
            "a poster with the text 福",
            "a poster with the words 恭喜发财新年快乐万事如意恭喜发财",
            "shop front, \"欢迎光临欢迎光临\"",
            "a café in La Paz",
            "a corgi’s head",
            "several jet planes flying in unison in a v formation",
            "Die Hard poster",
            "Los Angeles, El Dorado, La La Land",
            "Vincent van Gogh, de Kooning",
            "pad thai con queso",
            "film noir, rouge lipstick",
            "cat",
            "crème brûlée",
            "naïve art",
            "42 !",
            "",
            "an open quote \" 福",
        ] {
            assert_eq!(Language::of(prompt), Language::ENGLISH, "{prompt}");
        }
    }

    #[test]
    fn only_quoted_writing_is_judged_by_itself() {
        assert_eq!(Language::of("\"红色的中国剪纸\"").tag, "zh");
        assert_eq!(letters_of_other_scripts("a poster with the text 福"), 1);
    }
}
