//! Progress bars on standard error; none where it is no terminal.

use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};
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

/// Counts finished items.
pub struct Counter {
    bar: ProgressBar,
    what: &'static str,
}

impl Counter {
    /// A counter of `total` things, `done` of which are finished already.
    pub fn new(what: &'static str, total: usize, done: usize) -> Self {
        let bar = ProgressBar::new(total as u64).with_style(style("{bar:24} {pos}/{len} {msg} {eta}"));
        bar.set_message(what);
        bar.set_position(done as u64);
        bar.reset_eta();
        Self { bar, what }
    }

    /// One more is finished.
    pub fn advance(&self) {
        self.bar.inc(1);
    }

    /// How many are finished.
    pub fn done(&self) -> u64 {
        self.bar.position()
    }

    /// All are finished, `failed` of them without a result.
    pub fn finish(&self, failed: usize) {
        self.bar.finish_and_clear();
        let (done, what) = (self.bar.position(), self.what);
        // The summary is for people; the results are in the file.
        let _ = std::io::Write::write_fmt(
            &mut std::io::stderr(),
            format_args!("{done} {what} done, {failed} without a score\n"),
        );
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
