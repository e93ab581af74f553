//! How a backend behaves over several calls: asked again, at once, out of time, and left alone.

use std::time::Duration;

use futures::future::join_all;

use crate::{
    asking::Heard,
    backend::{Backend, PATIENCE, told},
    rule::{Findings, Rule},
};

const REPEATS: Rule = Rule::advised(
    "deterministic",
    "the same question gets the same answer, within 1e-5",
    "seed or switch off what is random; caches, rankings and comparisons of pictures suffer from it",
);
const AT_ONCE: Rule = Rule::required(
    "concurrent",
    "eight calls at once get the answers that they get one after another",
    "share nothing between calls that they change, or take them one at a time",
);
const OUT_OF_TIME: Rule = Rule::required(
    "deadline",
    "calls that run out of time do no harm to those after them",
    "give back what a call holds when its grpc-timeout is over",
);
const LEFT: Rule = Rule::required(
    "cancelled",
    "calls that their caller gives up do no harm to those after them",
    "give back what a call holds when its caller goes away",
);

pub const RULES: [Rule; 4] = [REPEATS, AT_ONCE, OUT_OF_TIME, LEFT];

/// Calls at once.
const MANY: usize = 8;
/// Different questions among them.
const DIFFERENT: usize = 3;
/// Too short for a model, long enough for the question to arrive.
const MOMENT: Duration = Duration::from_millis(20);

/// Asks again what was `heard`; ends at the first harm done, which would only be told again.
pub async fn look(backend: &Backend, heard: &[Heard<'_>], found: &mut Findings) {
    let Some(first) = heard.first() else { return };
    found.about(&format!("{}, asked again", first.asked.about));
    let why = match again(backend, first).await {
        Again::Same => None,
        Again::Different(why) | Again::Refused(why) => Some(format!("expected the same answer, got {why}")),
    };
    let repeats = found.expect(&REPEATS, why.is_none(), || why.unwrap_or_default());

    let calls = heard.iter().take(DIFFERENT).cycle().take(MANY);
    let answers = join_all(calls.map(|heard| async move { (heard, again(backend, heard).await) })).await;
    let mut well = true;
    for (heard, again) in answers {
        found.about(&format!("{}, asked with others at once", heard.asked.about));
        well &= unharmed(&AT_ONCE, again, repeats, found);
    }
    if !well {
        return;
    }
    // Whether they were answered in time does not matter here.
    join_all((0..MANY).map(|_| backend.ask(&first.asked.question, MOMENT))).await;
    found.about(&format!("{}, after {MANY} calls with {} ms each", first.asked.about, MOMENT.as_millis()));
    if !unharmed(&OUT_OF_TIME, again(backend, first).await, repeats, found) {
        return;
    }
    let left = (0..MANY).map(|_| tokio::time::timeout(MOMENT, backend.ask(&first.asked.question, PATIENCE)));
    join_all(left).await;
    found.about(&format!("{}, after {MANY} calls that were given up", first.asked.about));
    unharmed(&LEFT, again(backend, first).await, repeats, found);
}

/// What came to a question that was asked before.
enum Again {
    Same,
    Different(String),
    Refused(String),
}

async fn again(backend: &Backend, heard: &Heard<'_>) -> Again {
    match backend.ask(&heard.asked.question, PATIENCE).await {
        Err(status) => Again::Refused(told(&status)),
        Ok(answer) => heard.answer.difference(&answer).map_or(Again::Same, Again::Different),
    }
}

/// Whether the answer is still there, and the same where the backend repeats itself at all.
fn unharmed(rule: &Rule, again: Again, repeats: bool, found: &mut Findings) -> bool {
    let why = match again {
        Again::Refused(why) => Some(why),
        Again::Different(why) if repeats => Some(why),
        Again::Same | Again::Different(_) => None,
    };
    found.expect(rule, why.is_none(), || format!("expected the same answer as before, got {}", why.unwrap_or_default()))
}
