//! The report for people.

use std::fmt::Write;

use domain::statistics::Interval;

use super::{
    Compared, Line, Report,
    ablations::{Ablated, Ablations},
};

/// Tables, one rating after the other.
pub fn report(report: &Report) -> String {
    let Report { pictures, without_score, without_rating, without_result, ratings } = report;
    let mut text = format!("scored pictures: {pictures}; rows without a score: {without_score}\n");
    for (images, what) in
        [(without_rating, "pictures without a row of ratings"), (without_result, "ratings without a result")]
    {
        if let Some(first) = images.first() {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{what}: {}, the first is {first}", images.len());
        }
    }
    for one in ratings {
        compared(&mut text, one);
    }
    text
}

fn compared(text: &mut String, Compared { rating, pictures, prompts, measures, ablations }: &Compared) {
    let _ = writeln!(text, "\n{rating}: {pictures} pictures of {prompts} prompts; 95 % intervals over prompts\n");
    let _ = writeln!(
        text,
        "{:34} {:>8}  {:24} {:24} {:24} better of two of one prompt has more",
        "", "pictures", "SRCC", "PLCC, logistic", "KRCC"
    );
    for Line { measure, pictures, pairs, agreement } in measures {
        let figures = [agreement.srcc, agreement.plcc, agreement.krcc].map(|figure| format!("{figure:24}"));
        let [srcc, plcc, krcc] = figures;
        let accuracy = shares(agreement.pairwise_accuracy, *pairs);
        let _ = writeln!(text, "{measure:34} {pictures:8}  {srcc} {plcc} {krcc} {accuracy}");
    }
    let _ = writeln!(
        text,
        "Where less of a measure is better, its correlations are negative and the better has more less often than not."
    );
    ablated(text, ablations);
}

fn ablated(text: &mut String, Ablations { pictures, unlike, lines }: &Ablations) {
    if *unlike > 0 {
        let _ = writeln!(
            text,
            "\nThe scores of {unlike} pictures are not what their parts give; the table below leaves them out."
        );
    }
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\nThe score without one part, {pictures} pictures; a change below 0: the part helps\n");
    let _ = writeln!(
        text,
        "{:34} {:>8}  {:24} {:27} {:34} change",
        "without", "pictures", "SRCC", "change", "better of two of one prompt"
    );
    for Ablated { without, pictures, srcc, srcc_change, pairs, pairwise_accuracy, pairwise_accuracy_change } in lines {
        let (change, accuracy) = (signed(*srcc_change), shares(*pairwise_accuracy, *pairs));
        let accuracy_change = if *pairs == 0 { String::new() } else { signed(*pairwise_accuracy_change) };
        let line = format!("{without:34} {pictures:8}  {srcc:24} {change:27} {accuracy:34} {accuracy_change}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
}

fn shares(accuracy: Interval, pairs: usize) -> String {
    if pairs == 0 { "no pairs".to_owned() } else { format!("{accuracy} of {pairs}") }
}

/// "-0.031 [-0.060, +0.002]"
fn signed(Interval { value, low, high }: Interval) -> String {
    format!("{value:+.3} [{low:+.3}, {high:+.3}]")
}
