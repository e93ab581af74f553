//! What was logged.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

/// A log as it is written; clones write the same one.
#[derive(Clone, Default)]
pub struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Written {
    /// All of it.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// Forgets it.
    #[allow(dead_code, reason = "not every test begins a log anew")]
    pub fn clear(&self) {
        self.0.lock().unwrap().clear();
    }
}
