//! How a pull or a check tells what it is doing.

/// Told what happens, one step after the other: a package arrives, a file is unpacked, a file is hashed.
///
/// Called from worker threads, many times a second; it must not block.
pub trait Progress: Send + Sync {
    /// A step begins. `total` is its size in bytes where that is known beforehand.
    fn start(&self, step: &str, total: Option<u64>);
    /// So many more bytes of the step are done.
    fn advance(&self, bytes: u64);
    /// The step ended, well or not.
    fn done(&self);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn start(&self, _step: &str, _total: Option<u64>) {}
    fn advance(&self, _bytes: u64) {}
    fn done(&self) {}
}

/// One step: begins when made and ends when dropped, so that no early return leaves a bar standing.
pub(super) struct Step<'a>(&'a dyn Progress);

impl<'a> Step<'a> {
    pub(super) fn start(progress: &'a dyn Progress, step: &str, total: Option<u64>) -> Self {
        progress.start(step, total);
        Self(progress)
    }

    pub(super) fn advance(&self, bytes: u64) {
        self.0.advance(bytes);
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.0.done();
    }
}
