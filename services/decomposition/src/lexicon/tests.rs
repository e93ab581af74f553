use domain::decomposition::DescriptorKind;
use proptest::prelude::*;

use super::*;

const WEIGHTS: &[u8] = include_bytes!("../../../../models/english-syntax.safetensors");

fn lexicon_with(limits: Limits) -> Lexicon {
    let files = [
        include_str!("../../../../config/lexicon/attributes.toml"),
        include_str!("../../../../config/lexicon/colors.toml"),
        include_str!("../../../../config/lexicon/grammar.toml"),
        include_str!("../../../../config/lexicon/inferences.toml"),
        include_str!("../../../../config/lexicon/materials.toml"),
        include_str!("../../../../config/lexicon/nouns.toml"),
        include_str!("../../../../config/lexicon/numbers.toml"),
        include_str!("../../../../config/lexicon/relations.toml"),
    ];
    Lexicon::parse(&files.map(|text| ("shipped", text)), WEIGHTS, limits).unwrap()
}

fn lexicon() -> &'static Lexicon {
    static LEXICON: std::sync::LazyLock<Lexicon> = std::sync::LazyLock::new(|| lexicon_with(Limits::default()));
    &LEXICON
}

/// "object: two cats (2)" and so on, in order.
fn descriptors(prompt: &str) -> Vec<String> {
    let (found, _) = lexicon().answer(prompt);
    let show = |d: domain::decomposition::Descriptor| {
        let kind = match d.kind {
            DescriptorKind::Object => "object",
            DescriptorKind::Color => "color",
            DescriptorKind::Material => "material",
            DescriptorKind::Part => "part",
            DescriptorKind::Relation => "relation",
            DescriptorKind::State => "state",
        };
        let count = d.count.map(|count| format!(" ({count})")).unwrap_or_default();
        format!("{kind}: {}{count}", d.text)
    };
    found.descriptors.into_iter().map(show).collect()
}

/// "Style: anime" when said, "Style? anime" when inferred.
fn attributes(prompt: &str) -> Vec<String> {
    let (found, _) = lexicon().answer(prompt);
    let show = |a: domain::decomposition::Attribute| {
        let mark = if a.source == AttributeSource::Inferred { '?' } else { ':' };
        format!("{:?}{mark} {}", a.kind, a.text)
    };
    found.attributes.into_iter().map(show).collect()
}

#[test]
fn a_sentence_gives_objects_colors_materials_and_relations() {
    assert_eq!(
        descriptors("two red cats sitting on a wooden bench"),
        [
            "object: two cats (2)",
            "color: red cats",
            "object: bench",
            "material: wooden bench",
            "state: sitting cats",
            "relation: cats on bench"
        ]
    );
}

#[test]
fn what_belongs_to_a_thing_is_its_part() {
    assert_eq!(descriptors("a dog with a long tail"), ["object: dog", "part: dog's tail", "state: long tail"]);
    assert_eq!(
        descriptors("A man wearing a green shirt and a tie"),
        ["object: man", "part: man's shirt", "color: green shirt", "part: man's tie"]
    );
    assert_eq!(descriptors("the cat's blue eyes"), ["object: cat", "part: cat's eyes", "color: blue eyes"]);
}

#[test]
fn compound_colors_and_shared_colors_are_kept_apart() {
    assert_eq!(descriptors("a light blue car"), ["object: car", "color: light blue car"]);
    assert_eq!(descriptors("red and blue stripes"), ["object: stripes", "color: red stripes", "color: blue stripes"]);
    assert_eq!(descriptors("an orange and a blue-eyed dog"), ["object: orange", "object: dog", "state: blue-eyed dog"]);
    assert_eq!(descriptors("The car is red."), ["object: car", "color: red car"]);
}

#[test]
fn numbers_are_counted_however_they_are_written() {
    for (prompt, text, count) in [
        ("3 dogs", "3 dogs", Some(3)),
        ("a pair of shoes", "a pair of shoes", Some(2)),
        ("a pair of scissors", "scissors", None),
        ("a set of nine labels", "nine labels", Some(9)),
        ("pot holders, set of three", "pot holders", None),
        ("several birds", "several birds", None),
        ("a dog", "dog", None),
        ("2021 calendar", "calendar", None),
    ] {
        let (found, _) = lexicon().answer(prompt);
        assert_eq!((found.descriptors[0].text.as_str(), found.descriptors[0].count), (text, count), "{prompt}");
    }
}

