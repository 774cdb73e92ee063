//! Changes as text: a line per object, then its fields with who set them.

use std::collections::BTreeMap;
use std::fmt::Write;

use similar::{ChangeTag, TextDiff};

use super::entries::{Entry, is_hash};
use super::{Field, Place};
use crate::source::Pos;
use crate::tree::{Node, Origin, emit};
use crate::view::blame::Spot;
use crate::view::diagnostics::plain;

/// Longer values of one line are cut; `--format json` has them whole.
const WIDEST: usize = 100;
/// Lines of a text around those that changed.
const CONTEXT: usize = 1;

struct Paint(bool);

impl Paint {
    fn wrap(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn sign(&self, sign: char, text: &str) -> String {
        let code = match sign {
            '+' => "32",
            '-' => "31",
            '>' => "36",
            _ => "33",
        };
        self.wrap(code, text)
    }

    fn spots(&self, spots: &[Spot]) -> String {
        let texts: Vec<String> =
            spots.iter().map(|spot| format!("{}:{}:{} {}", plain(&spot.file), spot.line, spot.column, spot.owner)).collect();
        self.wrap("2", &texts.join(", "))
    }
}

/// The entries as text. `expand`: every object is listed, however many have the same change.
pub fn text(entries: &[Entry], expand: bool, color: bool) -> String {
    let paint = Paint(color);
    let mut out = String::new();
    for entry in entries {
        head(entry, expand, &paint, &mut out);
        for field in &entry.fields {
            one(field, entry.objects.len(), &paint, &mut out);
        }
    }
    out
}

fn head(entry: &Entry, expand: bool, paint: &Paint, out: &mut String) {
    let sign = match entry.change {
        "added" => '+',
        "removed" => '-',
        "moved" => '>',
        _ => '~',
    };
    let distinct = |name: fn(&Place) -> &str| -> Vec<&str> {
        let names: BTreeMap<&str, ()> = entry.objects.iter().map(|place| (name(place), ())).collect();
        names.into_keys().collect()
    };
    let names = distinct(|place| place.object.as_str());
    // One object has another namespace in every environment.
    let what = match (names.as_slice(), distinct(bare).as_slice()) {
        ([one], _) | (_, [one]) => format!("{} {}", entry.kind, plain(one)),
        _ => format!("{} × {}", entry.kind, names.len()),
    };
    let mut line = paint.wrap("1", &paint.sign(sign, &format!("{sign} {what}")));
    let places = places(&entry.objects);
    if !places.is_empty() {
        let _ = write!(line, "  in {}", plain(&places));
    }
    if let Some(from) = entry.objects.first().and_then(|place| place.moved_from.as_ref()) {
        let _ = write!(line, ", from {}", plain(from));
    }
    if let Some(name) = entry.objects.first().and_then(|place| place.renamed.as_ref()) {
        let _ = write!(line, ", {} {}", if entry.change == "added" { "was" } else { "now" }, plain(name));
    }
    if !entry.risks.is_empty() {
        let marks: Vec<&str> = entry.risks.iter().map(|mark| mark.name).collect();
        let _ = write!(line, "  {}", paint.wrap("1;31", &format!("[{}]", marks.join(", "))));
    }
    let _ = writeln!(out, "{line}");
    if !entry.asked_by.is_empty() {
        let shown = &entry.asked_by[..entry.asked_by.len().min(3)];
        let _ = writeln!(out, "    {}", paint.spots(shown));
    }
    if names.len() > 1 && expand {
        for place in &entry.objects {
            let at =
                [place.target.as_str(), place.application.as_str()].iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>();
            let _ = writeln!(out, "    {}", paint.wrap("2", &plain(&format!("{}  {}", place.object, at.join(" ")))));
        }
    }
}

/// An object's name without its namespace.
fn bare(place: &Place) -> &str {
    place.object.rsplit('/').next().unwrap_or_default()
}

/// `orders of dev, prod/eu-1, prod/us-1`, or how many there are.
fn places(objects: &[Place]) -> String {
    let mut by_target: BTreeMap<&str, ()> = BTreeMap::new();
    let mut applications: BTreeMap<&str, ()> = BTreeMap::new();
    for place in objects {
        by_target.insert(&place.target, ());
        applications.insert(&place.application, ());
    }
    let targets: Vec<&str> = by_target.keys().filter(|target| !target.is_empty()).copied().collect();
    if targets.is_empty() {
        return String::new();
    }
    let shown = if targets.len() > 6 { format!("{} environments and clusters", targets.len()) } else { targets.join(", ") };
    match applications.keys().collect::<Vec<_>>().as_slice() {
        // What is made once for all applications says so by its directory.
        [one] if one.starts_with('_') => shown,
        [one] if !one.is_empty() => format!("{shown} (application {one})"),
        many if many.len() > 1 => format!("{shown} ({} applications)", many.len()),
        _ => shown,
    }
}

/// Whether a value stands on one line.
fn inline(value: &serde_json::Value) -> Option<String> {
    let text = match value {
        serde_json::Value::String(text) if text.contains('\n') => return None,
        serde_json::Value::String(text) if text.is_empty() || text.trim() != text => format!("{text:?}"),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Object(map) if !map.is_empty() => return None,
        serde_json::Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => return None,
        other => other.to_string(),
    };
    Some(if text.chars().count() > WIDEST { text.chars().take(WIDEST - 1).collect::<String>() + "…" } else { text })
}

fn one(field: &Field, objects: usize, paint: &Paint, out: &mut String) {
    let path = plain(&field.path);
    let short = |value: &Option<serde_json::Value>| value.as_ref().map(inline);
    let mut lines = Vec::new();
    if objects > 1 && is_hash(field) {
        lines.push(format!("~ {path}: {}", paint.wrap("2", "(another hash)")));
    } else {
        match (short(&field.old), short(&field.new)) {
            (Some(Some(old)), Some(Some(new))) => {
                lines.push(format!("~ {path}: {} → {}", paint.sign('-', &plain(&old)), paint.sign('+', &plain(&new))));
            }
            (None, Some(Some(new))) => lines.push(format!("+ {path}: {}", paint.sign('+', &plain(&new)))),
            (Some(Some(old)), None) => lines.push(format!("- {path}: {}", paint.sign('-', &plain(&old)))),
            (old, new) => {
                let sign = match (old, new) {
                    (None, _) => '+',
                    (_, None) => '-',
                    _ => '~',
                };
                lines.push(format!("{sign} {path}:"));
                let (old, new) = (block(field.old.as_ref()), block(field.new.as_ref()));
                lines.extend(difference(&old, &new, paint));
            }
        }
    }
    for line in lines {
        let _ = writeln!(out, "    {line}");
    }
    if let Some(reason) = &field.reason {
        let _ = writeln!(out, "        {}", paint.wrap("2", &plain(reason)));
    }
    if !field.set_by.is_empty() {
        let _ = writeln!(out, "        {}", paint.spots(&field.set_by));
    } else if !field.was_set_by.is_empty() {
        let _ = writeln!(out, "        {} {}", paint.wrap("2", "was"), paint.spots(&field.was_set_by));
    }
}

/// A value as lines: a text as it is, anything else as YAML.
fn block(value: Option<&serde_json::Value>) -> String {
    match value {
        None => String::new(),
        Some(serde_json::Value::String(text)) => text.clone(),
        Some(value) => {
            let mut text = String::new();
            emit(&Node::from_json(value, Origin::written(Pos::NOWHERE)), &mut text);
            text
        }
    }
}

/// The lines that differ, with a little around them.
fn difference(old: &str, new: &str, paint: &Paint) -> Vec<String> {
    let diff = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push("    …".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = plain(change.value().trim_end_matches(['\n', '\r']));
            lines.push(match change.tag() {
                ChangeTag::Equal => format!("      {text}"),
                ChangeTag::Insert => paint.sign('+', &format!("    + {text}")),
                ChangeTag::Delete => paint.sign('-', &format!("    - {text}")),
            });
        }
    }
    lines
}
