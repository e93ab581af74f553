//! Progress on standard error: bars on a terminal, a line now and then elsewhere.

use std::{
    cell::Cell,
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use inference::store::Progress;

/// A bar a step of a pull or a check.
pub fn progress() -> Arc<dyn Progress> {
    Arc::new(Bars(Mutex::new(None)))
}

struct Bars(Mutex<Option<ProgressBar>>);

impl Bars {
    fn with(&self, act: impl FnOnce(&mut Option<ProgressBar>)) {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Progress for Bars {
    fn start(&self, step: &str, total: Option<u64>) {
        let bar = match total {
            Some(total) => ProgressBar::new(total).with_style(style("{msg:44} {bar:24} {bytes}/{total_bytes} {eta}")),
            None => ProgressBar::new_spinner().with_style(style("{msg:44} {spinner} {bytes} {bytes_per_sec}")),
        };
        bar.set_message(step.to_owned());
        self.with(|current| *current = Some(bar));
    }

    fn advance(&self, bytes: u64) {
        self.with(|current| current.iter().for_each(|bar| bar.inc(bytes)));
    }

    fn done(&self) {
        self.with(|current| {
            if let Some(bar) = current.take() {
                bar.finish_and_clear();
            }
        });
    }
}

/// Counts finished items: a bar on a terminal, elsewhere a line now and then.
pub struct Counter {
    bar: ProgressBar,
    what: &'static str,
    /// Finished before this run.
    before: u64,
    failed: Cell<usize>,
    started: Instant,
    /// When a line was last written, where there is no terminal.
    told: Cell<Instant>,
}

/// How often a line is written where there is no terminal.
const TELL_EVERY: Duration = Duration::from_secs(30);

impl Counter {
    /// A counter of `total` things, `done` of which are finished already.
    pub fn new(what: &'static str, total: usize, done: usize) -> Self {
        let before = done as u64;
        let line = remark(before, total as u64, what, 0.0, 0);
        let bar = ProgressBar::new(total as u64).with_style(style("{bar:24} {msg}")).with_message(line);
        bar.set_position(before);
        let now = Instant::now();
        Self { bar, what, before, failed: Cell::new(0), started: now, told: Cell::new(now) }
    }

    /// One more is finished.
    pub fn advance(&self) {
        self.bar.inc(1);
        self.bar.set_message(self.line());
        if self.bar.is_hidden() && self.told.get().elapsed() >= TELL_EVERY {
            self.told.set(Instant::now());
            tell(&self.line());
        }
    }

    /// How many of the finished ones have no result.
    pub fn failed(&self, failed: usize) {
        self.failed.set(failed);
    }

    fn done(&self) -> u64 {
        self.bar.position()
    }

    /// All are finished, `failed` of them without a result.
    pub fn finish(&self, failed: usize) {
        self.finish_saying(failed, "");
    }

    /// As [`Self::finish`], with something more to say of them.
    pub fn finish_saying(&self, failed: usize, more: &str) {
        self.bar.finish_and_clear();
        let (done, what) = (self.done(), self.what);
        let speed = speed(self.rate()).map(|speed| format!(", {speed}")).unwrap_or_default();
        let more = if more.is_empty() { String::new() } else { format!("; {more}") };
        // The summary is for people; the results are in the file.
        tell(&format!("{done} {what} done, {failed} without a score{speed}{more}"));
    }

    /// Things a second in this run; 0 before the first.
    fn rate(&self) -> f64 {
        (self.done() - self.before) as f64 / self.started.elapsed().as_secs_f64().max(1e-9)
    }

    fn line(&self) -> String {
        let (done, total) = (self.done(), self.bar.length().unwrap_or_default());
        remark(done, total, self.what, self.rate(), self.failed.get())
    }
}

/// How far it is.
fn remark(done: u64, total: u64, what: &str, rate: f64, failed: usize) -> String {
    let mut text = format!("{done} of {total} {what}");
    if let Some(speed) = speed(rate) {
        let seconds = (total.saturating_sub(done) as f64 / rate).round();
        // Longer than this is as good as never.
        let left = HumanDuration(Duration::from_secs(seconds.min(1e10) as u64));
        text.push_str(&format!(", {speed}, {left} left"));
    }
    if failed > 0 {
        text.push_str(&format!(", {failed} without a score"));
    }
    text
}

/// A rate in words, by whichever of the two is above one; `None` where there is none yet.
fn speed(rate: f64) -> Option<String> {
    match rate {
        rate if rate >= 1.0 => Some(format!("{rate:.1} a second")),
        rate if rate > 0.0 => Some(format!("{:.1} s each", 1.0 / rate)),
        _ => None,
    }
}

fn tell(line: &str) {
    // A closed standard error is no reason to stop.
    let _ = writeln!(io::stderr(), "{line}");
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remark_tells_rate_and_time_left_once_there_is_a_rate() {
        assert_eq!(remark(0, 10, "pictures", 0.0, 0), "0 of 10 pictures");
        assert_eq!(
            remark(4, 10, "pictures", 0.25, 1),
            "4 of 10 pictures, 4.0 s each, 24 seconds left, 1 without a score"
        );
        assert_eq!(remark(100, 700, "pictures", 2.5, 0), "100 of 700 pictures, 2.5 a second, 4 minutes left");
    }

    #[test]
    fn what_was_finished_before_does_not_count_towards_the_rate() {
        let counter = Counter::new("pictures", 1_000_000, 999_998);
        counter.advance();
        assert_eq!(counter.done(), 999_999);
        std::thread::sleep(Duration::from_millis(20));
        assert!(counter.rate() > 0.0 && counter.rate() <= 50.0, "{}", counter.rate());
    }
}