#[test]
fn relations_of_several_words_are_one_relation() {
    assert_eq!(
        descriptors("a photo of a dog to the right of a teddy bear"),
        ["object: dog", "object: teddy bear", "relation: dog to the right of teddy bear"]
    );
    assert!(descriptors("a man riding a horse").contains(&"relation: man riding horse".to_owned()));
    assert!(descriptors("A dog and a cat on a bench").contains(&"relation: dog on bench".to_owned()));
}

#[test]
fn text_to_be_written_is_an_object() {
    assert_eq!(descriptors("a sign that says \"Hello World\"")[1], "object: the text \"Hello World\"");
    assert_eq!(descriptors("the word 'START' in chalk")[0], "object: the word \"START\"");
    assert_eq!(descriptors("text that says “Hi”"), ["object: the text \"Hi\""]);
}

#[test]
fn who_wears_something_does_what_is_said() {
    let relations = |prompt: &str| -> Vec<String> {
        descriptors(prompt).into_iter().filter(|found| found.starts_with("relation")).collect()
    };
    assert_eq!(relations("A cat with a crown lounging on a velvet throne"), ["relation: cat on throne"]);
    assert_eq!(relations("a room with a cat sleeping on a bed"), ["relation: room with cat", "relation: cat on bed"]);
}

#[test]
fn praise_and_generator_syntax_are_no_objects() {
    assert_eq!(
        descriptors("(masterpiece:1.2), best quality, 8k, highly detailed, a fox, trending on artstation --ar 16:9"),
        ["object: fox"]
    );
}

#[test]
fn words_that_no_list_holds_are_told_by_their_grammar() {
    assert_eq!(
        descriptors("a blorptic snorfle riding a giant quibzat"),
        [
            "object: snorfle",
            "state: blorptic snorfle",
            "object: quibzat",
            "state: giant quibzat",
            "relation: snorfle riding quibzat"
        ]
    );
}

#[test]
fn what_a_thing_is_like_or_does_is_its_state() {
    assert_eq!(descriptors("open door"), ["object: door", "state: open door"]);
    assert_eq!(descriptors("a sleeping dog"), ["object: dog", "state: sleeping dog"]);
    assert_eq!(
        descriptors("the large wooden door is open"),
        ["object: door", "state: large door", "material: wooden door", "state: open door"]
    );
}

#[test]
fn whoever_looks_at_the_picture_is_not_in_it() {
    assert_eq!(
        descriptors("In this image we can see fruits on the surface."),
        ["object: fruits", "object: surface", "relation: fruits on surface"]
    );
}

#[test]
fn what_is_said_to_be_absent_is_not_looked_for() {
    assert_eq!(descriptors("a room without people"), ["object: room"]);
    assert_eq!(descriptors("a street with no cars"), ["object: street"]);
}

#[test]
fn the_same_thing_is_named_once() {
    assert_eq!(descriptors("A big dog. The dog is brown."), ["object: dog", "state: big dog", "color: brown dog"]);
}

#[test]
fn a_material_may_follow_its_thing() {
    assert_eq!(
        descriptors("a castle made of chocolate"),
        ["object: castle", "object: chocolate", "material: castle made of chocolate"]
    );
    assert_eq!(descriptors("a cube made of denim"), ["object: cube", "material: cube made of denim"]);
}

#[test]
fn attributes_come_from_the_lists_and_say_when_they_are_inferred() {
    assert_eq!(
        attributes("oil painting of a sad knight in a snowy forest, foggy morning"),
        ["Medium: oil painting", "Setting: snowy", "Setting: foggy morning", "Era? medieval"]
    );
    assert_eq!(attributes("wuxia hero, 35mm"), ["Style: wuxia", "Setting? ancient China", "Medium? photograph"]);
    assert_eq!(attributes("a cat by Greg Land, comic book style"), ["Style: by greg land", "Style: comic book style"]);
}

