//! What every role is asked that looks at pictures.

use bytes::Bytes;
use proto::common::Picture;

use super::ANSWERED;
use crate::{
    asking::{Asked, Expects},
    pictures::{Pictures, Shown},
    question::Question,
    rule::Rule,
};

pub const LARGE: Rule = Rule::advised(
    "large-message",
    "a picture of more than 4 MiB is taken",
    "raise the server's limit of message sizes, which is 4 MiB in most gRPC libraries; the gateway lets pictures of 32 MiB through",
);
pub const DOT: Rule = Rule::required(
    "tiny-picture",
    "a picture of one pixel is answered or refused as bad input",
    "refuse with INVALID_ARGUMENT what is too small to be judged",
);
pub const EMPTY: Rule = Rule::required(
    "refuses-empty",
    "a picture without bytes is refused as bad input",
    "refuse it with INVALID_ARGUMENT before it is decoded",
);
pub const BY_URL: Rule = Rule::required(
    "refuses-url",
    "a picture that is only named by a URL is refused as bad input",
    "refuse it with INVALID_ARGUMENT: only gateways fetch pictures, past a guard of addresses",
);
pub const NO_PICTURE: Rule = Rule::required(
    "refuses-text",
    "bytes that are no picture are refused as bad input",
    "answer with INVALID_ARGUMENT where decoding fails; other codes count as faults of the backend, and the gateway leaves it alone after a few",
);
pub const TRUNCATED: Rule = Rule::required(
    "refuses-truncated",
    "a picture that ends early is refused as bad input",
    "answer with INVALID_ARGUMENT where decoding ends early, and switch off a decoder's leniency",
);

/// Questions about all pictures, good and bad.
pub fn asked_about(pictures: &Pictures, question: impl Fn(Picture) -> Question) -> Vec<Asked> {
    let asked = |about: &str, picture: Picture, expects: Expects| super::asked(about, question(picture), expects);
    let shown = |shown: &Shown, expects: Expects| Asked {
        sides: (shown.width, shown.height),
        ..asked(shown.what, of(shown), expects)
    };
    let bytes = |data: Bytes| Picture { data, url: String::new() };
    let mut all: Vec<Asked> = pictures.good.iter().map(|one| shown(one, Expects::Answer(&ANSWERED))).collect();
    all.push(shown(&pictures.large, Expects::Answer(&LARGE)));
    all.push(shown(&pictures.dot, Expects::AnswerOrRefusal(&DOT)));
    all.push(asked("no bytes", Picture::default(), Expects::Refusal(&EMPTY)));
    let url = Picture { url: "http://192.0.2.1/cat.png".to_owned(), ..Picture::default() };
    all.push(asked("a URL", url, Expects::Refusal(&BY_URL)));
    let text = Bytes::from_static(b"this is a sentence and no picture");
    all.push(asked("a text", bytes(text), Expects::Refusal(&NO_PICTURE)));
    for whole in pictures.good.iter().take(2) {
        let half = whole.bytes.slice(..whole.bytes.len() / 2);
        all.push(asked(&format!("half of the {}", whole.what), bytes(half), Expects::Refusal(&TRUNCATED)));
    }
    all
}

/// The message that shows it.
pub fn of(shown: &Shown) -> Picture {
    Picture { data: shown.bytes.clone(), url: String::new() }
}
