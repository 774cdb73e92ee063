//! One JSON document for machines. Its form is documented in `docs/message-formats.md` and only ever grows.

use serde::Serialize;

use super::spot::Spot;
use super::{Style, summary, wanted};
use crate::diag::{Report, Severity};
use crate::source::{Pos, Role, Sources};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Output<'a> {
    version: u32,
    diagnostics: Vec<Problem<'a>>,
    summary: Summary<'a>,
}

#[derive(Serialize)]
struct Summary<'a> {
    errors: usize,
    warnings: usize,
    notes: usize,
    /// Found and not listed.
    dropped: usize,
    text: String,
    /// How many objects were judged, by which authority.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    judged: Vec<Judged<'a>>,
}

#[derive(Serialize)]
struct Judged<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<&'a str>,
    count: usize,
}

#[derive(Serialize)]
struct Problem<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replacement: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    units: Vec<&'a str>,
}

#[derive(Serialize)]
struct Related<'a> {
    place: Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<&'static str>,
    message: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Place {
    file: String,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

pub(super) fn text(report: &Report, sources: &Sources, style: &Style) -> String {
    let place = |at: Pos| {
        Spot::of(at, sources, style).map(|spot| {
            let place =
                Place { file: spot.path, line: spot.line, column: spot.column, end_line: spot.end_line, end_column: spot.end_column };
            (place, Some(spot.role).filter(|role| *role != Role::Nobody).map(Role::as_str))
        })
    };
    let diagnostics = wanted(report, style).into_iter().map(|d| {
        let (at, owner) = place(d.at).unzip();
        Problem {
            code: d.code.as_str(),
            severity: d.severity.as_str(),
            message: &d.message,
            owner: owner.flatten(),
            place: at,
            label: d.note_at.as_deref(),
            related: d
                .labels
                .iter()
                .filter_map(|label| place(label.at).map(|(place, owner)| Related { place, owner, message: &label.message }))
                .collect(),
            help: d.help.as_deref(),
            replacement: d.replacement.as_deref(),
            units: d.units.iter().map(String::as_str).collect(),
        }
    });
    let output = Output {
        version: 1,
        diagnostics: diagnostics.collect(),
        summary: Summary {
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            notes: report.count(Severity::Note),
            dropped: report.dropped.iter().sum(),
            text: summary(report, sources, style.errors_only),
            judged: report.judged.iter().map(|judged| Judged { by: judged.by.as_deref(), count: judged.count }).collect(),
        },
    };
    let mut out = serde_json::to_string_pretty(&output).expect("strings and numbers always serialise");
    out.push('\n');
    out
}
