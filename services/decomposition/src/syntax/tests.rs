use super::*;

const WEIGHTS: &[u8] = include_bytes!("../../../../models/english-syntax.safetensors");

/// "word/tag/relation/head" for each word.
fn analysis(sentence: &str) -> Vec<String> {
    let texts: Vec<&str> = sentence.split(' ').collect();
    let words: Vec<Word> =
        texts.iter().enumerate().map(|(at, text)| Word { text, spaced: at + 1 < texts.len() }).collect();
    let nodes = Syntax::read(WEIGHTS).unwrap().analyse(&words);
    let show = |(text, node): (&&str, Node)| format!("{text}/{:?}/{:?}/{}", node.tag, node.relation, texts[node.head]);
    texts.iter().zip(nodes).map(show).collect()
}

#[test]
fn a_sentence_is_read_as_the_original_pipeline_reads_it() {
    // What spaCy 3.8 with en_core_web_sm 3.8.0 says of the same words.
    assert_eq!(
        analysis("two red cats sitting on a wooden bench"),
        [
            "two/Number/Count/cats",
            "red/Adjective/Modifier/cats",
            "cats/Plural/Root/cats",
            "sitting/Gerund/Clause/cats",
            "on/Preposition/Preposition/sitting",
            "a/Determiner/Determiner/bench",
            "wooden/Adjective/Modifier/bench",
            "bench/Noun/Governed/on",
        ]
    );
}

#[test]
fn words_that_no_one_knows_are_read_by_their_place() {
    let read = analysis("a blorptic snorfle riding a giant quibzat");
    assert_eq!(read[1..3], ["blorptic/Adjective/Modifier/snorfle", "snorfle/Noun/Root/snorfle"]);
    assert!(read[6].starts_with("quibzat/Noun/Object"));
}

#[test]
fn long_stretches_are_cut_and_heads_stay_inside() {
    let words = vec![Word { text: "cat", spaced: true }; 3 * MAX_WORDS + 1];
    let nodes = Syntax::read(WEIGHTS).unwrap().analyse(&words);
    assert_eq!(nodes.len(), words.len());
    assert!(nodes.iter().enumerate().all(|(at, node)| at / MAX_WORDS == node.head / MAX_WORDS));
}

#[test]
fn other_weights_are_refused() {
    assert!(matches!(Syntax::read(b"no weights"), Err(SyntaxError::Unreadable(_))));
    let other = include_bytes!("../../../../models/laion-aesthetics-vit-b-16.safetensors");
    assert!(matches!(Syntax::read(other), Err(SyntaxError::Unfit(_))));
}
