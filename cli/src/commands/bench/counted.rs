//! What became of the calls of a load.

use proto::quality::ScoreResponse;
use serde::Serialize;
use tonic::{Code, Response, Status};

use super::quantile;

const MINUTE: f64 = 60.0;

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With a score.
    Answered,
    /// With a score that misses a part.
    Degraded,
    /// Refused because there was too much to do, or because a part of the service was away.
    Refused,
    /// Refused because the request was wrong, as it was meant to be.
    Expected,
    /// The caller hung up.
    Cancelled,
    /// In no way that is right.
    Failed,
}

const ANSWERED: [End; 2] = [End::Answered, End::Degraded];

/// The calls so far.
#[derive(Default)]
pub struct Counted {
    calls: Vec<Call>,
    first_failure: Option<String>,
}

struct Call {
    /// Seconds from the start to its sending; less than zero while it was warming up.
    sent: f64,
    /// Milliseconds.
    took: f64,
    end: End,
}

/// What was measured, of what was sent between start and end. Times are from sending a request to its answer, milliseconds.
#[derive(Debug, Default, Serialize)]
pub struct Measured {
    answered: usize,
    /// Of the answered: scores that miss a part.
    degraded: usize,
    /// Refused because there was too much to do.
    refused: usize,
    /// Not answered for another reason.
    failed: usize,
    /// Wrong requests that were refused as such.
    expected: usize,
    /// Calls whose caller hung up.
    cancelled: usize,
    seconds: f64,
    /// Answers a second that came between start and end.
    per_second: f64,
    p50_ms: f64,
    p90_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    /// How long a refusal took.
    refused_p50_ms: f64,
    refused_p99_ms: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_failure: Option<String>,
    /// Of a load that lasts longer than one; the last may be shorter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    minutes: Vec<Minute>,
}

/// What was sent in one minute.
#[derive(Debug, Serialize)]
struct Minute {
    answered: usize,
    refused: usize,
    p50_ms: f64,
    p99_ms: f64,
}

/// How a call ended, by its answer (`None` when the caller hung up) and how it was to be refused; with why, if it failed.
fn end(answer: Option<Result<Response<ScoreResponse>, Status>>, refusal: Option<Code>) -> (End, Option<String>) {
    let failed = |why: String| (End::Failed, Some(why));
    match (answer, refusal) {
        (None, _) => (End::Cancelled, None),
        (Some(Ok(answer)), None) if answer.get_ref().degraded.is_empty() => (End::Answered, None),
        (Some(Ok(_)), None) => (End::Degraded, None),
        (Some(Ok(_)), Some(code)) => failed(format!("a wrong request was answered instead of {code:?}")),
        (Some(Err(status)), refusal) => {
            // A status with a source was made on this side, of a connection that broke.
            let told = std::error::Error::source(&status).is_none();
            match status.code() {
                code if told && refusal == Some(code) => (End::Expected, None),
                Code::ResourceExhausted | Code::Unavailable if told => (End::Refused, None),
                code => failed(format!("{code:?}: {}", status.message())),
            }
        }
    }
}

impl Counted {
    /// Counts a call that was sent so many seconds after the start and took so many milliseconds.
    pub fn add(
        &mut self,
        sent: f64,
        took: f64,
        answer: Option<Result<Response<ScoreResponse>, Status>>,
        refusal: Option<Code>,
    ) {
        let (end, why) = end(answer, refusal);
        self.calls.push(Call { sent, took, end });
        self.first_failure = self.first_failure.take().or(why.filter(|_| sent >= 0.0));
    }

    /// What they are together, over so many seconds.
    pub fn measured(&self, seconds: f64) -> Measured {
        let within = |at: f64| (0.0..seconds).contains(&at);
        let all: Vec<&Call> = self.calls.iter().filter(|call| within(call.sent)).collect();
        // Under more load than can be answered, those that still wait at the end would make a short run look better than it is.
        let came = |call: &&Call| ANSWERED.contains(&call.end) && within(call.sent + call.took / 1e3);
        let (answered, refused) = (times(&all, &ANSWERED), times(&all, &[End::Refused]));
        let count = |end: End| all.iter().filter(|call| call.end == end).count();
        Measured {
            answered: answered.len(),
            degraded: count(End::Degraded),
            refused: refused.len(),
            failed: count(End::Failed),
            expected: count(End::Expected),
            cancelled: count(End::Cancelled),
            seconds,
            per_second: self.calls.iter().filter(came).count() as f64 / seconds,
            p50_ms: quantile(&answered, 0.5),
            p90_ms: quantile(&answered, 0.9),
            p99_ms: quantile(&answered, 0.99),
            max_ms: quantile(&answered, 1.0),
            refused_p50_ms: quantile(&refused, 0.5),
            refused_p99_ms: quantile(&refused, 0.99),
            first_failure: self.first_failure.clone(),
            minutes: if seconds > MINUTE { minutes(&all, seconds) } else { Vec::new() },
        }
    }
}

