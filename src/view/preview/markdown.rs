//! A comment on a pull request, in the Markdown that GitHub and GitLab show.
//!
//! Hosts refuse comments above a size. What has no room is told shorter, the least grave first, never cut: without the lines of the manifest, then
//! without the fields, then as a number.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::escape::{code, fenced, prose, tagged};
use super::summary::{by_gravity, headline, legend, rows};
use super::{Preview, Row};
use crate::diff::{Gravity, gravity};
use crate::view::blame::Spot;
use crate::view::diff::{Entry, Field, Totals, collapse, is_hash, unified};

/// The first line: CI finds the comment by it, to write a new one in its place.
pub const MARK: &str = "<!-- oam preview -->";
/// The most characters that GitHub takes for a comment.
pub const LIMIT: usize = 65_536;
/// The fewest characters in which something can be said.
pub const LEAST: usize = 2_000;
/// What stays free for the last line.
const RESERVE: usize = 600;
/// A difference longer than this is nothing to read in a comment.
const LONGEST: usize = 8_000;
/// Fields of one entry that are listed.
const FIELDS: usize = 40;
/// Objects of one entry that are listed.
const OBJECTS: usize = 100;

/// The comment; at most `limit` characters, if that is not below [`LEAST`].
pub fn markdown(preview: &Preview, limit: usize) -> String {
    let limit = limit.max(LEAST);
    let mut entries = collapse(&preview.changes);
    by_gravity(&mut entries);
    let mut out = format!("{MARK}\n");
    head(preview, limit / 4, &mut out);
    let mut room = limit.saturating_sub(size(&out) + RESERVE);
    let mut told: Vec<String> = Vec::new();
    for entry in &entries {
        let text = line(entry);
        let Some(left) = room.checked_sub(size(&text)) else { break };
        room = left;
        told.push(text);
    }
    let ways: [fn(&Entry, &Preview) -> Option<String>; 2] = [fields, full];
    for way in ways {
        for (text, entry) in told.iter_mut().zip(&entries) {
            let Some(better) = way(entry, preview) else { continue };
            let more = size(&better).saturating_sub(size(text));
            if more <= room {
                room -= more;
                *text = better;
            }
        }
    }
    told.iter().for_each(|text| out.push_str(text));
    rest(&entries[told.len()..], &mut out);
    out
}

fn size(text: &str) -> usize {
    text.chars().count()
}

/// How much differs from what, by environment, and why to look closer.
fn head(preview: &Preview, room: usize, out: &mut String) {
    let against = prose(&preview.against);
    let Some(headline) = headline(Totals::of(&preview.changes)) else {
        let _ = writeln!(out, "### Nothing that is rendered changes\n\nCompared with {against}.");
        return;
    };
    let _ = writeln!(out, "### Rendered objects: {headline}\n\nCompared with {against}.\n");
    let rows = rows(preview);
    let _ = writeln!(out, "| environment | changed | new | gone | look closer |\n| :-- | --: | --: | --: | :-- |");
    let mut written = 0;
    for (index, row) in rows.iter().enumerate() {
        let line = cells(row);
        written += size(&line);
        if written > room {
            let _ = writeln!(out, "| … and {} more | | | | |", rows.len() - index);
            break;
        }
        out.push_str(&line);
    }
    out.push('\n');
    let mut written = 0;
    for entry in legend(&preview.changes) {
        let line = format!("- {} ({}): {}\n", mark(entry.name), entry.objects, entry.reason);
        written += size(&line);
        if written > room {
            break;
        }
        out.push_str(&line);
    }
    out.push('\n');
}

fn cells(row: &Row<'_>) -> String {
    let count = |count: usize| if count == 0 { String::new() } else { count.to_string() };
    let target = if row.target.is_empty() { "all".to_owned() } else { code(row.target) };
    let marks: Vec<String> = row.marks.iter().map(|name| mark(name)).collect();
    format!("| {target} | {} | {} | {} | {} |\n", count(row.changed), count(row.added), count(row.removed), marks.join(", "))
}

/// A mark, the louder the graver.
fn mark(name: &str) -> String {
    match gravity(name).0 {
        Gravity::Grave => format!("⚠️ **{name}**"),
        Gravity::Serious => format!("**{name}**"),
        Gravity::Light => name.to_owned(),
    }
}

/// What happened where, in one line between tags.
fn title(entry: &Entry) -> String {
    let mut names: Vec<&str> = entry.objects.iter().map(|place| place.object.rsplit('/').next().unwrap_or_default()).collect();
    names.sort_unstable();
    names.dedup();
    let what = match names.as_slice() {
        [one] => format!("{} {}", tagged(&entry.kind), tagged(one)),
        _ => format!("{} {}", names.len(), tagged(&entry.kind)),
    };
    let word = match entry.change {
        "added" => "new",
        "removed" => "gone",
        other => other,
    };
    let mut text = format!("<b>{what}</b> {word}");
    let targets: Vec<&str> = entry.targets().into_iter().filter(|target| !target.is_empty()).collect();
    match targets.len() {
        0 => {}
        1..=4 => {
            let targets: Vec<String> = targets.iter().map(|target| tagged(target)).collect();
            let _ = write!(text, " in {}", targets.join(", "));
        }
        many => {
            let _ = write!(text, " in {many} environments and clusters");
        }
    }
    if let Some(from) = entry.objects.first().and_then(|place| place.moved_from.as_ref()) {
        let _ = write!(text, ", from {}", tagged(from));
    }
    if let Some(name) = entry.objects.first().and_then(|place| place.renamed.as_ref()) {
        let _ = write!(text, ", {} {}", if entry.change == "added" { "was" } else { "now" }, tagged(name));
    }
    let marks = entry.risks.iter().map(|mark| match gravity(mark.name).0 {
        Gravity::Grave => format!("⚠️ <b>{}</b>", mark.name),
        Gravity::Serious => format!("<b>{}</b>", mark.name),
        Gravity::Light => mark.name.to_owned(),
    });
    let marks: Vec<String> = marks.collect();
    if marks.is_empty() { text } else { format!("{text} · {}", marks.join(", ")) }
}

