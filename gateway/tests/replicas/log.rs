//! What this thread logs.

use tracing::subscriber::{DefaultGuard, set_default};

use crate::written::Written;

/// A log of one thread's, as long as it lives.
pub struct Log {
    written: Written,
    _subscribed: DefaultGuard,
}

impl Log {
    /// Listens from now on.
    pub fn start() -> Self {
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        Self { written, _subscribed: set_default(subscriber) }
    }

    /// Lines that hold `text`.
    pub fn lines(&self, text: &str) -> Vec<String> {
        self.written.text().lines().filter(|line| line.contains(text)).map(str::to_owned).collect()
    }
}
