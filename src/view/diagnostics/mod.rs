//! A run's [`Report`] as text, in the formats of `--message-format`. `docs/message-formats.md` documents those for machines.
//!
//! Must never know: what a problem is about.

mod github;
mod human;
mod json;
mod junit;
mod sarif;
mod short;
mod spot;
mod summary;

pub use spot::plain;
pub use summary::summary;

use crate::diag::{Diagnostic, Report, Severity};
use crate::source::Sources;

/// How many problems people are shown unless they ask for all.
const SHOWN: usize = 50;

/// The form of a report.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Format {
    /// With source lines and carets.
    Human,
    /// One line per problem.
    Short,
    /// One JSON document.
    Json,
    /// Workflow commands of GitHub Actions.
    Github,
    /// SARIF 2.1.0.
    Sarif,
    /// JUnit XML.
    Junit,
}

/// How a report is written.
#[derive(Clone, Debug)]
pub struct Style {
    /// The form.
    pub format: Format,
    /// Whether to use colour.
    pub color: bool,
    /// Whether people are shown all problems, not the first.
    pub all: bool,
    /// Whether only errors are shown.
    pub errors_only: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// What stands before the path of every file on disk, so that paths hold where the command runs: empty, or a path that ends in `/`.
    pub prefix: String,
}

impl Default for Style {
    fn default() -> Self {
        Style { format: Format::Human, color: false, all: false, errors_only: false, width: 140, prefix: String::new() }
    }
}

/// The whole report, ending in a line break; empty if there is nothing to say (JSON, SARIF and JUnit always have their frame).
pub fn text(report: &Report, sources: &Sources, style: &Style) -> String {
    match style.format {
        Format::Human => human::text(report, sources, style),
        Format::Short => short::text(report, sources, style),
        Format::Json => json::text(report, sources, style),
        Format::Github => github::text(report, sources, style),
        Format::Sarif => sarif::text(report, sources, style),
        Format::Junit => junit::text(report, sources, style),
    }
}

/// The problems that the style asks for, by place.
fn wanted<'a>(report: &'a Report, style: &Style) -> Vec<&'a Diagnostic> {
    report.diagnostics.iter().filter(|d| !style.errors_only || d.severity == Severity::Error).collect()
}

/// Of [`wanted`] those that people are shown, and how many are not: errors first have a right to be seen; the order is that of places.
fn shown<'a>(report: &'a Report, style: &Style) -> (Vec<&'a Diagnostic>, usize) {
    let mut all = wanted(report, style);
    let found = all.len() + if style.errors_only { report.dropped[Severity::Error as usize] } else { report.dropped.iter().sum() };
    if !style.all && all.len() > SHOWN {
        let mut ranked: Vec<usize> = (0..all.len()).collect();
        ranked.sort_by_key(|&index| (all[index].severity, index));
        ranked.truncate(SHOWN);
        ranked.sort_unstable();
        all = ranked.into_iter().map(|index| all[index]).collect();
    }
    let hidden = found - all.len();
    (all, hidden)
}

#[cfg(test)]
mod tests;
