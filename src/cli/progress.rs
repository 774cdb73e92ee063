//! How far a run is: one line on a terminal, and only for runs that last.

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::Console;

/// A run shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
const BETWEEN: Duration = Duration::from_millis(100);

/// Counts what is done. The line is gone when it is dropped.
#[derive(Debug)]
pub struct Progress {
    what: &'static str,
    total: usize,
    done: AtomicUsize,
    /// When the line was last written; `None` if nobody watches.
    next: Option<Mutex<Line>>,
}

#[derive(Debug)]
struct Line {
    due: Instant,
    shown: bool,
}

impl Progress {
    /// Something of `total` steps.
    pub fn new(what: &'static str, total: usize, console: &Console) -> Progress {
        let watched = console.watched && !console.quiet;
        let next = watched.then(|| Mutex::new(Line { due: Instant::now() + PATIENCE, shown: false }));
        Progress { what, total, done: AtomicUsize::new(0), next }
    }

    /// One step is done.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        // Whoever finds the line taken has better things to do.
        if let Some(Ok(mut line)) = self.next.as_ref().map(Mutex::try_lock)
            && Instant::now() >= line.due
        {
            *line = Line { due: Instant::now() + BETWEEN, shown: true };
            let bar = "#".repeat(20 * done / self.total.max(1));
            let _ = write!(std::io::stderr(), "\r{} [{bar:20}] {done} of {}", self.what, self.total);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(Ok(line)) = self.next.as_ref().map(Mutex::lock)
            && line.shown
        {
            let _ = write!(std::io::stderr(), "\r\x1b[2K");
        }
    }
}
