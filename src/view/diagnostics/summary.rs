//! The last line of a report: how much there is, and whose it is.

use std::fmt::Write;

use super::Style;
use crate::diag::{Report, Severity};
use crate::source::{Role, Sources};

/// `3 errors, 1 warning: 2 for the developer, 2 for the app-operator`; empty if there is nothing.
pub fn summary(report: &Report, sources: &Sources, errors_only: bool) -> String {
    let wanted = |severity: Severity| !errors_only || severity == Severity::Error;
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .filter(|&severity| wanted(severity) && report.count(severity) > 0)
        .map(|severity| match report.dropped[severity as usize] {
            0 => number(report.count(severity), severity.as_str()),
            // Beyond what is kept nobody knows which are the same.
            _ => format!("more than {}", number(report.count(severity) - report.dropped[severity as usize], severity.as_str())),
        })
        .collect();
    if counts.is_empty() {
        return String::new();
    }
    let mut out = counts.join(", ");
    let mut by_role = [0usize; 5];
    for diagnostic in report.diagnostics.iter().filter(|d| wanted(d.severity)) {
        if let Some(role) = sources.role_of(diagnostic.at) {
            by_role[role as usize] += 1;
        }
    }
    let parts: Vec<String> = [Role::Developer, Role::AppOperator, Role::InfraOperator, Role::BuiltIn]
        .into_iter()
        .filter(|&role| by_role[role as usize] > 0)
        .map(|role| match role {
            Role::BuiltIn => format!("{} in built-in definitions", by_role[role as usize]),
            _ => format!("{} for the {role}", by_role[role as usize]),
        })
        .collect();
    if !parts.is_empty() {
        let _ = write!(out, ": {}", parts.join(", "));
    }
    out
}

/// What stands below the problems, for people.
pub(super) fn push(out: &mut String, report: &Report, sources: &Sources, style: &Style, hidden: usize) {
    let summary = summary(report, sources, style.errors_only);
    if summary.is_empty() {
        return;
    }
    out.push_str(&summary);
    if report.dropped.iter().any(|&dropped| dropped > 0) {
        let (shown, kept) = (if style.all { report.diagnostics.len() } else { super::SHOWN }, report.diagnostics.len());
        let way = if style.all { String::new() } else { format!("; `--all` shows the first {kept}") };
        let _ = write!(out, " ({shown} shown{way})");
    } else if hidden > 0 {
        let kept = report.diagnostics.len() > super::SHOWN && !style.all;
        let way = if kept { "; `--all` shows them" } else { "" };
        let _ = write!(out, " ({hidden} more not shown{way})");
    }
    out.push('\n');
}

fn number(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
