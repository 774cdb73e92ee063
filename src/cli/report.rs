//! Where the report of a run goes, and how the run ends by it.

use super::exit::{Failure, Outcome};
use super::settings::Settings;
use crate::diag::Report;
use crate::source::Sources;
use crate::view::diagnostics::{Format, text};

/// Where a report goes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Stream {
    /// It is the command's result: for machines to stdout, for people to stderr.
    Result,
    /// The command has another result: to stderr.
    Aside,
    /// The command answers a question: to stderr, and what is merely worth knowing is left out.
    Answer,
}

/// Writes a report. `prefix` stands before the path of every file on disk.
///
/// # Errors
/// When stdout cannot be written.
pub fn write(report: &Report, sources: &Sources, prefix: &str, stream: Stream, settings: &Settings) -> Result<Outcome, Failure> {
    let console = &settings.console;
    let machine = settings.format != Format::Human;
    // A frame around nothing is of use only where it is the result.
    let framed = matches!(settings.format, Format::Json | Format::Sarif | Format::Junit);
    if stream == Stream::Result && machine {
        console.out(&text(report, sources, &settings.style(console.color_out, prefix)))?;
    } else if !(framed && report.diagnostics.is_empty()) {
        console.err(&text(report, sources, &settings.style(console.color_err, prefix)));
    }
    Ok(if report.has_errors() { Outcome::Problems } else { Outcome::Fine })
}