#[test]
fn a_said_medium_outweighs_a_hint() {
    assert_eq!(attributes("watercolor, bokeh"), ["Medium: watercolor", "Style: bokeh"]);
}

#[test]
fn an_empty_prompt_gives_an_empty_answer() {
    assert_eq!(lexicon().answer(""), (Decomposition::default(), None));
    assert_eq!(lexicon().answer(" ,. -- ()"), (Decomposition::default(), None));
}

#[test]
fn a_prompt_in_another_language_gives_no_nonsense_and_says_why() {
    for prompt in [
        "一只红色的猫坐在木凳上",
        "красный кот на скамейке",
        "un gato rojo sobre una mesa de madera",
        "eine rote Katze auf der Bank",
    ] {
        let (found, degraded) = lexicon().answer(prompt);
        assert_eq!(found, Decomposition::default(), "{prompt}");
        assert!(degraded.unwrap().starts_with("language: "), "{prompt}");
    }
    assert_eq!(lexicon().answer("a café in La Paz").1, None);
}

#[test]
fn long_prompts_are_bounded_and_their_beginning_wins() {
    let limits = Limits { max_descriptors: 3, max_attributes: 2, max_prompt_chars: 8_000 };
    let prompt = (0..5_000).map(|n| format!("thing{n}, ")).collect::<String>() + "anime, noir, gothic";
    let (found, _) = lexicon_with(limits).answer(&prompt);
    let texts: Vec<_> = found.descriptors.iter().map(|descriptor| descriptor.text.as_str()).collect();
    assert_eq!(texts, ["thing0", "thing1", "thing2"]);
}

#[test]
fn a_word_in_two_lists_and_an_unknown_list_are_refused() {
    let refused = |text| {
        let files = [("a.toml", "colors = ['red']"), ("b.toml", text)];
        Lexicon::parse(&files, WEIGHTS, Limits::default()).unwrap_err().to_string()
    };
    assert_eq!(
        refused("\nmaterials = ['tin', 'red']"),
        "'red' has two meanings, keep one: colors in a.toml line 1; materials in b.toml line 2"
    );
    assert!(refused("\ncolour = ['red']").starts_with("b.toml line 2: unknown field `colour`"));
}

#[test]
fn changed_lists_change_the_cache_key() {
    let key = |text| Lexicon::parse(&[("a.toml", text)], WEIGHTS, Limits::default()).unwrap().cache_key();
    assert_ne!(key("colors = ['red']"), key("colors = ['blue']"));
}

#[test]
fn time_grows_no_faster_than_the_prompt() {
    // Repeats what each rule looks ahead for; a quadratic rule would take minutes.
    let limits = Limits { max_prompt_chars: 1_000_000, ..Limits::default() };
    let lexicon = lexicon_with(limits);
    for piece in
        ["\"", "'", "a ", "<", "red and ", "set of ", "by A ", "light ", "x-", "dog's ", "(", "in the style of a "]
    {
        let started = std::time::Instant::now();
        lexicon.answer(&piece.repeat(5_000));
        assert!(started.elapsed().as_secs() < 60, "{piece:?}");
    }
}

proptest! {
    #[test]
    fn no_prompt_makes_it_panic(prompt in "\\PC{0,300}") {
        lexicon().answer(&prompt);
    }

    #[test]
    fn no_mix_of_words_and_marks_makes_it_panic(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "a", "red", "two", "cat", "cats", "with", "of", "and", ",", ".", "'s", "\"", "'", "(", "wearing", "hat", "it",
                "background", "photo", "in the style of", "by", "Bob", "set of", "orange", "glass", "no", "text", "-", "--", "is", "猫",
            ]),
            0..40,
        ),
        glue in "[ \\-']{1}",
    ) {
        let (found, _) = lexicon().answer(&words.join(&glue));
        for descriptor in &found.descriptors {
            prop_assert!(!descriptor.text.trim().is_empty());
            prop_assert!(descriptor.count.is_none_or(|count| (1..=100).contains(&count)));
        }
    }
}
