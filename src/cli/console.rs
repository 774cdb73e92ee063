//! The two streams: results to stdout, everything else to stderr.

use std::env;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::{Command, Stdio};

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

    /// Writes a result by the program that `PAGER` names, if people watch stdout. A program that cannot be started is no reason to keep it from them.
    ///
    /// # Errors
    /// As [`Console::out`].
    pub fn page(&self, text: &str) -> Result<(), Failure> {
        let pager = env::var("PAGER").unwrap_or_else(|_| "less".to_owned());
        if !Console::is_terminal().0 || pager.trim().is_empty() || pager == "cat" {
            return self.out(text);
        }
        let mut command = Command::new("sh");
        command.args(["-c", &pager]).stdin(Stdio::piped());
        if env::var_os("LESS").is_none() {
            // What fits on one screen is just written; colours pass.
            command.env("LESS", "FRX");
        }
        let Ok(mut child) = command.spawn() else { return self.out(text) };
        // Whoever has read enough closes the pipe.
        let written = child.stdin.take().map(|mut stdin| stdin.write_all(text.as_bytes()));
        let ended = child.wait();
        match (written, ended) {
            // 126 and 127: the shell has found no such program.
            (Some(_), Ok(status)) if !matches!(status.code(), Some(126 | 127)) => Ok(()),
            _ => self.out(text),
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