/// The least that can be said of an entry.
fn line(entry: &Entry) -> String {
    format!("<p>{}</p>\n\n", title(entry))
}

/// With the fields and who set them.
fn fields(entry: &Entry, _: &Preview) -> Option<String> {
    let list = list(entry);
    (!list.is_empty()).then(|| details(entry, &list))
}

/// With the lines of the first object's manifest.
fn full(entry: &Entry, preview: &Preview) -> Option<String> {
    let first = *entry.changes.first()?;
    let difference = unified(&preview.changes[first], &preview.files[first].path, false);
    if difference.is_empty() || difference.len() > LONGEST {
        return None;
    }
    Some(details(entry, &format!("{}{}{}", list(entry), objects(entry), fenced("diff", &difference))))
}

/// An entry that opens when somebody wants to know.
fn details(entry: &Entry, text: &str) -> String {
    format!("<details><summary>{}</summary>\n\n{text}\n</details>\n\n", title(entry))
}

/// Every object, where several have the change.
fn objects(entry: &Entry) -> String {
    if entry.objects.len() < 2 {
        return String::new();
    }
    let mut text = format!("<details><summary>all {} objects; the lines are those of the first</summary>\n\n", entry.objects.len());
    for place in entry.objects.iter().take(OBJECTS) {
        let at = [&place.target, &place.application].map(|part| part.as_str());
        let at: Vec<String> = at.into_iter().filter(|part| !part.is_empty()).map(code).collect();
        let _ = writeln!(text, "- {} {}", code(&place.object), at.join(" "));
    }
    if entry.objects.len() > OBJECTS {
        let _ = writeln!(text, "- … and {} more", entry.objects.len() - OBJECTS);
    }
    text.push_str("\n</details>\n\n");
    text
}

/// Reasons, who asked, and the fields.
fn list(entry: &Entry) -> String {
    let mut text = String::new();
    for risk in &entry.risks {
        let _ = writeln!(text, "- {}: {}", mark(risk.name), risk.reason);
    }
    if !entry.asked_by.is_empty() {
        let _ = writeln!(text, "- asked for by {}", spots(&entry.asked_by));
    }
    for field in entry.fields.iter().take(FIELDS) {
        let _ = writeln!(text, "- {}", one(field, entry.objects.len()));
    }
    if entry.fields.len() > FIELDS {
        let _ = writeln!(text, "- … and {} more fields", entry.fields.len() - FIELDS);
    }
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

fn spots(spots: &[Spot]) -> String {
    let shown = spots.iter().take(4).map(|spot| format!("{} ({})", code(&format!("{}:{}", spot.file, spot.line)), spot.owner));
    shown.collect::<Vec<_>>().join(", ")
}

/// A field: what it was, what it is, who set it.
fn one(field: &Field, objects: usize) -> String {
    let short = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) if text.contains('\n') || size(text) > 80 => None,
        serde_json::Value::String(text) => Some(code(text)),
        serde_json::Value::Object(_) | serde_json::Value::Array(_) if value.to_string().len() > 80 => None,
        other => Some(code(&other.to_string())),
    };
    let path = code(&field.path);
    let mut text = match (&field.old, &field.new) {
        _ if objects > 1 && is_hash(field) => format!("{path}: another hash"),
        (Some(old), Some(new)) => match (short(old), short(new)) {
            (Some(old), Some(new)) => format!("{path}: {old} → {new}"),
            _ => format!("{path}: other lines"),
        },
        (None, Some(new)) => short(new).map_or(format!("{path}: new"), |new| format!("{path}: new: {new}")),
        (Some(old), None) => short(old).map_or(format!("{path}: gone"), |old| format!("{path}: gone, was {old}")),
        (None, None) => path,
    };
    if let Some(reason) = &field.reason {
        let _ = write!(text, ": {}", prose(reason));
    }
    if !field.set_by.is_empty() {
        let _ = write!(text, " — {}", spots(&field.set_by));
    } else if !field.was_set_by.is_empty() {
        let _ = write!(text, " — was {}", spots(&field.was_set_by));
    }
    text
}

/// What had no room, as numbers.
fn rest(entries: &[Entry], out: &mut String) {
    if entries.is_empty() {
        return;
    }
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in entries {
        *counts.entry(&entry.kind).or_default() += entry.objects.len();
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
    let others: usize = counts.iter().skip(3).map(|(_, count)| count).sum();
    let mut shown: Vec<String> =
        counts.iter().take(3).map(|(kind, count)| format!("{count} {}", tagged(&kind.chars().take(60).collect::<String>()))).collect();
    if others > 0 {
        shown.push(format!("{others} of other kinds"));
    }
    let _ = writeln!(out, "<p>… and what has no room here: {}. <code>oam preview</code> shows all.</p>", shown.join(", "));
}