fn minutes(calls: &[&Call], seconds: f64) -> Vec<Minute> {
    let minute = |number: usize| {
        let calls: Vec<&Call> = calls.iter().copied().filter(|call| (call.sent / MINUTE) as usize == number).collect();
        let answered = times(&calls, &ANSWERED);
        let refused = times(&calls, &[End::Refused]).len();
        let (p50_ms, p99_ms) = (quantile(&answered, 0.5), quantile(&answered, 0.99));
        Minute { answered: answered.len(), refused, p50_ms, p99_ms }
    };
    (0..(seconds / MINUTE).ceil() as usize).map(minute).collect()
}

/// How long the calls that ended so took, the shortest first.
fn times(calls: &[&Call], ends: &[End]) -> Vec<f64> {
    let mut times: Vec<f64> = calls.iter().filter(|call| ends.contains(&call.end)).map(|call| call.took).collect();
    times.sort_by(f64::total_cmp);
    times
}

impl Measured {
    /// For people.
    pub fn text(&self) -> String {
        let Self { answered, refused, failed, seconds, per_second, p50_ms, p90_ms, p99_ms, max_ms, .. } = self;
        let mut text = format!(
            "{answered} answered, {refused} refused, {failed} failed in {seconds} s: {per_second:.2} answers a second\n\
             answers: p50 {p50_ms:.2} ms, p90 {p90_ms:.2} ms, p99 {p99_ms:.2} ms, longest {max_ms:.2} ms\n"
        );
        if *refused > 0 {
            let Self { refused_p50_ms, refused_p99_ms, .. } = self;
            text += &format!("refusals: p50 {refused_p50_ms:.2} ms, p99 {refused_p99_ms:.2} ms\n");
        }
        let Self { degraded, expected, cancelled, .. } = self;
        if *degraded > 0 {
            text += &format!("{degraded} of the answers miss a part\n");
        }
        if expected + cancelled > 0 {
            text += &format!("besides: {expected} wrong ones refused as such, {cancelled} given up by their callers\n");
        }
        for (number, Minute { answered, refused, p50_ms, p99_ms }) in self.minutes.iter().enumerate() {
            let number = number + 1;
            text += &format!(
                "minute {number}: {answered} answered, {refused} refused, p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms\n"
            );
        }
        if let Some(failure) = &self.first_failure {
            text += &format!("first failure: {failure}\n");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered() -> Option<Result<Response<ScoreResponse>, Status>> {
        Some(Ok(Response::new(ScoreResponse::default())))
    }

    #[test]
    fn each_call_is_counted_by_how_it_ended_and_how_it_should_have() {
        let told = |code: Code| Some(Err(Status::new(code, "so it is")));
        let broken = Some(Err(Status::from_error(Box::new(std::io::Error::other("the connection broke")))));
        let mut away = Status::unavailable("nobody listens");
        away.set_source(std::sync::Arc::new(std::io::Error::other("refused")));
        let invalid = Some(Code::InvalidArgument);
        let ends = [
            (answered(), None, End::Answered),
            (None, None, End::Cancelled),
            (told(Code::ResourceExhausted), None, End::Refused),
            (told(Code::Unavailable), invalid, End::Refused),
            (told(Code::InvalidArgument), invalid, End::Expected),
            (told(Code::InvalidArgument), None, End::Failed),
            (answered(), invalid, End::Failed),
            (told(Code::Internal), None, End::Failed),
            (broken, None, End::Failed),
            (Some(Err(away)), None, End::Failed),
        ];
        for (answer, refusal, expected) in ends {
            let told = format!("{answer:?}, {refusal:?}");
            assert_eq!(end(answer, refusal).0, expected, "{told}");
        }
    }

    #[test]
    fn answers_a_second_are_those_that_came_while_it_was_measured() {
        let mut counted = Counted::default();
        // Sent before the start, within, within but answered after the end.
        for (sent, took) in [(-2.0, 3_000.0), (1.0, 10.0), (9.0, 5_000.0)] {
            counted.add(sent, took, answered(), None);
        }
        let measured = counted.measured(10.0);
        assert_eq!((measured.answered, measured.per_second), (2, 0.2));
        assert_eq!(measured.max_ms, 5_000.0);
    }

    #[test]
    fn a_load_of_more_than_a_minute_is_told_minute_by_minute() {
        let mut counted = Counted::default();
        for (sent, took) in [(0.0, 1.0), (59.0, 3.0), (61.0, 5.0)] {
            counted.add(sent, took, answered(), None);
        }
        assert!(counted.measured(60.0).minutes.is_empty());
        let minutes = counted.measured(90.0).minutes;
        assert_eq!(
            minutes.iter().map(|minute| (minute.answered, minute.p99_ms)).collect::<Vec<_>>(),
            [(2, 3.0), (1, 5.0)]
        );
    }
}
