//! The two streams: results to stdout, everything else to stderr.

use std::io::{self, ErrorKind, IsTerminal, Write};

use super::exit::Failure;
use crate::view::diagnostics::plain;

/// What of the terminal a run knows.
#[derive(Debug, Clone)]
pub struct Console {
    /// Whether stdout takes colour.
    pub color_out: bool,
    /// Whether stderr takes colour.
    pub color_err: bool,
    /// Whether people watch stderr.
    pub watched: bool,
    /// Only errors.
    pub quiet: bool,
    /// More about what is done.
    pub verbose: bool,
}

impl Console {
    /// Writes a result to stdout. That nobody reads it any more is no error.
    ///
    /// # Errors
    /// When stdout cannot be written, on a full disk for one.
    pub fn out(&self, text: &str) -> Result<(), Failure> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::world(format!("cannot write to stdout: {error}"))),
            _ => Ok(()),
        }
    }

    /// Writes to stderr; if that fails there is nobody to tell.
    pub fn err(&self, text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// A line about what was done, unless only errors are wanted.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.err(&format!("{}\n", plain(text)));
        }
    }

    /// A line for those who asked for more.
    pub fn detail(&self, text: &str) {
        if self.verbose {
            self.err(&format!("{}\n", plain(text)));
        }
    }

    /// Why a command could not do its work.
    pub fn failure(&self, failure: &Failure) {
        let (message, help) = failure.parts();
        let (bold, cyan, end) = if self.color_err { ("\x1b[1;31m", "\x1b[1;36m", "\x1b[0m") } else { ("", "", "") };
        let mut text = format!("{bold}error{end}: {}\n", plain(message));
        if let Some(help) = help {
            text.push_str(&format!("{cyan}help{end}: {}\n", plain(help)));
        }
        self.err(&text);
    }

    /// Whether stdin, stdout and stderr of this kind go to a terminal.
    pub fn is_terminal() -> (bool, bool) {
        (io::stdout().is_terminal(), io::stderr().is_terminal())
    }
}
