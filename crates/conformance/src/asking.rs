//! Asks a role's questions one after another: good ones, whose answers are looked at, and bad ones, which are to be refused.

use tonic::{Code, Status};

use crate::{
    backend::{Backend, PATIENCE, told},
    question::{Answer, Question},
    roles,
    rule::{Findings, Rule},
};

const STANDS: Rule = Rule::required(
    "after-bad-input",
    "good questions are answered after bad ones",
    "let bad input end its own call and nothing else",
);

pub const RULES: [Rule; 1] = [STANDS];

/// A question, and what is expected of its answer.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What it is about, in words.
    pub about: String,
    pub question: Question,
    /// The picture's sides, upright; none where there is no picture.
    pub sides: (u32, u32),
    pub expects: Expects,
}

/// What is to come, by the rule that says so.
#[derive(Clone, Copy, Debug)]
pub enum Expects {
    /// An answer, which keeps the role's rules.
    Answer(&'static Rule),
    /// INVALID_ARGUMENT.
    Refusal(&'static Rule),
    /// Either of the two.
    AnswerOrRefusal(&'static Rule),
    /// NOT_FOUND.
    Missing(&'static Rule),
}

/// A question with the answer that it got.
pub struct Heard<'a> {
    pub asked: &'a Asked,
    pub answer: Answer,
}

/// Asks all `questions`, the good ones first; gives the good ones' answers, or `None` when there is no use in going on.
pub async fn look<'a>(backend: &Backend, questions: &'a [Asked], found: &mut Findings) -> Option<Vec<Heard<'a>>> {
    let mut heard = Vec::new();
    let (good, bad): (Vec<&Asked>, Vec<&Asked>) =
        questions.iter().partition(|asked| matches!(asked.expects, Expects::Answer(_)));
    for asked in good {
        found.about(&asked.about);
        let answer = backend.ask(&asked.question, PATIENCE).await;
        if judged(asked.expects, &answer, found)
            && let Ok(answer) = answer
        {
            roles::look(asked, &answer, found);
            heard.push(Heard { asked, answer });
        }
    }
    let first = heard.first()?.asked;
    for asked in bad {
        found.about(&asked.about);
        let answer = backend.ask(&asked.question, PATIENCE).await;
        if judged(asked.expects, &answer, found) {
            match &answer {
                Ok(answer) => roles::look(asked, answer, found),
                Err(status) => roles::look_at_refusal(asked, status, found),
            }
        }
    }
    found.about("after bad input");
    let after = backend.ask(&first.question, PATIENCE).await;
    let why = after.as_ref().err().map(told);
    let stands = found.expect(&STANDS, why.is_none(), || {
        format!("expected an answer about the {}, got {}", first.about, why.unwrap_or_default())
    });
    stands.then_some(heard)
}

/// Whether what came is of the kind that was expected.
fn judged(expects: Expects, answer: &Result<Answer, Status>, found: &mut Findings) -> bool {
    let code = answer.as_ref().map_or_else(Status::code, |_| Code::Ok);
    let (rule, wanted, kept) = match expects {
        Expects::Answer(rule) => (rule, "an answer", code == Code::Ok),
        Expects::Refusal(rule) => (rule, "INVALID_ARGUMENT", code == Code::InvalidArgument),
        Expects::AnswerOrRefusal(rule) => {
            (rule, "an answer or INVALID_ARGUMENT", matches!(code, Code::Ok | Code::InvalidArgument))
        }
        Expects::Missing(rule) => (rule, "NOT_FOUND", code == Code::NotFound),
    };
    found.expect(rule, kept, || {
        format!("expected {wanted}, got {}", answer.as_ref().map_or_else(told, |_| "an answer".to_owned()))
    })
}
