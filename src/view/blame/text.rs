//! Blame as text: aligned columns, colour by role.

use std::fmt::Write;

use super::{Decided, Field, Loser, ObjectBlame, Spot};
use crate::view::diagnostics::plain;

/// Columns never grow beyond these, so that one long value does not push the places off the screen.
const WIDEST_PATH: usize = 48;
const WIDEST_VALUE: usize = 40;
/// Inputs and losers of one field that are listed; `--format json` lists all.
const LISTED: usize = 8;

/// How things look.
struct Paint(bool);

impl Paint {
    fn wrap(&self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    fn bold(&self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn dim(&self, text: &str) -> String {
        self.wrap("2", text)
    }

    fn owner(&self, owner: &str) -> String {
        let code = match owner {
            "developer" => "32",
            "app-operator" => "33",
            "infra-operator" => "35",
            _ => "2",
        };
        self.wrap(code, owner)
    }

    fn spot(&self, spot: &Spot) -> String {
        format!("{}:{}:{} {}", plain(&spot.file), spot.line, spot.column, self.owner(spot.owner))
    }
}

/// Objects with their fields. `full`: values are not cut, for one field that somebody asked for.
pub fn objects_text(objects: &[ObjectBlame], full: bool, color: bool) -> String {
    let paint = Paint(color);
    let mut out = String::new();
    for (i, object) in objects.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        let _ = writeln!(out, "{} in {}", paint.bold(&plain(&object.object)), plain(&object.units.join(", ")));
        // A few fields that somebody asked for stand with their whole paths; a whole object is told in groups, below the paths of their maps.
        let rows: Vec<(&str, &str, String)> = object
            .fields
            .iter()
            .map(|field| {
                let (group, name) = if full { ("", field.path.as_str()) } else { group(&field.path) };
                (group, name, shown(&field.value, full))
            })
            .collect();
        let widest = if full { usize::MAX } else { WIDEST_PATH };
        let width = |text: &str, most: usize| Some(text.chars().count()).filter(|&count| count <= most);
        let path_width = rows.iter().filter_map(|(group, name, _)| width(name, widest).map(|wide| wide + indent(group))).max().unwrap_or(0);
        let lost: Vec<String> = object.fields.iter().flat_map(|field| field.won_over.iter().take(LISTED)).map(not).collect();
        let values = rows.iter().map(|(_, _, value)| value).chain(&lost);
        let value_width = values.filter_map(|value| width(value, WIDEST_VALUE)).max().unwrap_or(0);
        let mut last = "";
        for (field, (group, name, value)) in object.fields.iter().zip(&rows) {
            if *group != last && !group.is_empty() {
                let _ = writeln!(out, "  {}", paint.dim(&plain(group)));
            }
            last = group;
            let name = format!("{}{}", " ".repeat(indent(group)), plain(name));
            field_text(&mut out, field, (&name, path_width), (value, value_width), &paint);
        }
        for absent in &object.absent {
            let _ = write!(out, "  {} is not there: {}", plain(&absent.path), plain(&absent.reason));
            if let Some(spot) = &absent.set_by {
                let _ = write!(out, "  {}", paint.spot(spot));
            }
            if let Some(spot) = &absent.template {
                let _ = write!(out, "  {}", paint.dim(&format!("via {}:{}:{}", plain(&spot.file), spot.line, spot.column)));
            }
            out.push('\n');
        }
    }
    out
}

/// The path of the map that a field stands in, and the field's own name.
fn group(path: &str) -> (&str, &str) {
    let mut depth = 0;
    let mut split = None;
    for (index, byte) in path.bytes().enumerate() {
        match byte {
            b'[' => {
                if depth == 0 {
                    split = Some(index);
                }
                depth += 1;
            }
            b']' => depth -= 1,
            b'.' if depth == 0 => split = Some(index),
            _ => {}
        }
    }
    match split {
        Some(at) => (&path[..at], path[at..].trim_start_matches('.')),
        None => ("", path),
    }
}

fn indent(group: &str) -> usize {
    if group.is_empty() { 0 } else { 2 }
}

fn field_text(out: &mut String, field: &Field, (path, path_width): (&str, usize), (value, value_width): (&str, usize), paint: &Paint) {
    let via = match &field.template {
        Some(spot) if !field.set_by.contains(spot) => {
            format!("  {}", paint.dim(&format!("via {}:{}:{}", plain(&spot.file), spot.line, spot.column)))
        }
        _ => String::new(),
    };
    let mut spots = field.set_by.iter();
    let first = spots.next().map_or_else(|| paint.dim("nobody's: made by the program"), |spot| paint.spot(spot));
    // A text of several lines stands below all that is said of it.
    let lines: Vec<&str> = if value.contains('\n') { value.lines().collect() } else { Vec::new() };
    let _ = writeln!(out, "  {path:path_width$}  {:value_width$}  {first}{via}", if lines.is_empty() { value } else { "|" });
    let indent = " ".repeat(2 + path_width + 2);
    for (i, spot) in spots.enumerate() {
        if i + 1 == LISTED {
            let _ = writeln!(out, "{indent}{}", paint.dim(&format!("and {} more", field.set_by.len() - LISTED)));
            break;
        }
        let _ = writeln!(out, "{indent}{:value_width$}  {}", "and", paint.spot(spot));
    }
    for loser in field.won_over.iter().take(LISTED) {
        let place = loser.place.as_ref().map_or_else(String::new, |spot| paint.spot(spot));
        let _ = writeln!(out, "{indent}{}  {place}", paint.dim(&format!("{:value_width$}", not(loser))));
    }
    if field.won_over.len() > LISTED {
        let _ = writeln!(out, "{indent}{}", paint.dim(&format!("nor {} more", field.won_over.len() - LISTED)));
    }
    for line in lines {
        let _ = writeln!(out, "    {line}");
    }
}

fn not(loser: &Loser) -> String {
    format!("not {}", shown(&loser.value, false))
}

/// What a line decides.
pub fn decided_text(decided: &[Decided], color: bool) -> String {
    let paint = Paint(color);
    let mut out = String::new();
    let mut last = None;
    let width = decided.iter().map(|d| d.path.chars().count()).filter(|&count| count <= WIDEST_PATH).max().unwrap_or(0);
    for one in decided {
        let head = (&one.object, &one.units);
        if last != Some(head) {
            if last.is_some() {
                out.push('\n');
            }
            let _ = writeln!(out, "{} in {}", paint.bold(&plain(&one.object)), plain(&one.units.join(", ")));
            last = Some(head);
        }
        let path = plain(&one.path);
        let value = shown(&one.value, false);
        let _ = match &one.lost_to {
            None => writeln!(out, "  {path:width$}  {value}"),
            Some(spot) => writeln!(out, "  {path:width$}  {value}  {} {}", paint.dim("lost to"), paint.spot(spot)),
        };
    }
    out
}

/// A value as people write it; cut, unless it was asked for in full.
fn shown(value: &serde_json::Value, full: bool) -> String {
    let text = match value {
        serde_json::Value::String(text) if is_plain(text) => text.clone(),
        serde_json::Value::String(text) if full && text.contains('\n') => return plain(text.trim_end_matches('\n')),
        other => other.to_string(),
    };
    let text = plain(&text);
    if !full && text.chars().count() > WIDEST_VALUE {
        let cut: String = text.chars().take(WIDEST_VALUE - 1).collect();
        return format!("{cut}…");
    }
    text
}

/// Whether a text reads as text without quotes.
fn is_plain(text: &str) -> bool {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '_');
    let word = matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    starts && !word && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:@+=".contains(c))
}
