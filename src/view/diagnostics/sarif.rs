//! SARIF 2.1.0, as code scanners' dashboards read it.

use serde_json::{Value, json};

use super::spot::Spot;
use super::{Style, wanted};
use crate::diag::{Diagnostic, Report, Severity, code};
use crate::source::{Role, Sources};

pub(super) fn text(report: &Report, sources: &Sources, style: &Style) -> String {
    let diagnostics = wanted(report, style);
    // Only the rules that were broken, in the order of all codes.
    let rules: Vec<(&str, &str)> = code::ALL
        .iter()
        .filter(|(known, _)| diagnostics.iter().any(|d| d.code == *known))
        .map(|(known, page)| (known.as_str(), *page))
        .collect();
    let results: Vec<Value> = diagnostics.iter().map(|d| result(d, &rules, sources, style)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "oam",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|(code, page)| rule(code, page)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let mut out = serde_json::to_string_pretty(&log).expect("a JSON value always serialises");
    out.push('\n');
    out
}

fn rule(code: &str, page: &str) -> Value {
    // The page's first paragraph below its title says what the code means.
    let about = page.split("\n\n").nth(1).unwrap_or(code).replace('\n', " ");
    json!({"id": code, "shortDescription": {"text": code.replace('-', " ")}, "fullDescription": {"text": about}, "help": {"text": page, "markdown": page}})
}

fn result(diagnostic: &Diagnostic, rules: &[(&str, &str)], sources: &Sources, style: &Style) -> Value {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let mut message = diagnostic.message.clone();
    if let Some(help) = &diagnostic.help {
        message.push_str("; ");
        message.push_str(help);
    }
    let mut result = json!({"ruleId": diagnostic.code.as_str(), "level": level, "message": {"text": message}});
    if let Some(index) = rules.iter().position(|(code, _)| *code == diagnostic.code.as_str()) {
        result["ruleIndex"] = index.into();
    }
    let spot = Spot::of(diagnostic.at, sources, style);
    result["locations"] = spot.iter().map(|spot| location(spot, diagnostic.note_at.as_deref())).collect();
    let related: Vec<Value> =
        diagnostic.labels.iter().filter_map(|label| Some(location(&Spot::of(label.at, sources, style)?, Some(&label.message)))).collect();
    if !related.is_empty() {
        result["relatedLocations"] = related.into();
    }
    if let Some(spot) = &spot {
        if spot.role != Role::Nobody {
            result["properties"] = json!({"owner": spot.role.as_str(), "units": diagnostic.units});
        }
        if let Some(replacement) = &diagnostic.replacement {
            let edit = json!({"deletedRegion": region(spot), "insertedContent": {"text": replacement}});
            result["fixes"] = json!([{
                "description": {"text": diagnostic.help.as_deref().unwrap_or("replace it")},
                "artifactChanges": [{"artifactLocation": {"uri": uri(&spot.path)}, "replacements": [edit]}],
            }]);
        }
    }
    result
}

fn location(spot: &Spot, message: Option<&str>) -> Value {
    let mut location = json!({"physicalLocation": {"artifactLocation": {"uri": uri(&spot.path)}, "region": region(spot)}});
    if let Some(message) = message {
        location["message"] = json!({"text": message});
    }
    location
}

fn region(spot: &Spot) -> Value {
    json!({"startLine": spot.line, "startColumn": spot.column, "endLine": spot.end_line, "endColumn": spot.end_column})
}

/// A relative URI reference (RFC 3986) of a path.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(byte as char),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}
