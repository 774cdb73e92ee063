//! Workflow commands of GitHub Actions: annotations at the lines of a pull request.

use std::fmt::Write;

use super::spot::Spot;
use super::{Style, wanted};
use crate::diag::{Report, Severity};
use crate::source::{Role, Sources};

pub(super) fn text(report: &Report, sources: &Sources, style: &Style) -> String {
    let mut out = String::new();
    for diagnostic in wanted(report, style) {
        let command = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let spot = Spot::of(diagnostic.at, sources, style);
        let mut properties = vec![];
        if let Some(spot) = &spot
            && spot.role != Role::BuiltIn
        {
            properties.push(format!("file={}", property(&spot.path)));
            properties.push(format!("line={}", spot.line));
            // GitHub refuses columns on annotations over several lines.
            if spot.end_line == spot.line {
                properties.push(format!("col={},endColumn={}", spot.column, spot.end_column));
            }
        }
        let owner = spot.filter(|spot| spot.role != Role::Nobody).map_or(String::new(), |spot| format!(" ({})", spot.role));
        properties.push(format!("title={}", property(&format!("{}{owner}", diagnostic.code))));
        let mut message = diagnostic.message.clone();
        if let Some(note) = &diagnostic.note_at {
            let _ = write!(message, "\nhere: {note}");
        }
        for label in &diagnostic.labels {
            if let Some(spot) = Spot::of(label.at, sources, style) {
                let _ = write!(message, "\n{}:{}:{}: {}", spot.path, spot.line, spot.column, label.message);
            }
        }
        if let Some(help) = &diagnostic.help {
            let _ = write!(message, "\nhelp: {help}");
        }
        if !diagnostic.units.is_empty() {
            let _ = write!(message, "\nseen in: {}", diagnostic.units.join(", "));
        }
        let _ = writeln!(out, "::{command} {}::{}", properties.join(","), data(&message));
    }
    out
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
