//! What this process holds.

use std::{
    fs,
    sync::{Mutex, PoisonError},
};

/// Panics since [`watch_panics`], on any thread.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Counts panics from now on.
pub fn watch_panics() {
    let said = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICS.lock().unwrap_or_else(PoisonError::into_inner).push(info.to_string());
        said(info);
    }));
}

/// What panicked.
pub fn panics() -> Vec<String> {
    PANICS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Open files, sockets among them.
pub fn open_files() -> usize {
    fs::read_dir("/proc/self/fd").unwrap().count()
}

/// Memory in use, and the most that ever was, MiB.
pub fn memory() -> (u64, u64) {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let kib = |name: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
    };
    (kib("VmRSS:") / 1024, kib("VmHWM:") / 1024)
}
