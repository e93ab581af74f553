//! What this process logs.

use std::sync::OnceLock;

use crate::written::Written;

/// The log of all tests of this process: a test finds its lines by a part of its own that they name. A log of one thread's would
/// miss lines, since whether anybody listens to a line is remembered for all threads, as the first that came by found it.
pub struct Log(Written);

impl Log {
    /// Listens from now on.
    pub fn start() -> Self {
        static LOG: OnceLock<Written> = OnceLock::new();
        let written = LOG.get_or_init(|| {
            let written = Written::default();
            let writer = written.clone();
            tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).init();
            tracing::callsite::rebuild_interest_cache();
            written
        });
        Self(written.clone())
    }

    /// Lines that hold all of `texts`.
    pub fn lines(&self, texts: &[&str]) -> Vec<String> {
        let text = self.0.text();
        text.lines().filter(|line| texts.iter().all(|text| line.contains(text))).map(str::to_owned).collect()
    }
}
