//! One line per problem: `path:line:column: severity[code]: message; help`.

use std::fmt::Write;

use super::spot::{Spot, plain};
use super::{Style, shown, summary};
use crate::diag::Report;
use crate::source::Sources;

pub(super) fn text(report: &Report, sources: &Sources, style: &Style) -> String {
    let mut out = String::new();
    let (diagnostics, hidden) = shown(report, style);
    for diagnostic in diagnostics {
        if let Some(spot) = Spot::of(diagnostic.at, sources, style) {
            let _ = write!(out, "{}:{}:{}: ", spot.path, spot.line, spot.column);
        }
        let line = format!("{}[{}]: {}", diagnostic.severity.as_str(), diagnostic.code, diagnostic.message);
        out.push_str(&one_line(&line));
        if let Some(help) = &diagnostic.help {
            out.push_str("; ");
            out.push_str(&one_line(help));
        }
        out.push('\n');
    }
    summary::push(&mut out, report, sources, style, hidden);
    out
}

fn one_line(text: &str) -> String {
    plain(text).replace('\n', " ")
}
